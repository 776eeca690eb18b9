"""Connections to a host to which the machine loses its way."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.raw_options import USER_TIMEOUT, bytes_of
from gen_tck.spec.routes import LOSSES, Loss
from gen_tck.spec.terms import Atom, List, Term, term

__all__ = ["HOSTS", "connected", "loses_its_way"]

HERE = (192, 0, 2, 1)
HOSTS: dict[Loss, tuple[int, ...]] = {how: (192, 0, 2, number) for number, how in enumerate(LOSSES, 2)}
"""A host of the kit's for each way to lose it."""
PATIENT = ("raw", *USER_TIMEOUT, bytes_of(1500))
"""The option with which a connection is given up after so many milliseconds, in which what is lost was sent again."""
GIVEN_UP_AFTER = 6.0
"""Seconds that this may take."""
NONE: Mapping[str, object] = MappingProxyType({})

__tracebackhide__ = True


def connected(
    scenario: Scenario, owner: Actor, how: Loss = "ehostunreach", options: Mapping[str, object] = NONE
) -> tuple[Term, RemotePeer]:
    """Like ``scenario.connect``, with a host for the peer that is about to be lost."""
    scenario.owe(GIVEN_UP_AFTER)
    pairs = {"ip": HERE, "active": False, **options}
    return scenario.connect_to(owner, HOSTS[how], List([Atom("binary"), term(PATIENT), *map(term, pairs.items())]))


def loses_its_way(sender: Actor, socket: Term, peer: RemotePeer, how: Loss = "ehostunreach") -> None:
    """``sender`` sends something that does not arrive, and will not when it is sent again."""
    peer.vanish()
    sender.begin.gen_tcp.send(socket, b"anybody there?").has_returned()
    peer.lose_way(how)
