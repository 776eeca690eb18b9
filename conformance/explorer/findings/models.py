"""What the model of an implementation lets follow: what a known difference that names it allows is exactly that."""

from __future__ import annotations

from gen_tck.conformance.explorer.findings.differences import Difference, shape_of
from gen_tck.conformance.explorer.findings.judge import equal, judge
from gen_tck.conformance.explorer.oracle.models import oracle_of
from gen_tck.conformance.explorer.oracle.oracle import Prediction
from gen_tck.conformance.explorer.oracle.search import runs
from gen_tck.conformance.explorer.play.beam import ordered
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.script.script import Changes


def shows(model: str, report: Report, part: Difference | None) -> bool:
    """Whether what was seen is what ``model`` does; or that ``part`` of it."""
    setting, steps = report.prediction.script
    steps = steps[: report.step + 1]
    prediction = oracle_of(model).again(setting, steps)
    if prediction.script.steps != steps:
        return False
    step, expected, stalled = report.step, report.prediction.expected, setting.stalled

    def agrees(number: int, changes: Changes) -> bool:
        """At the step before, something may have come that was not seen yet."""
        if number >= step or equal(changes, expected[number], stalled):
            return True
        return number == step - 1 and set(expected[number]) <= set(changes)

    for run in runs(oracle_of(model), prediction, agrees):
        if _shows(run.prediction, report, part) or _shows(_late(run.prediction, report), report, part):
            return True
    return False


def _shows(prediction: Prediction, report: Report, part: Difference | None) -> bool:
    expected, stalled = report.prediction.expected, report.prediction.script.setting.stalled
    before = zip(prediction.expected[: report.step], expected[: report.step], strict=True)
    if not all(equal(one, other, stalled) for one, other in before):
        return False
    rest = judge(report, prediction)
    return rest is None or (part is not None and shape_of(part) not in map(shape_of, rest.parts))


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
