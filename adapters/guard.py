"""A node that runs in the kit's own process, held apart from it: its exceptions are its death, not the kit's.

A node behind the wire ends with its program, and what it says is checked as it is read. One that is a Python object
could raise anything from anywhere, or answer what is no term. :class:`GuardedNode` passes everything on to such a node
and turns any exception of its code into ``NodeDied``, and an answer that the interface does not know into
``AdapterError``. What the kit's own ``condition`` raises while the node waits for it goes through untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

from gen_tck.adapters import answers
from gen_tck.adapters.interface import (
    Call,
    CallFailed,
    Capabilities,
    Census,
    Network,
    Node,
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
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.adapters.loopback import LoopbackNetwork
from gen_tck.spec.printable import shown
from gen_tck.spec.routes import Loss
from gen_tck.spec.terms import Pid, Term

_P = ParamSpec("_P")
_T = TypeVar("_T")


class _OfTheKit(BaseException):
    """Carries what the kit's ``condition`` raised through the code of the node, whatever that code catches."""

    def __init__(self, reason: Exception) -> None:
        self.reason = reason


def _passing(
    *documented: type[Exception],
) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Mark an operation of a node: any exception that leaves it, other than ``documented``, is the node's death."""

    def mark(operation: Callable[_P, _T]) -> Callable[_P, _T]:
        @wraps(operation)
        def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            try:
                return operation(*args, **kwargs)
            except documented:
                raise
            except (Exception, SystemExit) as reason:
                message = " ".join(str(reason).split())
                raise NodeDied(
                    f"the node raised {type(reason).__name__}{message and ': ' + shown(message)}"
                ) from reason

        return guarded

    return mark


_guarded = _passing(NodeError)
_guarded_on_the_network = _passing(NodeError, ConnectionError)


class GuardedCall:
    """A call of a guarded node."""

    def __init__(self, call: Call, limits: Limits) -> None:
        self._call, self._limits = call, limits
        self._outcome: Outcome | None = None

    @property
    @_guarded
    def outcome(self) -> Outcome | None:
        if self._outcome is None:
            self._outcome = answers.an_outcome(self._call.outcome, self._limits)
        return self._outcome


class GuardedProcess:
    """A process of a guarded node."""

    def __init__(self, process: Process, limits: Limits) -> None:
        self._process, self._limits = process, limits
        self._mailbox: tuple[Term, ...] = ()
        self.pid: Pid = answers.a_pid(process.pid)

    @_guarded
    def call(self, module: str, function: str, args: Sequence[Term]) -> GuardedCall:
        return GuardedCall(self._process.call(module, function, args), self._limits)

    @_guarded
    def mailbox(self) -> tuple[Term, ...]:
        seen = self._process.mailbox()
        if seen != self._mailbox:
            self._mailbox = answers.a_mailbox(seen, self._limits)
        return seen

    @_guarded
    def take(self, count: int) -> None:
        self._process.take(count)

    @_guarded
    def exit(self, reason: Term) -> None:
        self._process.exit(reason)

    @_guarded
    def status(self) -> Status:
        return answers.a_status(self._process.status())


class GuardedPeer:
    """A peer on the network of a guarded node."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    @_guarded_on_the_network
    def offer(self, data: bytes) -> int:
        return self._peer.offer(data)

    @_guarded
    def poll(self, most: int = 65536) -> PeerEvent:
        return self._peer.poll(most)

    @_guarded
    def delivered(self) -> bool:
        return self._peer.delivered()

    @_guarded
    def finish(self) -> None:
        self._peer.finish()

    @_guarded
    def close(self) -> None:
        self._peer.close()

    @_guarded
    def reset(self) -> None:
        self._peer.reset()

    @_guarded
    def vanish(self) -> bool:
        vanish = getattr(self._peer, "vanish", None)  # networks that were written before there was this have none
        return vanish is not None and bool(vanish())

    @_guarded
    def lose_way(self, how: Loss) -> bool:
        lose_way = getattr(self._peer, "lose_way", None)
        return lose_way is not None and bool(lose_way(how))


class GuardedListener:
    """A listener on the network of a guarded node."""

    def __init__(self, listener: PeerListener) -> None:
        self._listener = listener

    @property
    @_guarded
    def port(self) -> int:
        return self._listener.port

    @_guarded
    def accept(self) -> GuardedPeer | None:
        peer = self._listener.accept()
        return GuardedPeer(peer) if peer is not None else None

    @_guarded
    def close(self) -> None:
        self._listener.close()


class GuardedNetwork:
    """The network of a guarded node, if that is not the kit's own."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @_guarded
    def listen(self, *, receive_buffer: int | None = None) -> GuardedListener:
        return GuardedListener(self._network.listen(receive_buffer=receive_buffer))

    @_guarded_on_the_network
    def connect(self, port: int, *, receive_buffer: int | None = None) -> GuardedPeer:
        return GuardedPeer(self._network.connect(port, receive_buffer=receive_buffer))


class GuardedNode:
    """A node in process, held apart from the kit."""

    def __init__(self, node: Node, limits: Limits = DEFAULTS) -> None:
        self._node, self._limits = node, limits

    @property
    @_guarded
    def capabilities(self) -> Capabilities:
        return self._node.capabilities

    @property
    @_guarded
    def network(self) -> Network:
        network = self._node.network
        # What the kit's own sockets raise is no fault of the node's.
        return network if isinstance(network, LoopbackNetwork) else GuardedNetwork(network)

    @_guarded
    def spawn(self) -> GuardedProcess:
        return GuardedProcess(self._node.spawn(), self._limits)

    @property
    @_guarded
    def stops(self) -> int:
        return self._node.stops

    @_guarded
    def settle(self) -> bool:
        return self._node.settle()

    @_guarded
    def advance(self, milliseconds: int) -> None:
        self._node.advance(milliseconds)

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        try:
            return self._wait(_ours(condition), owed, _ours(progress) if progress is not None else None)
        except _OfTheKit as kit:
            raise kit.reason from None

    @_guarded
    def _wait(self, condition: Callable[[], bool], owed: float, progress: Callable[[], object] | None) -> Waited:
        return answers.a_wait(self._node.wait(condition, owed, progress))

    @_guarded
    def census(self) -> Census:
        if not hasattr(self._node, "census"):  # of another package, which is older than the question
            raise CallFailed("the node does not count what there is")
        return answers.a_census(self._node.census())

    @_guarded
    def clear(self) -> None:
        self._node.clear()

    @_guarded
    def close(self) -> None:
        self._node.close()


def _ours(function: Callable[[], _T]) -> Callable[[], _T]:
    """``function`` of the kit, of which what it raises goes through the node's code."""

    def carried() -> _T:
        try:
            return function()
        except Exception as reason:
            raise _OfTheKit(reason) from None

    return carried
