"""What in results does not hold together, which shows that they were edited by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gen_tck.conformance import roots
from gen_tck.conformance.claims import counts, extent
from gen_tck.conformance.verdicts import weightiest

if TYPE_CHECKING:
    from gen_tck.conformance.results import Results


def contradictions(results: Results, *, whole: bool) -> Iterator[str]:
    """A sentence for each. ``whole``: nothing was added to them because their format does not say it."""
    yield from _cases_and_clauses(results)
    if whole:
        yield from _profiles(results)
        yield from _roots(results)
        yield from _conclusion(results)


def _cases_and_clauses(results: Results) -> Iterator[str]:
    cases = {case.id: case for case in results.cases}
    for number, case in enumerate(results.cases):
        if not case.clauses:
            yield f"cases[{number}] ({case.id}) names no clause"
        for each in case.clauses:
            if each not in results.clauses:
                yield f"cases[{number}] ({case.id}) names {each}, which is not among the clauses"
        if cases[case.id] is not case:
            yield f"cases[{number}] ({case.id}) is there twice"
    for each, clause in results.clauses.items():
        for test in clause.tests:
            if test not in cases:
                yield f"the clause {each} names {test}, which is not among the cases"
        own = {cases[test].verdict for test in clause.tests if test in cases}
        if own and clause.verdict != weightiest(own):
            yield f"the clause {each} is {clause.verdict!r}, but the weightiest of its cases is {weightiest(own)!r}"


def _profiles(results: Results) -> Iterator[str]:
    for each, clause in results.clauses.items():
        if clause.profile not in results.profiles:
            yield f"the clause {each} is of {clause.profile!r}, which is not among the profiles"
    for name, profile in results.profiles.items():
        own = [clause for clause in results.clauses.values() if clause.profile == name]
        verdicts, levels = counts(own)
        if (profile.verdicts, profile.levels) != (verdicts, levels):
            yield f"the numbers of the profile {name} are not those of its clauses"
        if profile.claimed != "no" and profile.claimed != extent(profile.missing, profile.verdicts):
            yield f"the profile {name} is claimed {profile.claimed!r}, but lacks {len(profile.missing)} of its calls"


def _roots(results: Results) -> Iterator[str]:
    said = [(root.clause, root.cases, root.blocks) for root in results.roots]
    found = [(root.clause, root.cases, root.blocks) for root in roots.find(results.cases, {})]
    if said != found:
        yield "the roots are not those of the cases"
    if results.voids != sum(case.stood_still for case in results.cases):
        yield "the number of voids is not that of the cases"


def _conclusion(results: Results) -> Iterator[str]:
    from gen_tck.conformance.results import conclusion_of  # which imports this module

    found = conclusion_of(
        results.cases,
        results.clauses,
        results.profiles,
        levels=results.levels,
        stale=bool(results.stale),
        complete=results.complete,
    )
    if results.conclusion != found:
        yield f"the conclusion is {results.conclusion}, but what was seen comes to {found}"
