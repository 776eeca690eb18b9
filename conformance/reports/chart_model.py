"""A trace as rows between lanes: who called whom, who told whom, and where it first was not as expected.

Lanes are the processes, the sockets and the peers of the case. Which socket a peer is connected to is not in a trace as
such: it follows from the order in which connections to one TCP port number were made and accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gen_tck.adapters.wire import from_json
from gen_tck.conformance.traces.file import Event, unpack
from gen_tck.conformance.traces.narration import shortened
from gen_tck.conformance.traces.playback import HEADER_LINES, outcome_of
from gen_tck.spec.terms import Atom, Pid, Port, Term, show

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
class Scene:
    """What is drawn."""

    lanes: list[Lane]
    rows: list[Row]


def scene(events: Sequence[Event]) -> Scene:
    """The lanes and rows of the case that ``events`` record. Raises ``ValueError`` and ``LookupError`` for nonsense."""
    return _Reader(events).read()


def is_socket(value: Term) -> bool:
    """Whether a term is a socket of any kind: a port, or what the socket backend and ssl have instead."""
    if isinstance(value, Port):
        return True
    return isinstance(value, tuple) and bool(value) and value[0] in (Atom("$inet"), Atom("sslsocket"))


@dataclass
class _Ends:
    """Both sides of the connections to one TCP port number, each in its order."""

    peers: list[int] = field(default_factory=list)
    sockets: list[Term] = field(default_factory=list)


class _Reader:
    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events
        self._lanes: list[Lane] = []
        self._processes: dict[int, int] = {}
        self._pids: dict[Term, int] = {}
        self._sockets: dict[Term, int] = {}
        self._peers: dict[int, int] = {}
        self._connected: dict[int, Term] = {}
        self._calls: dict[int, Event] = {}
        self._outcomes = {each["call"]: each for each in events if "call" in each and "do" not in each}

    def read(self) -> Scene:
        self._connect()
        rows: list[Row] = []
        held: Row | None = None  # that of data, which may go on
        data = bytearray()
        for line, event in enumerate(self._events, HEADER_LINES):
            if "peer" in event and "data" in event:
                row = self._data(line, event)
                # How data is cut into pieces is another each time: what goes on without a break is one row.
                if held is not None and data and (held.start, held.end) == (row.start, row.end):
                    rows.pop()
                else:
                    _tell(held, data)
                    data.clear()
                held = row
                data += unpack(event["data"])
                rows.append(row)
                continue
            found = list(self._rows(line, event))
            if found:
                _tell(held, data)
                held = None
            rows += found
        _tell(held, data)
        return self._in_order(rows)

    def _in_order(self, rows: list[Row]) -> Scene:
        """Processes left, peers right, sockets between them; each in the order in which they came."""
        order = sorted(range(len(self._lanes)), key=lambda each: _PLACES[self._lanes[each].kind])
        place = {old: new for new, old in enumerate(order)}
        for row in rows:
            row.start = None if row.start is None else place[row.start]
            row.end = None if row.end is None else place[row.end]
        return Scene([self._lanes[each] for each in order], rows)

    def _connect(self) -> None:
        """Find out which peer is at the other end of which socket."""
        ends: dict[int, _Ends] = {}
        listeners: dict[int, int] = {}
        asked: dict[int, Event] = {}
        ports: dict[Term, int] = {}
        for event in self._events:
            what = event.get("do")
            if what == "listen":
                listeners[event["listener"]] = event["port"]
            elif what == "accept":
                ends.setdefault(listeners[event["listener"]], _Ends()).peers.append(event["peer"])
            elif what == "dial" and "peer" in event:
                ends.setdefault(event["port"], _Ends()).peers.append(event["peer"])
            elif what == "call":
                asked[event["call"]] = event
            elif "call" in event and isinstance(event.get("returned"), dict):
                self._ended(asked.get(event["call"], {}), from_json(event["returned"]), ends, ports)
        for each in ends.values():
            self._connected.update(zip(each.peers, each.sockets, strict=False))

    def _ended(self, call: Event, value: Term, ends: dict[int, _Ends], ports: dict[Term, int]) -> None:
        """Note what the outcome of a call tells of addresses."""
        if not (isinstance(value, tuple) and len(value) == 2 and value[0] is Atom("ok")):
            return
        args, function, found = call.get("args", []), call.get("function"), value[1]
        if function == "connect" and len(args) > 1 and isinstance(args[1], int) and is_socket(found):
            ends.setdefault(args[1], _Ends()).sockets.append(found)
        elif function in ("port", "sockname") and args:
            port = found[-1] if isinstance(found, tuple) else found
            if isinstance(port, int):
                ports[from_json(args[0])] = port
        elif function == "accept" and args and from_json(args[0]) in ports:
            ends.setdefault(ports[from_json(args[0])], _Ends()).sockets.append(found)

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

    def _rows(self, line: int, event: Event) -> Iterator[Row]:
        yield from self._done(line, event) if "do" in event else self._seen(line, event)

    def _row(self, kind: Kind, line: int, event: Event, text: str, start: int | None, end: int | None) -> Row:
        return Row(kind, event.get("at", 0.0), line, shortened(text), start, end)

    def _note(self, line: int, event: Event, text: str, lane: int | None = None) -> Row:
        return self._row("note", line, event, text, lane, lane)

    def _done(self, line: int, event: Event) -> Iterator[Row]:
        what = event["do"]
        if what == "spawn":
            pid = from_json(event["pid"])
            name = event.get("name") or f"process {event['process']}"
            self._processes[event["process"]] = self._pids[pid] = self._lane(Lane("process", name, show(pid)))
        elif what == "call":
            yield self._call(line, event)
        elif what == "exit":
            lane = self._processes.get(event["process"])
            yield self._note(line, event, f"exit signal {_show(event['reason'])}", lane)
        elif what == "advance":
            yield self._note(line, event, f"{event['milliseconds']} ms pass")
        elif what == "dial" and "refused" in event:
            yield self._note(line, event, f"a connection to TCP port {event['port']} is refused")
        elif what == "step" and event["step"].endswith("peer: read"):  # all others show in what they do
            yield self._note(line, event, event["step"])
        elif what in ("accept", "dial"):
            lane, other = self._peer(event["peer"]), self._other_end(event["peer"])
            how = "accepts" if what == "accept" else f"connects to TCP port {event['port']}"
            yield self._row("data", line, event, how, lane, lane if other is None else other)
        elif what == "offer":
            yield self._note(line, event, f"cannot send: {event.get('failed')}", self._peer(event["peer"]))
        elif what in _ENDS:
            yield self._row("data", line, event, _ENDS[what], self._peer(event["peer"]), self._other_end(event["peer"]))

    def _call(self, line: int, event: Event) -> Row:
        self._calls[event["call"]] = event
        args = [from_json(each) for each in event["args"]]
        caller = self._processes.get(event["process"])
        # A lane's name is enough: the socket is where the arrow ends.
        lane = self._called(event["call"], args, caller)
        text = f"{event['module']}:{event['function']}({', '.join(map(show, args))})"
        return self._row("call", line, event, self._named(text), caller, lane)

    def _called(self, call: int, args: list[Term], caller: int | None) -> int | None:
        """The lane of the socket that a call is about or makes; the caller's own if there is none."""
        for each in args[:1]:
            if is_socket(each):
                return self._socket(each)
        outcome = self._outcomes.get(call, {})
        value = from_json(outcome["returned"]) if "returned" in outcome else None
        if isinstance(value, tuple) and len(value) == 2 and is_socket(value[1]):
            return self._socket(value[1])
        for each in args:
            if is_socket(each):
                return self._socket(each)
        return caller

    def _seen(self, line: int, event: Event) -> Iterator[Row]:
        if "call" in event:
            yield self._returned(line, event)
        elif "more" in event or "mailbox" in event:
            yield from self._messages(line, event)
        elif event.get("status") in ("suspended", "ended"):
            yield self._note(line, event, f"is {event['status']}", self._processes.get(event["process"]))
        elif "end" in event:
            what = {"fin": "end of stream (FIN)", "reset": "reset (RST)"}.get(event["end"], str(event["end"]))
            yield self._row("data", line, event, what, self._other_end(event["peer"]), self._peer(event["peer"]))
        elif "node_failed" in event:
            yield self._note(line, event, f"the node failed: {event['node_failed']}")
        elif event.get("ok") is False:
            yield Row(
                "divergence",
                event.get("at", 0.0),
                line,
                shortened(event["where"]),
                expected=shortened(self._named(event["expect"])),
                seen=shortened(self._named(event["seen"])),
            )

    def _returned(self, line: int, event: Event) -> Row:
        call = self._calls.get(event["call"], {"process": 0, "args": []})
        caller = self._processes.get(call["process"])
        args = [from_json(each) for each in call["args"]]
        text = self._named(str(outcome_of(event)))
        return self._row("return", line, event, text, self._called(event["call"], args, caller), caller)

    def _messages(self, line: int, event: Event) -> Iterator[Row]:
        lane = self._processes.get(event["process"])
        if "mailbox" in event:
            found = ", ".join(_show(each) for each in event["mailbox"]) or "no message"
            yield self._note(line, event, f"has another mailbox: {self._named(found)}", lane)
            return
        for each in event["more"]:
            message = from_json(each)
            yield self._row("message", line, event, self._named(show(message)), self._sender(message, lane), lane)

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

    def _data(self, line: int, event: Event) -> Row:
        peer, other = self._peer(event["peer"]), self._other_end(event["peer"])
        start, end = (peer, other) if "do" in event else (other, peer)
        return self._row("data", line, event, "", start, end)

    def _named(self, text: str) -> str:
        """``text`` with the lanes' names for sockets, which are long words on some nodes."""
        for socket, lane in self._sockets.items():
            text = text.replace(show(socket), self._lanes[lane].name)
        return text


_PLACES = {"process": 0, "socket": 1, "peer": 2}
_ENDS = {"finish": "ends its stream (FIN)", "close": "closes", "reset": "resets (RST)"}


def _tell(held: Row | None, data: bytearray) -> None:
    if held is not None:
        held.text = _bytes(bytes(data))


def _bytes(data: bytes) -> str:
    if len(data) > 16 and data.count(data[:1]) == len(data):
        return f"{len(data)} bytes, each {data[0]}"
    return show(data)  # which tells how many, if there are too many to read


def _show(value: Any) -> str:
    return show(from_json(value))
