"""A trace as one self-contained Erlang module that does it again: no kit, no dependency, peer included."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import msgspec

from gen_tck.adapters.interface import Ended, Raised, Returned
from gen_tck.adapters.wire import from_json
from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.traces.cases import recorded_case
from gen_tck.conformance.traces.erlang_source import (
    Call,
    Comment,
    Expression,
    Function,
    Module,
    Text,
    module_name,
    source,
)
from gen_tck.conformance.traces.file import Event, Trace, TraceError, check_calls, unpack
from gen_tck.conformance.traces.playback import outcome_of
from gen_tck.spec.terms import Atom, Handle, Improper, List, Map, Pid, Port, Term

MOST_SAID = 32 * 2**20
"""Bytes of messages and data that a module may say: a whole mailbox, each time that there is one more in it."""
EXPORTS = (("main", 0), ("run", 0))
PLACES = (Atom("$h"), Atom("$port"), Atom("$quoted"))
"""How tuples begin that stand for something else in a step: see ``erlang_export.erl``."""


def erlang_module(trace: Trace, sentences: dict[str, str]) -> str:
    """The module's text. ``sentences``: what each clause of the case says, for the comment on top.

    Raises ``TraceError`` if ``trace`` has a call made that a file may not have made.
    """
    return source(reproduction(trace, sentences))


def reproduction(trace: Trace, sentences: dict[str, str]) -> Module:
    """The module. Raises :class:`~gen_tck.conformance.traces.file.TraceError`."""
    check_calls(trace)
    case = recorded_case(trace)
    name = module_name("repro", trace.header.case.rpartition("::")[2])
    socket = trace.header.node.get("details", {}).get("backend") == "socket"
    options = List([(Atom("inet_backend"), Atom("socket"))] if socket else [])
    return Module(
        name,
        [Comment(line) for line in _about(trace, case, sentences, name)],
        EXPORTS,
        [
            Function("about", Text(_in_short(trace, case))),
            Function("backend_options", options),
            Function("steps", List(_Steps(trace, case).render())),
        ],
        (files("gen_tck.conformance.traces") / "erlang_export.erl").read_text(),
    )


def _about(trace: Trace, case: Case, sentences: dict[str, str], name: str) -> Iterator[str]:
    header = trace.header
    yield f"Reproduces {header.case}"
    yield f"as recorded on {header.node.get('name')} {header.node.get('version')}: {case.verdict}."
    for clause in header.clauses:
        yield f"{clause}: {' '.join(sentences.get(clause, '').split())}"
    if case.expected:
        yield f"Expected: {case.expected}"
        yield f"Seen:     {case.seen}"
    yield ""
    yield f"Save as {name}.erl; then: erlc {name}.erl && erl -noshell -s {name} main"


def _in_short(trace: Trace, case: Case) -> str:
    if not case.expected:
        return f"{trace.header.case}: {case.verdict}"
    return f"{trace.header.case}: expected was {case.expected}, seen was {case.seen}"


ADDRESSING = {("inet", "port"), ("inet", "sockname"), ("inet", "peername")}
"""Calls that tell a port number, which is another one each time."""


class _Steps:
    """The events of a trace as Erlang expressions, one a step."""

    def __init__(self, trace: Trace, case: Case) -> None:
        self._trace = trace
        self._case = case
        self._mailboxes: dict[int, list[Any]] = {}
        self._sizes: dict[int, int] = {}
        self._written = 0
        self._ports = {event["port"] for event in trace.events if event.get("do") == "listen"}
        self._callers = {event["call"]: event["process"] for event in trace.events if event.get("do") == "call"}
        self._answered = {event["call"] for event in trace.events if "call" in event and "do" not in event}
        self._functions = {
            event["call"]: (event["module"], event["function"]) for event in trace.events if event.get("do") == "call"
        }
        self._ports |= set(self._told_ports())

    def _told_ports(self) -> Iterator[int]:
        """The ports of the subject's own listeners."""
        for event in self._trace.events:
            if "returned" in event and self._functions.get(event["call"]) == ("inet", "port"):
                value = from_json(event["returned"])
                if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], int):
                    yield value[1]

    def render(self) -> list[Expression]:
        steps: list[Expression | None] = []
        passing: dict[tuple[str, int], int] = {}
        received: tuple[int, bytearray] | None = None
        for event in self._trace.events:
            if "peer" in event and "data" in event and "do" not in event:
                # In how many pieces it comes is another each time.
                if received is not None and received[0] != event["peer"]:
                    steps.append(self._of_peer("peer_data", received[0], bytes(received[1])))
                    received = None
                if received is None:
                    received = (event["peer"], bytearray())
                received[1].extend(unpack(event["data"]))
                continue
            step = self._done(event) if "do" in event else self._seen(event)
            if step is not None and received is not None:
                steps.append(self._of_peer("peer_data", received[0], bytes(received[1])))
                received = None
            self._forget_the_passing(event, steps, passing)
            steps.append(step)  # also if it is none, so that whatever takes its place finds it
        if received is not None:
            steps.append(self._of_peer("peer_data", received[0], bytes(received[1])))
        steps += [_step("blocked", call) for call in self._callers if call not in self._answered]
        return [*[each for each in steps if each is not None], *self._absences()]

    def _forget_the_passing(
        self, event: Event, steps: list[Expression | None], passing: dict[tuple[str, int], int]
    ) -> None:
        """Take out of ``steps`` a mailbox or status that became another before anything was done again.

        How soon the kit looks is another each time. ``passing``: where those are that may be taken out.
        """
        if event.get("do", "wait") != "wait":
            passing.clear()
        if self._is_script and "process" in event and "do" not in event:
            key = ("status" if "status" in event else "mailbox", event["process"])
            if key in passing:
                steps[passing[key]] = None
            passing[key] = len(steps)

    def _absences(self) -> Iterator[Expression]:
        """What did not come, as far as the recording says so: nothing tells of it while it does not come."""
        events = self._trace.events
        names = {event["process"]: event["name"] for event in events if event.get("do") == "spawn"}
        ended = {event["process"] for event in events if event.get("status") == "ended"}
        failed = next((event for event in events if event.get("ok") is False), None)
        where = failed["where"] if failed is not None else ""
        for process, name in names.items():
            # A test that passed has looked at every mailbox in the end, one that failed at that which it names.
            looked = where in (f"messages to {name}", f"left over at {name}") if failed is not None else self._passed
            looked |= self._is_script  # of which everything is looked at
            if looked and process not in ended:
                yield _step("no_more", process, List([_recorded(each) for each in self._mailboxes.get(process, [])]))
        if self._is_script:
            yield from self._open_peers()
            return
        peers = {event["peer"] for event in events if "peer" in event}
        if failed is not None and "open connection" in failed["seen"] and where.endswith("peer") and len(peers) == 1:
            yield _step("peer_open", min(peers))

    def _open_peers(self) -> Iterator[Expression]:
        """The peers that still read and have seen no end, if that is what was not expected."""
        events = self._trace.events
        if "sees open" not in self._case.where:
            return
        ended = {event["peer"] for event in events if "end" in event or event.get("do") in ("close", "reset")}
        for peer in sorted({event["peer"] for event in events if event.get("do") == "accept"} - ended):
            yield _step("peer_open", peer)

    @property
    def _is_script(self) -> bool:
        return isinstance(self._trace.header.script, str)

    @property
    def _passed(self) -> bool:
        return self._case.verdict in ("pass", "varies")

    def _done(self, event: Event) -> Expression | None:
        match event["do"]:
            case "spawn":
                return _step("spawn", event["process"], Text(event["name"] or "process"), _recorded(event["pid"]))
            case "listen":
                return _step("listen", event["listener"], event["port"], _buffer(event))
            case "accept":
                return _step("accept", event["listener"], event["peer"])
            case "dial" if "refused" in event:
                return _step("dial", event["port"], Atom("refused"))
            case "dial":
                return _step("dial", event["port"], event["peer"], _buffer(event))
            case "offer" if "failed" in event:
                return None
            case "offer":
                return self._of_peer("offer", event["peer"], unpack(event["data"]))
            case "finish" | "close" | "reset" as what:
                return _step(what, event["peer"])
            case "call":
                return self._call(event)
            case "take":
                self._remove(event["process"], event["count"])
                return _step("take", event["process"], event["count"])
            case "exit":
                return _step("exit", event["process"], _recorded(event["reason"]))
            case "advance":
                return _step("sleep", event["milliseconds"])
            case "settle":
                # A script has timeouts of 250 ms in it, which must not end while it only waits for things to settle.
                return _step("sleep", 10 if self._is_script else 50)
        return None

    def _say(self, count: int) -> None:
        """So many bytes more will be said. Raises ``TraceError`` if they are too many."""
        self._written += count
        if self._written > MOST_SAID:
            raise TraceError(f"{self._trace.path}: as Erlang it would say over {MOST_SAID} bytes of messages and data")

    def _of_peer(self, what: str, peer: int, data: bytes) -> Expression:
        """A step with data, which a trace may say in a few characters."""
        said = _data(data)
        if said is data:
            self._say(len(data))
        return _step(what, peer, said)

    def _remove(self, process: int, count: int) -> None:
        """The oldest messages of a mailbox are gone."""
        known = self._mailboxes.setdefault(process, [])
        self._sizes[process] = self._sizes.get(process, 0) - _size(known[:count])
        del known[:count]

    def _call(self, event: Event) -> Expression:
        args = [_recorded(each) for each in event["args"]]
        if (event["module"], event["function"]) == ("gen_tcp", "connect") and type(args[1]) is int:
            args[1] = _port(args[1]) if args[1] in self._ports else args[1]
        module, function = Atom(event["module"]), Atom(event["function"])
        return _step("call", event["call"], event["process"], module, function, List(args))

    def _seen(self, event: Event) -> Expression | None:
        if "call" in event:
            return self._outcome(event)
        if "mailbox" in event or "more" in event:
            process = event["process"]
            known = self._mailboxes.setdefault(process, [])
            new: list[Any] = event["more"] if "more" in event else event["mailbox"]
            if "mailbox" in event:
                self._remove(process, len(known))
            self._sizes[process] = self._sizes.get(process, 0) + _size(new)
            self._say(self._sizes[process])
            known += new
            return _step("mailbox", process, List([_recorded(each) for each in self._mailboxes[process]]))
        if event.get("status") in ("suspended", "ended"):  # whether a call is under way is told by its return
            return _step("status", event["process"], Atom(event["status"]))
        if "end" in event:
            return _step("peer_end", event["peer"], Atom(event["end"]))
        return None

    def _outcome(self, event: Event) -> Expression:
        call, outcome = event["call"], outcome_of(event)
        if isinstance(outcome, Ended):
            return _step("ended", self._callers[call], call, _expressed(outcome.reason))
        if isinstance(outcome, Raised):
            return _step("outcome", call, (Atom("raised"), Atom(outcome.kind), _expressed(outcome.reason)))
        assert isinstance(outcome, Returned)
        value = _expressed(outcome.value)
        if self._functions[call] in ADDRESSING:
            value = _with_port(value)
        return _step("outcome", call, (Atom("returned"), value))


def _size(messages: list[Any]) -> int:
    """What ``messages`` take, about: their text, and the room for each."""
    return sum(len(msgspec.json.encode(each)) + 8 for each in messages)


def _step(what: str, *rest: Expression) -> Expression:
    return (Atom(what), *rest)


def _port(number: int) -> Expression:
    return (Atom("$port"), number)


def _with_port(value: Expression) -> Expression:
    """The outcome of a call that tells a port number, ``{ok, Port}`` or ``{ok, {Address, Port}}``."""
    match value:
        case (first, int(number)) if number >= 1000:
            return (first, _port(number))
        case (first, (address, int(number))) if number >= 1000:
            return (first, (address, _port(number)))
    return value


def _recorded(value: Any) -> Expression:
    return _expressed(from_json(value))


def _expressed(value: Term) -> Expression:
    """``value`` as the steps have it: what its handles were is another each time, and long data are not written out."""
    if isinstance(value, Handle):
        kind = "pid" if isinstance(value, Pid) else "port" if isinstance(value, Port) else "ref"
        return (Atom("$h"), Atom(kind), value.number)
    if isinstance(value, bytes):
        return _data(value)
    if type(value) is tuple:
        items = tuple([_expressed(each) for each in value])
        return (Atom("$quoted"), items) if value and value[0] in PLACES else items
    if isinstance(value, List):
        return List([_expressed(each) for each in value])
    if isinstance(value, Improper):
        return Improper(tuple([_expressed(each) for each in value.heads]), _expressed(value.tail))
    if isinstance(value, Map):
        return Map({_expressed(key): _expressed(each) for key, each in value.pairs.items()})
    return value


def _buffer(event: Event) -> Expression:
    size = event.get("receive_buffer")
    return List([] if size is None else [(Atom("recbuf"), size)])


def _data(data: bytes) -> Expression:
    period = _period(data)
    if len(data) <= 64 or period is None:
        return data
    copies = -(-len(data) // period)
    whole = Call("binary", "copy", (data[:period], copies))
    return whole if copies * period == len(data) else Call("binary", "part", (whole, 0, len(data)))


def _period(data: bytes) -> int | None:
    """After how many bytes ``data`` begins again, if it does soon enough to be worth saying."""
    period = data.find(data[:32], 1)
    if 0 < period <= len(data) // 2 and data[period:] == data[:-period]:
        return period
    return None
