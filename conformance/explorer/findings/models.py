"""What the model of an implementation lets follow: what a known difference that names it allows is exactly that."""

from __future__ import annotations

from collections.abc import Set
from itertools import islice

from gen_tck.conformance.explorer.findings.differences import Difference, Shape, shape_of
from gen_tck.conformance.explorer.findings.judge import Finding, equal, judge
from gen_tck.conformance.explorer.oracle.models import Name, oracle_of, oracle_with
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.oracle.search import MOST_RUNS, runs
from gen_tck.conformance.explorer.play.beam import ordered
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.script.script import Changes

MOST_TRIED = 16
"""Runs of a variant that are tried: there are dozens of variants."""


def shows(model: str, report: Report, part: Difference | None) -> bool:
    """Whether what was seen is what ``model`` does; or that ``part`` of it."""
    return _allows(oracle_of(model), report, part, None, MOST_RUNS)


def has_variants(names: tuple[Name, ...], finding: Finding, part: Difference | None) -> bool:
    """Whether what was seen is what the reference with these variants does; or that ``part`` of it.

    The variants of a part may bring about other parts of the finding, too, but nothing besides.
    """
    shapes = frozenset(map(shape_of, finding.parts))
    return _allows(oracle_with(*names), finding.report, part, shapes, MOST_TRIED)


def _allows(oracle: Oracle, report: Report, part: Difference | None, shapes: Set[Shape] | None, most: int) -> bool:
    """Whether a run of ``oracle`` shows what was seen, or ``part`` of it; then with no other differences than those of
    the ``shapes``, if they are given."""
    setting, steps = report.prediction.script
    steps = steps[: report.step + 1]
    prediction = oracle.again(setting, steps)
    if prediction.script.steps != steps:
        return False
    step, expected, stalled = report.step, report.prediction.expected, setting.stalled

    def agrees(number: int, changes: Changes) -> bool:
        """At the step before, something may have come that was not seen yet."""
        if number >= step or equal(changes, expected[number], stalled):
            return True
        return number == step - 1 and set(expected[number]) <= set(changes)

    for run in islice(runs(oracle, prediction, agrees), most):
        late = _late(run.prediction, report)
        if any(_shows(each, report, part, shapes) for each in (run.prediction, late)):
            return True
    return False


def _shows(prediction: Prediction, report: Report, part: Difference | None, shapes: Set[Shape] | None) -> bool:
    expected, stalled = report.prediction.expected, report.prediction.script.setting.stalled
    before = zip(prediction.expected[: report.step], expected[: report.step], strict=True)
    if not all(equal(one, other, stalled) for one, other in before):
        return False
    rest = judge(report, prediction)
    if rest is None or part is None:
        return rest is None
    left = set(map(shape_of, rest.parts))
    return shape_of(part) not in left and (shapes is None or left <= shapes)


def _late(prediction: Prediction, report: Report) -> Prediction:
    """``prediction``, but what came one step before that of ``report``, and only by the model, comes then.

    Nobody waits for what the reference does not expect, so that it may be seen late.
    """
    step, expected = report.step, report.prediction.expected
    if not 0 < step < len(prediction.expected) or not set(expected[step - 1]) <= set(prediction.expected[step - 1]):
        return prediction
    early = {each[:2]: each for each in prediction.expected[step - 1] if each not in expected[step - 1]}
    merged = early | {each[:2]: each for each in prediction.expected[step]}
    return prediction._replace(
        expected=(
            *prediction.expected[: step - 1],
            expected[step - 1],
            ordered(merged.values()),
            *prediction.expected[step + 1 :],
        )
    )
