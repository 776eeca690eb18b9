"""A trace as rows between lanes: who called whom, who told whom, and where it first was not as expected.

Lanes are the processes, the sockets and the peers of the case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from gen_tck.conformance.reports.connections import connections, is_socket
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.data import unpack
from gen_tck.conformance.traces.event_facts import fact_in_words, outcome_of
from gen_tck.conformance.traces.events import Answer, AnyDone, AnyEvent, AnySeen, Done
from gen_tck.conformance.traces.file import FIRST_LINE
from gen_tck.conformance.traces.narration import how_it_ends, is_read, shortened
from gen_tck.spec.exhaustive import assert_never
from gen_tck.spec.terms import Pid, Port, Term, show

Kind = Literal["call", "return", "message", "data", "note", "divergence"]


@dataclass(frozen=True)
class Lane:
    """Somebody: ``name`` is for people, ``detail`` tells two of one name apart."""

    kind: Literal["process", "socket", "peer"]
    name: str
    detail: str = ""


@dataclass
class Row:
    """Something that happened at one moment, between two lanes, at one, or (both ``None``) to the whole."""

    kind: Kind
    at: float
    """Seconds since the case began."""
    line: int
    """The line of the trace, from 1."""
    text: str
    start: int | None = None
    end: int | None = None
    """Lanes by number. The same as ``start`` for what a lane does to itself."""
    expected: str = ""
    seen: str = ""


@dataclass
class ChartModel:
    """What is drawn."""

    lanes: list[Lane]
    rows: list[Row]


def chart_of(events: Sequence[AnyEvent]) -> ChartModel:
    """The lanes and rows of the case that ``events`` record. Raises ``LookupError`` for what does not hold together."""
    return _Reader(events).read()


class _Reader:
    def __init__(self, events: Sequence[AnyEvent]) -> None:
        self._events = events
        self._lanes: list[Lane] = []
        self._processes: dict[int, int] = {}
        self._pids: dict[Term, int] = {}
        self._sockets: dict[Term, int] = {}
        self._peers: dict[int, int] = {}
        self._connected = connections(events)
        self._calls: dict[int, kinds.Call] = {}
        self._outcomes = {each.call: each for each in events if isinstance(each, Answer)}

    def read(self) -> ChartModel:
        rows: list[Row] = []
        held: Row | None = None  # that of data, which may go on
        data = bytearray()
        for line, event in enumerate(self._events, FIRST_LINE):
            if isinstance(event, kinds.Offer | kinds.DataSeen):
                row = self._data(line, event)
                # How data is cut into pieces is another each time: what goes on without a break is one row.
                if held is not None and data and (held.start, held.end) == (row.start, row.end):
                    rows.pop()
                else:
                    _tell(held, data)
                    data.clear()
                held = row
                data += unpack(event.data)
                rows.append(row)
                continue
            found = list(self._rows(line, event))
            if found:
                _tell(held, data)
                held = None
            rows += found
        _tell(held, data)
        return self._in_order(rows)

    def _in_order(self, rows: list[Row]) -> ChartModel:
        """Processes left, peers right, sockets between them; each in the order in which they came."""
        order = sorted(range(len(self._lanes)), key=lambda each: _PLACES[self._lanes[each].kind])
        place = {old: new for new, old in enumerate(order)}
        for row in rows:
            row.start = None if row.start is None else place[row.start]
            row.end = None if row.end is None else place[row.end]
        return ChartModel([self._lanes[each] for each in order], rows)

    def _lane(self, lane: Lane) -> int:
        self._lanes.append(lane)
        return len(self._lanes) - 1

    def _socket(self, value: Term) -> int:
        if value not in self._sockets:
            number = sum(each.kind == "socket" for each in self._lanes) + 1
            kind = "port" if isinstance(value, Port) else "socket"
            self._sockets[value] = self._lane(Lane("socket", f"{kind} {number}", show(value)))
        return self._sockets[value]

    def _peer(self, number: int) -> int:
        if number not in self._peers:
            self._peers[number] = self._lane(Lane("peer", f"peer {number}"))
        return self._peers[number]

    def _other_end(self, peer: int) -> int | None:
        socket = self._connected.get(peer)
        return None if socket is None else self._socket(socket)

    def _rows(self, line: int, event: AnyEvent) -> Iterator[Row]:
        yield from self._done(line, event) if isinstance(event, Done) else self._seen(line, event)

    def _row(self, kind: Kind, line: int, event: AnyEvent, text: str, start: int | None, end: int | None) -> Row:
        return Row(kind, event.at, line, shortened(text), start, end)

    def _note(self, line: int, event: AnyEvent, text: str, lane: int | None = None) -> Row:
        return self._row("note", line, event, text, lane, lane)

    def _done(self, line: int, event: AnyDone) -> Iterator[Row]:
        match event:
            case kinds.Spawn():
                name = event.name or f"process {event.process}"
                lane = self._lane(Lane("process", name, show(event.pid)))
                self._processes[event.process] = self._pids[event.pid] = lane
            case kinds.Call():
                yield self._call(line, event)
            case kinds.Exit():
                lanes = self._processes.get(event.process)
                yield self._note(line, event, f"exit signal {show(event.reason)}", lanes)
            case kinds.Advance():
                yield self._note(line, event, f"{event.milliseconds} ms pass")
            case kinds.DialRefused():
                yield self._note(line, event, f"a connection to TCP port {event.port} is refused")
            case kinds.Step():
                if is_read(event):  # all others show in what they do
                    yield self._note(line, event, event.step)
            case kinds.Accept():
                yield self._connects(line, event, "accepts")
            case kinds.Dial():
                yield self._connects(line, event, f"connects to TCP port {event.port}")
            case kinds.OfferFailed():
                yield self._note(line, event, f"cannot send: {event.failed}", self._peer(event.peer))
            case kinds.Finish() | kinds.Close() | kinds.Reset() | kinds.Vanish():
                peer = self._peer(event.peer)
                yield self._row("data", line, event, how_it_ends(event), peer, self._other_end(event.peer))
            case kinds.Take() | kinds.Settle() | kinds.Wait() | kinds.Listen():
                pass  # between no lanes, and nothing to see
            case kinds.Offer():
                pass  # a row with what goes on with it
            case _:
                assert_never(event)

    def _connects(self, line: int, event: kinds.Accept | kinds.Dial, how: str) -> Row:
        lane, other = self._peer(event.peer), self._other_end(event.peer)
        return self._row("data", line, event, how, lane, lane if other is None else other)

    def _call(self, line: int, event: kinds.Call) -> Row:
        self._calls[event.call] = event
        caller = self._processes.get(event.process)
        # A lane's name is enough: the socket is where the arrow ends.
        lane = self._called(event.call, event.args, caller)
        text = f"{event.module}:{event.function}({', '.join(map(show, event.args))})"
        return self._row("call", line, event, self._named(text), caller, lane)

    def _called(self, call: int, args: tuple[Term, ...], caller: int | None) -> int | None:
        """The lane of the socket that a call is about or makes; the caller's own if there is none."""
        for each in args[:1]:
            if is_socket(each):
                return self._socket(each)
        outcome = self._outcomes.get(call)
        value = outcome.returned if isinstance(outcome, kinds.CameBack) else None
        if isinstance(value, tuple) and len(value) == 2 and is_socket(value[1]):
            return self._socket(value[1])
        for each in args:
            if is_socket(each):
                return self._socket(each)
        return caller

    def _seen(self, line: int, event: AnySeen) -> Iterator[Row]:
        match event:
            case kinds.CameBack() | kinds.RaisedSeen() | kinds.EndedSeen():
                yield self._returned(line, event)
            case kinds.MailboxSeen():
                found = self._named(", ".join(map(show, event.mailbox)) or "no message")
                lane = self._processes.get(event.process)
                yield self._note(line, event, f"has another mailbox: {found}", lane)
            case kinds.MoreSeen():
                lane = self._processes.get(event.process)
                for each in event.more:
                    text = self._named(show(each))
                    yield self._row("message", line, event, text, self._sender(each, lane), lane)
            case kinds.FactSeen():
                if words := fact_in_words(event):
                    yield self._note(line, event, words, self._processes.get(event.process))
            case kinds.EndSeen():
                other, peer = self._other_end(event.peer), self._peer(event.peer)
                yield self._row("data", line, event, _SEEN_ENDS[event.end], other, peer)
            case kinds.NodeFailed():
                yield self._note(line, event, f"the node failed: {event.node_failed}")
            case kinds.Compared():
                if not event.ok:
                    yield self._divergence(line, event)
            case kinds.DeliveredSeen() | kinds.WaitedSeen() | kinds.RestSeen() | kinds.CensusSeen():
                pass  # how the kit looked and waited
            case kinds.DataSeen():
                pass  # a row with what goes on with it
            case _:
                assert_never(event)

    def _divergence(self, line: int, event: kinds.Compared) -> Row:
        expected, seen = (shortened(self._named(each)) for each in (event.expect, event.seen))
        return Row("divergence", event.at, line, shortened(event.where), expected=expected, seen=seen)

    def _returned(self, line: int, event: Answer) -> Row:
        call = self._calls.get(event.call)
        caller = None if call is None else self._processes.get(call.process)
        text = self._named(str(outcome_of(event)))
        socket = self._called(event.call, () if call is None else call.args, caller)
        return self._row("return", line, event, text, socket, caller)

    def _sender(self, message: Term, receiver: int | None) -> int | None:
        """The lane that a message names: a socket, else another process."""
        parts = message if isinstance(message, tuple) else (message,)
        for each in parts:
            if is_socket(each):
                return self._socket(each)
        for each in parts:
            if isinstance(each, Pid) and self._pids.get(each, receiver) != receiver:
                return self._pids[each]
        return receiver

    def _data(self, line: int, event: kinds.Offer | kinds.DataSeen) -> Row:
        peer, other = self._peer(event.peer), self._other_end(event.peer)
        start, end = (peer, other) if isinstance(event, Done) else (other, peer)
        return self._row("data", line, event, "", start, end)

    def _named(self, text: str) -> str:
        """``text`` with the lanes' names for sockets, which are long words on some nodes."""
        for socket, lane in self._sockets.items():
            text = text.replace(show(socket), self._lanes[lane].name)
        return text


_PLACES = {"process": 0, "socket": 1, "peer": 2}
_SEEN_ENDS = {"fin": "end of stream (FIN)", "reset": "reset (RST)"}


def _tell(held: Row | None, data: bytearray) -> None:
    if held is not None:
        held.text = _bytes(bytes(data))


def _bytes(data: bytes) -> str:
    if len(data) > 16 and data.count(data[:1]) == len(data):
        return f"{len(data)} bytes, each {data[0]}"
    return show(data)  # which tells how many, if there are too many to read
