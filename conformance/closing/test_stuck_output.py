"""How long a close waits for output of which the peer takes nothing, or nothing more. All of it is slow."""

from __future__ import annotations

from gen_tck.conformance.closing.test_pending_output import DATA, arrives_whole, connect_narrow, send_with_output_left
from gen_tck.conformance.harness.actor import Actor, Pending
from gen_tck.conformance.harness.expect import expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Term

STUCK = 5
"""Seconds after which OTP gives up output of which nothing was taken."""
LIMIT = 180
"""Seconds after which it gives up any."""
MUCH = 3 * DATA
MOVED = len(DATA)
"""Bytes that the peer takes: more than the buffers on the way hold, as is what is left then."""


def stuck(scenario: Scenario, owner: Actor, data: bytes = DATA, **options: object) -> tuple[Term, RemotePeer, bytes]:
    """A socket with output left of which nothing is taken any more, and what its peer has read already.

    A kernel that was full takes a little more after some 40 ms.
    """
    socket, peer = connect_narrow(scenario, owner, **options)
    seen = send_with_output_left(owner, socket, peer, data)
    scenario.advance(1000)
    return socket, peer, seen


def moved_once(scenario: Scenario, owner: Actor) -> tuple[bytes, RemotePeer, Pending]:
    """A close, of whose output the peer takes some if it waits for that, and then nothing for more than twice as long
    as would have ended the wait.
    """
    socket, peer, seen = stuck(scenario, owner, MUCH)
    closing = owner.begin.gen_tcp.close(socket)
    if not closing.has_returned():
        seen += peer.reads(MOVED)
        scenario.advance(1000 * (2 * STUCK + 2))
        closing.is_blocked()
    return seen, peer, closing


@clause("closing/stuck-output-ends-the-wait")
def test_close_waits_for_ever_for_stuck_output(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, seen = stuck(scenario, owner)
    scenario.owe(STUCK + 1)
    expect(owner.gen_tcp.close(socket), ok())
    arrives_whole(seen, peer)


@clause("closing/output-that-moved-is-waited-for")
def test_close_gives_up_output_that_moved(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    seen, peer, closing = moved_once(scenario, owner)
    arrives_whole(seen, peer, MUCH)
    expect(closing.result(), ok())


@clause("closing/close-ends-in-the-end")
def test_close_waits_for_ever_for_output_that_moved(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    seen, peer, closing = moved_once(scenario, owner)
    scenario.owe(LIMIT + 1)
    expect(closing.result(), ok())
    arrives_whole(seen, peer, MUCH)


@clause("closing/long-linger-and-stuck-output")
def test_close_lingers_for_ever(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    seconds = 2 * STUCK + 2
    socket, peer, seen = stuck(scenario, owner, linger=(True, seconds))
    closing = owner.begin.gen_tcp.close(socket)
    scenario.advance(1000 * (STUCK + 3))
    how = Atom("gives_up" if closing.has_returned() else "lingers")
    scenario.owe(seconds + 1)
    expect(closing.result(), ok())
    arrives_whole(seen, peer)
    scenario.varies(how, gives_up="gives_up", lingers="lingers")
