"""Making an accepted socket one of gen_tcp's."""

from __future__ import annotations

import pytest

from gen_tck.conformance.async_recv.steps import accepted
from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, port_number, raised, tcp, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Term

ARGUMENTS: dict[str, object] = {"send": b"abc", "recv": 0, "unrecv": b"abc", "shutdown": "write"}
"""What calls that ask who serves a socket take beside it."""
each_call = pytest.mark.parametrize("function", ["send", "recv", "unrecv", "shutdown"])


def registered(scenario: Scenario, owner: Actor, by: Actor | None = None) -> tuple[Term, RemotePeer]:
    """The same, registered."""
    socket, peer, _ = accepted(scenario, owner)
    expect((by or owner).inet_db.register_socket(socket, "inet_tcp"), "true")
    return socket, peer


def calls_gen_tcp(actor: Actor, function: str, socket: Term) -> object:
    """What ``gen_tcp:Function`` answers of ``socket``."""
    return getattr(actor.gen_tcp, function)(socket, ARGUMENTS[function])


def is_served(actor: Actor, socket: Term, peer: RemotePeer) -> None:
    """Expect that ``actor`` sends and receives with ``gen_tcp``."""
    expect(actor.gen_tcp.send(socket, b"out"), ok())
    peer.receives(b"out")
    peer.send(b"in")
    expect(actor.gen_tcp.recv(socket, 2), ok(b"in"))


@clause("async_recv/accepted-socket-is-not-registered")
@each_call
def test_gen_tcp_serves_a_socket_that_nobody_registered(scenario: Scenario, function: str) -> None:
    owner = scenario.process("owner")
    socket, peer, _ = accepted(scenario, owner)
    peer.send(b"in")
    expect(calls_gen_tcp(owner, function, socket), raised("error", "undef"))
    peer.sees_nothing()
    expect(owner.prim_inet.recv(socket, 2, "infinity"), ok(b"in"))


@clause("async_recv/registered-socket-is-served")
@each_call
def test_gen_tcp_does_not_serve_a_registered_socket(scenario: Scenario, function: str) -> None:
    owner = scenario.process("owner")
    socket, peer = registered(scenario, owner)
    if function == "recv":
        peer.send(b"in")
    expect(calls_gen_tcp(owner, function, socket), ok(b"in") if function == "recv" else ok())
    if function == "send":
        peer.receives(b"abc")
    if function == "unrecv":
        expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))
    if function == "shutdown":
        peer.sees_end()


@clause("async_recv/other-calls-need-no-registration")
def test_unregistered_socket_cannot_be_used(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, listener = accepted(scenario, owner)
    port = port_number(value_of(owner.inet.port(socket)))
    expect(owner.inet.port(listener), ok(port))
    expect(owner.inet.getopts(socket, ["active"]), ok([("active", False)]))
    expect(owner.prim_inet.send(socket, b"out"), ok())
    peer.receives(b"out")
    peer.send(b"in")
    expect(owner.prim_inet.recv(socket, 2, "infinity"), ok(b"in"))
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    peer.send(b"more")
    owner.receives(tcp(socket, b"more"))
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_end()


@clause("async_recv/other-calls-need-no-registration")
def test_unregistered_socket_cannot_be_given_away(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer, _ = accepted(scenario, owner)
    expect(owner.gen_tcp.controlling_process(socket, other), ok())
    expect(other.prim_inet.setopts(socket, [("active", True)]), ok())
    peer.send(b"abc")
    other.receives(tcp(socket, b"abc"))


@clause("async_recv/anybody-may-register")
def test_stranger_cannot_register(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = registered(scenario, owner, by=other)
    is_served(owner, socket, peer)
    expect(other.gen_tcp.controlling_process(socket, other), error("not_owner"))
    other.kill()
    is_served(owner, socket, peer)


@clause("async_recv/anybody-may-register")
def test_socket_can_be_registered_once(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = registered(scenario, owner)
    expect(owner.inet_db.register_socket(socket, "inet_tcp"), "true")
    is_served(owner, socket, peer)


@clause("async_recv/anybody-may-register")
def test_registration_is_lost_with_a_change_of_owner(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = registered(scenario, owner)
    expect(owner.gen_tcp.controlling_process(socket, other), ok())
    is_served(other, socket, peer)


@clause("async_recv/closed-socket-is-not-registered")
def test_closed_socket_can_be_registered(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _, _ = accepted(scenario, owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.inet_db.register_socket(socket, "inet_tcp"), "false")


@clause("async_recv/closed-socket-is-not-registered")
@each_call
def test_closed_socket_raises_as_if_it_were_open(scenario: Scenario, function: str) -> None:
    owner = scenario.process("owner")
    socket, _, _ = accepted(scenario, owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(calls_gen_tcp(owner, function, socket), error("closed"))


@clause("async_recv/registering-takes-a-socket-and-a-module")
@pytest.mark.parametrize("what", ["foo", 7, b"abc"])
def test_what_is_no_socket_is_registered(scenario: Scenario, what: object) -> None:
    owner = scenario.process("owner")
    expect(owner.inet_db.register_socket(what, "inet_tcp"), raised("error", "function_clause"))
    expect(owner.inet_db.unregister_socket(what), raised("error", "function_clause"))


@clause("async_recv/registering-takes-a-socket-and-a-module")
@pytest.mark.parametrize("module", [7, b"inet_tcp"])
def test_socket_is_registered_under_what_is_no_module(scenario: Scenario, module: object) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet_db.register_socket(socket, module), raised("error", "function_clause"))


@clause("async_recv/unregistering-changes-nothing")
def test_unregistered_again_the_socket_is_not_served(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = registered(scenario, owner)
    expect(owner.inet_db.unregister_socket(socket), ok())
    is_served(owner, socket, peer)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.inet_db.unregister_socket(socket), ok())
