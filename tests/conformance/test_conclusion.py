"""What a node conforms to: the last line, and what is claimed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.results.claims import missing_calls
from gen_tck.conformance.results.conclusion import not_wholly_claimed, sentence
from gen_tck.conformance.results.file import Results, assemble
from gen_tck.conformance.results.verdicts import Case
from gen_tck.spec import clauses as spec
from gen_tck.spec import ledger
from gen_tck.spec.calls import CALLS
from gen_tck.spec.clause import LEVELS, Clause
from gen_tck.spec.profiles import PROFILES

CLAUSES = spec.load()
DISPOSED = ledger.load(CLAUSES).dispositions
TESTED = [each for each in CLAUSES.values() if each.id not in DISPOSED]
LAST = PROFILES[-1]
WITH_CALLS = "system-monitor"
"""A profile that has calls of its own."""


def case(clause: Clause, verdict: str = "pass", name: str = "test_it") -> Case:
    return Case(id=f"{clause.chapter}/x.py::{clause.slug}-{name}", clauses=[clause.id], verdict=verdict)  # type: ignore[arg-type]


def judged(
    cases: Iterable[Case],
    profiles: Iterable[str] = PROFILES,
    calls: frozenset[str] | None = None,
    **options: Any,
) -> Results:
    node = Capabilities("mine", "1", frozenset(profiles), "virtual", calls=calls)
    settings: dict[str, Any] = {"stale": [], "complete": True, "seconds": 1.0, **options}
    return assemble(cases, CLAUSES, asked="it", capabilities=node, **settings)


def whole(verdict: Callable[[Clause], str] = lambda _: "pass") -> list[Case]:
    """A run of all clauses."""
    return [case(each, verdict(each)) for each in TESTED]


def number(level: str, *profiles: str) -> int:
    return sum(each.level == level and each.profile in (profiles or PROFILES) for each in TESTED)


def test_all_that_is_claimed_is_not_named() -> None:
    must, should = number("must"), number("should")
    results = judged(whole())
    assert str(sentence(results)) == (f"CONFORMS to all profiles (must {must} of {must}, should {should} of {should})")
    assert not_wholly_claimed(results) == ""


def test_profile_that_is_not_claimed_is_conformed_to() -> None:
    claimed = PROFILES[:-1]
    results = judged(whole(lambda each: "pass" if each.profile in claimed else "unsupported"), claimed)
    rest = sum(each.profile == LAST for each in TESTED)
    must = number("must", *claimed)
    told = str(sentence(results))
    assert told.startswith(f"CONFORMS to {', '.join(claimed)} (must {must} of {must}, ")
    assert told.endswith(f"; {rest} cases not claimed)")
    assert not_wholly_claimed(results) == f"not claimed: {LAST}"


def a_call(profile: str) -> str:
    return next(str(each) for each in CALLS.values() if each.profile == profile)


def test_profile_without_one_of_its_calls_is_conformed_to() -> None:
    missing = a_call(WITH_CALLS)
    results = judged(whole(), calls=frozenset(CALLS) - {missing})
    assert (results.profiles[WITH_CALLS].claimed, results.profiles[WITH_CALLS].missing) == ("part", [missing])
    assert sentence(results).scope == f"to {', '.join(each for each in PROFILES if each != WITH_CALLS)}"
    assert not_wholly_claimed(results) == f"claimed in part: {WITH_CALLS} (without {missing.replace('.', ':')})"


def test_node_with_three_calls_conforms() -> None:
    three = frozenset(["gen_tcp.listen/2", "gen_tcp.accept/1", "gen_tcp.close/1"])
    first = TESTED[0]
    results = judged(whole(lambda each: "pass" if each is first else "unsupported"), calls=three)
    assert results.conclusion == "COULD NOT TELL"
    assert sentence(results).short == "COULD NOT TELL: no profile that was run is claimed whole"
    assert "more)" in not_wholly_claimed(results)


def test_helper_of_the_tests_is_part_of_a_claim() -> None:
    node = Capabilities("mine", "1", frozenset(PROFILES), "virtual", calls=frozenset(CALLS) - {"erlang.link/1"})
    assert all(missing_calls(each, node) == [] for each in PROFILES)


def test_profile_that_is_not_claimed_misses_calls() -> None:
    assert missing_calls(LAST, Capabilities("mine", "1", frozenset(), "virtual", calls=frozenset())) == []


def test_few_clauses_are_a_whole_profile() -> None:
    some = [each for each in TESTED if each.profile == PROFILES[0] and each.level == "must"][:2]
    told = sentence(judged([case(each) for each in some]))
    assert str(told) == f"CONFORMS in 2 clauses of {PROFILES[0]} (must 2 of 2)"
    also = judged([case(some[0]), *(case(each) for each in TESTED if each.profile == LAST)])
    assert sentence(also).scope == f"to {LAST} and in 1 clause of {PROFILES[0]}"


def test_may_clause_changes_the_conclusion() -> None:
    may = next(each for each in TESTED if each.level == "may")
    results = judged(whole(lambda each: "fail" if each is may else "pass"))
    all_ = number("may")
    assert results.conclusion == "CONFORMS"
    assert str(sentence(results)).endswith(f"; may {all_ - 1} of {all_}, not judged)")
    assert [root.clause for root in results.roots] == [may.id]
    strict = judged(whole(lambda each: "fail" if each is may else "pass"), levels=LEVELS)
    assert strict.conclusion == "DOES NOT CONFORM"
    assert f"may {all_ - 1} of {all_})" in str(sentence(strict))


def test_level_that_is_not_judged_is_judged() -> None:
    should = next(each for each in TESTED if each.level == "should")
    results = judged(whole(lambda each: "fail" if each is should else "pass"), levels=["must"])
    total = number("should")
    assert results.conclusion == "CONFORMS"
    assert f"; should {total - 1} of {total}, not judged" in str(sentence(results))


def test_deviations_conform_to_nothing() -> None:
    must = next(each for each in TESTED if each.level == "must")
    results = judged(whole(lambda each: "deviates" if each is must else "pass"))
    total = number("must")
    assert str(sentence(results)).startswith(f"DEVIATES AS RECORDED in all profiles (must {total - 1} of {total}, ")


@pytest.mark.parametrize(
    ("verdicts", "options", "why"),
    [
        (["fail", "fail", "pass"], {}, "DOES NOT CONFORM: 1 root, 2 cases fail"),
        (["pass"], {"stale": ["x"]}, "DOES NOT CONFORM: 1 stale deviation"),
        (
            ["inconclusive", "pass"],
            {"complete": False},
            "COULD NOT TELL: 1 case is inconclusive, the run is not complete",
        ),
        (["kit-error", "inconclusive"], {}, "COULD NOT TELL: 1 case is inconclusive, 1 error of the kit"),
        (["unsupported"], {}, "COULD NOT TELL: nothing that the node claims was run"),
    ],
)
def test_reason_is_left_out(verdicts: list[str], options: dict[str, Any], why: str) -> None:
    must = next(each for each in TESTED if each.level == "must")
    cases = [case(must, verdict, str(number)) for number, verdict in enumerate(verdicts)]
    assert sentence(judged(cases, **options)).short == why
