"""A trace as one self-contained Erlang module that does it again: no kit, no dependency, peer included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from gen_tck.adapters.interface import Ended, Raised, Returned
from gen_tck.adapters.playback import outcome_of
from gen_tck.adapters.traces import Event, Trace, unpack
from gen_tck.adapters.wire import from_json
from gen_tck.spec.terms import Atom, Handle, Improper, List, Map, Pid, Port, Term


def erlang_module(trace: Trace, sentences: dict[str, str]) -> str:
    """The module's text. ``sentences``: what each clause of the case says, for the comment on top."""
    header = trace.header
    name = "repro_" + re.sub(r"[^a-z0-9]+", "_", header.case.lower().rpartition("::")[2]).strip("_")
    about = [f"%% {line}".rstrip() for line in _about(trace, sentences, name)]
    steps = ",\n     ".join(_Steps(trace).render())
    options = "[{inet_backend, socket}]" if header.node.get("details", {}).get("backend") == "socket" else "[]"
    runtime = (files("gen_tck.conformance") / "reproduction.erl").read_text()
    return "\n".join(
        [
            *about,
            f"-module({name}).",
            "-export([main/0, run/0]).",
            "",
            f"about() -> {_string(_in_short(trace))}.",
            "",
            f"backend_options() -> {options}.",
            "",
            "steps() ->",
            f"    [{steps}].",
            runtime,
        ]
    )


def _about(trace: Trace, sentences: dict[str, str], name: str) -> Iterator[str]:
    header, case = trace.header, trace.case or {}
    yield f"Reproduces {header.case}"
    yield f"as recorded on {header.node.get('name')} {header.node.get('version')}: {case.get('verdict', 'no verdict')}."
    for clause in header.clauses:
        yield f"{clause}: {' '.join(sentences.get(clause, '').split())}"
    if case.get("expected"):
        yield f"Expected: {case['expected']}"
        yield f"Seen:     {case['seen']}"
    yield ""
    yield f"Save as {name}.erl; then: erlc {name}.erl && erl -noshell -s {name} main"


def _in_short(trace: Trace) -> str:
    case = trace.case or {}
    if not case.get("expected"):
        return f"{trace.header.case}: {case.get('verdict', 'no verdict')}"
    return f"{trace.header.case}: expected was {case['expected']}, seen was {case['seen']}"


def _string(text: str) -> str:
    """Text as an Erlang string."""
    return '"' + "".join(each if each not in '"\\' else f"\\{each}" for each in text if each.isprintable()) + '"'


ADDRESSING = {("inet", "port"), ("inet", "sockname"), ("inet", "peername")}
"""Calls that tell a port number, which is another one each time."""


class _Steps:
    """The events of a trace as Erlang terms, one a step."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._mailboxes: dict[int, list[Any]] = {}
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

    def render(self) -> list[str]:
        steps: list[str] = []
        passing: dict[tuple[str, int], int] = {}
        received: tuple[int, bytes] | None = None
        for event in self._trace.events:
            if "peer" in event and "data" in event and "do" not in event:
                # In how many pieces it comes is another each time.
                peer, before = received or (event["peer"], b"")
                if peer == event["peer"]:
                    received = (peer, before + unpack(event["data"]))
                    continue
                steps.append(_received(peer, before))
                received = (event["peer"], unpack(event["data"]))
                continue
            step = self._done(event) if "do" in event else self._seen(event)
            if step is not None and received is not None:
                steps.append(_received(*received))
                received = None
            self._forget_the_passing(event, steps, passing)
            steps.append(step or "")  # so that whatever takes its place finds it
        if received is not None:
            steps.append(_received(*received))
        steps += [f"{{blocked, {call}}}" for call in self._callers if call not in self._answered]
        return [*filter(None, steps), *self._absences()]

    def _forget_the_passing(self, event: Event, steps: list[str], passing: dict[tuple[str, int], int]) -> None:
        """Take out of ``steps`` a mailbox or status that became another before anything was done again.

        How soon the kit looks is another each time. ``passing``: where those are that may be taken out.
        """
        if event.get("do", "wait") != "wait":
            passing.clear()
        if self._is_script and "process" in event and "do" not in event:
            key = ("status" if "status" in event else "mailbox", event["process"])
            if key in passing:
                steps[passing[key]] = ""
            passing[key] = len(steps)

    def _absences(self) -> Iterator[str]:
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
                messages = ", ".join(self._json(each) for each in self._mailboxes.get(process, []))
                yield f"{{no_more, {process}, [{messages}]}}"
        if self._is_script:
            yield from self._open_peers()
            return
        peers = {event["peer"] for event in events if "peer" in event}
        if failed is not None and "open connection" in failed["seen"] and where.endswith("peer") and len(peers) == 1:
            yield f"{{peer_open, {min(peers)}}}"

    def _open_peers(self) -> Iterator[str]:
        """The peers that still read and have seen no end, if that is what was not expected."""
        events = self._trace.events
        if "sees open" not in (self._trace.case or {}).get("where", ""):
            return
        ended = {event["peer"] for event in events if "end" in event or event.get("do") in ("close", "reset")}
        for peer in sorted({event["peer"] for event in events if event.get("do") == "accept"} - ended):
            yield f"{{peer_open, {peer}}}"

    @property
    def _is_script(self) -> bool:
        return isinstance(self._trace.header.script, str)

    @property
    def _passed(self) -> bool:
        return (self._trace.case or {}).get("verdict") in ("pass", "varies")

    def _done(self, event: Event) -> str | None:
        match event["do"]:
            case "spawn":
                return f'{{spawn, {event["process"]}, "{event["name"] or "process"}", {self._json(event["pid"])}}}'
            case "listen":
                return f"{{listen, {event['listener']}, {event['port']}, {_buffer(event)}}}"
            case "accept":
                return f"{{accept, {event['listener']}, {event['peer']}}}"
            case "dial" if "refused" in event:
                return f"{{dial, {event['port']}, refused}}"
            case "dial":
                return f"{{dial, {event['port']}, {event['peer']}, {_buffer(event)}}}"
            case "offer" if "failed" in event:
                return None
            case "offer":
                return f"{{offer, {event['peer']}, {_binary(unpack(event['data']))}}}"
            case "finish" | "close" | "reset" as what:
                return f"{{{what}, {event['peer']}}}"
            case "call":
                return self._call(event)
            case "take":
                self._mailboxes[event["process"]] = self._mailboxes.get(event["process"], [])[event["count"] :]
                return f"{{take, {event['process']}, {event['count']}}}"
            case "exit":
                return f"{{exit, {event['process']}, {self._json(event['reason'])}}}"
            case "advance":
                return f"{{sleep, {event['milliseconds']}}}"
            case "settle":
                # A script has timeouts of 250 ms in it, which must not end while it only waits for things to settle.
                return "{sleep, 10}" if self._is_script else "{sleep, 50}"
        return None

    def _call(self, event: Event) -> str:
        args = [from_json(each) for each in event["args"]]
        texts = [self._term(each) for each in args]
        if (event["module"], event["function"]) == ("gen_tcp", "connect") and args[1:2] and args[1] in self._ports:
            texts[1] = f"{{'$port', {args[1]}}}"
        module, function = Atom(event["module"]), Atom(event["function"])
        return f"{{call, {event['call']}, {event['process']}, {module!r}, {function!r}, [{', '.join(texts)}]}}"

    def _seen(self, event: Event) -> str | None:
        if "call" in event:
            return self._outcome(event)
        if "mailbox" in event or "more" in event:
            process = event["process"]
            before = self._mailboxes.get(process, []) if "more" in event else []
            self._mailboxes[process] = [*before, *(event["more"] if "more" in event else event["mailbox"])]
            return f"{{mailbox, {process}, {self._json(self._mailboxes[process])}}}"
        if event.get("status") in ("suspended", "ended"):  # whether a call is under way is told by its return
            return f"{{status, {event['process']}, {event['status']}}}"
        if "end" in event:
            return f"{{peer_end, {event['peer']}, {event['end']}}}"
        return None

    def _outcome(self, event: Event) -> str:
        call, outcome = event["call"], outcome_of(event)
        if isinstance(outcome, Ended):
            return f"{{ended, {self._callers[call]}, {call}, {self._term(outcome.reason)}}}"
        if isinstance(outcome, Raised):
            return f"{{outcome, {call}, {{raised, {outcome.kind}, {self._term(outcome.reason)}}}}}"
        assert isinstance(outcome, Returned)
        value = self._term(outcome.value)
        if self._functions[call] in ADDRESSING:
            value = re.sub(r"(?<=, )\d{4,5}(?=\})", lambda number: f"{{'$port', {number[0]}}}", value)
        return f"{{outcome, {call}, {{returned, {value}}}}}"

    def _json(self, value: Any) -> str:
        return self._term(from_json(value))

    def _term(self, value: Term) -> str:
        if isinstance(value, Handle):
            kind = "pid" if isinstance(value, Pid) else "port" if isinstance(value, Port) else "ref"
            return f"{{'$h', {kind}, {value.number}}}"
        if isinstance(value, bytes):
            return _binary(value)
        if isinstance(value, List):
            return f"[{', '.join(self._term(each) for each in value)}]"
        if isinstance(value, tuple):
            return f"{{{', '.join(self._term(each) for each in value)}}}"
        if isinstance(value, Improper):
            return f"[{', '.join(self._term(each) for each in value.heads)} | {self._term(value.tail)}]"
        if isinstance(value, Map):
            return f"#{{{', '.join(f'{self._term(k)} => {self._term(v)}' for k, v in value.pairs.items())}}}"
        return repr(value)


def _buffer(event: Event) -> str:
    size = event.get("receive_buffer")
    return "[]" if size is None else f"[{{recbuf, {size}}}]"


def _received(peer: int, data: bytes) -> str:
    return f"{{peer_data, {peer}, {_binary(data)}}}"


def _binary(data: bytes) -> str:
    period = _period(data)
    if len(data) > 64 and period is not None:
        copies = -(-len(data) // period)
        whole = f"binary:copy({_binary(data[:period])}, {copies})"
        return whole if copies * period == len(data) else f"binary:part({whole}, 0, {len(data)})"
    if data and all(32 <= byte < 127 and byte not in b'"\\' for byte in data):
        return f'<<"{data.decode("ascii")}">>'
    return f"<<{','.join(str(byte) for byte in data)}>>"


def _period(data: bytes) -> int | None:
    """After how many bytes ``data`` begins again, if it does soon enough to be worth saying."""
    period = data.find(data[:32], 1)
    if 0 < period <= len(data) // 2 and data[period:] == data[:-period]:
        return period
    return None
