"""A trace in words, step by step: what people read of it, and what two recordings of one case are compared by.

How often the kit looked, and in how many pieces data came, is left out: that is another each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gen_tck.adapters.wire import from_json
from gen_tck.conformance.traces.file import Event, unpack
from gen_tck.conformance.traces.playback import HEADER_LINES, outcome_of
from gen_tck.spec.terms import show

LONGEST = 400
"""Characters of a step that are worth reading."""


@dataclass(frozen=True)
class Step:
    """One thing that was done, seen or compared."""

    line: int
    """The line of the trace, from 1."""
    at: float
    """Seconds since the case began."""
    done: bool
    """Whether the kit did it; what it saw and compared is not."""
    who: str
    """``owner``, ``peer 1``: whose step it is; empty if it is nobody's."""
    text: str
    ok: bool = True
    """``False`` for a comparison that failed."""

    def __str__(self) -> str:
        return shortened(f"{self.who}: {self.text}" if self.who else self.text)


def shortened(text: str) -> str:
    """At most :data:`LONGEST` characters of ``text``."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def story(events: Sequence[Event]) -> list[Step]:
    """The steps of the case that ``events`` record. Raises ``WireError`` and others for events that are none."""
    return list(_Teller().tell(events))


def last_step(events: Sequence[Event]) -> str:
    """The last thing that was done before the case ended, in words, and its line."""
    done = [step for step in story(events) if step.done]
    return f"{done[-1]} (line {done[-1].line} of the trace)" if done else ""


@dataclass
class _Teller:
    names: dict[int, str] = field(default_factory=dict)
    callers: dict[int, int] = field(default_factory=dict)
    mailboxes: dict[int, int] = field(default_factory=dict)

    def tell(self, events: Iterable[Event]) -> Iterator[Step]:
        held: tuple[Step, int, bytearray] | None = None  # data of a peer, which may go on
        for line, event in enumerate(events, HEADER_LINES):
            if "peer" in event and "data" in event:
                data = unpack(event["data"])
                step = self._step(line, event, f"peer {event['peer']}", "")
                if held is not None and (held[0].who, held[0].done) == (step.who, step.done):
                    held = (held[0], line, held[2])
                    held[2].extend(data)
                    continue
                if held is not None:
                    yield _with_data(held[0], bytes(held[2]))
                held = (step, line, bytearray(data))
                continue
            told = list(self._of(line, event))
            if told and held is not None:
                yield _with_data(held[0], bytes(held[2]))
                held = None
            yield from told
        if held is not None:
            yield _with_data(held[0], bytes(held[2]))

    def _step(self, line: int, event: Event, who: str, text: str, ok: bool = True) -> Step:
        return Step(line, event.get("at", 0.0), "do" in event, who, text, ok)

    def _of(self, line: int, event: Event) -> Iterator[Step]:
        for who, text in self._done(event) if "do" in event else self._seen(event):
            yield self._step(line, event, who, text, event.get("ok", True))

    def _name(self, process: int) -> str:
        return self.names.get(process) or f"process {process}"

    def _done(self, event: Event) -> Iterator[tuple[str, str]]:
        what, peer = event["do"], f"peer {event.get('peer')}"
        if what == "spawn":
            self.names[event["process"]] = event.get("name") or f"process {event['process']}"
            yield "", f"{self._name(event['process'])} is {_show(event['pid'])}"
        elif what == "call":
            self.callers[event["call"]] = event["process"]
            args = ", ".join(_show(each) for each in event["args"])
            yield self._name(event["process"]), f"{event['module']}:{event['function']}({args})"
        elif what == "exit":
            yield self._name(event["process"]), f"gets the exit signal {_show(event['reason'])}"
        elif what == "take":
            self.mailboxes[event["process"]] = self.mailboxes.get(event["process"], 0) - event["count"]
        elif what == "advance":
            yield "", f"{event['milliseconds']} ms pass"
        elif what == "listen":
            yield f"listener {event['listener']}", f"listens at port {event['port']}"
        elif what == "accept":
            yield peer, f"is accepted by listener {event['listener']}"
        elif what == "dial" and "refused" in event:
            yield "", f"a connection to port {event['port']} is refused"
        elif what == "dial":
            yield peer, f"connects to port {event['port']}"
        elif what == "offer":
            yield peer, f"cannot send: {event.get('failed')}"
        elif what in _ENDS:
            yield peer, _ENDS[what]
        elif what == "step" and event["step"].endswith("peer: read"):  # all others show in what they do
            yield "", event["step"]

    def _seen(self, event: Event) -> Iterator[tuple[str, str]]:
        if "call" in event:
            came = outcome_of(event)
            yield self._name(self.callers.get(event["call"], 0)), f"came back: {came}"
        elif "more" in event or "mailbox" in event:
            yield from self._messages(event)
        elif event.get("status") in ("suspended", "ended"):
            yield self._name(event["process"]), f"is {event['status']}"
        elif "end" in event:
            yield f"peer {event['peer']}", f"sees {event['end']}"
        elif "node_failed" in event:
            yield "", f"the node failed: {event['node_failed']}"
        elif event.get("ok") is False:
            where = f"{event['where']}: " if event["where"] else ""
            yield "", f"{where}expected {event['expect']}, saw {event['seen']}"

    def _messages(self, event: Event) -> Iterator[tuple[str, str]]:
        name = self._name(event["process"])
        if "mailbox" in event:
            found = ", ".join(_show(each) for each in event["mailbox"]) or "no message"
            yield name, f"has another mailbox: {found}"
            return
        for each in event["more"]:
            yield name, f"has the message {_show(each)}"


_ENDS = {"finish": "ends its stream (FIN)", "close": "closes", "reset": "resets (RST)"}


def _with_data(step: Step, data: bytes) -> Step:
    verb = "sends" if step.done else "receives"
    return Step(step.line, step.at, step.done, step.who, f"{verb} {len(data)} bytes: {_words(data)}")


def _words(data: bytes) -> str:
    if len(data) > 16 and data.count(data[:1]) == len(data):
        return f"{data[0]} again and again"
    return show(data[:LONGEST])


def _show(value: Any) -> str:
    return show(from_json(value))


_HANDLE = re.compile(r"#(Pid|Port|Ref)<\d+>")
_ADDRESS = re.compile(r"(?<=\{127,0,0,1\},)\d+|(?<=\{127,0,0,1\}, )\d+")


def comparable(steps: Iterable[Step], events: Iterable[Event]) -> list[str]:
    """The steps without what differs from run to run: handles and ports are numbered as they come."""
    ports = {str(each["port"]) for each in events if "port" in each}
    port = re.compile(rf"\b({'|'.join(sorted(ports))})\b") if ports else None
    numbers: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        text = found[0]
        kind = text.partition("<")[0] if text.startswith("#") else "port"
        own = sum(1 for each in numbers.values() if each.startswith(f"{kind}:"))
        return numbers.setdefault(text, f"{kind}:{own + 1}")

    told = []
    for step in steps:
        text = _HANDLE.sub(number, f"{step.who}: {step.text}")
        text = _ADDRESS.sub("PORT", text)
        told.append(port.sub(number, text) if port is not None else text)
    return told
