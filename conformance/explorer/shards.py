"""An exploration on several processes or hosts: a pytest plugin whose items are shards, which pytest-xdist distributes.

A shard is a run of script numbers. xdist gives the shards to its workers; a worker has one node, explores its shards
on it one after the other, and hands in what each found on the report of the item; the controller puts it together.

Ctrl-C reaches the workers of this machine as well: they hand in what they have, and play nothing more.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

import msgspec
import pytest

from gen_tck.adapters import interrupts, registry
from gen_tck.adapters.interface import NodeError
from gen_tck.adapters.limits import settings
from gen_tck.conformance.explorer.findings.exploration import Exploration, Outcome, Plan
from gen_tck.conformance.explorer.findings.known import settled_of
from gen_tck.conformance.explorer.findings.results import Part, merged, part_of
from gen_tck.conformance.run import workers
from gen_tck.conformance.run.certify import UNUSED, environment
from gen_tck.conformance.run.workers import interruptible

ATTRIBUTE = "gen_tck_shard"
"""The attribute of a report that carries what a shard found, as JSON."""
_JOB = "gen_tck_job"
SHARDS_A_WORKER = 8
"""Enough for news of progress, and for a worker that is done early to take some from the others."""
MOST_IN_A_SHARD, FIRST_SHARD = 5000, 200
"""Scripts in a shard: many, so that a node is kept busy, but few at first, so that there is news soon."""
MOST_CRASHES = 3
"""So many workers that crash are replaced; xdist by itself would go on for ever."""


class Job(msgspec.Struct, frozen=True):
    """What the workers are told."""

    node: str
    erl: str
    strict: bool
    in_flight: int
    seed: int
    depth: int
    scripts: int
    shards: list[tuple[int, int]]
    limits: tuple[str, ...] = ()
    kit: str = version("gen-tck")
    """Another version of the kit might mean other scripts by the same numbers."""

    def plan(self, first: int, end: int) -> Plan:
        """The plan of one shard."""
        return Plan(self.scripts, self.seed, self.depth, first, end)


def cut(first: int, end: int, workers: int) -> list[tuple[int, int]]:
    """The shards of the scripts from ``first`` to before ``end``."""
    most = min(MOST_IN_A_SHARD, -(-(end - first) // (workers * SHARDS_A_WORKER)))
    shards: list[tuple[int, int]] = []
    while first < end:
        size = min(most, FIRST_SHARD << len(shards) // workers, end - first)
        shards.append((first, first + size))
        first += size
    return shards


class DistributionError(Exception):
    """The shards could not be explored; the message is one line."""


def distribute(job: Job, workers: Sequence[str], told: Callable[[Part], None]) -> Part:
    """Explore all shards on ``workers``, given as xdist's ``--tx`` has them.

    ``told`` is told after each shard what has been found so far. Raises :class:`DistributionError` if nothing could be
    explored because of something other than the node.
    """
    controller = _Controller(job, told)
    arguments = [
        # Attached to their letters: xdist takes arguments that are names of files for tests.
        *(f"-pno:{name}" for name in UNUSED),
        *("-pxdist", f"-p{__name__}", f"-c{os.devnull}", "--rootdir=.", "--noconftest", "--capture=no"),
        *("--dist=load", "--maxschedchunk=1", *(f"--tx={each}" for each in workers)),
        f"--max-worker-restart={MOST_CRASHES}",
    ]
    alone = environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_ADDOPTS=None, PYTEST_PLUGINS=None)
    with alone, interruptible() as plugin:
        pytest.main(arguments, plugins=[controller, plugin])
    return controller.whole()


class _Controller:
    """The plugin of the process that starts the workers."""

    def __init__(self, job: Job, told: Callable[[Part], None]) -> None:
        self._job = job
        self._told = told
        self._began = time.monotonic()
        self._whole = Part()
        self._trouble: list[str] = []
        self._session: Any = None

    def whole(self) -> Part:
        """What was found. Raises :class:`DistributionError`."""
        whole = self._whole
        whole.interrupted |= interrupts.came()
        if self._trouble and not whole.given_up:
            whole.given_up = self._trouble[0]
        if whole.given_up and not whole.scripts and not whole.node_ended:
            raise DistributionError(whole.given_up)
        return whole

    def _stop(self) -> None:
        """Have xdist end when its workers have done what they were given."""
        if self._session is not None:
            self._session.shouldstop = "interrupted"

    def pytest_configure(self, config: pytest.Config) -> None:
        config.option.tbstyle = "value"
        self._session = config.pluginmanager.get_plugin("dsession")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        # xdist gives each worker on this machine our path of modules, which is of no use to another Python.
        path = None if node.gateway.spec.python else list(sys.path)
        vars(import_module("xdist.workermanage"))["_sys_path"] = path
        node.workerinput[_JOB] = msgspec.json.encode(self._job).decode()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        if error:
            why = str(error).strip().splitlines()[-1]
            advice = "; gen-tck has to be installed there" if "No module named" in why else ""
            self._trouble.append(f"a worker ended: {why}{advice}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found = getattr(report, ATTRIBUTE, None)
        if found is not None:
            part = msgspec.json.decode(found, type=Part)
            self._whole = merged([self._whole, part])
            self._whole.seconds = time.monotonic() - self._began  # of the shards, several went on at once
            if part.given_up or part.interrupted:
                self._stop()  # else the worker that plays nothing any more would be given all that is left
            self._told(self._whole)
        elif report.failed:
            self._trouble.append(f"a shard failed: {str(report.longrepr).strip().splitlines()[-1]}")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        self._trouble.append(f"pytest failed: {excinfo.exconly().splitlines()[-1]}")
        return True  # it is told; no traceback


# In a worker


def pytest_configure(config: pytest.Config) -> None:
    workers.begin(config)
    job = getattr(config, "workerinput", {}).get(_JOB)
    if job is not None:
        config.pluginmanager.register(_Worker(msgspec.json.decode(job, type=Job)))


class _Worker:
    """The plugin of a worker: it has the node."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._exploration: Exploration | None = None
        self._given_up = False

    def pytest_collection(self, session: pytest.Session) -> bool:
        session.items = [
            Shard.from_parent(session, name=f"{first}-{end}", worker=self, first=first, end=end)
            for first, end in self.job.shards
        ]
        session.testscollected = len(session.items)
        session.config.hook.pytest_collection_finish(session=session)
        return True

    def explore(self, first: int, end: int) -> Part:
        """Explore one shard."""
        if interrupts.came() or self._given_up:
            return Part(interrupted=interrupts.came())
        try:
            part = part_of(self._explore(self.job.plan(first, end)), first)
        except NodeError as reason:
            part = Part(given_up=str(reason))
        self._given_up = bool(part.given_up)
        return part

    def _explore(self, plan: Plan) -> Outcome:
        if self._exploration is not None:
            return self._exploration.go_on(plan)
        job = self.job
        if job.kit != version("gen-tck"):
            raise NodeError(f"a worker has gen-tck {version('gen-tck')}, not {job.kit}")
        entry = registry.find(job.node, erl=job.erl, limits=settings(job.limits))
        self._exploration = Exploration(entry.open, plan, in_flight=job.in_flight)
        if not job.strict:
            self._exploration.settled = settled_of(entry, self._exploration.capabilities)
        return self._exploration.run()

    def pytest_sessionfinish(self) -> None:
        if self._exploration is not None:
            self._exploration.close()


class Shard(pytest.Item):
    """A run of script numbers."""

    def __init__(self, *, worker: _Worker, first: int, end: int, **options: Any) -> None:
        super().__init__(**options)
        self._worker, self._first, self._end = worker, first, end
        self.found: Part | None = None

    def runtest(self) -> None:
        self.found = self._worker.explore(self._first, self._end)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    if isinstance(item, Shard) and call.when == "call" and item.found is not None:
        setattr(report, ATTRIBUTE, msgspec.json.encode(item.found).decode())
    return report
