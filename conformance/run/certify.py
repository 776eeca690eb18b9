"""Judge one node by running the conformance tests in this very process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest

from gen_tck.adapters import interrupts
from gen_tck.conformance.results.file import Results
from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.run import plugin as kit_plugin
from gen_tck.conformance.run.collection import FOLDER, is_case
from gen_tck.conformance.run.collector import ATTRIBUTE, RESULTS
from gen_tck.conformance.run.listing import files_about
from gen_tck.conformance.run.session import RUN, Run
from gen_tck.conformance.run.workers import interruptible
from gen_tck.spec.profiles import expand


class Progress(Protocol):
    """Who is told how a run gets on."""

    def expect(self, cases: int) -> None:
        """So many cases will be run."""

    def done(self, verdict: str) -> None:
        """One more case was judged (not yet as a whole: it may turn out to be blocked)."""


@dataclass
class Outcome:
    """How a run ended."""

    results: Results | None = None
    """``None`` if no case was judged."""
    trouble: list[str] = field(default_factory=list)
    """What kept it from being whole, one line each."""
    interrupted: bool = False


def certify(run: Run, progress: Progress, *, workers: int = 0, plugin: object = None) -> Outcome:
    """Make ``run``, in ``workers`` processes, each with its own node; 0: in this process, with one.

    ``plugin``: one more plugin of pytest that is to hear of the cases.
    """
    watcher = _Watcher(run, progress)
    arguments = [*_quiet(*_files(run)), *([f"--numprocesses={workers}"] if workers else [])]
    run.start()
    with interruptible() if workers else nullcontext() as plugin_of_workers:
        status = _pytest(arguments, watcher, *filter(None, (plugin_of_workers, plugin)))
    watcher.outcome.interrupted = watcher.interrupted
    told = watcher.outcome.results is not None or watcher.outcome.trouble or watcher.interrupted
    if status not in (0, 1) and not told:
        watcher.outcome.trouble.append(f"pytest ended with status {int(status)}")
    return watcher.outcome


@dataclass(frozen=True)
class Played:
    """What became of a few cases."""

    cases: dict[str, Case]
    """Each as it was judged on its own, by id."""
    trouble: list[str]
    interrupted: bool


def play(run: Run, files: Sequence[Path]) -> Played:
    """Run the cases that ``run`` chooses, out of those in ``files``, in this process."""
    watcher = _Watcher(run, _Silence())
    _pytest(_quiet(*files), watcher)
    return Played(watcher.cases, watcher.outcome.trouble, watcher.interrupted)


UNUSED = (
    "cacheprovider",
    "doctest",
    "faulthandler",
    "junitxml",
    "legacypath",
    "logging",
    "pastebin",
    "setuponly",
    "setupplan",
    "stepwise",
    "terminal",
    "threadexception",
    "tmpdir",
    "unittest",
    "unraisableexception",
    "warnings",
)
"""Parts of pytest that print, keep or look for what the cases never make; they take a fifth of the kit's time."""


def _quiet(*files: Path) -> list[str]:
    """Arguments for a pytest that prints nothing and takes nothing from the user's folder and configuration."""
    return [
        *(word for name in UNUSED for word in ("-p", f"no:{name}")),
        *("-p", "xdist", "-p", kit_plugin.__name__),
        *("-c", os.devnull, f"--rootdir={FOLDER}", f"--confcutdir={FOLDER}", "--import-mode=importlib", "--capture=no"),
        *("-o", "consider_namespace_packages=true", "-o", "python_files=test_*.py"),
        *map(str, files or [FOLDER]),
    ]


def _files(run: Run) -> list[Path]:
    """Those that may have a case of what is asked for: collecting all of them takes longer than running a few cases."""
    asked, profiles = run.options.clauses, run.options.profiles
    if not asked and not profiles:
        return []
    return files_about(
        [
            each.id
            for each in run.clauses.values()
            if (any(fnmatchcase(each.id, glob) for glob in asked) if asked else each.profile in expand(profiles))
        ]
    )


def _pytest(arguments: list[str], watcher: _Watcher, *plugins: object) -> int:
    with environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_ADDOPTS=None, PYTEST_PLUGINS=None):
        return int(pytest.main(arguments, plugins=[watcher, *plugins]))


@contextmanager
def environment(**changes: str | None) -> Iterator[None]:
    """Change environment variables (``None``: remove them) for the time being; xdist's workers inherit them."""
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


class _Silence:
    def expect(self, cases: int) -> None: ...

    def done(self, verdict: str) -> None: ...


class _Watcher:
    """A pytest plugin that follows one session from outside."""

    def __init__(self, run: Run, progress: Progress) -> None:
        self._run = run
        self._progress = progress
        self.cases: dict[str, Case] = {}
        self._expected: int | None = None
        self.outcome = Outcome()

    @property
    def interrupted(self) -> bool:
        """Whether a signal ended the session, or should have."""
        return interrupts.came()

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[RUN] = self._run
        # Nobody sees the tracebacks, and drawing one takes pytest longer than most cases take.
        config.option.tbstyle = "value"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            lines = str(report.longrepr).strip().splitlines()
            # Our own complaints are text; anything else is a traceback, of which the last line says what it is.
            ours = isinstance(report.longrepr, str)
            self.outcome.trouble += lines if ours else [f"{report.nodeid}: {lines[-1].removeprefix('E').strip()}"]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        cases = sum(map(is_case, session.items))
        if cases:
            self._expect(cases)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._expect(len(ids))

    def _expect(self, cases: int) -> None:
        if self._expected is None:
            self._expected = cases
            self._progress.expect(cases)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record: dict[str, Any] | None = getattr(report, ATTRIBUTE, None)
        if record is not None:
            self._progress.done(record["verdict"])
            self.cases[record["id"]] = msgspec.convert(record, Case)

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        # A worker's error comes with its whole traceback inside an assertion; what matters is said last.
        lines = [each.strip() for each in excinfo.exconly().splitlines() if not each.startswith("assert ")]
        if not self.outcome.trouble:
            self.outcome.trouble.append(f"the kit itself failed: {lines[-1] if lines else excinfo.typename}")
        return True  # it is told; no traceback

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self.outcome.results = config.stash.get(RESULTS, None)
        self.outcome.trouble += [each for each in self._run.trouble if each not in self.outcome.trouble]
