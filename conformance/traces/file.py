"""Traces: what the kit and a node said to each other in one case, line by line.

A trace is a file of JSON Lines. The first line is the :class:`Header`, the last one the verdict
(``{"case": {...}}``); in between is what happened, in order, each line stamped with seconds since the case began
(``at``). Terms are written as in the wire protocol; processes, calls, peers and listeners are numbered from 1.

What the lines say, and the class of each, is in :mod:`~gen_tck.conformance.traces.events`; how they are written says
:mod:`~gen_tck.conformance.traces.lines`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from gen_tck.adapters import bounded
from gen_tck.adapters.bounded import TooMuch
from gen_tck.adapters.interface import Capabilities
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.conformance.traces import lines
from gen_tck.conformance.traces.data import Run
from gen_tck.conformance.traces.events import AnyEvent, Call, DataSeen, Offer
from gen_tck.spec import admission, inputs
from gen_tck.spec.printable import shown

FORMAT = 1

FIRST_LINE = 2
"""The line of the first event: lines are counted from 1, and the first of them is the header."""

_MORE = 2**20
"""Bytes that the header and the verdict of a trace may have together."""


class TraceError(Exception):
    """A trace cannot be read; the message names the file and line and says what is wrong."""


ClauseId: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[a-z_]+/[a-z0-9]+(-[a-z0-9]+)*$")]


class NodeFacts(msgspec.Struct, kw_only=True):
    """What a header says of the node: what it said of itself."""

    name: str = ""
    version: str = ""
    profiles: list[str] = []
    clock: Literal["real", "virtual"] = "real"
    homepage: str = ""
    calls: list[str] | None = None
    details: dict[str, str] = {}  # msgspec copies it


def node_facts(capabilities: Capabilities) -> NodeFacts:
    """What a trace's header says of the node."""
    return NodeFacts(
        name=capabilities.name,
        version=capabilities.version,
        profiles=sorted(capabilities.profiles),
        clock=capabilities.clock,
        homepage=capabilities.homepage,
        calls=sorted(capabilities.calls) if capabilities.calls is not None else None,
        details=capabilities.details,
    )


class Header(msgspec.Struct, kw_only=True):
    """The first line of a trace."""

    gen_tck_trace: int = FORMAT
    kit: str
    """The version of the kit that recorded it."""
    case: str
    """The id of the case, or a name for a generated script."""
    clauses: list[ClauseId]
    node: NodeFacts
    script: str | msgspec.UnsetType = msgspec.UNSET
    """The text of the generated script; a case of the kit has none."""


@dataclass
class Trace:
    """One recorded case."""

    header: Header
    events: list[AnyEvent]
    case: dict[str, Any] | None
    """The verdict as the line has it, which may be any kit's; ``None`` if there is none yet.

    :func:`~gen_tck.conformance.traces.cases.recorded_case` makes a case of it.
    """
    path: Path | None = None


def encode(header: Header, events: Iterable[bytes], case: object) -> bytes:
    """A trace as it is written to a file. ``events``: the line of each, as :func:`written` has it."""
    return b"\n".join([lines.encode(header), *events, lines.encode({"case": case})]) + b"\n"


def written(event: AnyEvent) -> bytes:
    """The line of an event, without its end. Raises ``TypeError`` for what is no strict term."""
    return lines.encode(lines.line_of(event))


def read(path: Path, limits: Limits = DEFAULTS) -> Trace:
    """The trace in ``path``. Raises :class:`TraceError`: not there, no trace, of another format, broken, or too big."""
    try:
        # The header and the verdict come on top of the events.
        content = inputs.read(path, limits.trace + 2 * _MORE)
    except inputs.InputError as reason:
        raise TraceError(f"{path}: cannot be read: {reason}") from reason
    if len(content) > limits.trace + _MORE:
        raise TraceError(f"{path}: it has over {limits.trace} bytes (limit trace)")
    header_line, *rest = content.splitlines() or [b""]
    header = _header(path, header_line, limits)
    found = [_line(path, number, line, limits) for number, line in enumerate(rest, FIRST_LINE)]
    case = found.pop() if found and isinstance(found[-1], _Verdict) else None
    events: list[AnyEvent] = []
    repeated = 0
    for number, event in enumerate(found, FIRST_LINE):
        if isinstance(event, _Verdict):
            raise TraceError(f"{path}: line {number}: the verdict is not the last line")
        repeated += _repeated(event)
        if repeated > limits.repeats:
            raise TraceError(f"{path}: line {number}: runs of over {limits.repeats} bytes so far (limit repeats)")
        events.append(event)
    if not isinstance(case, _Verdict):
        raise TraceError(f"{path}: line {len(rest) + 1}: the trace breaks off: its last line is not the verdict")
    return Trace(header, events, case.case, path)


def check_calls(trace: Trace) -> None:
    """Raise :class:`TraceError` if ``trace`` tells of a call that a file may not have made: for who makes them again.

    :mod:`gen_tck.spec.admission` says which those are.
    """
    for number, event in enumerate(trace.events, FIRST_LINE):
        if isinstance(event, Call):
            try:
                admission.check(event.module, event.function, event.args)
            except admission.NotAdmitted as reason:
                raise TraceError(f"{trace.path}: line {number}: {reason}") from None


def _repeated(event: AnyEvent) -> int:
    return event.data.count if isinstance(event, Offer | DataSeen) and isinstance(event.data, Run) else 0


def _header(path: Path, line: bytes, limits: Limits) -> Header:
    try:
        raw = bounded.decode(line, limits=limits)
        if not isinstance(raw, dict) or "gen_tck_trace" not in raw:
            raise TraceError(f"{path}: line 1: this is no trace of the kit")
        if raw["gen_tck_trace"] != FORMAT:
            known = shown(repr(raw["gen_tck_trace"]))
            raise TraceError(f"{path}: line 1: format {known}; this kit reads format {FORMAT}")
        header = msgspec.convert(raw, Header)
    except (TooMuch, ValueError) as reason:
        raise TraceError(f"{path}: line 1: this is no trace of the kit: {shown(str(reason))}") from None
    return header


class _Verdict(msgspec.Struct):
    case: dict[str, Any]


def _line(path: Path, number: int, text: bytes, limits: Limits) -> AnyEvent | _Verdict:
    try:
        line = bounded.decode(text, dict, limits)
        if "case" not in line:
            return lines.decode(line)
        if not isinstance(line["case"], dict):
            raise ValueError("the verdict is no object")
        return _Verdict(line["case"])
    except (msgspec.MsgspecError, ValueError) as reason:
        raise TraceError(f"{path}: line {number}: {shown(str(reason))}") from None
