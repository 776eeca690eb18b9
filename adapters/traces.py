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
from typing import Any

import msgspec

from gen_tck.adapters import trace_events
from gen_tck.adapters.wire import WireError, from_json, to_json
from gen_tck.spec.printable import encodable

FORMAT = 1
LONG_RUN = 64
"""A run of one byte at least this long is written as such."""

Event = dict[str, Any]


class TraceError(Exception):
    """A trace cannot be read; the message names the file and line and says what is wrong."""


class Header(msgspec.Struct, kw_only=True):
    """The first line of a trace."""

    gen_tck_trace: int = FORMAT
    kit: str
    """The version of the kit that recorded it."""
    case: str
    """The id of the case, or a name for a generated script."""
    clauses: list[str]
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
        raise WireError(f"{value!r} is no binary")
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


def read(path: Path) -> Trace:
    """The trace in ``path``. Raises :class:`TraceError`: not there, no trace, of another format, or broken."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as reason:
        raise TraceError(f"{path}: cannot be read: {(reason.strerror or str(reason)).lower()}") from reason
    header = _header(path, lines[0] if lines else b"")
    events = [_event(path, number, line) for number, line in enumerate(lines[1:], 2)]
    case = events.pop()["case"] if events and "case" in events[-1] else None
    for number, event in enumerate(events, 2):
        if "case" in event:
            raise TraceError(f"{path}: line {number}: the verdict is not the last line")
    if case is None:
        raise TraceError(f"{path}: line {len(lines)}: the trace breaks off: its last line is not the verdict")
    return Trace(header, events, case, path)


def _header(path: Path, line: bytes) -> Header:
    try:
        raw = msgspec.json.decode(line)
        if not isinstance(raw, dict) or "gen_tck_trace" not in raw:
            raise TraceError(f"{path}: line 1: this is no trace of the kit")
        if raw["gen_tck_trace"] != FORMAT:
            raise TraceError(f"{path}: line 1: format {raw['gen_tck_trace']}; this kit reads format {FORMAT}")
        return msgspec.convert(raw, Header)
    except msgspec.MsgspecError as reason:
        raise TraceError(f"{path}: line 1: this is no trace of the kit: {reason}") from None


def _event(path: Path, number: int, line: bytes) -> Event:
    try:
        event = msgspec.json.decode(line, type=dict)
    except msgspec.MsgspecError as reason:
        raise TraceError(f"{path}: line {number}: {reason}") from None
    if "case" not in event:
        try:
            trace_events.check(event)
        except ValueError as reason:
            raise TraceError(f"{path}: line {number}: {reason}") from None
    return event
