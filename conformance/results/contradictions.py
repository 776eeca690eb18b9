"""What in results does not hold together, which shows that they were edited by hand, or come from somewhere else.

All that results say of the whole is computed again from what they say of the cases. What that takes of the
specification (which clauses there are, and how they read) they do not hold, and another kit's may be another one: how
many clauses were left out of a run, and the wording of titles, is believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gen_tck.conformance.results import format_1 as older
from gen_tck.conformance.results import roots
from gen_tck.conformance.results.claims import counts, extent
from gen_tck.conformance.results.looks import decide
from gen_tck.conformance.results.roots import Root
from gen_tck.conformance.results.verdicts import Case, Verdict, weightiest
from gen_tck.spec.clause import LEVELS

if TYPE_CHECKING:
    from gen_tck.conformance.results.file import Results


def contradictions(results: Results, *, whole: bool) -> Iterator[str]:
    """A sentence for each; only the first is sure to tell of a fault of its own.

    ``whole``: nothing was added to them because their format does not say it.
    """
    yield from _cases(results)
    yield from _clauses(results)
    if not whole:
        found = older.conclude({case.verdict for case in results.cases}, bool(results.stale), results.complete)
        if results.conclusion != found:
            yield f"the conclusion is {results.conclusion}, but what was seen comes to {found}"
        return
    yield from _blocked(results)
    yield from _looks(results)
    yield from _levels(results)
    yield from _profiles(results)
    yield from _roots(results)
    yield from _conclusion(results)


def _cases(results: Results) -> Iterator[str]:
    cases = {case.id: case for case in results.cases}
    for number, case in enumerate(results.cases):
        place = f"cases[{number}] ({case.id})"
        if not case.clauses:
            yield f"{place} names no clause"
        if len({*case.clauses}) != len(case.clauses):
            yield f"{place} names a clause twice"
        for each in case.clauses:
            if each not in results.clauses:
                yield f"{place} names {each}, which is not among the clauses"
        if cases[case.id] is not case:
            yield f"{place} is there twice"
        if case.left_by and (case.left_by not in cases or cases[case.left_by].left is None):
            yield f"{place} is about what {case.left_by} left, of which nobody says what that is"
        if results.complete and case.verdict == "not-run":
            yield f"complete: {place} was not run"


def _clauses(results: Results) -> Iterator[str]:
    cases = {case.id: case for case in results.cases}
    own: dict[str, list[Case]] = {each: [] for each in results.clauses}
    for case in results.cases:
        for each in case.clauses:
            own[each].append(case)
    for each, clause in results.clauses.items():
        for test in clause.tests:
            if test not in cases:
                yield f"the clause {each} names {test}, which is not among the cases"
        if sorted(clause.tests) != sorted(case.id for case in own[each]):
            yield f"the tests of the clause {each} are not the cases that name it"
        found = weightiest([case.verdict for case in own[each]]) if own[each] else clause.verdict
        if clause.verdict != found:
            yield f"the clause {each} is {clause.verdict!r}, but the weightiest of its cases is {found!r}"


def _blocked(results: Results) -> Iterator[str]:
    failed = {case.clauses[0] for case in results.cases if case.verdict == "fail"}
    for number, case in enumerate(results.cases):
        blocked = case.verdict == "blocked"
        if blocked and case.blocked_by not in failed:
            yield f"cases[{number}] ({case.id}) is blocked by {case.blocked_by or 'nothing'}, which did not fail"
        if (case.own is not None, bool(case.blocked_by)) != (blocked, blocked):
            yield f"cases[{number}] ({case.id}): own and blocked_by are said of blocked cases, and of those always"


def _looks(results: Results) -> Iterator[str]:
    for number, case in enumerate(results.cases):
        seen = _itself(case)
        # Whether it was known to deviate is not in the results.
        if case.looks and seen not in [decide(case.looks, recorded=known) for known in (True, False)]:
            yield f"cases[{number}] ({case.id}) is {seen!r}, which is not what its looks come to"
        if seen == "varies" and not case.variants:
            yield f"cases[{number}] ({case.id}) varies, but names no variant"


def _itself(case: Case) -> Verdict:
    return case.verdict if case.own is None else case.own


def _levels(results: Results) -> Iterator[str]:
    if not results.levels or not {*results.levels} <= {*LEVELS}:
        yield f"levels: these are no levels to judge by: {', '.join(results.levels) or 'none'}"
    seen: dict[str, set[str]] = {}
    for case in results.cases:
        for each in case.clauses:
            seen.setdefault(each, set()).update(case.variants)
    for each, clause in results.clauses.items():
        if clause.level not in LEVELS:
            yield f"the clause {each} is of the level {clause.level!r}, which there is not"
        if clause.variant is not None and not seen.get(each, set()).issuperset(clause.variant.split(", ")):
            yield f"the clause {each} has the variant {clause.variant!r}, which none of its cases saw"


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
        if profile.claimed == "no" and not {*verdicts} <= {"unsupported", "left-out", "not-run"}:
            yield f"the profile {name} is not claimed, but its clauses were judged"


def _roots(results: Results) -> Iterator[str]:
    found = roots.find(results.cases, {})
    if list(map(_told, results.roots)) != list(map(_told, found)):
        yield "the roots are not those of the cases"
    for root in results.roots:
        if root.clause in results.clauses and root.level != results.clauses[root.clause].level:
            yield f"the root {root.clause} is of the level {root.level!r}, its clause is not"
    if results.voids != sum(case.stood_still for case in results.cases):
        yield "the number of voids is not that of the cases"


def _told(root: Root) -> tuple[object, ...]:
    """All that a root says, but for what is the specification's."""
    return (
        root.clause,
        root.cases,
        root.blocks,
        root.where,
        root.expected,
        root.seen,
        root.step,
        root.message,
        root.waited,
    )


def _conclusion(results: Results) -> Iterator[str]:
    from gen_tck.conformance.results.file import conclusion_of  # which imports this module

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
