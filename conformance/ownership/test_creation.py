"""Who owns a socket when it comes into being."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, describe, error, expect, ok, tcp, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Map, Term, term


@clause("ownership/creator-owns-the-socket")
def test_messages_go_astray_after_connect(scenario: Scenario) -> None:
    bystander, owner, latecomer = scenario.processes("bystander", "owner", "latecomer")
    socket, peer = scenario.connect(owner, active=True)
    peer.send(b"data")
    owner.receives(tcp(socket, b"data"))
    bystander.receives_nothing()
    latecomer.receives_nothing()


@clause("ownership/listener-belongs-to-its-creator")
def test_listener_has_no_owner(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    listener, _ = scenario.listen(owner)
    expect(stranger.gen_tcp.controlling_process(listener, stranger), error("not_owner"))
    expect(owner.gen_tcp.controlling_process(listener, stranger), ok())


@clause("ownership/anyone-may-accept")
def test_stranger_cannot_accept(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner)
    peer = scenario.dial(port)
    socket = value_of(acceptor.gen_tcp.accept(listener, 5000), "accept by a stranger")
    expect(acceptor.gen_tcp.send(socket, b"welcome"), ok())
    peer.receives(b"welcome")


@clause("ownership/acceptor-owns-the-accepted-socket")
def test_listeners_owner_gets_the_accepted_socket(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner, active=True)
    socket, peer = scenario.accept(acceptor, listener, port)
    peer.send(b"data")
    acceptor.receives(tcp(socket, b"data"))
    expect(owner.gen_tcp.controlling_process(socket, owner), error("not_owner"))


@clause("ownership/acceptor-owns-the-accepted-socket")
def test_early_data_goes_to_the_listeners_owner(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner, active=True)
    peer = scenario.dial(port)
    peer.send(b"early")
    socket = value_of(acceptor.gen_tcp.accept(listener, 5000))
    acceptor.receives(tcp(socket, b"early"))


@clause("ownership/accepting-leaves-the-listener-alone")
def test_accept_takes_the_listener_along(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner, active=True)
    scenario.accept(acceptor, listener, port)
    owner.receives_nothing()
    expect(acceptor.gen_tcp.controlling_process(listener, acceptor), error("not_owner"))
    expect(owner.gen_tcp.controlling_process(listener, acceptor), ok())


def _owner(asker: Actor, socket: Term) -> Term:
    """What ``inet:info/1`` says the owner is, ``none`` if it says nothing."""
    info = asker.inet.info(socket)
    if not isinstance(info, Map):
        raise Unexpected("a map", describe(info), "inet:info/1")
    return info.pairs.get(Atom("owner"), Atom("none"))


@clause("ownership/info-names-the-owner")
def test_info_names_somebody_else(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, _ = scenario.connect(owner)
    expect(_owner(new_owner, socket), owner.pid)
    owner.gen_tcp.controlling_process(socket, new_owner)
    expect(_owner(owner, socket), new_owner.pid)


@clause("ownership/info-of-a-closed-socket-says-closed")
def test_info_of_a_closed_socket_fails(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    owner.gen_tcp.close(socket)
    closed = term(["closed"])
    scenario.varies(
        owner.inet.info(socket),
        states={"states": closed},
        directions={"rstates": closed, "wstates": closed},
    )
