"""The pytest plugin: ``--node`` and its fellows, the fixture ``world``, the mark ``clause``, verdicts and results.

Under xdist every worker has its own node; the records of the cases travel to the controller on their reports, and what
needs the whole run (blocked cases, stale deviations, results) is decided there.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator, Iterator
from pathlib import Path

import msgspec
import pytest

from gen_tck.adapters.interface import Capabilities, Node, NodeError
from gen_tck.adapters.recorder import Recorder
from gen_tck.conformance import collection, evidence
from gen_tck.conformance.gathering import ATTRIBUTE, Gathering, folder_of_traces, has_workers, is_worker
from gen_tck.conformance.patience import ShortPatience
from gen_tck.conformance.run import RUN, Run, run_of
from gen_tck.conformance.verdicts import Case, judge
from gen_tck.conformance.world import World

CASE = pytest.StashKey[Case]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gen_tck", "conformance of Erlang-style TCP sockets")
    group.addoption("--node", help="the implementation to judge (default: reference)")
    group.addoption("--erl", default="erl", metavar="COMMAND", help="the command that starts Erlang (default: erl)")
    group.addoption("--clause", action="append", default=[], metavar="GLOB", help="only cases of matching clauses")
    group.addoption("--profile", action="append", default=[], help="only cases of clauses of this profile")
    group.addoption("--results", type=Path, metavar="FILE", help="write the results to FILE (JSON)")
    # pytest has a --strict of its own.
    group.addoption("--update-deviations", action="store_true", help=argparse.SUPPRESS)  # gen-tck does it afterwards
    group.addoption("--no-deviations", action="store_true", help="take no notice of the recorded deviations")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "clause(*ids): the clauses that a conformance test checks, its own one first")
    config.addinivalue_line("markers", "requires(*ids): further clauses that a conformance test cannot do without")
    if not is_worker(config):
        config.pluginmanager.register(Gathering(config), "gen_tck_gathering")
    option = config.option
    if option.node or option.clause or option.profile or option.results:
        run_of(config)


# Collection


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    cases = [each for each in report.result or [] if isinstance(each, pytest.Item) and collection.is_case(each)]
    if cases:
        complaints = list(collection.complaints(cases, run_of(collector.config).clauses))
        if complaints:
            report.outcome, report.result, report.longrepr = "failed", [], "\n".join(complaints)
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not any(map(collection.is_case, items)):
        return
    chosen, rest = run_of(config).choose(items)
    items[:] = chosen
    if rest:
        config.hook.pytest_deselected(items=rest)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """With workers: see that there is a node at all, while they start, and say it once if there is none."""
    config = session.config
    if has_workers(config) and RUN in config.stash and not config.option.collectonly:
        run = config.stash[RUN]
        run.capabilities = _start(run)
        run.host.close()
    return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    config = session.config
    if is_worker(config) or config.option.collectonly or session.testsfailed:
        return
    if any(map(collection.is_case, session.items)):
        run = run_of(config)
        run.capabilities = _start(run)


def _start(run: Run) -> Capabilities:
    try:
        return run.host.capabilities
    except NodeError as reason:
        run.trouble.append(str(reason))
        pytest.exit(str(reason), returncode=2)


# One case


def pytest_runtest_setup(item: pytest.Item) -> None:
    if not collection.is_case(item):
        return
    names = collection.clauses_of(item)
    item.stash[CASE] = Case(id=collection.case_id(item), clauses=list(names), verdict="pass")
    run_of(item.config).host.begin(item.stash[CASE].id)
    missing = run_of(item.config).unsupported(names)
    if missing:
        item.stash[CASE].verdict, item.stash[CASE].message = "unsupported", missing
        pytest.skip(missing)


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """What one test makes: processes, sockets and peers, on the node under judgement."""
    run = run_of(request.config)
    names = collection.clauses_of(request.node)
    deviates = run.deviations.concern(names, collection.function_of(request.node))
    world = run.world(names, ShortPatience() if deviates else run.host.patience)
    yield world
    run.discard(world)


@pytest.fixture
def node(world: World) -> Node:
    """The node under judgement."""
    return world.node


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Play the test to its end; once more, if it was to deviate, was given little time, and failed in another way."""
    world = pyfuncitem.funcargs.get("world")
    if CASE not in pyfuncitem.stash or not isinstance(world, World):
        return (yield)
    run = run_of(pyfuncitem.config)
    try:
        with run.playing(world):
            return (yield)
    except Exception as reason:
        hurried = isinstance(world.patience, ShortPatience) and not isinstance(reason, NodeError)
        if not hurried or _is_recorded(pyfuncitem, reason):
            raise
    world = pyfuncitem.funcargs["world"] = run.world(collection.clauses_of(pyfuncitem), run.host.patience)
    with run.playing(world):
        pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames})
    return True


def _is_recorded(item: pytest.Item, reason: Exception) -> bool:
    """Whether the failure is one of the recorded deviations."""
    case = msgspec.structs.replace(item.stash[CASE])
    judge(case, reason)
    run_of(item.config).deviations.apply(case)
    return case.verdict == "deviates"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    case = item.stash.get(CASE, None)
    if case is None:
        return report
    if call.excinfo is not None:
        if isinstance(call.excinfo.value, NodeError):
            run_of(item.config).host.failed()
        if case.verdict in ("pass", "varies"):  # what went wrong first counts
            _judge(item, case, call.excinfo)
            _tell_pytest(report, item, case)
    if call.when == "call":
        case.seconds = round(call.duration, 6)
        if call.excinfo is None:
            _note_variants(item, case)
    if call.when == "teardown":
        _keep_trace(item, case)
        setattr(report, ATTRIBUTE, msgspec.to_builtins(case))
    return report


def _keep_trace(item: pytest.Item, case: Case) -> None:
    results, folder = run_of(item.config).options.results, folder_of_traces(item.config)
    world = getattr(item, "funcargs", {}).get("world")
    if results is not None and folder is not None and isinstance(world, World) and isinstance(world.node, Recorder):
        evidence.keep(folder, results, case, world.node)


def _judge(item: pytest.Item, case: Case, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    judge(case, excinfo.value)
    case.place = _place(item, excinfo)
    run_of(item.config).deviations.apply(case)


def _note_variants(item: pytest.Item, case: Case) -> None:
    world = getattr(item, "funcargs", {}).get("world")
    if isinstance(world, World) and world.variants_seen:
        case.verdict, case.variants = "varies", list(world.variants_seen)


def _place(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """Where the test stopped; where it begins, if that was not inside it."""
    line = (item.location[1] or 0) + 1
    for entry in excinfo.traceback:
        if Path(str(entry.path)) == item.path:
            line = entry.lineno + 1
    return f"{collection.case_id(item).partition('::')[0]}:{line}"


def _tell_pytest(report: pytest.TestReport, item: pytest.Item, case: Case) -> None:
    """Show a recorded deviation as an expected failure and an unsupported case as skipped."""
    if case.verdict == "deviates":
        report.outcome = "skipped"
        report.wasxfail = f"deviates as recorded: {case.message}"
    elif case.verdict == "unsupported":
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: {case.message}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Also where tests were interrupted. A worker tells the controller what its node was."""
    run = session.config.stash.get(RUN, None)
    if run is None:
        return
    if is_worker(session.config) and run.host.known is not None:
        session.config.workeroutput["gen_tck"] = msgspec.to_builtins(run.host.known)  # type: ignore[attr-defined]
    run.host.close()
