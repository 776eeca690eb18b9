"""A node that passes everything on to another and writes down what was said: see ``file.py``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Literal

from gen_tck.adapters.interface import (
    AdapterError,
    Call,
    CallFailed,
    Capabilities,
    Network,
    Node,
    NodeError,
    Outcome,
    OverLimit,
    Peer,
    PeerEvent,
    PeerListener,
    Process,
    Status,
    Waited,
)
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.conformance.results.outcomes import Place
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.data import Data, Run, pack
from gen_tck.conformance.traces.events import AnyEvent
from gen_tck.conformance.traces.file import written
from gen_tck.spec.terms import Pid, Term


class RecordedCall:
    """A call whose outcome is written down when the kit first sees it."""

    def __init__(self, call: Call, number: int, recorder: Recorder) -> None:
        self._call, self._number, self._recorder = call, number, recorder
        self._seen: Outcome | None = None

    @property
    def outcome(self) -> Outcome | None:
        if self._seen is None:
            self._seen = self._call.outcome
            if self._seen is not None:
                self._recorder.record(kinds.answer(self._recorder.now(), self._number, self._seen))
        return self._seen


class RecordedProcess:
    """A process whose calls, messages and status are written down; what did not change is not repeated."""

    def __init__(self, process: Process, number: int, recorder: Recorder) -> None:
        self._process, self._number = process, number
        self._record, self._now, self._recorder = recorder.record, recorder.now, recorder
        self._mailbox: tuple[Term, ...] = ()
        self._status: Status = "idle"

    @property
    def pid(self) -> Pid:
        return self._process.pid

    def call(self, module: str, function: str, args: Sequence[Term]) -> RecordedCall:
        number = self._recorder.number("call")
        call = self._process.call(module, function, args)
        now, process = self._now(), self._number
        self._record(
            kinds.Call(at=now, call=number, process=process, module=module, function=function, args=tuple(args))
        )
        return RecordedCall(call, number, self._recorder)

    def mailbox(self) -> tuple[Term, ...]:
        seen = self._process.mailbox()
        known = len(self._mailbox)
        if seen[:known] != self._mailbox:
            self._record(kinds.MailboxSeen(at=self._now(), process=self._number, mailbox=seen))
        elif len(seen) > known:
            self._record(kinds.MoreSeen(at=self._now(), process=self._number, more=seen[known:]))
        self._mailbox = seen
        return seen

    def take(self, count: int) -> None:
        self._record(kinds.Take(at=self._now(), process=self._number, count=count))
        self._process.take(count)
        self._mailbox = self._mailbox[count:]

    def exit(self, reason: Term) -> None:
        self._record(kinds.Exit(at=self._now(), process=self._number, reason=reason))
        self._process.exit(reason)

    def status(self) -> Status:
        seen = self._process.status()
        if seen != self._status:
            self._status = seen
            self._record(kinds.StatusSeen(at=self._now(), process=self._number, status=seen))
        return seen


class RecordedPeer:
    """A peer of which every byte is written down."""

    def __init__(self, peer: Peer, number: int, recorder: Recorder) -> None:
        self._peer, self._number = peer, number
        self._record, self._now, self._pack = recorder.record, recorder.now, recorder.pack
        self._end: PeerEvent = None

    def offer(self, data: bytes) -> int:
        try:
            taken = self._peer.offer(data)
        except ConnectionError as reason:
            self._record(kinds.OfferFailed(at=self._now(), peer=self._number, failed=str(reason)))
            raise
        if taken:
            self._record(kinds.Offer(at=self._now(), peer=self._number, data=self._pack(data[:taken])))
        return taken

    def poll(self, most: int = 65536) -> PeerEvent:
        event = self._peer.poll(most)
        if isinstance(event, bytes):
            self._record(kinds.DataSeen(at=self._now(), peer=self._number, data=self._pack(event)))
        elif event is not None and self._end is None:
            self._end = event
            self._record(kinds.EndSeen(at=self._now(), peer=self._number, end=event))
        return event

    def delivered(self) -> bool:
        there = self._peer.delivered()
        if there:
            self._record(kinds.DeliveredSeen(at=self._now(), peer=self._number, delivered=True))
        return there

    def finish(self) -> None:
        self._record(kinds.Finish(at=self._now(), peer=self._number))
        self._peer.finish()

    def close(self) -> None:
        self._record(kinds.Close(at=self._now(), peer=self._number))
        self._peer.close()

    def reset(self) -> None:
        self._record(kinds.Reset(at=self._now(), peer=self._number))
        self._peer.reset()


class RecordedListener:
    """A listener whose connections are written down."""

    def __init__(self, listener: PeerListener, number: int, recorder: Recorder) -> None:
        self._listener, self._number, self._recorder = listener, number, recorder

    @property
    def port(self) -> int:
        return self._listener.port

    def accept(self) -> Peer | None:
        peer = self._listener.accept()
        if peer is None:
            return None
        number = self._recorder.number("peer")
        self._recorder.record(kinds.Accept(at=self._recorder.now(), listener=self._number, peer=number))
        return RecordedPeer(peer, number, self._recorder)

    def close(self) -> None:
        self._listener.close()


class RecordedNetwork:
    """A network whose listeners and peers are written down."""

    def __init__(self, network: Network, recorder: Recorder) -> None:
        self._network, self._recorder = network, recorder

    def listen(self, *, receive_buffer: int | None = None) -> PeerListener:
        listener = self._network.listen(receive_buffer=receive_buffer)
        number, now = self._recorder.number("listener"), self._recorder.now()
        self._recorder.record(kinds.Listen(at=now, listener=number, port=listener.port, receive_buffer=receive_buffer))
        return RecordedListener(listener, number, self._recorder)

    def connect(self, port: int, *, receive_buffer: int | None = None) -> Peer:
        try:
            peer = self._network.connect(port, receive_buffer=receive_buffer)
        except ConnectionError as reason:
            self._recorder.record(kinds.DialRefused(at=self._recorder.now(), port=port, refused=str(reason)))
            raise
        number, now = self._recorder.number("peer"), self._recorder.now()
        self._recorder.record(kinds.Dial(at=now, port=port, peer=number, receive_buffer=receive_buffer))
        return RecordedPeer(peer, number, self._recorder)


class Recorder:
    """A node for one case; it does not own the node it passes everything on to."""

    def __init__(self, node: Node, limits: Limits = DEFAULTS) -> None:
        self._node = node
        self._limits = limits
        self._began = time.monotonic()
        self._numbers: dict[str, int] = {}
        self.events: list[AnyEvent] = []
        """The trace so far."""
        self.lines: list[bytes] = []
        """The same, as it will be written."""
        self._size = 0  # of the lines
        self._repeated = 0  # bytes in runs, which hardly add to that
        self._over = False

    def number(self, kind: str) -> int:
        """The next number of its kind."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def now(self) -> float:
        """Seconds since the case began, as an event has them."""
        return round(time.monotonic() - self._began, 6)

    def record(self, event: AnyEvent) -> None:
        """Write down ``event``, unless the case is over. Raises ``OverLimit`` when the trace is too big with it."""
        if self._over:
            return
        line = written(event)
        self._size += len(line) + 1
        if self._size > self._limits.trace:
            raise OverLimit(f"the trace of this case has over {self._limits.trace} bytes", "trace")
        self.events.append(event)
        self.lines.append(line)

    def pack(self, data: bytes) -> Data:
        """``data`` as an event has it. Raises ``OverLimit`` for more runs of one byte than can be read again."""
        packed = pack(data)
        if isinstance(packed, Run):
            self._repeated += len(data)
            if self._repeated > self._limits.repeats:
                raise OverLimit(f"the runs in the trace of this case have over {self._limits.repeats} bytes", "repeats")
        return packed

    def failed(self, reason: NodeError) -> None:
        """Write down how the node failed: the last line of what happened, whatever the size of the trace."""
        self._size = 0
        self.record(kinds.NodeFailed(at=self.now(), node_failed=str(reason), kind=_how(reason)))

    def stop(self) -> None:
        """The case is over: what is done to clean up is not written down."""
        self._over = True

    def step(self, step: str) -> None:
        """Write down that a step of a generated script begins."""
        self.record(kinds.Step(at=self.now(), step=step))

    def agreed(self, wanted: str, seen: str, where: str) -> None:
        """Write down what a test compared, in words."""
        self.record(kinds.Compared(at=self.now(), expect=wanted, seen=seen, where=where, ok=True))

    def differed(self, wanted: str, seen: str, place: Place) -> None:
        """Write down what a test compared in vain, in words, and where it looked."""
        looked = kinds.Looked(mailbox=place.mailbox, open=place.open)
        self.record(kinds.Compared(at=self.now(), expect=wanted, seen=seen, where=place.words, ok=False, looked=looked))

    @property
    def capabilities(self) -> Capabilities:
        return self._node.capabilities

    @property
    def network(self) -> Network:
        return RecordedNetwork(self._node.network, self)

    def spawn(self, name: str = "") -> Process:
        process = self._node.spawn()
        number = self.number("process")
        self.record(kinds.Spawn(at=self.now(), process=number, pid=process.pid, name=name))
        return RecordedProcess(process, number, self)

    @property
    def stops(self) -> int:
        return self._node.stops

    def settle(self) -> bool:
        self.record(kinds.Settle(at=self.now()))
        rest = self._node.settle()
        if not rest:
            self.record(kinds.RestSeen(at=self.now(), rest=False))
        return rest

    def advance(self, milliseconds: int) -> None:
        self.record(kinds.Advance(at=self.now(), milliseconds=milliseconds))
        self._node.advance(milliseconds)

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        self.record(kinds.Wait(at=self.now()))
        waited = self._node.wait(condition, owed, progress)
        ended = kinds.WaitedSeen(at=self.now(), waited=waited.met)
        if not waited.met:
            ended.seconds, ended.restless = round(waited.seconds, 3), waited.restless
            ended.cut_short = waited.cut_short
        self.record(ended)
        return waited

    def clear(self) -> None:
        self._node.clear()

    def close(self) -> None:
        """The node recorded is closed by whoever opened it."""


def _how(reason: NodeError) -> Literal["died", "adapter", "call"]:
    """How a node failed, by the word for it in a trace."""
    if isinstance(reason, AdapterError):
        return "adapter"
    return "call" if isinstance(reason, CallFailed) else "died"


def node_facts(capabilities: Capabilities) -> dict[str, Any]:
    """What a trace's header says of the node."""
    facts = asdict(capabilities)
    facts["profiles"] = sorted(capabilities.profiles)
    facts["calls"] = sorted(capabilities.calls) if capabilities.calls is not None else None
    return facts
