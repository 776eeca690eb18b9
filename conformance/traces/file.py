"""Traces: what the kit and a node said to each other in one case, line by line.

A trace is a file of JSON Lines. The first line is the :class:`Header`, the last one the verdict
(``{"case": {...}}``); in between is what happened, in order, each line stamped with seconds since the case began
(``at``). Terms are written as in the wire protocol; processes, calls, peers and listeners are numbered from 1.

What the kit did has ``do``:

==========================================  ========================================================================
``spawn``                                   ``process``, ``pid``, ``name``
``call``                                    ``call``, ``process``, ``module``, ``function``, ``args``
``take``, ``exit``                          ``process``, ``count`` or ``reason``
``settle``, ``advance``                     (``milliseconds``)
``wait``                                    what follows up to ``waited`` was seen while the kit waited for something
``listen``, ``accept``, ``dial``            ``listener``, ``port``, ``peer``; ``receive_buffer``; ``refused``
``offer``                                   ``peer``, ``data`` (as many bytes as were taken; :func:`pack`) or ``failed``
``finish``, ``close``, ``reset``            ``peer``
``step``                                    ``step`` of a generated script begins (some do nothing that is seen here)
==========================================  ========================================================================

What it saw has no ``do``: ``{"call":1,"returned":T}`` (or ``raised``, ``ended``), ``{"process":1,"mailbox":[T…]}``
(the whole of it; ``more``: what has come to it since),
``{"process":1,"status":"suspended"}``, ``{"peer":1,"data":…}``, ``{"peer":1,"end":"fin"}``,
``{"peer":1,"delivered":true}``, ``{"waited":true}``, ``{"rest":false}`` if the node would not come to rest, and last
``{"node_failed":WORDS,"kind":"died"}`` (or ``adapter``, ``call``) if it failed. A wait in vain tells its ``seconds``,
and whether it was ``cut_short`` or the node ``restless``.
What a test compared is written in words:
``{"expect":WANTED,"seen":SEEN,"where":WHERE,"ok":true}``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from gen_tck.adapters import bounded
from gen_tck.adapters.bounded import TooMuch
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.adapters.wire import WireError, from_json, shown, to_json
from gen_tck.conformance.traces import events as trace_events
from gen_tck.spec import admission, inputs
from gen_tck.spec.printable import encodable

FORMAT = 1
LONG_RUN = 64
"""A run of one byte at least this long is written as such."""

_MORE = 2**20
"""Bytes that the header and the verdict of a trace may have together."""

Event = dict[str, Any]


class TraceError(Exception):
    """A trace cannot be read; the message names the file and line and says what is wrong."""


ClauseId: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[a-z_]+/[a-z0-9]+(-[a-z0-9]+)*$")]


class NodeSaid(msgspec.Struct, kw_only=True):
    """What a header may say of a node."""

    name: str = ""
    version: str = ""
    profiles: list[str] = []
    clock: Literal["real", "virtual"] = "real"
    homepage: str = ""
    calls: list[str] | None = None
    details: dict[str, str] = {}  # msgspec copies it


class Header(msgspec.Struct, kw_only=True):
    """The first line of a trace."""

    gen_tck_trace: int = FORMAT
    kit: str
    """The version of the kit that recorded it."""
    case: str
    """The id of the case, or a name for a generated script."""
    clauses: list[ClauseId]
    node: dict[str, Any]
    """What the node said of itself: name, version, profiles, clock, homepage, details."""
    script: str | msgspec.UnsetType = msgspec.UNSET
    """The text of the generated script; a case of the kit has none."""


@dataclass
class Trace:
    """One recorded case."""

    header: Header
    events: list[Event]
    case: Event | None
    """The verdict, as in the results; ``None`` if the recording broke off."""
    path: Path | None = None


def pack(data: bytes) -> Any:
    """Bytes as JSON: base64, or ``{"$r": [byte, count]}`` for a long run of one byte."""
    if len(data) >= LONG_RUN and data.count(data[:1]) == len(data):
        return {"$r": [data[0], len(data)]}
    return to_json(data)


def unpack(value: Any) -> bytes:
    """The bytes that :func:`pack` wrote. Raises ``ValueError``."""
    if isinstance(value, dict) and "$r" in value:
        byte, count = value["$r"]
        return bytes([byte]) * int(count)
    data = from_json(value)
    if not isinstance(data, bytes):
        raise WireError(f"{shown(repr(value))} is no binary")
    return data


def encode(header: Header, events: Iterable[Event], case: Any) -> bytes:
    """The lines of a trace, as they are written to a file."""
    rows = [header, *events, {"case": case}]
    try:
        lines = list(map(_encode, rows))
    except UnicodeEncodeError:  # a word with half of a surrogate pair
        lines = [_encode(encodable(msgspec.to_builtins(row))) for row in rows]
    return b"\n".join(lines) + b"\n"


_encode = msgspec.json.Encoder().encode


def read(path: Path, limits: Limits = DEFAULTS) -> Trace:
    """The trace in ``path``. Raises :class:`TraceError`: not there, no trace, of another format, broken, or too big."""
    try:
        # The header and the verdict come on top of the events.
        content = inputs.read(path, limits.trace + 2 * _MORE)
    except inputs.InputError as reason:
        raise TraceError(f"{path}: cannot be read: {reason}") from reason
    if len(content) > limits.trace + _MORE:
        raise TraceError(f"{path}: it has over {limits.trace} bytes (limit trace)")
    lines = content.splitlines()
    header = _header(path, lines[0] if lines else b"", limits)
    events = [_event(path, number, line, limits) for number, line in enumerate(lines[1:], 2)]
    case = events.pop()["case"] if events and "case" in events[-1] else None
    repeated = 0
    for number, event in enumerate(events, 2):
        if "case" in event:
            raise TraceError(f"{path}: line {number}: the verdict is not the last line")
        repeated += _repeated(event)
        if repeated > limits.repeats:
            raise TraceError(f"{path}: line {number}: runs of over {limits.repeats} bytes so far (limit repeats)")
    if case is None:
        raise TraceError(f"{path}: line {len(lines)}: the trace breaks off: its last line is not the verdict")
    return Trace(header, events, case, path)


def check_calls(trace: Trace) -> None:
    """Raise :class:`TraceError` if ``trace`` tells of a call that a file may not have made: for who makes them again.

    :mod:`gen_tck.spec.admission` says which those are.
    """
    for number, event in enumerate(trace.events, 2):
        if event.get("do") == "call":
            try:
                admission.check(event["module"], event["function"], [from_json(each) for each in event["args"]])
            except admission.NotAdmitted as reason:
                raise TraceError(f"{trace.path}: line {number}: {reason}") from None


def _repeated(event: Event) -> int:
    data = event.get("data")
    return int(data["$r"][1]) if isinstance(data, dict) and "$r" in data else 0


def _header(path: Path, line: bytes, limits: Limits) -> Header:
    try:
        raw = bounded.decode(line, limits=limits)
        if not isinstance(raw, dict) or "gen_tck_trace" not in raw:
            raise TraceError(f"{path}: line 1: this is no trace of the kit")
        if raw["gen_tck_trace"] != FORMAT:
            known = shown(repr(raw["gen_tck_trace"]))
            raise TraceError(f"{path}: line 1: format {known}; this kit reads format {FORMAT}")
        header = msgspec.convert(raw, Header)
        msgspec.convert(header.node, NodeSaid)
    except (TooMuch, ValueError) as reason:
        raise TraceError(f"{path}: line 1: this is no trace of the kit: {shown(str(reason))}") from None
    return header


def _event(path: Path, number: int, line: bytes, limits: Limits) -> Event:
    try:
        event: Event = bounded.decode(line, dict, limits)
        if "case" not in event:
            trace_events.check(event)
        elif not isinstance(event["case"], dict):
            raise ValueError("the verdict is no object")
    except (msgspec.MsgspecError, ValueError) as reason:
        raise TraceError(f"{path}: line {number}: {shown(str(reason))}") from None
    return event
