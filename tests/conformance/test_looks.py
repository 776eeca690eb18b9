"""How many looks it takes, and what follows from them."""

from __future__ import annotations

import pytest

from gen_tck.conformance.results.looks import decide
from gen_tck.conformance.results.verdicts import Look, Verdict


def look(verdict: str, place: str = "x.py:1", seen: str = "") -> Look:
    """A look with this verdict; ``fail@PLACE`` failed at that line."""
    name, _, where = verdict.partition("@")
    known: dict[str, Verdict] = {"fail": "fail", "pass": "pass", "varies": "varies", "deviates": "deviates"}
    others: dict[str, Verdict] = {
        "inconclusive": "inconclusive",
        "adapter-error": "adapter-error",
        "kit-error": "kit-error",
        "not-run": "not-run",
    }
    return Look(verdict={**known, **others}[name], place=where or place, seen=seen or where)


@pytest.mark.parametrize(
    ("looks", "verdict"),
    [
        ("pass", "pass"),
        ("varies", "varies"),
        ("deviates", "deviates"),
        ("kit-error", "kit-error"),
        ("adapter-error", "adapter-error"),
        ("not-run", "not-run"),
        ("fail", None),
        ("inconclusive", None),
        ("fail fail", "fail"),
        ("fail@a fail@b", "flaky"),
        ("fail pass", "flaky"),
        ("fail varies", "flaky"),
        ("fail deviates", "flaky"),
        ("fail adapter-error", "adapter-error"),
        ("fail not-run", "not-run"),
        ("fail inconclusive", None),
        ("fail inconclusive fail", "fail"),
        ("fail inconclusive pass", "flaky"),
        ("fail inconclusive inconclusive", "inconclusive"),
        ("inconclusive pass", "pass"),
        ("inconclusive deviates", "deviates"),
        ("inconclusive inconclusive", "inconclusive"),
        ("inconclusive fail", None),
        ("inconclusive fail fail", "fail"),
        ("inconclusive fail pass", "flaky"),
    ],
)
def test_other_verdict_follows(looks: str, verdict: Verdict | None) -> None:
    assert decide([look(each) for each in looks.split()]) == verdict


@pytest.mark.parametrize(
    ("looks", "verdict"),
    [
        ("deviates", "deviates"),
        ("pass", None),
        ("pass pass", "pass"),
        ("pass deviates", "flaky"),
        ("pass inconclusive varies", "pass"),
        ("inconclusive deviates", "deviates"),
        ("fail", None),
        ("fail fail", "fail"),
    ],
)
def test_recorded_deviation_that_passes_once_is_stale(looks: str, verdict: Verdict | None) -> None:
    assert decide([look(each) for each in looks.split()], recorded=True) == verdict


def test_number_of_a_handle_makes_a_difference() -> None:
    looks = [look("fail", "x.py:1", "#Port<3>"), look("fail", "x.py:2", "#Port<4>")]
    assert decide(looks) == "fail"
