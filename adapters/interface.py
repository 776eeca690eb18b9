"""The one interface through which the kit meets an implementation.

A **node** is a running implementation. It spawns **processes**; a process makes **calls** in its own context and has a
mailbox that can be read without disturbing it. The far end of every connection is a **peer**, the kit's raw socket,
made by the node's **network**.

Nothing here waits, except :meth:`Node.wait`: every other operation starts something or looks at something. Whoever
wants to wait says for what, and for how long *on the node's clock*, so that a simulated node can answer at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from gen_tck.spec.counted import Counted
from gen_tck.spec.profiles import expand
from gen_tck.spec.routes import Loss
from gen_tck.spec.terms import Pid, Term, show


class NodeError(Exception):
    """The node itself failed: it could not be started, died, stopped answering, or broke the protocol.

    The message is one line for people and says what to do.
    """


class NodeUnavailable(NodeError):
    """The node cannot be had here at all (no ``erl``, too old a release, no such command): exit status 2."""


class NodeDied(NodeError):
    """A node that was running ended; the message carries the end of its output."""


class AdapterError(NodeError):
    """The adapter broke the protocol, or left a request unanswered: no verdict on the implementation follows."""


class OverLimit(AdapterError):
    """Something of the node's passed a limit (:mod:`gen_tck.adapters.limits`)."""

    def __init__(self, what: str, limit: str) -> None:
        super().__init__(f"{what} (--limit {limit}=N allows more)")
        self.limit = limit
        """Its name."""


class CallFailed(NodeError):
    """The adapter could not make a call, and says why: the situation that a case is about is not there."""


class OutOfScope(CallFailed):
    """A call was not made, as the specification says nothing of it; the message says of what."""


@dataclass(frozen=True)
class Returned:
    """A call that returned ``value``."""

    value: Term

    def __str__(self) -> str:
        return show(self.value)


@dataclass(frozen=True)
class Raised:
    """A call that raised: ``kind`` is ``error``, ``exit`` or ``throw``; the calling process lives on."""

    kind: str
    reason: Term

    def __str__(self) -> str:
        return f"exception {self.kind}:{show(self.reason)}"


@dataclass(frozen=True)
class Ended:
    """A call that never came back because its process ended with ``reason``."""

    reason: Term

    def __str__(self) -> str:
        return f"the process ended: {show(self.reason)}"


Outcome: TypeAlias = Returned | Raised | Ended
Status: TypeAlias = Literal["idle", "waiting", "suspended", "ended"]
"""``idle``: no call under way. ``waiting``: in a call. ``suspended``: in a call, suspended by a busy port."""


Settling: TypeAlias = Literal["exact", "echo"]
"""How a node settles: it knows when it is at rest, or only answers, and the kit has to wait and see."""


Looking: TypeAlias = Literal["look", "drain"]
"""How a mailbox is seen: it can be looked at, or messages have to be taken out of it, and the kit keeps them."""


Census: TypeAlias = Mapping[Counted, int]
"""How many there are of each kind of what calls make; a kind that the node cannot count is not in it."""


@dataclass(frozen=True)
class Waited:
    """How a wait ended."""

    met: bool
    """Whether the condition came to hold. If not, it was missed: for long enough that nothing can be late, unless..."""
    seconds: float = 0.0
    """For a miss: how long it was waited for, in seconds in which node and kit both ran."""
    restless: bool = False
    """...the node never came to rest, which is a finding of its own, or..."""
    cut_short: bool = False
    """...it could not be waited for to the end, because the machine or the node stood still most of the time."""


class Call(Protocol):
    """A call under way or done."""

    @property
    def outcome(self) -> Outcome | None:
        """What came of it, or ``None`` while it has not come back (as far as the kit has been told)."""


class Process(Protocol):
    """A process of the node. Its calls run one at a time, in its own context."""

    @property
    def pid(self) -> Pid: ...

    def call(self, module: str, function: str, args: Sequence[Term]) -> Call:
        """Start ``module:function(args...)`` in this process. Raises ``NodeError`` if a call is already under way."""

    def mailbox(self) -> tuple[Term, ...]:
        """The messages in the mailbox, oldest first, undisturbed. Empty for an ended process."""

    def take(self, count: int) -> None:
        """Remove the ``count`` oldest messages. The process must be idle."""

    def exit(self, reason: Term) -> None:
        """Send it the exit signal ``reason`` (``kill`` included), as ``erlang:exit(Pid, Reason)`` does from outside."""

    def status(self) -> Status: ...


PeerEvent: TypeAlias = bytes | Literal["fin", "reset"] | None
"""What a peer reads: bytes, the end of the stream, a reset, or (``None``) nothing at the moment."""


class Peer(Protocol):
    """The far end of one connection: a raw, non-blocking socket that the kit itself holds."""

    def offer(self, data: bytes) -> int:
        """Give the network as much of ``data`` as it takes at once; the number of bytes taken (0: it would block).

        Raises ``ConnectionError`` if the connection is gone.
        """

    def poll(self, most: int = 65536) -> PeerEvent:
        """What is there to be read now, at most ``most`` bytes. ``"fin"`` and ``"reset"`` are repeated for ever."""

    def delivered(self) -> bool:
        """Whether everything this peer did (bytes, FIN, reset) has reached the subject's side of the network."""

    def finish(self) -> None:
        """Half-close: no more data from here (FIN)."""

    def close(self) -> None:
        """Close (FIN; a reset if data is unread). Idempotent."""

    def reset(self) -> None:
        """Abort: the subject sees a reset (RST)."""

    def vanish(self) -> bool:
        """From now on take nothing and say nothing, as a machine that has lost its power; false if that cannot be done.

        What comes from the subject is not even acknowledged. Only :meth:`reset` may follow.
        """

    def lose_way(self, how: Loss) -> bool:
        """Until it is closed the subject's machine knows no way to its host; false if that cannot be done."""


class PeerListener(Protocol):
    """A listening socket of the kit, for subjects that connect."""

    @property
    def port(self) -> int: ...

    def accept(self) -> Peer | None:
        """The next connection, or ``None`` if none is waiting."""

    def close(self) -> None: ...


class Network(Protocol):
    """Where a node's sockets live. Only loopback, ever; or a machine of its own (:mod:`gen_tck.spec.routes`)."""

    def listen(self, *, receive_buffer: int | None = None) -> PeerListener:
        """A listener on 127.0.0.1 at a port the network chooses; ``receive_buffer`` in bytes for what it accepts.

        On a machine of its own, at each address.
        """

    def connect(self, port: int, *, receive_buffer: int | None = None) -> Peer:
        """A connection to the subject's listener at 127.0.0.1:``port``. Raises ``ConnectionError`` if refused."""


@dataclass(frozen=True)
class Capabilities:
    """What a node says of itself before anything is asked of it."""

    name: str
    version: str
    profiles: frozenset[str]
    """The profiles it claims, out of :data:`gen_tck.spec.profiles.PROFILES`; ``core`` stands for its parts."""
    clock: Literal["virtual", "real"]
    homepage: str = ""
    calls: frozenset[str] | None = None
    """``module.function/arity`` of the calls it offers, or ``None`` for all of its profiles."""
    details: dict[str, str] = field(default_factory=dict)
    """Anything else worth keeping with a verdict: release, backend, operating system."""
    settle: Settling = "exact"
    mailbox: Looking = "look"
    plays_scripts: bool = False
    """Whether it runs the kit's own agent, which plays generated scripts by itself."""
    burst: bool = False
    """Reserved."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "profiles", expand(self.profiles))

    def described(self) -> dict[str, str]:
        """The details, and what is not as usual in the way that the node is reached, since verdicts rest on it."""
        usual = {"settle": "exact", "mailbox": "look"}
        return self.details | {name: getattr(self, name) for name in usual if getattr(self, name) != usual[name]}


class Node(Protocol):
    """A running implementation."""

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def network(self) -> Network: ...

    def spawn(self) -> Process:
        """A new, idle process, linked to nothing."""

    @property
    def stops(self) -> int:
        """How often node or kit stood still so far: what was seen meanwhile may be due to that."""

    def settle(self) -> bool:
        """Return when everything that can happen without further input or passing time has happened.

        ``False`` if it goes on and on: the node keeps running.
        """

    def advance(self, milliseconds: int) -> None:
        """Let time pass, then settle. A virtual clock jumps, a real one waits."""

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        """Let the node run until ``condition()`` holds, or so long that nothing can be late any more.

        A node with a real clock does as :mod:`gen_tck.adapters.waiting` says; a virtual clock moves forward only when
        nothing else can happen. ``owed`` is, in seconds, what timers of the subject are to be waited for besides;
        ``progress()`` is anything that changes while something comes. Neither function may wait itself.
        """

    def census(self) -> Census:
        """How many there are of what calls make, beside what the node keeps for itself.

        Asked only of a node that claims the profile ``census``. Raises ``CallFailed`` if this one does not count.
        """
        raise CallFailed("the node does not count what there is")

    def clear(self) -> None:
        """End every process spawned since the last ``clear`` and forget their handles: a clean slate."""

    def close(self) -> None:
        """End the node and everything it started. Idempotent."""


class Starting(Protocol):
    """A node that was started and has not been waited for yet. Whoever has one finishes or ends it."""

    def finish(self) -> Node:
        """Wait until it is there. Raises ``NodeError``."""

    def end(self) -> None:
        """End it: nobody wants it any more."""
