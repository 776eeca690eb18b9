"""What differs where no run shows what was seen, and which clause speaks of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gen_tck.conformance.explorer.findings.attribution import responsible
from gen_tck.conformance.explorer.findings.comparison import cause_of, differences_in, last_calls, mailboxes
from gen_tck.conformance.explorer.findings.differences import Cause, Difference, distinct, shape_of
from gen_tck.conformance.explorer.oracle.admits import Impossible, admits
from gen_tck.conformance.explorer.oracle.agreement import equal
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.script.script import Changes
from gen_tck.conformance.explorer.script.trace import ScriptTrace


@dataclass(frozen=True)
class Finding:
    """A difference, judged: values alone (:mod:`~gen_tck.conformance.explorer.findings.words` says it to people)."""

    at: Impossible
    """The first impossible step."""
    cause: Cause
    """What was done at that step."""
    differences: tuple[Difference, ...]
    allowed: Changes
    """What is allowed there, and was not seen."""
    seen: Changes
    """What was seen, and is not allowed."""

    @cached_property
    def clause(self) -> str:
        """The id of the clause that speaks of it; ``attribution.NO_CLAUSE`` if none does."""
        return responsible(self.cause, self.differences)

    @cached_property
    def parts(self) -> tuple[Difference, ...]:
        """One difference of each shape: what is known is known of these, one by one."""
        return distinct(self.differences)

    @cached_property
    def group(self) -> tuple[object, ...]:
        """By what findings are grouped: without the names and data of one script."""
        return (self.clause, self.cause, *map(shape_of, self.parts))


def judge(at: Impossible, prediction: Prediction | None = None) -> Finding | None:
    """What differs ``at`` a step; ``None`` if nothing does, by ``prediction`` if that is given."""
    by = prediction or at.prediction
    step, seen = at.step, at.seen
    allowed = by.expected[step] if step < len(by.expected) else ()
    if equal(allowed, seen, by.script.setting.stalled):
        return None
    missing = tuple([each for each in allowed if each not in seen])
    surplus = tuple([each for each in seen if each not in allowed])
    steps = by.script.all_steps
    cause = cause_of(steps, step)
    calls, before = last_calls(steps[: step + 1]), mailboxes(by.expected[:step])
    differences = differences_in(step, missing, surplus, calls, before)
    return Finding(at._replace(prediction=by), cause, differences, missing, surplus)


def first_difference(oracle: Oracle, trace: ScriptTrace) -> Finding | None:
    """What differs at the first step of ``trace`` that no run of ``oracle`` shows, if there is one."""
    answer = admits(oracle, trace)
    return judge(answer) if isinstance(answer, Impossible) else None
