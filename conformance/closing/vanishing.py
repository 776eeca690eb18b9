"""Peers that say nothing any more, and sockets that do not wait long for them."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import expect, ok, tcp_closed
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.raw_options import USER_TIMEOUT, bytes_of
from gen_tck.spec.terms import Term

__all__ = ["GIVEN_UP_AFTER", "GIVE_UP", "gives_up", "impatient", "told_of_the_end"]

__tracebackhide__ = True


def _option(milliseconds: int) -> tuple[object, ...]:
    return "raw", *USER_TIMEOUT, bytes_of(milliseconds)


GIVE_UP = _option(1)
"""The option with which a connection is given up as soon as anything was sent again in vain."""
GIVEN_UP_AFTER = 3.0
"""Seconds that this may take: Linux sends again after 0.2 s, and then after twice as long each time."""


def impatient(
    scenario: Scenario, owner: Actor, *flags: object, peer_buffer: int | None = None, **options: object
) -> tuple[Term, RemotePeer]:
    """Like ``scenario.connect``, with a socket that soon gives up a peer that takes nothing."""
    scenario.owe(GIVEN_UP_AFTER)
    return scenario.connect(owner, GIVE_UP, *flags, peer_buffer=peer_buffer, **options)


def gives_up(scenario: Scenario, owner: Actor, socket: Term) -> None:
    """``owner`` has a socket soon give up what its peer does not take."""
    scenario.owe(GIVEN_UP_AFTER)
    expect(owner.inet.setopts(socket, [GIVE_UP]), ok())


def told_of_the_end(scenario: Scenario, owner: Actor, socket: Term) -> tuple[Term, ...]:
    """All that ``owner`` is told of it, once ``tcp_closed`` is there."""
    scenario.wait_for(lambda: tcp_closed(socket) in owner.mailbox(), "the end to be told", "it is not", owner.messages)
    scenario.settle()
    return owner.process.mailbox()
