"""From what happened in a test to a verdict on the case, the clause and the node."""

from __future__ import annotations

import pytest

from gen_tck.adapters.interface import AdapterError, CallFailed, NodeDied, NodeUnavailable, OutOfScope
from gen_tck.conformance.harness.expect import Inconclusive, Unexpected, Unsupported
from gen_tck.conformance.results.verdicts import (
    NO_NEWS,
    VERDICTS,
    Case,
    NodeGivenUp,
    Verdict,
    conclude,
    judge,
    meaning,
    weightiest,
)
from gen_tck.spec.clause import Clause


def clauses(**builds_on: str) -> dict[str, Clause]:
    """Clauses of the chapter modes by their slugs; each says what it builds on, separated by spaces."""
    return {
        f"modes/{slug}": Clause(
            id=f"modes/{slug}",
            chapter="modes",
            slug=slug,
            level="must",
            profile="essentials",
            basis="observed",
            source="",
            builds_on=tuple(f"modes/{each}" for each in below.split()),
            variants=(),
            text="",
            sentence="",
            intent="",
            file="",
            line=1,
        )
        for slug, below in builds_on.items()
    }


def case(slugs: str, verdict: Verdict = "fail", name: str = "test_it") -> Case:
    """A case about the clauses of these slugs, separated by spaces."""
    names = [f"modes/{each}" for each in slugs.split()]
    return Case(id=f"modes/test_x.py::{name}_{slugs.replace(' ', '_')}", clauses=names, verdict=verdict)


# One case


@pytest.mark.parametrize(
    ("reason", "verdict", "expected", "seen", "message"),
    [
        (Unexpected("ok", "{error,closed}", "gen_tcp:send"), "fail", "ok", "{error,closed}", ""),
        (NodeDied("it ended: no memory"), "fail", "the node to go on", "the node failed", "it ended: no memory"),
        (NodeGivenUp("3 times"), "not-run", "", "", "3 times"),
        (AdapterError("two pids"), "adapter-error", "", "", "two pids"),
        (NodeUnavailable("it does not come up again"), "adapter-error", "", "", "it does not come up again"),
        (CallFailed("no such handle"), "inconclusive", "", "", "no such handle"),
        (OutOfScope("the option raw"), "unsupported", "", "", "the option raw"),
        (AssertionError("1 == 2\nmore"), "fail", "the test's assertion to hold", "1 == 2", ""),
        (Inconclusive("no connection"), "inconclusive", "", "", "no connection"),
        (Unsupported("no inet.monitor/1"), "unsupported", "", "", "no inet.monitor/1"),
        (ZeroDivisionError("by zero"), "kit-error", "", "", "ZeroDivisionError: by zero"),
    ],
)
def test_exception_gets_another_verdict(
    reason: Exception, verdict: str, expected: str, seen: str, message: str
) -> None:
    judged = case("a", "pass")
    judge(judged, reason)
    assert (judged.verdict, judged.expected, judged.seen, judged.message) == (verdict, expected, seen, message)
    assert judged.where == ("gen_tcp:send" if isinstance(reason, Unexpected) else "")


def test_function_name_keeps_its_parameters() -> None:
    parametrized = Case(id="modes/test_x.py::test_it[a::b[1]]", clauses=["modes/a"], verdict="pass")
    assert parametrized.function == "test_it"
    assert parametrized.name == "test_it[a::b[1]]"
    assert parametrized.chapter == "modes"


# A clause and a node


def test_clause_hides_its_worst_case() -> None:
    told = [each for each in VERDICTS if meaning(each) not in NO_NEWS]
    for number, verdict in enumerate(told):
        assert weightiest(told[: number + 1]) == verdict
        assert weightiest(["unsupported", "left-out", *told[: number + 1]]) == verdict
    assert weightiest(["unsupported"]) == "unsupported"


@pytest.mark.parametrize(
    ("found", "conclusion"),
    [
        ("pass varies", "CONFORMS"),
        ("pass unsupported", "CONFORMS"),
        ("pass left-out", "CONFORMS"),
        ("unsupported left-out", "COULD NOT TELL"),
        ("pass deviates", "DEVIATES AS RECORDED"),
        ("pass fail inconclusive flaky not-run blocked deviates", "DOES NOT CONFORM"),
        ("pass fail kit-error", "COULD NOT TELL"),
        ("pass fail adapter-error", "COULD NOT TELL"),
        ("pass deviates inconclusive", "COULD NOT TELL"),
        ("pass flaky", "COULD NOT TELL"),
        ("pass not-run", "COULD NOT TELL"),
        ("pass kit-error", "COULD NOT TELL"),
        ("unsupported", "COULD NOT TELL"),
        ("", "COULD NOT TELL"),
    ],
)
def test_node_gets_another_conclusion(found: str, conclusion: str) -> None:
    cases = [case("a", each) for each in VERDICTS if each in found.split()]
    assert conclude(cases, stale=False, complete=True) == conclusion


def test_stale_deviations_go_unnoticed() -> None:
    assert conclude([case("a", "pass")], stale=True, complete=True) == "DOES NOT CONFORM"


def test_part_of_a_run_is_taken_for_the_whole() -> None:
    assert conclude([case("a", "pass")], stale=False, complete=False) == "COULD NOT TELL"
    assert conclude([case("a", "fail")], stale=False, complete=False) == "DOES NOT CONFORM"
