"""What the model of an implementation lets follow: what is settled by a model is exactly what that does."""

from __future__ import annotations

from gen_tck.conformance.explorer.findings.differences import Difference, shape_of
from gen_tck.conformance.explorer.findings.judge import equal, judge
from gen_tck.conformance.explorer.oracle.models import oracle_of
from gen_tck.conformance.explorer.oracle.oracle import Told
from gen_tck.conformance.explorer.play.beam import ordered
from gen_tck.conformance.explorer.play.report import Report


def shows(model: str, report: Report, part: Difference | None) -> bool:
    """Whether what was seen is what ``model`` does; or that ``part`` of it."""
    setting, steps = report.told.script
    steps = steps[: report.step + 1]
    told = oracle_of(model).again(setting, steps)
    if told.script.steps != steps:
        return False
    branches = list(oracle_of(model).branches(told))
    return any(_shows(each, report, part) for each in (*branches, *[_late(each, report) for each in branches]))


def _shows(told: Told, report: Report, part: Difference | None) -> bool:
    expected, stalled = report.told.expected, report.told.script.setting.stalled
    before = zip(told.expected[: report.step], expected[: report.step], strict=True)
    if not all(equal(one, other, stalled) for one, other in before):
        return False
    rest = judge(report, told)
    return rest is None or (part is not None and shape_of(part) not in map(shape_of, rest.parts))


def _late(told: Told, report: Report) -> Told:
    """``told``, but what it has come one step before that of ``report``, and the reference has not, comes only then.

    Nobody waits for what the reference does not expect, so that it may be seen late.
    """
    step, expected = report.step, report.told.expected
    if not 0 < step < len(told.expected) or not set(expected[step - 1]) <= set(told.expected[step - 1]):
        return told
    early = {each[:2]: each for each in told.expected[step - 1] if each not in expected[step - 1]}
    merged = early | {each[:2]: each for each in told.expected[step]}
    return told._replace(
        expected=(*told.expected[: step - 1], expected[step - 1], ordered(merged.values()), *told.expected[step + 1 :])
    )
