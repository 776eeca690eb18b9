"""A busy port, made the same way on every implementation.

Nobody reads at the far end and the buffers on the way are small. One long command fills them, and what they do not hold
stays in the port's queue, far more than any watermark. That command is answered, and the port is not busy: the first
command never makes it so. The next one finds the queue full, is taken into it, makes the port busy, and waits for its
reply.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Inconclusive, describe, expect, matches, ok
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Term, term

SMALL = 4096
"""Size of the buffers on the way, in bytes; kernels round it up."""

FLOOD = b"".join(b"%07d." % number for number in range(4000))
"""32,000 bytes, several times what small buffers hold, each eight of them different: a loss or repetition shows."""

HIGH, LOW = 8192, 4096
"""The watermarks of a new socket."""

LAST = b"!"
"""What the command that makes the port busy carries."""


def reply(socket: Term, status: object = "ok") -> Term:
    """``{inet_reply, Socket, Status}``."""
    return (Atom("inet_reply"), socket, term(status))


@dataclass(frozen=True)
class Busy:
    """A busy port."""

    socket: Term
    peer: RemotePeer
    owner: Actor
    maker: Actor
    """The process whose command made the port busy. It is idle; its reply is still to come."""
    given: bytes
    """All that was given to the port so far."""

    def drains(self, then: bytes = b"") -> None:
        """The peer reads all that was given, and ``then``; the maker gets its reply."""
        self.peer.receives(self.given + then)
        self.maker.receives(reply(self.socket))


def slow(scenario: Scenario, owner: Actor, **options: object) -> tuple[Term, RemotePeer]:
    """Like ``scenario.connect``, with small buffers between the socket and the peer."""
    return scenario.connect(owner, sndbuf=SMALL, peer_buffer=SMALL, **options)


def filled(scenario: Scenario, owner: Actor, **options: object) -> Busy:
    """A port that has :data:`FLOOD` in its queue, as far as the buffers on the way do not hold it, and is not busy."""
    socket, peer = slow(scenario, owner, **options)
    maker = scenario.process("maker")
    _taken(maker.erlang.port_command(socket, FLOOD))
    scenario.wait_while(lambda: not maker.mailbox())
    if maker.mailbox() != (reply(socket),):
        raise Inconclusive("the first command was not answered with ok")
    maker.process.take(1)
    scenario.settle()
    return Busy(socket, peer, owner, maker, FLOOD)


def busy(scenario: Scenario, owner: Actor, **options: object) -> Busy:
    """A busy port of ``owner`` with these options."""
    port = filled(scenario, owner, **options)
    _taken(port.maker.erlang.port_command(port.socket, LAST))
    scenario.settle()
    if port.maker.mailbox():
        raise Inconclusive("the port did not become busy: the second command was answered")
    return Busy(port.socket, port.peer, owner, port.maker, FLOOD + LAST)


def busy_again(port: Busy) -> Busy:
    """The same port with its first watermarks, busy anew if it was not busy any more. Nothing need be under way."""
    waits, maker = port.owner.waits, port.maker
    expect(port.owner.inet.setopts(port.socket, [("low_watermark", LOW), ("high_watermark", HIGH)]), ok())
    waits.settle()
    if not maker.mailbox():
        return port
    maker.receives(reply(port.socket))
    _taken(maker.erlang.port_command(port.socket, LAST))
    maker.receives_nothing()
    return replace(port, given=port.given + LAST)


def queued(actor: Actor, socket: Term) -> int:
    """The bytes in the port's queue."""
    result = actor.erlang.port_info(socket, "queue_size")
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], int):
        return result[1]
    raise Inconclusive(f"port_info did not tell the size of the queue but {describe(result)}")


def attempts() -> Iterator[int]:
    """For what must happen before the kernel takes a little more of the queue.

    It does that once or twice, some 40 ms after the buffers were full, when the peer's delayed acknowledgement has made
    room. The body of the loop looks at the queue before and after, leaves the loop if it was still, and tries again *on
    the same port* if not: what the kernel has taken it does not take again. After some attempts the test is
    inconclusive.
    """
    yield from range(10)
    raise Inconclusive("the queue of the port would not be still")


def _taken(result: Term) -> None:
    if not matches(result, True):
        raise Inconclusive(f"port_command on a port that is not busy did not return true but {describe(result)}")
