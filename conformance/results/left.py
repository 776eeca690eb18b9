"""What cases leave behind, as cases of a clause of its own: who left something may have been right in all else.

A census is taken when a case is over that was as it should be (``Scenario.count_left``). Only what was found, or is
recorded to be, becomes a further case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gen_tck.conformance.results.deviations import Deviations
from gen_tck.conformance.results.verdicts import Case
from gen_tck.spec.clause import Clause
from gen_tck.spec.counted import in_words

CLAUSE = "closing/nothing-outlives-its-processes"
"""What it is about."""


def further_cases(cases: Iterable[Case], clauses: Mapping[str, Clause], recorded: Deviations) -> list[Case]:
    """A case for each of ``cases`` that left something, or is recorded to."""
    found = []
    for case in cases:
        if case.left is None:
            continue
        left = Case(id=f"left/{case.id}", clauses=[CLAUSE], verdict="pass", title=_title(case, clauses))
        if case.left:
            left.verdict, left.expected, left.seen = "fail", "nothing to be left", in_words(case.left)
            left.where, left.trace = f"when {case.name} was over", None
            recorded.apply(left)
        if case.left or recorded.names(left):
            found.append(left)
    return found


def _title(case: Case, clauses: Mapping[str, Clause]) -> str:
    sentence = " ".join(clauses[CLAUSE].sentence.split())
    return f"{sentence} [{case.name}]"
