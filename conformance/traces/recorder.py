"""A node that passes everything on to another and writes down what was said: see ``file.py``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from gen_tck.adapters.interface import (
    AdapterError,
    Call,
    CallFailed,
    Capabilities,
    Ended,
    Network,
    Node,
    NodeError,
    Outcome,
    OverLimit,
    Peer,
    PeerEvent,
    PeerListener,
    Process,
    Raised,
    Returned,
    Status,
    Waited,
)
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.adapters.wire import to_json
from gen_tck.conformance.traces.file import Event, pack
from gen_tck.spec.terms import Pid, Term

Record = Callable[..., None]
_encode = msgspec.json.Encoder().encode


class RecordedCall:
    """A call whose outcome is written down when the kit first sees it."""

    def __init__(self, call: Call, number: int, record: Record) -> None:
        self._call, self._number, self._record = call, number, record
        self._seen: Outcome | None = None

    @property
    def outcome(self) -> Outcome | None:
        if self._seen is None:
            self._seen = self._call.outcome
            if self._seen is not None:
                self._record(call=self._number, **outcome_to_json(self._seen))
        return self._seen


def outcome_to_json(outcome: Outcome) -> Event:
    """An outcome as a trace and the wire have it."""
    if isinstance(outcome, Returned):
        return {"returned": to_json(outcome.value)}
    if isinstance(outcome, Raised):
        return {"raised": [outcome.kind, to_json(outcome.reason)]}
    assert isinstance(outcome, Ended)
    return {"ended": to_json(outcome.reason)}


class RecordedProcess:
    """A process whose calls, messages and status are written down; what did not change is not repeated."""

    def __init__(self, process: Process, number: int, recorder: Recorder) -> None:
        self._process, self._number, self._recorder = process, number, recorder
        self._mailbox: tuple[Term, ...] = ()
        self._status: Status = "idle"

    @property
    def pid(self) -> Pid:
        return self._process.pid

    def call(self, module: str, function: str, args: Sequence[Term]) -> RecordedCall:
        record, number = self._recorder.record, self._recorder.number("call")
        call = self._process.call(module, function, args)
        record(
            do="call",
            call=number,
            process=self._number,
            module=module,
            function=function,
            args=[to_json(each) for each in args],
        )
        return RecordedCall(call, number, record)

    def mailbox(self) -> tuple[Term, ...]:
        seen = self._process.mailbox()
        known = len(self._mailbox)
        if seen[:known] != self._mailbox:
            self._recorder.record(process=self._number, mailbox=[to_json(each) for each in seen])
        elif len(seen) > known:
            self._recorder.record(process=self._number, more=[to_json(each) for each in seen[known:]])
        self._mailbox = seen
        return seen

    def take(self, count: int) -> None:
        self._recorder.record(do="take", process=self._number, count=count)
        self._process.take(count)
        self._mailbox = self._mailbox[count:]

    def exit(self, reason: Term) -> None:
        self._recorder.record(do="exit", process=self._number, reason=to_json(reason))
        self._process.exit(reason)

    def status(self) -> Status:
        seen = self._process.status()
        if seen != self._status:
            self._status = seen
            self._recorder.record(process=self._number, status=seen)
        return seen


class RecordedPeer:
    """A peer of which every byte is written down."""

    def __init__(self, peer: Peer, number: int, recorder: Recorder) -> None:
        self._peer, self._number, self._record, self._pack = peer, number, recorder.record, recorder.pack
        self._end: PeerEvent = None

    def offer(self, data: bytes) -> int:
        try:
            taken = self._peer.offer(data)
        except ConnectionError as reason:
            self._record(do="offer", peer=self._number, failed=str(reason))
            raise
        if taken:
            self._record(do="offer", peer=self._number, data=self._pack(data[:taken]))
        return taken

    def poll(self, most: int = 65536) -> PeerEvent:
        event = self._peer.poll(most)
        if isinstance(event, bytes):
            self._record(peer=self._number, data=self._pack(event))
        elif event is not None and self._end is None:
            self._end = event
            self._record(peer=self._number, end=event)
        return event

    def delivered(self) -> bool:
        there = self._peer.delivered()
        if there:
            self._record(peer=self._number, delivered=True)
        return there

    def finish(self) -> None:
        self._record(do="finish", peer=self._number)
        self._peer.finish()

    def close(self) -> None:
        self._record(do="close", peer=self._number)
        self._peer.close()

    def reset(self) -> None:
        self._record(do="reset", peer=self._number)
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
        self._recorder.record(do="accept", listener=self._number, peer=number)
        return RecordedPeer(peer, number, self._recorder)

    def close(self) -> None:
        self._listener.close()


class RecordedNetwork:
    """A network whose listeners and peers are written down."""

    def __init__(self, network: Network, recorder: Recorder) -> None:
        self._network, self._recorder = network, recorder

    def listen(self, *, receive_buffer: int | None = None) -> PeerListener:
        listener = self._network.listen(receive_buffer=receive_buffer)
        number = self._recorder.number("listener")
        self._recorder.record(do="listen", listener=number, port=listener.port, receive_buffer=receive_buffer)
        return RecordedListener(listener, number, self._recorder)

    def connect(self, port: int, *, receive_buffer: int | None = None) -> Peer:
        try:
            peer = self._network.connect(port, receive_buffer=receive_buffer)
        except ConnectionError as reason:
            self._recorder.record(do="dial", port=port, refused=str(reason))
            raise
        number = self._recorder.number("peer")
        self._recorder.record(do="dial", port=port, peer=number, receive_buffer=receive_buffer)
        return RecordedPeer(peer, number, self._recorder)


class Recorder:
    """A node for one case; :attr:`events` is its trace so far. It does not own the node it passes everything on to."""

    def __init__(self, node: Node, limits: Limits = DEFAULTS) -> None:
        self._node = node
        self._limits = limits
        self._began = time.monotonic()
        self._numbers: dict[str, int] = {}
        self.events: list[Event] = []
        self._size = 0  # of the events, as they will be written
        self._repeated = 0  # bytes in runs, which hardly add to that
        self._over = False

    def number(self, kind: str) -> int:
        """The next number of its kind."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def record(self, **event: Any) -> None:
        """Write down ``event``, unless the case is over. Raises ``OverLimit`` when the trace is too big with it."""
        if self._over:
            return
        whole = {"at": round(time.monotonic() - self._began, 6), **event}
        self._size += len(_encode(whole)) + 1
        if self._size > self._limits.trace:
            raise OverLimit(f"the trace of this case has over {self._limits.trace} bytes", "trace")
        self.events.append(whole)

    def pack(self, data: bytes) -> Any:
        """``data`` as an event has it. Raises ``OverLimit`` for more runs of one byte than can be read again."""
        packed = pack(data)
        if "$r" in packed:
            self._repeated += len(data)
            if self._repeated > self._limits.repeats:
                raise OverLimit(f"the runs in the trace of this case have over {self._limits.repeats} bytes", "repeats")
        return packed

    def failed(self, reason: NodeError) -> None:
        """Write down how the node failed: the last line of what happened, whatever the size of the trace."""
        kind = "adapter" if isinstance(reason, AdapterError) else "call" if isinstance(reason, CallFailed) else "died"
        self._size = 0
        self.record(node_failed=str(reason), kind=kind)

    def stop(self) -> None:
        """The case is over: what is done to clean up is not written down."""
        self._over = True

    def expected(self, wanted: str, seen: str, where: str, ok: bool) -> None:
        """Write down what a test compared, in words."""
        self.record(expect=wanted, seen=seen, where=where, ok=ok)

    @property
    def capabilities(self) -> Capabilities:
        return self._node.capabilities

    @property
    def network(self) -> Network:
        return RecordedNetwork(self._node.network, self)

    def spawn(self, name: str = "") -> Process:
        process = self._node.spawn()
        number = self.number("process")
        self.record(do="spawn", process=number, pid=to_json(process.pid), name=name)
        return RecordedProcess(process, number, self)

    @property
    def stops(self) -> int:
        return self._node.stops

    def settle(self) -> bool:
        self.record(do="settle")
        rest = self._node.settle()
        if not rest:
            self.record(rest=False)
        return rest

    def advance(self, milliseconds: int) -> None:
        self.record(do="advance", milliseconds=milliseconds)
        self._node.advance(milliseconds)

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        self.record(do="wait")
        waited = self._node.wait(condition, owed, progress)
        missed = {"seconds": round(waited.seconds, 3), "restless": waited.restless, "cut_short": waited.cut_short}
        self.record(waited=waited.met, **({} if waited.met else {key: each for key, each in missed.items() if each}))
        return waited

    def clear(self) -> None:
        self._node.clear()

    def close(self) -> None:
        """The node recorded is closed by whoever opened it."""


def node_facts(capabilities: Capabilities) -> dict[str, Any]:
    """What a trace's header says of the node."""
    facts = asdict(capabilities)
    facts["profiles"] = sorted(capabilities.profiles)
    facts["calls"] = sorted(capabilities.calls) if capabilities.calls is not None else None
    return facts
