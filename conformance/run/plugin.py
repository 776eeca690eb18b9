"""The pytest plugin: ``--node`` and its fellows, the fixture ``scenario``, the mark ``clause``, verdicts and results.

Under xdist every worker has its own node; the records of the cases travel to the controller on their reports, and what
needs the whole run (blocked cases, stale deviations, results) is decided there.
"""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from pathlib import Path

import msgspec
import pytest

from gen_tck.adapters import interrupts
from gen_tck.adapters.interface import AdapterError, Capabilities, Node, NodeError
from gen_tck.conformance.check.checking import check_quickly
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.results.verdicts import Case, judge
from gen_tck.conformance.run import collection, options, pytest_words, workers
from gen_tck.conformance.run.board import Board
from gen_tck.conformance.run.collection import new_case
from gen_tck.conformance.run.collector import (
    ATTRIBUTE,
    Collector,
    has_workers,
    is_worker,
    tell_collected,
)
from gen_tck.conformance.run.looking import CASE, SCENARIO, look_until_sure, node_failed
from gen_tck.conformance.run.session import RUN, Run, run_of


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add_to(parser)


def pytest_configure(config: pytest.Config) -> None:
    workers.begin(config)
    config.addinivalue_line("markers", "clause(*ids): the clauses that a conformance test checks, its own one first")
    config.addinivalue_line("markers", "requires(*ids): further clauses that a conformance test cannot do without")
    if not is_worker(config):
        config.pluginmanager.register(Collector(config), "gen_tck_collector")
    if options.names_a_run(config):
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
    run = run_of(config)
    items[:], rest = run.choose(items)
    handed = options.handed_to(config)
    if handed is not None:
        run.board = Board(handed.shared / "verdicts")
        tell_collected(handed.shared, [new_case(each, run.clauses) for each in items if collection.is_case(each)])
    if rest:
        config.hook.pytest_deselected(items=rest)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Start a node, while cases are collected.

    With workers: see that there is a node at all, while they start, and say it once if there is none.
    """
    config = session.config
    if RUN in config.stash and not config.option.collectonly:
        run = config.stash[RUN]
        if has_workers(config):
            run.capabilities = _start(run)
            run.supervisor.close()
        else:
            run.supervisor.prepare()
    return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()  # what was collected stays to the end: not to be searched through again and again (a tenth of a run)
    config = session.config
    if is_worker(config) or config.option.collectonly or session.testsfailed:
        return
    if any(map(collection.is_case, session.items)):
        run = run_of(config)
        run.capabilities = _start(run)


def _start(run: Run) -> Capabilities:
    try:
        capabilities = run.supervisor.capabilities
        if run.capabilities is None:
            _check_adapter(run)
    except NodeError as reason:
        run.trouble.append(str(reason))
        pytest_words.stop(str(reason))
    return capabilities


def _check_adapter(run: Run) -> None:
    """See that the node that was just started speaks the protocol. Raises ``AdapterError``."""
    broken = None if run.options.unchecked else check_quickly(run.supervisor.node())
    if broken is not None:
        run.supervisor.close()
        raise AdapterError(
            f"the node does not speak the wire protocol, so nothing was run. {broken.exchange}: {broken.saw}; the"
            f" protocol says: {broken.says}; to mend: {broken.mend}"
            " (`gen-tck check` sees to all of it, --no-check to nothing)"
        )


# One case


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Play a case as often as it takes, and report it once."""
    if not collection.is_case(item):
        return None
    run = run_of(item.config)
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    try:
        interrupts.check()
        case, reports = look_until_sure(item, nextitem, run)
    except KeyboardInterrupt:
        if not is_worker(item.config):
            raise
        # A worker that ended like that would be replaced by another.
        item.session.shouldstop = "interrupted"
        return True
    run.board.tell(case.id, case.verdict)
    setattr(reports[-1], ATTRIBUTE, msgspec.to_builtins(case))
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    if case.verdict == "fail" and run.options.first_root:
        item.session.shouldstop = f"stopped at the first root, {case.clauses[0]}"
    return True


def pytest_runtest_setup(item: pytest.Item) -> None:
    if not collection.is_case(item):
        return
    run = run_of(item.config)
    case = item.stash[CASE] = new_case(item, run.clauses)
    run.begin(case)
    if case.verdict != "pass":
        pytest_words.skip(case.message)


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Iterator[Scenario]:
    """What one test makes: processes, sockets and peers, on the node under judgement."""
    run = run_of(request.config)
    scenario = request.node.stash[SCENARIO] = run.scenario(collection.clauses_of(request.node))
    yield scenario
    run.discard(scenario)


@pytest.fixture
def node(scenario: Scenario) -> Node:
    """The node under judgement."""
    return scenario.node


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Play the test to its end, and see what it leaves behind."""
    scenario = pyfuncitem.stash.get(SCENARIO, None)
    if scenario is None:
        return (yield)
    with run_of(pyfuncitem.config).playing(scenario):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    case = item.stash.get(CASE, None)
    if case is None:
        return report
    pytest_words.make_safe(report)
    if call.excinfo is not None:
        reason = call.excinfo.value
        if (failed := node_failed(reason)) is not None:
            run_of(item.config).supervisor.failed(failed)
        if case.verdict in ("pass", "varies"):  # what went wrong first counts
            judge(case, reason)
            case.place = _place(item, call.excinfo)
            run_of(item.config).deviations.apply(case)
    if call.when == "call":
        case.seconds = round(call.duration, 6)
        if call.excinfo is None:
            _note_what_came_of_it(item, case)
    return report


def _note_what_came_of_it(item: pytest.Item, case: Case) -> None:
    scenario = item.stash.get(SCENARIO, None)
    if scenario is None:
        return
    if scenario.variants_seen:
        case.verdict, case.variants = "varies", list(scenario.variants_seen)
    if scenario.left is not None:
        case.left = dict(scenario.left)
        case.counting = round(scenario.counting, 6)
        case.seconds = round(case.seconds - case.counting, 6)


def _place(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """Where the test stopped; where it begins, if that was not inside it."""
    line = (item.location[1] or 0) + 1
    for entry in excinfo.traceback:
        if Path(str(entry.path)) == item.path:
            line = entry.lineno + 1
    return f"{collection.case_id(item).partition('::')[0]}:{line}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Also where tests were interrupted. A worker tells the controller what its node was."""
    run = session.config.stash.get(RUN, None)
    if run is None:
        return
    if is_worker(session.config) and run.supervisor.known is not None:
        session.config.workeroutput["gen_tck"] = msgspec.to_builtins(run.supervisor.known)  # type: ignore[attr-defined]
    run.places.close()
