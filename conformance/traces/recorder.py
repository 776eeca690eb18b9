"""A node that passes everything on to another, and notes in a :class:`Log` what kit and node say to each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gen_tck.adapters.interface import (
    Call,
    Capabilities,
    Census,
    Network,
    Node,
    Outcome,
    Peer,
    PeerEvent,
    PeerListener,
    Process,
    Status,
    Waited,
)
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.event_facts import answer
from gen_tck.conformance.traces.log import Log
from gen_tck.spec.routes import Loss
from gen_tck.spec.terms import Pid, Term


class RecordedCall:
    """A call whose outcome is written down when the kit first sees it."""

    def __init__(self, call: Call, number: int, log: Log) -> None:
        self._call, self._number, self._log = call, number, log
        self._seen: Outcome | None = None

    @property
    def outcome(self) -> Outcome | None:
        if self._seen is None:
            self._seen = self._call.outcome
            if self._seen is not None:
                self._log.record(answer(self._log.now(), self._number, self._seen))
        return self._seen


class RecordedProcess:
    """A process whose calls, messages and status are written down; what did not change is not repeated."""

    def __init__(self, process: Process, number: int, log: Log) -> None:
        self._process, self._number = process, number
        self._record, self._now, self._log = log.record, log.now, log
        self._mailbox: tuple[Term, ...] = ()
        self._status: Status = "idle"

    @property
    def pid(self) -> Pid:
        return self._process.pid

    def call(self, module: str, function: str, args: Sequence[Term]) -> RecordedCall:
        number = self._log.number("call")
        call = self._process.call(module, function, args)
        now, process = self._now(), self._number
        self._record(
            kinds.Call(at=now, call=number, process=process, module=module, function=function, args=tuple(args))
        )
        return RecordedCall(call, number, self._log)

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

    def __init__(self, peer: Peer, number: int, log: Log) -> None:
        self._peer, self._number = peer, number
        self._record, self._now, self._pack = log.record, log.now, log.pack
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

    def vanish(self) -> bool:
        can = self._peer.vanish()
        if can:
            self._record(kinds.Vanish(at=self._now(), peer=self._number))
        return can

    def lose_way(self, how: Loss) -> bool:
        can = self._peer.lose_way(how)
        if can:
            self._record(kinds.Vanish(at=self._now(), peer=self._number, lost=how))
        return can


class RecordedListener:
    """A listener whose connections are written down."""

    def __init__(self, listener: PeerListener, number: int, log: Log) -> None:
        self._listener, self._number, self._log = listener, number, log

    @property
    def port(self) -> int:
        return self._listener.port

    def accept(self) -> Peer | None:
        peer = self._listener.accept()
        if peer is None:
            return None
        number = self._log.number("peer")
        self._log.record(kinds.Accept(at=self._log.now(), listener=self._number, peer=number))
        return RecordedPeer(peer, number, self._log)

    def close(self) -> None:
        self._listener.close()


class RecordedNetwork:
    """A network whose listeners and peers are written down."""

    def __init__(self, network: Network, log: Log) -> None:
        self._network, self._log = network, log

    def listen(self, *, receive_buffer: int | None = None) -> PeerListener:
        listener = self._network.listen(receive_buffer=receive_buffer)
        number, now = self._log.number("listener"), self._log.now()
        self._log.record(kinds.Listen(at=now, listener=number, port=listener.port, receive_buffer=receive_buffer))
        return RecordedListener(listener, number, self._log)

    def connect(self, port: int, *, receive_buffer: int | None = None) -> Peer:
        try:
            peer = self._network.connect(port, receive_buffer=receive_buffer)
        except ConnectionError as reason:
            self._log.record(kinds.DialRefused(at=self._log.now(), port=port, refused=str(reason)))
            raise
        number, now = self._log.number("peer"), self._log.now()
        self._log.record(kinds.Dial(at=now, port=port, peer=number, receive_buffer=receive_buffer))
        return RecordedPeer(peer, number, self._log)


class Recorder(Log):
    """A node for one case, and the log of it; it does not own the node it passes everything on to."""

    def __init__(self, node: Node, limits: Limits = DEFAULTS) -> None:
        super().__init__(limits)
        self._node = node
        self._census: Census = {}

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

    def census(self) -> Census:
        seen = self._node.census()
        if seen != self._census:
            self._census = seen
            self.record(kinds.CensusSeen(at=self.now(), census=dict(seen)))
        return seen

    def clear(self) -> None:
        self._node.clear()

    def close(self) -> None:
        """The node recorded is closed by whoever opened it."""
