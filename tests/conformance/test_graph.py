"""What is blocked follows from the graph and the confirmed failures alone, in whatever order they were seen."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import pytest

from gen_tck.conformance.results.verdicts import Case, Verdict
from gen_tck.conformance.run import uses
from gen_tck.conformance.run.graph import Graph
from gen_tck.spec.clause import Clause

from .test_verdicts import case, clauses


def blocked(cases: Iterable[Case], known: dict[str, Clause]) -> list[Verdict]:
    """The verdicts of ``cases`` when all is known."""
    cases = list(cases)
    Graph.of(cases, known).block(cases)
    return [each.verdict for each in cases]


def test_failure_on_a_failed_foundation_counts_twice() -> None:
    cases = [case("top"), case("other"), case("base")]
    assert blocked(cases, clauses(base="", middle="base", top="middle", other="")) == ["blocked", "fail", "fail"]
    assert (cases[0].blocked_by, cases[0].own) == ("modes/base", "fail")
    assert cases[0].message == "it needs modes/base, which failed"


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_blocking_depends_on_the_order(order: tuple[int, ...]) -> None:
    made = [case("a"), case("b"), case("c d"), case("d a")]
    blocked([made[each] for each in order], clauses(a="", b="a", c="b", d=""))
    assert [each.verdict for each in made] == ["fail", "blocked", "blocked", "fail"]
    assert made[2].blocked_by == "modes/a"


@pytest.mark.parametrize("verdict", ["pass", "varies", "deviates", "inconclusive", "flaky", "adapter-error", "not-run"])
def test_what_a_blocked_case_saw_itself_matters(verdict: Verdict) -> None:
    cases = [case("a"), case("b", verdict)]
    assert blocked(cases, clauses(a="", b="a")) == ["fail", "blocked"]
    assert cases[1].own == verdict


def test_what_is_not_claimed_is_blocked() -> None:
    assert blocked([case("a"), case("b", "unsupported")], clauses(a="", b="a")) == ["fail", "unsupported"]


@pytest.mark.parametrize("below", ["pass", "varies", "deviates", "unsupported", "inconclusive", "flaky", "not-run"])
def test_something_else_than_a_failure_blocks(below: Verdict) -> None:
    assert blocked([case("a", below), case("b")], clauses(a="", b="a")) == [below, "fail"]


def test_case_is_blocked_by_a_clause_of_its_own() -> None:
    assert blocked([case("a"), case("b a")], clauses(a="", b="a")) == ["fail", "fail"]


def test_case_that_is_blocked_blocks_others(monkeypatch: pytest.MonkeyPatch) -> None:
    # The case about b uses a call that never returns; b itself may hold, so that c is judged by what it sees.
    monkeypatch.setattr(uses, "of", lambda each: ("modes/answers",) if each.endswith("_b") else ())
    known = clauses(answers="", b="", c="b")
    assert blocked([case("answers"), case("b"), case("c", "pass")], known) == ["fail", "blocked", "pass"]


def test_case_does_not_need_what_its_test_requires() -> None:
    needy = case("b", "pass")
    needy.requires = ["modes/a"]
    assert blocked([case("a"), needy], clauses(a="", b="")) == ["fail", "blocked"]


# While it lasts


def test_case_runs_before_what_it_needs() -> None:
    known = clauses(z="", y="z", x="y", w="")
    graph = Graph.of([case(each) for each in "wxyz"], known)
    order = sorted(graph.needs, key=graph.order)
    assert [graph.about[each] for each in order] == ["modes/z", "modes/w", "modes/y", "modes/x"]


def test_case_is_spared_though_it_may_not_be_blocked() -> None:
    known = clauses(a="", b="a", c="b")
    a, b, c = (case(each) for each in "abc")
    graph = Graph.of([a, b, c], known)
    assert graph.blocker(c.id, {}) is None
    # Whether b's failure counts is not known before a is.
    assert graph.blocker(c.id, {b.id: "fail"}) is None
    assert graph.blocker(c.id, {b.id: "fail", a.id: "pass"}) == "modes/b"
    assert graph.blocker(c.id, {b.id: "blocked", a.id: "fail"}) == "modes/a"


def test_circle_of_needs_is_followed_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {"a": "modes/b", "b": "modes/a"}
    monkeypatch.setattr(uses, "of", lambda each: (other[each[-1]],))
    graph = Graph.of([case("a"), case("b")], clauses(a="", b=""))
    assert set(graph.depths) == set(graph.needs)
