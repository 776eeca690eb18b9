"""What cases leave behind, as cases of a clause of its own: who left something may have been right in all else.

A census is taken when a case is over that was as it should be (``Scenario.count_left``). Only what was found, or is
recorded to be, becomes a further case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gen_tck.conformance.results.deviations import Deviations
from gen_tck.conformance.results.verdicts import CENSUS, Case
from gen_tck.spec.clause import Clause
from gen_tck.spec.counted import in_words

ASKS = "gen_tck.conformance.closing.test_leaving_nothing"
"""The module with the cases that are about the clause: pytest looks for what is left if it runs one of these, too."""


def further_cases(cases: Iterable[Case], clauses: Mapping[str, Clause], recorded: Deviations) -> list[Case]:
    """A case for each of ``cases`` that left something, or is recorded to."""
    found = [case_of(each, clauses, recorded) for each in cases if each.left is not None]
    return [each for each in found if each.verdict != "pass" or recorded.names(each)]


def case_of(case: Case, clauses: Mapping[str, Clause], recorded: Deviations) -> Case:
    """What ``case``, of which it is known what it left, is for the clause."""
    title = f"{' '.join(clauses[CENSUS].sentence.split())} [{case.name}]"
    found = Case(id=f"left/{case.id}", clauses=[CENSUS], verdict="pass", title=title, left_by=case.id)
    if case.left:
        found.verdict, found.expected, found.seen = "fail", "nothing to be left", in_words(case.left)
        found.where = f"when {case.name} was over"
        recorded.apply(found)
    return found
