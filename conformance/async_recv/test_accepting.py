"""Asking for a connection."""

from __future__ import annotations

import pytest

from gen_tck.conformance.async_recv.steps import answer, asks, asks_to_accept, gets_connection
from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, raised, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.opening.room import fill, make_room, variants
from gen_tck.spec.terms import List, Term

TIMEOUT = error("timeout")


def is_connected(actor: Actor, socket: Term, peer: RemotePeer) -> None:
    """Expect that ``socket`` is connected to ``peer``."""
    request = asks(actor, socket)
    peer.send(b"hello")
    actor.receives(answer(socket, request, ok(b"hello")))


@clause("async_recv/accept-answers-with-a-socket")
def test_accept_waits_for_a_connection(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner)
    request = asks_to_accept(acceptor, listener)
    acceptor.receives_nothing()
    peer = scenario.dial(port)
    socket = gets_connection(scenario, acceptor, listener, request)
    is_connected(acceptor, socket, peer)
    owner.receives_nothing()


@clause("async_recv/accept-is-there-on-return")
def test_waiting_connection_comes_after_the_return(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    peer = scenario.dial(port)
    request = asks_to_accept(owner, listener, 0)
    socket = gets_connection(scenario, owner, listener, request)
    is_connected(owner, socket, peer)


@clause("async_recv/caller-owns-the-accepted-socket")
def test_listeners_owner_owns_the_accepted_socket(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner)
    request = asks_to_accept(acceptor, listener)
    peer = scenario.dial(port)
    socket = gets_connection(scenario, acceptor, listener, request)
    expect(acceptor.inet.setopts(socket, [("active", True)]), ok())
    peer.send(b"abc")
    acceptor.receives(tcp(socket, b"abc"))
    owner.kill()
    peer.sees_nothing()
    acceptor.kill()
    peer.sees_end()


@clause("async_recv/accepted-socket-takes-the-listeners-options")
def test_accepted_socket_has_other_options(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner, "list", packet=1)
    request = asks_to_accept(owner, listener)
    peer = scenario.dial(port)
    socket = gets_connection(scenario, owner, listener, request)
    peer.send(b"\3abc")
    request = asks(owner, socket)
    owner.receives(answer(socket, request, ok(List(b"abc"))))


@clause("async_recv/accepted-socket-starts-passive")
@pytest.mark.parametrize("mode", [True, "once"])
def test_accepted_socket_is_active_unasked(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner, active=mode)
    request = asks_to_accept(owner, listener)
    peer = scenario.dial(port)
    socket = gets_connection(scenario, owner, listener, request)
    peer.send(b"abc")
    owner.receives_nothing()
    request = asks(owner, socket)
    owner.receives(answer(socket, request, ok(b"abc")))


@clause("async_recv/accept-times-out")
@pytest.mark.parametrize("timeout", [0, 2])
def test_accept_outlives_its_timeout(scenario: Scenario, timeout: int) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    request = asks_to_accept(owner, listener, timeout)
    owner.receives(answer(listener, request, TIMEOUT))
    peer = scenario.dial(port)
    owner.receives_nothing()
    request = asks_to_accept(owner, listener)
    is_connected(owner, gets_connection(scenario, owner, listener, request), peer)


@clause("async_recv/accepts-are-served-in-order")
def test_accepts_are_refused_or_served_out_of_order(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    listener, port = scenario.listen(owner)
    first = asks_to_accept(owner, listener)
    second = asks_to_accept(other, listener)
    asks_to_accept(owner, listener)
    peer = scenario.dial(port)
    is_connected(owner, gets_connection(scenario, owner, listener, first), peer)
    peer = scenario.dial(port)
    is_connected(other, gets_connection(scenario, other, listener, second), peer)
    owner.receives_nothing()


@clause("async_recv/accepts-are-served-in-order")
def test_request_takes_all_connections(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    peers = [scenario.dial(port), scenario.dial(port)]
    for peer in peers:
        request = asks_to_accept(owner, listener)
        is_connected(owner, gets_connection(scenario, owner, listener, request), peer)
    owner.receives_nothing()


@clause("async_recv/accepts-are-served-in-order")
def test_requests_for_connections_share_a_reference(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    listener, _ = scenario.listen(owner)
    requests = [asks_to_accept(each, listener) for each in (owner, owner, other)]
    expect(len(set(requests)), 3, "references of requests that are pending")


@clause("async_recv/accept-ends-with-its-caller")
def test_dead_caller_gets_the_connection(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner)
    asks_to_accept(acceptor, listener)
    request = asks_to_accept(owner, listener)
    acceptor.kill()
    peer = scenario.dial(port)
    is_connected(owner, gets_connection(scenario, owner, listener, request), peer)


@clause("async_recv/accept-ends-with-its-caller")
def test_dead_caller_gets_one_of_its_connections(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listeners = [scenario.listen(owner) for _ in range(2)]
    for listener, _ in listeners:
        asks_to_accept(acceptor, listener)
    acceptor.kill()
    for listener, port in listeners:
        request = asks_to_accept(owner, listener)
        peer = scenario.dial(port)
        is_connected(owner, gets_connection(scenario, owner, listener, request), peer)


@clause("async_recv/close-answers-an-accept")
def test_closed_listener_forgets_who_waits(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, _ = scenario.listen(owner)
    first, second = asks_to_accept(owner, listener), asks_to_accept(acceptor, listener)
    expect(owner.gen_tcp.close(listener), ok())
    owner.receives(answer(listener, first, error("closed")))
    acceptor.receives(answer(listener, second, error("closed")))


@clause("async_recv/accept-needs-a-listener")
@pytest.mark.parametrize("thing", ["connected", "closed", 7])
def test_what_does_not_listen_accepts(scenario: Scenario, thing: object) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    if thing == "closed":
        expect(owner.gen_tcp.close(socket), ok())
    expect(owner.prim_inet.async_accept(7 if thing == 7 else socket, 1), error("einval"))
    owner.receives_nothing()


@clause("async_recv/accept-timeout-is-an-integer")
@pytest.mark.parametrize("timeout", ["infinity", 1.5])
def test_accept_takes_what_is_no_integer(scenario: Scenario, timeout: object) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    expect(owner.prim_inet.async_accept(listener, timeout), raised("error", "badarith"))
    scenario.dial(port)
    owner.receives_nothing()


@clause("async_recv/accept-without-room-is-refused")
def test_accept_without_room_is_answered_later(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner)
    opened = fill(owner)
    scenario.dial(port)
    scenario.settle()
    scenario.varies(acceptor.prim_inet.async_accept(listener, -1), **variants())
    make_room(owner, opened)
    acceptor.receives_nothing()
    scenario.dial(port)
    gets_connection(scenario, acceptor, listener, asks_to_accept(acceptor, listener))
