"""The case of a trace: the verdict that was written down when it was recorded."""

from __future__ import annotations

import msgspec

from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.traces.file import FIRST_LINE, Trace, TraceError

__all__ = ["recorded_case"]


def recorded_case(trace: Trace) -> Case:
    """The verdict as it was recorded. Raises :class:`~gen_tck.conformance.traces.file.TraceError` if it is none."""
    try:
        return msgspec.convert(trace.case, Case)
    except msgspec.ValidationError as reason:
        line = len(trace.events) + FIRST_LINE
        raise TraceError(f"{trace.path}: line {line}: this is no verdict: {reason}") from None
