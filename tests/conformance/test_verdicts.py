"""From what happened in a test to a verdict on the case, the clause and the node."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import pytest

from gen_tck.adapters.interface import NodeDied
from gen_tck.conformance.expect import Inconclusive, Unexpected, Unsupported
from gen_tck.conformance.verdicts import VERDICTS, Case, NodeGivenUp, Verdict, block, conclude, judge, weightiest
from gen_tck.spec.clauses import Clause


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


def verdicts(cases: Iterable[Case]) -> list[Verdict]:
    return [each.verdict for each in cases]


# One case


@pytest.mark.parametrize(
    ("reason", "verdict", "expected", "seen", "message"),
    [
        (Unexpected("ok", "{error,closed}", "gen_tcp:send"), "fail", "ok", "{error,closed}", ""),
        (NodeDied("it ended: no memory"), "fail", "the node to go on", "the node failed", "it ended: no memory"),
        (NodeGivenUp("3 times"), "fail", "a running node", "the node was given up", "3 times"),
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


# Blocked


def test_failure_on_a_failed_foundation_counts_twice() -> None:
    known = clauses(base="", middle="base", top="middle", other="")
    cases = [case("top"), case("other"), case("base")]
    block(cases, known)
    assert verdicts(cases) == ["blocked", "fail", "fail"]
    assert cases[0].message == "it builds on modes/base, which failed"


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_blocking_depends_on_the_order(order: tuple[int, ...]) -> None:
    known = clauses(a="", b="a", c="b", d="")
    made = [case("a"), case("b"), case("c d"), case("d a")]
    block([made[each] for each in order], known)
    assert verdicts(made) == ["fail", "blocked", "blocked", "fail"]
    assert made[2].message == "it builds on modes/a, which failed"


def test_two_failures_block_each_other() -> None:
    known = clauses(a="", b="", c="a", d="b")
    cases = [case("a d"), case("b c")]
    block(cases, known)
    assert sorted(verdicts(cases)) == ["blocked", "fail"]


def test_case_is_blocked_by_a_clause_of_its_own() -> None:
    cases = [case("a"), case("b a")]
    block(cases, clauses(a="", b="a"))
    assert verdicts(cases) == ["fail", "fail"]


@pytest.mark.parametrize("below", ["pass", "varies", "deviates", "unsupported", "inconclusive", "kit-error"])
def test_something_else_than_a_failure_blocks(below: Verdict) -> None:
    cases = [case("a", below), case("b")]
    block(cases, clauses(a="", b="a"))
    assert verdicts(cases) == [below, "fail"]


@pytest.mark.parametrize("above", ["pass", "varies", "deviates", "unsupported", "kit-error"])
def test_something_else_than_a_failure_is_blocked(above: Verdict) -> None:
    cases = [case("a"), case("b", above)]
    block(cases, clauses(a="", b="a"))
    assert verdicts(cases) == ["fail", above]


def test_inconclusive_on_a_failed_foundation_counts_twice() -> None:
    cases = [case("a"), case("b", "inconclusive")]
    block(cases, clauses(a="", b="a"))
    assert verdicts(cases) == ["fail", "blocked"]


# A clause and a node


def test_clause_hides_its_worst_case() -> None:
    for number, verdict in enumerate(VERDICTS):
        assert weightiest(VERDICTS[: number + 1]) == verdict


@pytest.mark.parametrize(
    ("found", "conclusion"),
    [
        ("pass varies", "CONFORMS"),
        ("pass unsupported", "CONFORMS"),
        ("pass deviates", "DEVIATES AS RECORDED"),
        ("pass fail kit-error inconclusive deviates", "DOES NOT CONFORM"),
        ("pass deviates inconclusive", "COULD NOT TELL"),
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
