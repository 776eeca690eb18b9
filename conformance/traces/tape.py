"""A trace, wound forward as the kit does what it did when it was recorded, and what had been seen up to there.

What is done is matched, not assumed: the first operation that is not the recorded one ends the playback, with the line
where the two part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from gen_tck.adapters.interface import (
    AdapterError,
    CallFailed,
    Census,
    NodeDied,
    NodeError,
    Outcome,
    OutOfScope,
    PeerEvent,
)
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.data import unpack
from gen_tck.conformance.traces.event_facts import outcome_of, peer_of
from gen_tck.conformance.traces.events import AnyDone, AnyEvent, AtPeer, AtProcess, Compared, Done
from gen_tck.conformance.traces.file import FIRST_LINE, Trace
from gen_tck.conformance.traces.lines import as_json, fields_of, tag_of
from gen_tck.spec.exhaustive import assert_never
from gen_tck.spec.terms import Term, show

Kind = TypeVar("Kind", bound=AnyDone)
Fact = TypeVar("Fact", bound=kinds.FactSeen)
Shown: TypeAlias = AtProcess | AtPeer | kinds.CensusSeen | Compared
"""What a node showed, and what a test made of it."""

FAILURES: dict[str, type[NodeError]] = {
    "died": NodeDied,
    "adapter": AdapterError,
    "call": CallFailed,
    "scope": OutOfScope,
}
"""How a node fails, by the word for it in a trace."""


class TraceMismatch(NodeError):
    """The test asks something else than what was recorded: another kit, or a trace that was edited."""


class Tape:
    """A trace, and the place up to which it was played. What was seen so far is kept by number."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._events = trace.events
        self._at = 0
        self.outcomes: dict[int, Outcome] = {}
        self.mailboxes: dict[int, tuple[Term, ...]] = {}
        self._facts: dict[tuple[int, type[kinds.FactSeen]], kinds.FactSeen] = {}
        self.inboxes: dict[int, list[PeerEvent]] = {}
        self.delivered: set[int] = set()
        self.counted: Census = {}
        self.trouble = ""
        """Why the playback cannot go on: what the first exception said, if it was not the recorded node's."""

    def next_do(self) -> AnyDone | None:
        """What the kit did next in the recording, past what it saw before that; ``None`` inside a wait that ends."""
        self.look()
        event = self._next()
        return event if isinstance(event, Done) else None

    def do(self, kind: type[Kind], **asked: object) -> Kind:
        """The kit does something of this ``kind``: the recorded event, if it has the fields that are ``asked`` for.

        Raises :class:`TraceMismatch` if the recorded one is another.
        """
        event = self.next_do()
        if event is None:
            raise self.mismatch(f"the test does `{tag_of(kind)}`, the recording is over", None)
        if not isinstance(event, kind) or any(getattr(event, name) != value for name, value in asked.items()):
            raise self.mismatch(f"the test does {_words(kind, asked)}", event)
        self._at += 1
        peer = peer_of(event)
        if peer is not None:
            self.delivered.discard(peer)
        return event

    def mismatch(self, what: str, event: AnyEvent | None) -> TraceMismatch:
        """The two part here."""
        recorded = f"recorded was {_words(type(event), fields_of(event))}" if isinstance(event, Done) else ""
        line = self._at + FIRST_LINE
        words = "; ".join(filter(None, (what, recorded)))
        trouble = f"{self._trace.path}: line {line}: the trace does not fit the test: {words}"
        self.trouble = self.trouble or trouble
        return TraceMismatch(trouble)

    def _next(self) -> AnyEvent | None:
        return self._events[self._at] if self._at < len(self._events) else None

    def over(self) -> bool:
        """Whether everything has been played: what a test does to clean up was not recorded."""
        self.look()
        return self._at == len(self._events)

    def look(self) -> None:
        """Take in what was seen up to the next thing that was done (or to the end of a wait)."""
        while (event := self._next()) is not None and self._take_in(event):
            self._at += 1

    def fact(self, process: int, kind: type[Fact]) -> Fact | None:
        """What was seen of a process last, of that ``kind``."""
        self.look()
        found = self._facts.get((process, kind))
        return found if isinstance(found, kind) else None

    def _take_in(self, event: AnyEvent) -> bool:
        if isinstance(event, Done):
            return False
        match event:
            case kinds.WaitedSeen() | kinds.RestSeen():
                return False
            case kinds.NodeFailed():
                raise FAILURES[event.kind](event.node_failed)
            case _:
                self._see(event)
                return True

    def _see(self, event: Shown) -> None:
        match event:
            case kinds.CameBack() | kinds.RaisedSeen() | kinds.EndedSeen():
                self.outcomes[event.call] = outcome_of(event)
            case kinds.MailboxSeen():
                self.mailboxes[event.process] = event.mailbox
            case kinds.MoreSeen():
                self.mailboxes[event.process] = self.mailboxes.get(event.process, ()) + event.more
            case kinds.FactSeen():
                self._facts[event.process, type(event)] = event
            case kinds.DataSeen():
                self.inboxes.setdefault(event.peer, []).append(unpack(event.data))
            case kinds.EndSeen():
                self.inboxes.setdefault(event.peer, []).append(event.end)
            case kinds.CensusSeen():
                self.counted = event.census
            case kinds.DeliveredSeen():
                self.delivered.add(event.peer)
            case kinds.Compared():
                pass  # it is compared anew
            case _:
                assert_never(event)


def _words(kind: type[Done], fields: Mapping[str, object]) -> str:
    """What the kit does, or did, with some or all of its fields."""
    args = fields.get("args")
    if isinstance(args, tuple):
        call = f"{fields['module']}:{fields['function']}({', '.join(map(show, args))})"
        return f"`{call}` in process {fields['process']}"
    rest = {name: value for name, value in as_json(kind, fields).items() if name != "data" and value is not None}
    return f"`{tag_of(kind)}`" + (f" {rest}" if rest else "")
