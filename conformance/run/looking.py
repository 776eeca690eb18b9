"""Plays one case as often as it takes to be sure of it, and makes one record and one report of all its plays.

Each play is a whole protocol of pytest: set up, called, torn down, with fixtures of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from _pytest.runner import runtestprotocol

from gen_tck.adapters.interface import CallFailed, NodeError
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.output.documents import one_line
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.results import left
from gen_tck.conformance.results.looks import MOST_VOID, decide
from gen_tck.conformance.results.verdicts import Case, Look, look_of, meaning
from gen_tck.conformance.run import pytest_words
from gen_tck.conformance.run.collector import folder_of_traces
from gen_tck.conformance.run.session import Run
from gen_tck.conformance.traces import evidence
from gen_tck.conformance.traces.recorder import Recorder
from gen_tck.spec.counted import Counted

CASE = pytest.StashKey[Case]()
"""The record of the play under way."""
SCENARIO = pytest.StashKey[Scenario]()
"""The scenario that it plays in, once there is one."""

Play = tuple[Case, list[pytest.TestReport], Recorder | None]


def look_until_sure(item: pytest.Item, nextitem: pytest.Item | None, run: Run) -> tuple[Case, list[pytest.TestReport]]:
    """Play ``item`` until its verdict is sure: its record and the reports of one play."""
    voids, looks, plays = 0, list[Look](), list[Play]()
    while True:
        play, void = _play(item, nextitem)
        # What goes on for seconds does not hold because of a stop that the kit takes notice of from 0.2 s on.
        void = void and not (run.is_slow(play[0]) and meaning(play[0].verdict) == "holds")
        # Once the node is given up there is nothing left to see it by, and this play tells why.
        if void and voids < MOST_VOID and not run.supervisor.is_given_up:
            voids += 1
            continue
        plays.append(play)
        looks.append(look_of(play[0]))
        verdict = decide(looks, recorded=run.deviations.expect(play[0]))
        if verdict is not None:
            break
        run.supervisor.restart()
    # What a reader wants to see of a case that disagrees with itself is how it failed.
    shown = "fail" if verdict == "flaky" else verdict
    case, reports, recorder = next((play for play in plays if play[0].verdict == shown), plays[-1])
    if verdict == "flaky":
        case.message = _why_flaky(looks, run.previous)
    case.verdict, case.stood_still, case.looks = verdict, voids, looks if len(looks) > 1 else []
    case.seconds = round(sum(play[0].seconds for play in plays), 6)
    if case.left and left.case_of(case, run.clauses, run.deviations).verdict == "fail":
        case.left = _left_again(item, nextitem, case.left)
    run.previous = case.id
    _keep_trace(item, run, case, recorder)
    _tell_pytest(item, case, reports)
    return case, reports


def _play(item: pytest.Item, nextitem: pytest.Item | None) -> tuple[Play, bool]:
    """One play, and whether it is void, because node or kit stood still in it."""
    if SCENARIO in item.stash:
        del item.stash[SCENARIO]
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    case, scenario = item.stash[CASE], item.stash.get(SCENARIO, None)
    recorder = scenario.node if scenario is not None and isinstance(scenario.node, Recorder) else None
    return (case, reports, recorder), scenario is not None and scenario.stood_still()


def _left_again(item: pytest.Item, nextitem: pytest.Item | None, seen: dict[Counted, int]) -> dict[Counted, int]:
    """What the case was ``seen`` to leave, if another play of it leaves something, too."""
    (again, _, _), _ = _play(item, nextitem)
    return seen if again.left else {}


def node_failed(reason: BaseException) -> NodeError | None:
    """The error after which a node cannot be used any more, if ``reason`` is one."""
    return reason if isinstance(reason, NodeError) and not isinstance(reason, CallFailed) else None


def _why_flaky(looks: Sequence[Look], before: str) -> str:
    if any(each.verdict == "deviates" for each in looks):
        return "it deviates as recorded in one look, and not in another"
    if any(each.verdict in ("pass", "varies") for each in looks):
        return f"passed alone: a race, or state left by {before or 'nobody: it was the first case'}"
    return "it fails in another way each time"


def _keep_trace(item: pytest.Item, run: Run, case: Case, recorder: Recorder | None) -> None:
    results, folder = run.options.results, folder_of_traces(item.config)
    if results is not None and folder is not None and recorder is not None:
        try:
            evidence.keep(folder, results, case, recorder)
        except FileError as reason:
            run.trouble.append(str(reason))
            pytest_words.stop(str(reason))


def _tell_pytest(item: pytest.Item, case: Case, reports: list[pytest.TestReport]) -> None:
    """Make the reports say what the verdict is: a recorded deviation was expected to fail, what was not run skipped."""
    told = next((each for each in reports if each.failed), None) or next(
        (each for each in reports if each.when == "call"), reports[0]
    )
    what = meaning(case.verdict)
    if what == "holds":
        return
    if what == "deviates":
        told.outcome = "skipped"
        told.wasxfail = one_line(f"deviates as recorded: {case.message}")
    elif what in ("not-claimed", "left-out", "blocked", "not-run"):
        told.outcome = "skipped"
        told.longrepr = (str(item.path), item.location[1] or 0, one_line(f"Skipped: {case.message}"))
    elif not told.failed:
        told.outcome = "failed"
        told.longrepr = one_line(f"{case.verdict}: {case.message}")
