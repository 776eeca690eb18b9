"""A node that plays back a trace: it answers what the recorded node answered, as long as it is asked the same.

With it a test can be judged again without the subject, and with a newer kit. What is asked is matched, not assumed: the
first operation that is not the recorded one ends the playback with the line where the two part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from gen_tck.adapters.interface import (
    AdapterError,
    CallFailed,
    Capabilities,
    NodeDied,
    NodeError,
    Outcome,
    Peer,
    PeerEvent,
    PeerListener,
    Process,
    Status,
    Waited,
)
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.data import unpack
from gen_tck.conformance.traces.events import AnyDone, AnyEvent, AtPeer, AtProcess, Compared, Done, outcome_of, peer_of
from gen_tck.conformance.traces.file import FIRST_LINE, Trace, TraceError
from gen_tck.conformance.traces.lines import as_json, fields_of, tag_of
from gen_tck.spec.exhaustive import assert_never
from gen_tck.spec.terms import Pid, Term, show

Kind = TypeVar("Kind", bound=AnyDone)
Shown: TypeAlias = AtProcess | AtPeer | Compared
"""What a node showed, and what a test made of it."""

FAILURES: dict[str, type[NodeError]] = {"died": NodeDied, "adapter": AdapterError, "call": CallFailed}
"""How a node fails, by the word for it in a trace."""


class TraceMismatch(NodeError):
    """The test asks something else than what was recorded: another kit, or a trace that was edited."""


class PlayedCall:
    """A recorded call."""

    def __init__(self, playback: Playback, number: int) -> None:
        self._playback, self._number = playback, number

    @property
    def outcome(self) -> Outcome | None:
        self._playback.look()
        return self._playback.outcomes.get(self._number)


class PlayedProcess:
    """A recorded process."""

    def __init__(self, playback: Playback, number: int, pid: Pid) -> None:
        self._playback, self._number, self.pid = playback, number, pid

    def call(self, module: str, function: str, args: Sequence[Term]) -> PlayedCall:
        asked = {"process": self._number, "module": module, "function": function, "args": tuple(args)}
        return PlayedCall(self._playback, self._playback.do(kinds.Call, **asked).call)

    def mailbox(self) -> tuple[Term, ...]:
        self._playback.look()
        return self._playback.mailboxes.get(self._number, ())

    def take(self, count: int) -> None:
        self._playback.do(kinds.Take, process=self._number, count=count)
        self._playback.mailboxes[self._number] = self._playback.mailboxes.get(self._number, ())[count:]

    def exit(self, reason: Term) -> None:
        self._playback.do(kinds.Exit, process=self._number, reason=reason)

    def status(self) -> Status:
        self._playback.look()
        return self._playback.statuses.get(self._number, "idle")


class PlayedPeer:
    """A recorded peer."""

    def __init__(self, playback: Playback, number: int) -> None:
        self._playback, self._number = playback, number

    def offer(self, data: bytes) -> int:
        event = self._playback.next_do()
        if not isinstance(event, kinds.Offer | kinds.OfferFailed) or event.peer != self._number:
            return 0  # it was not taken at that moment
        self._playback.do(type(event), peer=self._number)
        if isinstance(event, kinds.OfferFailed):
            raise ConnectionError(event.failed)
        taken = unpack(event.data)
        if not data.startswith(taken):
            raise self._playback.mismatch(f"peer {self._number} offers other data", event)
        return len(taken)

    def poll(self, most: int = 65536) -> PeerEvent:
        self._playback.look()
        queue = self._playback.inboxes.setdefault(self._number, [])
        if not queue:
            return None
        event = queue[0]
        if isinstance(event, bytes):
            queue.pop(0)  # an end is repeated for ever
        return event

    def delivered(self) -> bool:
        self._playback.look()
        return self._number in self._playback.delivered

    def finish(self) -> None:
        self._playback.do(kinds.Finish, peer=self._number)

    def close(self) -> None:
        self._playback.do(kinds.Close, peer=self._number)

    def reset(self) -> None:
        if not self._playback.over():
            self._playback.do(kinds.Reset, peer=self._number)


class PlayedListener:
    """A recorded listener."""

    def __init__(self, playback: Playback, number: int, port: int) -> None:
        self._playback, self._number, self.port = playback, number, port

    def accept(self) -> Peer | None:
        event = self._playback.next_do()
        if not isinstance(event, kinds.Accept) or event.listener != self._number:
            return None
        return PlayedPeer(self._playback, self._playback.do(kinds.Accept, listener=self._number).peer)

    def close(self) -> None:
        """Nothing to close."""


class Playback:
    """A node made of a trace. It is also its network."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._events = trace.events
        self._at = 0
        self.outcomes: dict[int, Outcome] = {}
        self.mailboxes: dict[int, tuple[Term, ...]] = {}
        self.statuses: dict[int, Status] = {}
        self.inboxes: dict[int, list[PeerEvent]] = {}
        self.delivered: set[int] = set()
        self.trouble = ""
        """Why the playback cannot go on: what the first exception said, if it was not the recorded node's."""
        node = trace.header.node
        try:
            self.capabilities = Capabilities(
                name=node["name"],
                version=node["version"],
                profiles=frozenset(node["profiles"]),
                clock=node["clock"],
                homepage=node["homepage"],
                calls=frozenset(node["calls"]) if node.get("calls") is not None else None,
                details=node["details"],
            )
        except (KeyError, TypeError) as reason:
            raise TraceError(f"{trace.path}: line 1: the node is not described: {reason!r}") from None

    # Matching

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
            case kinds.StatusSeen():
                self.statuses[event.process] = event.status
            case kinds.DataSeen():
                self.inboxes.setdefault(event.peer, []).append(unpack(event.data))
            case kinds.EndSeen():
                self.inboxes.setdefault(event.peer, []).append(event.end)
            case kinds.DeliveredSeen():
                self.delivered.add(event.peer)
            case kinds.Compared():
                pass  # it is compared anew
            case _:
                assert_never(event)

    # The node

    @property
    def network(self) -> Playback:
        return self

    def listen(self, *, receive_buffer: int | None = None) -> PeerListener:
        event = self.do(kinds.Listen, receive_buffer=receive_buffer)
        return PlayedListener(self, event.listener, event.port)

    def connect(self, port: int, *, receive_buffer: int | None = None) -> Peer:
        if isinstance(self.next_do(), kinds.DialRefused):
            raise ConnectionRefusedError(self.do(kinds.DialRefused, port=port).refused)
        return PlayedPeer(self, self.do(kinds.Dial, port=port).peer)

    def spawn(self) -> Process:
        event = self.do(kinds.Spawn)
        return PlayedProcess(self, event.process, event.pid)

    @property
    def stops(self) -> int:
        return 0

    def settle(self) -> bool:
        self.do(kinds.Settle)
        self.look()
        if not isinstance(self._next(), kinds.RestSeen):
            return True
        self._at += 1
        return False

    def advance(self, milliseconds: int) -> None:
        self.do(kinds.Advance, milliseconds=milliseconds)

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        self.do(kinds.Wait)
        held = condition()
        while not held and (event := self._next()) is not None and not isinstance(event, kinds.WaitedSeen):
            before = self._at
            held = condition()
            if self._at == before and not held:
                raise self.mismatch("the test waits for something else", event)
        while (event := self._next()) is not None and not isinstance(event, kinds.WaitedSeen):
            before = self._at
            self.look()
            if self._at == before:
                raise self.mismatch("the test waits for something else", event)
        if event is None:
            raise self.mismatch("the test waits", None)
        self._at += 1
        if held or condition():
            return Waited(True)
        return Waited(False, seconds=event.seconds, restless=event.restless, cut_short=event.cut_short)

    def clear(self) -> None:
        """Nothing to end, but it has to be the end. Raises :class:`TraceMismatch` if the recording goes on."""
        if not self.over():
            raise self.mismatch("the test is over", self._events[self._at])

    def close(self) -> None:
        """Nothing to close."""


def _words(kind: type[Done], fields: Mapping[str, object]) -> str:
    """What the kit does, or did, with some or all of its fields."""
    args = fields.get("args")
    if isinstance(args, tuple):
        call = f"{fields['module']}:{fields['function']}({', '.join(map(show, args))})"
        return f"`{call}` in process {fields['process']}"
    rest = {name: value for name, value in as_json(kind, fields).items() if name != "data" and value is not None}
    return f"`{tag_of(kind)}`" + (f" {rest}" if rest else "")
