"""How listening sockets end, and what they are not for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, fields, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Term

End = Callable[[Actor, Term], object]
"""How a listening socket ends: given its owner and itself."""


def _close(owner: Actor, listener: Term) -> None:
    expect(owner.gen_tcp.close(listener), ok())


def _kill(owner: Actor, listener: Term) -> None:
    owner.kill()


ends = pytest.mark.parametrize("end", [_close, _kill], ids=["closed", "owner-killed"])


def _serves(scenario: Scenario, listener: Term, port: int, acceptor: Actor) -> None:
    """Expect that a connection to ``port`` can be made, accepted and used."""
    peer = scenario.dial(port)
    socket = value_of(acceptor.gen_tcp.accept(listener, 5000), "accept")
    expect(acceptor.gen_tcp.send(socket, b"welcome"), ok())
    peer.receives(b"welcome")


@ends
@clause("ownership/listeners-end-leaves-accepted-sockets-open")
def test_listener_takes_accepted_sockets_along(scenario: Scenario, end: End) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner)
    socket, peer = scenario.accept(acceptor, listener, port)
    end(owner, listener)
    scenario.is_refused(port)
    peer.sees_nothing()
    peer.send(b"there")
    expect(acceptor.gen_tcp.recv(socket, 0), ok(b"there"))
    expect(acceptor.gen_tcp.send(socket, b"back"), ok())
    peer.receives(b"back")


@clause("ownership/listeners-end-leaves-accepted-sockets-open", "ownership/owners-end-closes-the-socket")
def test_sockets_accepted_by_the_listeners_owner_survive_it(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, peer, _ = scenario.accepted(owner)
    owner.kill()
    peer.sees_fin()


@clause("ownership/listener-owners-end-stops-listening")
def test_listener_survives_its_owner(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, port = scenario.listen(owner)
    owner.kill()
    scenario.is_refused(port)


@clause("ownership/listener-owners-end-releases-acceptors")
def test_acceptors_wait_for_a_dead_owner(scenario: Scenario) -> None:
    owner, patient, hasty = scenario.processes("owner", "patient", "hasty")
    listener, _ = scenario.listen(owner)
    accepts = [patient.begin.gen_tcp.accept(listener), hasty.begin.gen_tcp.accept(listener, 5000)]
    for each in accepts:
        each.is_blocked()
    owner.kill()
    for each in accepts:
        expect(each.result(), error("closed"))


@clause("ownership/listener-outlives-its-former-owner")
def test_former_owner_of_a_listener_answers_for_it(scenario: Scenario) -> None:
    owner, new_owner, acceptor = scenario.processes("owner", "new owner", "acceptor")
    listener, port = scenario.listen(owner)
    expect(owner.gen_tcp.controlling_process(listener, new_owner), ok())
    owner.kill()
    _serves(scenario, listener, port, acceptor)


@clause("ownership/listeners-new-owners-end-closes-it")
def test_listener_survives_its_new_owner(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    listener, port = scenario.listen(owner)
    expect(owner.gen_tcp.controlling_process(listener, new_owner), ok())
    new_owner.kill()
    scenario.is_refused(port)


@clause("ownership/closing-a-listener-releases-acceptors")
@pytest.mark.parametrize("by", ["owner", "stranger"])
def test_acceptors_wait_at_a_closed_listener(scenario: Scenario, by: str) -> None:
    owner, patient, hasty, stranger = scenario.processes("owner", "patient", "hasty", "stranger")
    listener, port = scenario.listen(owner)
    accepts = [patient.begin.gen_tcp.accept(listener), hasty.begin.gen_tcp.accept(listener, 5000)]
    for each in accepts:
        each.is_blocked()
    expect((owner if by == "owner" else stranger).gen_tcp.close(listener), ok())
    for each in accepts:
        expect(each.result(), error("closed"))
    scenario.is_refused(port)


@clause("ownership/closed-listener-accepts-nothing")
def test_accept_on_a_closed_listener_waits(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner)
    owner.gen_tcp.close(listener)
    expect(owner.gen_tcp.accept(listener), error("closed"))
    expect(owner.gen_tcp.accept(listener, 5000), error("closed"))


@ends
@clause("ownership/unaccepted-connections-are-reset")
def test_unaccepted_connection_hangs(scenario: Scenario, end: End) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    peer = scenario.dial(port)
    peer.sees_nothing()
    end(owner, listener)
    peer.sees_reset()


@clause("ownership/listener-cannot-receive")
def test_receive_from_a_passive_listener_waits(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner)
    scenario.varies(owner.gen_tcp.recv(listener, 0), enotconn=error("enotconn"))


@clause("ownership/listener-cannot-receive")
@pytest.mark.parametrize("mode", [True, "once"], ids=["true", "once"])
def test_receive_from_an_active_listener_waits(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner, active=mode)
    scenario.varies(owner.gen_tcp.recv(listener, 0), enotconn=error("enotconn"), einval=error("einval"))


@clause("ownership/listener-survives-a-send")
def test_send_closes_a_listener(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    owner.gen_tcp.send(listener, b"data")
    _serves(scenario, listener, port, owner)


@clause("ownership/shutdown-of-a-listener")
def test_shutdown_half_closes_a_listener(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    shutdown = owner.gen_tcp.shutdown(listener, "read_write")
    if scenario.varies(shutdown, refused=error("enotconn"), stopped=ok()) == "refused":
        _serves(scenario, listener, port, owner)
    else:
        refused, _ = fields(owner.gen_tcp.accept(listener, 5000), 2, "accept")
        expect(refused, "error", "accept")


@clause("ownership/connected-socket-cannot-accept")
def test_connected_socket_accepts(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.accept(socket, 5000), error("einval"))
    expect(owner.gen_tcp.send(socket, b"still here"), ok())
    peer.receives(b"still here")


@clause("ownership/connected-socket-cannot-accept")
def test_mistaken_accept_without_patience_times_out(scenario: Scenario) -> None:
    owner, hasty = scenario.processes("owner", "hasty")
    socket, _ = scenario.connect(owner)
    expect(hasty.gen_tcp.accept(socket, 0), error("einval"))
    hasty.kill()
