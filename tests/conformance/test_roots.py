"""Roots: what fails of itself, the weightiest first, each in one line."""

from __future__ import annotations

from gen_tck.conformance.results.roots import evidence, find, holds_up, sentence
from gen_tck.conformance.results.verdicts import Case, Look
from gen_tck.spec import clauses as spec

CLAUSES = spec.load()
FIRST, SECOND, THIRD = list(CLAUSES)[:3]


def case(name: str, clause: str, verdict: str = "fail", **fields: object) -> Case:
    return Case(id=f"x::{name}", clauses=[clause], verdict=verdict, **fields)  # type: ignore[arg-type]


def test_most_weight_does_not_come_first() -> None:
    cases = [
        case("a", FIRST),
        case("b", SECOND),
        case("c", SECOND),
        case("d", "modes/any", "blocked", blocked_by=THIRD),
        case("e", "modes/any", "blocked", blocked_by=THIRD),
        case("f", THIRD),
    ]
    found = find(cases, CLAUSES)
    assert [(root.clause, root.cases, root.blocks) for root in found] == [
        (THIRD, ["x::f"], ["x::d", "x::e"]),
        (SECOND, ["x::b", "x::c"], []),
        (FIRST, ["x::a"], []),
    ]


def test_equal_roots_leave_the_order_of_the_text() -> None:
    assert [root.clause for root in find([case("a", FIRST), case("b", SECOND), case("c", THIRD)], CLAUSES)] == [
        FIRST,
        SECOND,
        THIRD,
    ]


def test_something_else_than_a_confirmed_failure_is_a_root() -> None:
    verdicts = ["pass", "deviates", "unsupported", "not-run", "inconclusive", "flaky", "adapter-error", "kit-error"]
    assert find([case(each, FIRST, each) for each in verdicts], CLAUSES) == []


def test_evidence_is_not_that_of_the_first_case() -> None:
    cases = [
        case("a", FIRST, expected="ok", seen="{error,einval}", where="inet:setopts/2"),
        case("b", FIRST, expected="ok", seen="b", where="b"),
    ]
    (root,) = find(cases, CLAUSES)
    assert (root.title, root.level) == (" ".join(CLAUSES[FIRST].sentence.split()), CLAUSES[FIRST].level)
    assert sentence(root) == f"{FIRST}: inet:setopts/2: expected ok, saw {{error,einval}}: 2 cases fail"


def test_root_of_an_unknown_clause_has_no_name() -> None:
    (root,) = find([case("a", "future/clause", title="It holds.", message="it died")], CLAUSES)
    assert (root.title, sentence(root)) == ("It holds.", "future/clause: it died: 1 case fails")


def test_level_is_hidden() -> None:
    clause = next(each.id for each in CLAUSES.values() if each.level == "may")
    (root,) = find([case("a", clause, seen="x", expected="y")], CLAUSES)
    assert sentence(root).startswith(f"{clause} (may): ")


def test_what_is_held_up_is_miscounted() -> None:
    (root,) = find([case("a", FIRST), case("b", SECOND, "blocked", blocked_by=FIRST)], CLAUSES)
    assert holds_up(root) == "1 case fails, 1 is blocked"
    root.cases, root.blocks = ["a", "b"], ["c", "d"]
    assert holds_up(root) == "2 cases fail, 2 are blocked"


def test_wait_is_part_of_what_was_seen() -> None:
    look = Look(verdict="fail", expected="a message", seen="none", where="owner", waited=0.131)
    assert evidence(look) == "owner: expected a message, saw none (waited 0.13 s)"
    assert evidence(Look(verdict="inconclusive", message="not busy", waited=2)) == "not busy (waited 2.00 s)"
    assert evidence(Look(verdict="pass")) == ""


def test_nobody_knows_where_it_was_seen() -> None:
    (root,) = find([case("a", FIRST, expected="ok", seen="no", step="owner: gen_tcp:close(S)")], CLAUSES)
    assert evidence(root) == "after owner: gen_tcp:close(S): expected ok, saw no"
    root.where = "gen_tcp:close/1"
    assert evidence(root) == "gen_tcp:close/1: expected ok, saw no"


def test_long_values_are_cut_where_there_is_room() -> None:
    look = Look(verdict="fail", expected="e" * 50, seen="s" * 50, where="w")
    assert evidence(look) == f"w: expected {'e' * 50}, saw {'s' * 50}"
    assert evidence(look, most=10) == f"w: expected {'e' * 9}…, saw {'s' * 9}…"
