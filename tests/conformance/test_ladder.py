"""How far a node is, and what is next."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.output.screen import Screen
from gen_tck.conformance.reports import junit, markdown, page
from gen_tck.conformance.reports.source import load as load_source
from gen_tck.conformance.reports.terminal import show_results
from gen_tck.conformance.results.file import Results, assemble, read, write
from gen_tck.conformance.results.ladder import in_words, ladder, next_step, rungs
from gen_tck.conformance.results.verdicts import Case
from gen_tck.spec import ledger
from gen_tck.spec.calls import CALLS
from gen_tck.spec.clause import Clause
from gen_tck.spec.clauses import load
from gen_tck.spec.profiles import CORE, PROFILES

CLAUSES = load()
DISPOSED = ledger.load(CLAUSES).dispositions
TESTED = [each for each in CLAUSES.values() if each.id not in DISPOSED]
FIRST, SECOND = PROFILES[:2]
JUDGED = [each for each in TESTED if each.profile == FIRST and each.level != "may"]


def results_of(
    verdict: Callable[[Clause], str] = lambda _: "pass",
    profiles: tuple[str, ...] = PROFILES,
    calls: frozenset[str] | None = None,
    chosen: list[Clause] = TESTED,
    complete: bool = True,
) -> Results:
    node = Capabilities("mine", "1", frozenset(profiles), "virtual", calls=calls)
    cases = []
    for each in chosen:
        seen: Any = verdict(each) if each.profile in profiles else "unsupported"
        cases.append(Case(id=f"{each.chapter}/x.py::{each.slug}", clauses=[each.id], verdict=seen))
    return assemble(cases, CLAUSES, asked="it", capabilities=node, stale=[], complete=complete, seconds=1.0)


def failing(*clauses: Clause, verdict: str = "fail") -> Callable[[Clause], str]:
    return lambda each: verdict if each in clauses else "pass"


def test_top_has_another_step() -> None:
    results = results_of()
    assert (next_step(results), in_words(results)) == (None, "")
    assert [each.profile for each in rungs(results)] == list(PROFILES)
    assert all(each.reached for each in rungs(results))


def test_first_failure_is_not_next() -> None:
    results = results_of(failing(*JUDGED[3:6]), (FIRST,))
    assert in_words(results) == f"{FIRST} {len(JUDGED) - 3} of {len(JUDGED)}; next: {JUDGED[3].id}"
    step = next_step(results)
    assert step is not None
    assert (step.clause, step.rung.held, step.rung.total) == (JUDGED[3].id, len(JUDGED) - 3, len(JUDGED))


def test_blocked_clause_comes_before_its_root() -> None:
    results = results_of(lambda each: {JUDGED[1]: "blocked", JUDGED[4]: "fail"}.get(each, "pass"))
    assert in_words(results).endswith(f"; next: {JUDGED[4].id}")


def test_later_profile_is_next_before_an_earlier_one() -> None:
    later = next(each for each in TESTED if each.profile == SECOND and each.level == "must")
    assert f"reached: {FIRST}, " in in_words(results_of(failing(later)))
    assert in_words(results_of(failing(later))).endswith(f"; next: {later.id}")
    assert in_words(results_of(failing(later, JUDGED[0]))).endswith(f"; next: {JUDGED[0].id}")


def test_profile_that_is_not_claimed_is_no_step() -> None:
    assert in_words(results_of(profiles=(FIRST,))) == f"reached: {FIRST}; next: claim {SECOND}"
    assert in_words(results_of(profiles=CORE)) == ""


def test_missing_call_is_no_step() -> None:
    missing = next(str(each) for each in CALLS.values() if each.profile == FIRST and not each.is_helper)
    results = results_of(profiles=(FIRST,), calls=frozenset(CALLS) - {missing})
    assert in_words(results) == f"{FIRST} {len(JUDGED)} of {len(JUDGED)}; next: offer {missing.replace('.', ':')}"
    failed = results_of(failing(JUDGED[0]), (FIRST,), frozenset(CALLS) - {missing})
    assert in_words(failed).endswith(f"; next: {JUDGED[0].id}")


@pytest.mark.parametrize("level", ["may"])
def test_level_that_is_not_judged_is_a_step(level: str) -> None:
    free = next(each for each in TESTED if each.level == level)
    assert in_words(results_of(failing(free))) == ""


def test_recorded_deviation_is_a_step() -> None:
    assert in_words(results_of(failing(JUDGED[0], verdict="deviates"))) == ""


def test_part_of_a_run_tells() -> None:
    assert in_words(results_of(failing(JUDGED[0]), complete=False)) == ""
    assert in_words(results_of(failing(JUDGED[0]), chosen=JUDGED[:3])) == ""


def test_ladder_is_not_told_or_told_last() -> None:
    out = StringIO()
    show_results(Screen(console=Console(file=out, width=200)), results_of(failing(JUDGED[3]), (FIRST,)), CLAUSES)
    *_, ladder, last = out.getvalue().splitlines()
    assert ladder == f"ladder  {FIRST} {len(JUDGED) - 1} of {len(JUDGED)}; next: {JUDGED[3].id}"
    assert last.startswith("it: DOES NOT CONFORM")


def test_report_says_something_else_of_the_ladder(tmp_path: Path) -> None:
    write(results_of(failing(JUDGED[3]), (FIRST,)), tmp_path / "x.json")
    results, sources = read(tmp_path / "x.json"), [load_source(tmp_path / "x.json", CLAUSES)]
    climbed = f"{FIRST} {len(JUDGED) - 1} of {len(JUDGED)}; next: {JUDGED[3].id}"
    assert results.ladder == ladder(results)
    assert str(results.ladder) == climbed
    assert f'<property name="ladder" value="{climbed}" />' in junit.junit(sources)
    assert f"<b>ladder</b> {climbed}" in page.page(sources)
    assert f"**Ladder**: {climbed}" in markdown.markdown(sources).replace("\\", "")


def test_results_without_a_ladder_show_one(tmp_path: Path) -> None:
    write(results_of(complete=False), tmp_path / "x.json")
    sources = [load_source(tmp_path / "x.json", CLAUSES)]
    assert sources[0].results.ladder is None
    assert '<property name="ladder" value="" />' in junit.junit(sources)
    assert "**Ladder**" not in markdown.markdown(sources)


def test_part_of_a_profile_leads_to_another() -> None:
    others = [each for each in TESTED if each.profile != FIRST]
    assert next_step(results_of(profiles=(FIRST,), chosen=[JUDGED[0], *others])) is None
