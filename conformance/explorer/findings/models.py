"""What the reference with variants lets follow: a finding that is known as them is exactly that."""

from __future__ import annotations

from collections.abc import Set
from itertools import islice

from gen_tck.conformance.explorer.findings.differences import Difference, Shape, shape_of
from gen_tck.conformance.explorer.findings.judge import Finding, judge
from gen_tck.conformance.explorer.oracle.admits import Impossible
from gen_tck.conformance.explorer.oracle.agreement import equal
from gen_tck.conformance.explorer.oracle.models import Name, oracle_with
from gen_tck.conformance.explorer.oracle.oracle import Prediction
from gen_tck.conformance.explorer.oracle.search import runs
from gen_tck.conformance.explorer.script.script import Changes

MOST_TRIED = 16
"""Runs of a variant that are tried: there are dozens of variants."""


def has_variants(names: tuple[Name, ...], finding: Finding, part: Difference | None) -> bool:
    """Whether what was seen is what the reference with these variants does; or that ``part`` of it.

    The variants of a part may bring about other parts of the finding, too, but nothing besides.
    """
    shapes = frozenset(map(shape_of, finding.parts))
    oracle, at = oracle_with(*names), finding.at
    setting, steps = at.prediction.script
    steps = steps[: at.step + 1]
    prediction = oracle.again(setting, steps)
    if prediction.script.steps != steps:
        return False
    step, expected, stalled = at.step, at.prediction.expected, setting.stalled

    def agrees(number: int, changes: Changes) -> bool:
        return number >= step or equal(changes, expected[number], stalled)

    tried = islice(runs(oracle, prediction, agrees), MOST_TRIED)
    return any(_shows(run.prediction, at, part, shapes) for run in tried)


def _shows(prediction: Prediction, at: Impossible, part: Difference | None, shapes: Set[Shape]) -> bool:
    expected, stalled = at.prediction.expected, at.prediction.script.setting.stalled
    before = zip(prediction.expected[: at.step], expected[: at.step], strict=True)
    if not all(equal(one, other, stalled) for one, other in before):
        return False
    rest = judge(at, prediction)
    if rest is None or part is None:
        return rest is None
    left = set(map(shape_of, rest.parts))
    return shape_of(part) not in left and left <= shapes
