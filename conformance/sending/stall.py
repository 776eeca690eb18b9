"""A stalled peer and a blocked sender, made the same way on every implementation.

With small buffers on the way it takes little data to fill them. An implementation that queues takes one or more sends
whole before it blocks; one that does not blocks in the first. So: send until a send does not come back.
"""

from __future__ import annotations

from dataclasses import dataclass

from gen_tck.conformance.harness.actor import Actor, Pending
from gen_tck.conformance.harness.expect import Inconclusive, Unexpected, describe, error, ok
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Improper, List, Term

SMALL = 4096
"""Size of the buffers on the way, in bytes; kernels round it up."""

FLOOD = b"".join(b"%07d." % number for number in range(4000))
"""32,000 bytes that no small buffers hold, each eight of them different: a loss or a repetition shows."""

MOST = 4_000_000 // len(FLOOD)
"""So many floods and no block: the sender will not be blocked at all."""

END = b"<END>"
"""A mark that is not in :data:`FLOOD`."""


@dataclass(frozen=True)
class Stall:
    """A blocked sender."""

    socket: Term
    peer: RemotePeer
    sender: Actor
    """The process that is blocked."""
    blocked: Pending
    """Its send."""
    given: bytes
    """All that was sent so far, the data of the blocked send included."""


def slow(scenario: Scenario, owner: Actor, **options: object) -> tuple[Term, RemotePeer]:
    """Like ``scenario.connect``, with small buffers between the socket and the peer."""
    return scenario.connect(owner, sndbuf=SMALL, peer_buffer=SMALL, **options)


def stalled(scenario: Scenario, owner: Actor, **options: object) -> Stall:
    """A socket of ``owner`` with these options, and a process ``sender`` that is blocked in a send on it."""
    socket, peer = slow(scenario, owner, **options)
    sender = scenario.process("sender")
    given = b""
    for _ in range(MOST):
        pending = sender.begin.gen_tcp.send(socket, FLOOD)
        given += FLOOD
        if not pending.has_returned():
            return Stall(socket, peer, sender, pending, given)
        result = pending.result()
        if result != ok():
            raise Inconclusive(f"no sender got blocked: a send returned {describe(result)}")
    raise Inconclusive(f"no sender got blocked: {len(given)} bytes were taken")


def until_refused(sender: Actor, socket: Term, data: bytes) -> tuple[int, Term]:
    """Send ``data`` on a dead connection again and again: how many sends returned ``ok``, and what the next one did.

    After :data:`MOST` that returned ``ok`` none will be refused, which is a finding: nobody is there to take it.
    """
    refused = _refused(sender, socket, data, MOST)
    if refused is None:
        raise Unexpected("a send to be refused", f"{MOST} sends that returned ok")
    return refused


def until_full(sender: Actor, socket: Term, data: bytes = FLOOD) -> tuple[int, Term]:
    """The same to a peer that does not read, on a socket of which sends time out.

    A connection that takes :data:`MOST` floods is not full: what is to be seen there cannot be set up.
    """
    refused = _refused(sender, socket, data, MOST * len(FLOOD) // len(data))
    if refused is None:
        raise Inconclusive(f"the connection was never full: {MOST * len(FLOOD)} bytes were taken")
    return refused


def _refused(sender: Actor, socket: Term, data: bytes, most: int) -> tuple[int, Term] | None:
    for count in range(most):
        result = sender.gen_tcp.send(socket, data)
        sender.waits.settle()  # after a refusal, too: what follows from it has happened before the next call
        if result != ok():
            return count, result
    return None


@dataclass(frozen=True)
class TimeOut:
    """A send that timed out."""

    given: bytes
    """All that was sent, up to and with the send that timed out."""
    rest: bytes | None
    """What it returned as its rest, if it did."""


def until_timeout(sender: Actor, socket: Term) -> TimeOut:
    """Send floods until a send times out. Fails on any other error."""
    count, result = until_full(sender, socket)
    given = FLOOD * (count + 1)
    if result == error("timeout"):
        return TimeOut(given, None)
    rest = _rest(result)
    if rest is None:
        raise Unexpected("{error,timeout} or {error,{timeout,_}}", describe(result))
    return TimeOut(given, rest)


def is_timeout(result: Term) -> bool:
    """Whether a send returned a timeout, with or without a rest."""
    return bool(result == error("timeout")) or _rest(result) is not None


def _rest(result: Term) -> bytes | None:
    """``Rest`` of ``{error, {timeout, Rest}}``, flattened."""
    match result:
        case (Atom(name="error"), (Atom(name="timeout"), rest)):
            return _flat(rest)
    return None


def _flat(data: Term) -> bytes:
    if isinstance(data, bytes):
        return data
    if isinstance(data, int) and 0 <= data < 256:
        return bytes([data])
    if isinstance(data, Improper):
        return b"".join(_flat(each) for each in data.heads) + _flat(data.tail)
    if isinstance(data, List):
        return b"".join(_flat(each) for each in data)
    raise Unexpected("iodata as the rest", describe(data))
