"""A trace in words, step by step: what people read of it, and what two recordings of one case are compared by.

How often the kit looked, and in how many pieces data came, is left out: that is another each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.data import unpack
from gen_tck.conformance.traces.event_facts import fact_in_words, outcome_of
from gen_tck.conformance.traces.events import AnyDone, AnyEvent, AnySeen, Done
from gen_tck.conformance.traces.file import FIRST_LINE
from gen_tck.spec.exhaustive import assert_never
from gen_tck.spec.terms import Term, show

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


def narrate(events: Sequence[AnyEvent]) -> list[Step]:
    """The steps of the case that ``events`` record."""
    return list(_Teller().tell(events))


def last_step(events: Sequence[AnyEvent]) -> str:
    """The last thing that was done before the case ended, in words, and its line."""
    done = [step for step in narrate(events) if step.done]
    return f"{done[-1]} (line {done[-1].line} of the trace)" if done else ""


@dataclass
class _Teller:
    names: dict[int, str] = field(default_factory=dict)
    callers: dict[int, int] = field(default_factory=dict)

    def tell(self, events: Iterable[AnyEvent]) -> Iterator[Step]:
        held: tuple[Step, bytearray] | None = None  # data of a peer, which may go on
        for line, event in enumerate(events, FIRST_LINE):
            if isinstance(event, kinds.Offer | kinds.DataSeen):
                step = _step(line, event, f"peer {event.peer}", "")
                if held is not None and (held[0].who, held[0].done) == (step.who, step.done):
                    held[1].extend(unpack(event.data))
                    continue
                if held is not None:
                    yield _with_data(held[0], bytes(held[1]))
                held = (step, bytearray(unpack(event.data)))
                continue
            told = [_step(line, event, who, text) for who, text in self._of(event)]
            if told and held is not None:
                yield _with_data(held[0], bytes(held[1]))
                held = None
            yield from told
        if held is not None:
            yield _with_data(held[0], bytes(held[1]))

    def _of(self, event: AnyEvent) -> Iterator[tuple[str, str]]:
        return self._done(event) if isinstance(event, Done) else self._seen(event)

    def _name(self, process: int) -> str:
        return self.names.get(process) or f"process {process}"

    def _done(self, event: AnyDone) -> Iterator[tuple[str, str]]:
        match event:
            case kinds.Spawn():
                self.names[event.process] = event.name or f"process {event.process}"
                yield "", f"{self._name(event.process)} is {show(event.pid)}"
            case kinds.Call():
                self.callers[event.call] = event.process
                yield self._name(event.process), f"{event.module}:{event.function}({_several(event.args)})"
            case kinds.Exit():
                yield self._name(event.process), f"gets the exit signal {show(event.reason)}"
            case kinds.Advance():
                yield "", f"{event.milliseconds} ms pass"
            case kinds.Listen():
                yield f"listener {event.listener}", f"listens at port {event.port}"
            case kinds.Accept():
                yield f"peer {event.peer}", f"is accepted by listener {event.listener}"
            case kinds.DialRefused():
                yield "", f"a connection to port {event.port} is refused"
            case kinds.Dial():
                yield f"peer {event.peer}", f"connects to port {event.port}"
            case kinds.OfferFailed():
                yield f"peer {event.peer}", f"cannot send: {event.failed}"
            case kinds.Finish() | kinds.Close() | kinds.Reset() | kinds.Vanish():
                yield f"peer {event.peer}", how_it_ends(event)
            case kinds.Step():
                if is_read(event):  # all others show in what they do
                    yield "", event.step
            case kinds.Take() | kinds.Settle() | kinds.Wait():
                pass  # nobody can see that
            case kinds.Offer():
                pass  # told with what goes on with it
            case _:
                assert_never(event)

    def _seen(self, event: AnySeen) -> Iterator[tuple[str, str]]:
        match event:
            case kinds.CameBack() | kinds.RaisedSeen() | kinds.EndedSeen():
                yield self._name(self.callers.get(event.call, 0)), f"came back: {outcome_of(event)}"
            case kinds.MailboxSeen():
                yield self._name(event.process), f"has another mailbox: {_several(event.mailbox) or 'no message'}"
            case kinds.MoreSeen():
                for each in event.more:
                    yield self._name(event.process), f"has the message {show(each)}"
            case kinds.FactSeen():
                if words := fact_in_words(event):
                    yield self._name(event.process), words
            case kinds.EndSeen():
                yield f"peer {event.peer}", f"sees {event.end}"
            case kinds.NodeFailed():
                yield "", f"the node failed: {event.node_failed}"
            case kinds.Compared():
                if not event.ok:
                    where = f"{event.where}: " if event.where else ""
                    yield "", f"{where}expected {event.expect}, saw {event.seen}"
            case kinds.DeliveredSeen() | kinds.WaitedSeen() | kinds.RestSeen() | kinds.CensusSeen():
                pass  # how the kit looked and waited
            case kinds.DataSeen():
                pass  # told with what goes on with it
            case _:
                assert_never(event)


def _step(line: int, event: AnyEvent, who: str, text: str) -> Step:
    ok = event.ok if isinstance(event, kinds.Compared) else True
    return Step(line, event.at, isinstance(event, Done), who, text, ok)


def _several(values: Iterable[Term]) -> str:
    return ", ".join(map(show, values))


def is_read(step: kinds.Step) -> bool:
    """Whether a step is one of which nothing shows if nothing has come: its peer reads."""
    return step.step.endswith("peer: read")


ENDS = {
    kinds.Finish: "ends its stream (FIN)",
    kinds.Close: "closes",
    kinds.Reset: "resets (RST)",
    kinds.Vanish: "vanishes",
}
"""What a peer does to its connection, in words."""


def how_it_ends(event: kinds.Finish | kinds.Close | kinds.Reset | kinds.Vanish) -> str:
    """The same, of one of them."""
    lost = event.lost if isinstance(event, kinds.Vanish) else None
    return ENDS[type(event)] if lost is None else f"is out of reach from now on ({lost})"


def _with_data(step: Step, data: bytes) -> Step:
    verb = "sends" if step.done else "receives"
    return Step(step.line, step.at, step.done, step.who, f"{verb} {len(data)} bytes: {_words(data)}")


def _words(data: bytes) -> str:
    if len(data) > 16 and data.count(data[:1]) == len(data):
        return f"{data[0]} again and again"
    return show(data[:LONGEST])


_HANDLE = re.compile(r"#(Pid|Port|Ref)<\d+>")
_ADDRESS = re.compile(r"(?<=\{127,0,0,1\},)\d+|(?<=\{127,0,0,1\}, )\d+")


def comparable(steps: Iterable[Step], events: Iterable[AnyEvent]) -> list[str]:
    """The steps without what differs from run to run: handles and ports are numbered as they come."""
    ports = {str(each.port) for each in events if isinstance(each, kinds.Listen | kinds.Dial | kinds.DialRefused)}
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
