"""A node that plays back a trace: it answers what the recorded node answered, as long as it is asked the same.

With it a test can be judged again without the subject, and with a newer kit. What is asked is held against the
:class:`~gen_tck.conformance.traces.tape.Tape`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gen_tck.adapters.interface import (
    Capabilities,
    Census,
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
from gen_tck.conformance.traces.file import Trace
from gen_tck.conformance.traces.tape import Tape
from gen_tck.spec.routes import Loss
from gen_tck.spec.terms import Pid, Term


class PlayedCall:
    """A recorded call."""

    def __init__(self, tape: Tape, number: int) -> None:
        self._tape, self._number = tape, number

    @property
    def outcome(self) -> Outcome | None:
        self._tape.look()
        return self._tape.outcomes.get(self._number)


class PlayedProcess:
    """A recorded process."""

    def __init__(self, tape: Tape, number: int, pid: Pid) -> None:
        self._tape, self._number, self.pid = tape, number, pid

    def call(self, module: str, function: str, args: Sequence[Term]) -> PlayedCall:
        asked = {"process": self._number, "module": module, "function": function, "args": tuple(args)}
        return PlayedCall(self._tape, self._tape.do(kinds.Call, **asked).call)

    def mailbox(self) -> tuple[Term, ...]:
        self._tape.look()
        return self._tape.mailboxes.get(self._number, ())

    def take(self, count: int) -> None:
        self._tape.do(kinds.Take, process=self._number, count=count)
        self._tape.mailboxes[self._number] = self._tape.mailboxes.get(self._number, ())[count:]

    def exit(self, reason: Term) -> None:
        self._tape.do(kinds.Exit, process=self._number, reason=reason)

    def status(self) -> Status:
        seen = self._tape.fact(self._number, kinds.StatusSeen)
        return "idle" if seen is None else seen.status


class PlayedPeer:
    """A recorded peer."""

    def __init__(self, tape: Tape, number: int) -> None:
        self._tape, self._number = tape, number

    def offer(self, data: bytes) -> int:
        event = self._tape.next_do()
        if not isinstance(event, kinds.Offer | kinds.OfferFailed) or event.peer != self._number:
            return 0  # it was not taken at that moment
        self._tape.do(type(event), peer=self._number)
        if isinstance(event, kinds.OfferFailed):
            raise ConnectionError(event.failed)
        taken = unpack(event.data)
        if not data.startswith(taken):
            raise self._tape.mismatch(f"peer {self._number} offers other data", event)
        return len(taken)

    def poll(self, most: int = 65536) -> PeerEvent:
        self._tape.look()
        queue = self._tape.inboxes.setdefault(self._number, [])
        if not queue:
            return None
        event = queue[0]
        if isinstance(event, bytes):
            queue.pop(0)  # an end is repeated for ever
        return event

    def delivered(self) -> bool:
        self._tape.look()
        return self._number in self._tape.delivered

    def finish(self) -> None:
        self._tape.do(kinds.Finish, peer=self._number)

    def close(self) -> None:
        self._tape.do(kinds.Close, peer=self._number)

    def reset(self) -> None:
        if not self._tape.over():
            self._tape.do(kinds.Reset, peer=self._number)

    def vanish(self) -> bool:
        if not isinstance(self._tape.next_do(), kinds.Vanish):
            return False
        self._tape.do(kinds.Vanish, peer=self._number, lost=None)
        return True

    def lose_way(self, how: Loss) -> bool:
        if not isinstance(self._tape.next_do(), kinds.Vanish):
            return False
        self._tape.do(kinds.Vanish, peer=self._number, lost=how)
        return True


class PlayedListener:
    """A recorded listener."""

    def __init__(self, tape: Tape, number: int, port: int) -> None:
        self._tape, self._number, self.port = tape, number, port

    def accept(self) -> Peer | None:
        event = self._tape.next_do()
        if not isinstance(event, kinds.Accept) or event.listener != self._number:
            return None
        return PlayedPeer(self._tape, self._tape.do(kinds.Accept, listener=self._number).peer)

    def close(self) -> None:
        """Nothing to close."""


class Playback(Tape):
    """A node made of a trace. It is also its network."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        node = trace.header.node
        self.capabilities = Capabilities(
            name=node.name,
            version=node.version,
            profiles=frozenset(node.profiles),
            clock=node.clock,
            homepage=node.homepage,
            calls=frozenset(node.calls) if node.calls is not None else None,
            details=node.details,
        )

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

    def census(self) -> Census:
        self.look()
        return self.counted

    def clear(self) -> None:
        """Nothing to end, but it has to be the end. Raises :class:`TraceMismatch` if the recording goes on."""
        if not self.over():
            raise self.mismatch("the test is over", self._events[self._at])

    def close(self) -> None:
        """Nothing to close."""
