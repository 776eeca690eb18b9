"""Peers that vanish: nobody says anything, until the operating system gives the connection up."""

from __future__ import annotations

import pytest

from gen_tck.conformance.closing.test_pending_output import close_waits
from gen_tck.conformance.closing.vanishing import GIVE_UP, GIVEN_UP_AFTER, gives_up, impatient, told_of_the_end
from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, one_of, tcp, tcp_closed, tcp_error, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.sending.stall import stalled
from gen_tck.spec.terms import Term


def is_told(scenario: Scenario, owner: Actor, socket: Term, *before: Term) -> None:
    told_of_the_end(scenario, owner, socket)
    owner.receives(*before, tcp_error(socket, "etimedout"), tcp_closed(socket))


def talks_to_nobody(owner: Actor, socket: Term, peer: RemotePeer) -> None:
    """The peer vanishes, and ``owner`` sends something, which is what makes it notice."""
    peer.vanish()
    expect(owner.gen_tcp.send(socket, b"anybody there?"), ok())


@clause("closing/user-timeout-is-taken")
def test_user_timeout_is_refused(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), [GIVE_UP]))
    expect(owner.inet.setopts(socket, [GIVE_UP]), ok())
    value_of(owner.gen_tcp.listen(0, [("ip", LOOPBACK), GIVE_UP]))


@clause("closing/idle-connection-does-not-end")
def test_idle_connection_ends(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = impatient(scenario, owner, active=True)
    peer.vanish()
    owner.receives_nothing()
    expect(owner.gen_tcp.send(socket, b"anybody there?"), ok())
    owner.receives(*told_of_the_end(scenario, owner, socket))


@clause("closing/user-timeout-spares-who-answers")
def test_user_timeout_ends_a_connection_that_lives(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = impatient(scenario, owner, active=True)
    for _ in range(3):
        expect(owner.gen_tcp.send(socket, b"anybody there?"), ok())
        peer.receives(b"anybody there?")
        scenario.advance(20)
    owner.receives_nothing()
    peer.send(b"yes")
    owner.receives(tcp(socket, b"yes"))


@clause("closing/stalled-peer-is-given-up")
def test_peer_that_takes_nothing_is_waited_for(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner, active=True)
    gives_up(scenario, owner, stall.socket)
    owner.receives(*told_of_the_end(scenario, owner, stall.socket))
    variants = [error(each) for each in ("closed", "einval", "etimedout")]
    expect(stall.blocked.result(), one_of(*variants))


@clause("closing/vanished-peer-is-an-error-message")
@pytest.mark.parametrize("mode", [True, "once", 3])
def test_vanished_peer_looks_like_an_end(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = impatient(scenario, owner, active=mode)
    talks_to_nobody(owner, socket, peer)
    is_told(scenario, owner, socket)
    owner.receives_nothing()


@clause("closing/vanished-peer-is-an-error-message")
@pytest.mark.parametrize("option", ["exit_on_close", "show_econnreset"])
def test_vanished_peer_is_told_by_other_options(scenario: Scenario, option: str) -> None:
    owner = scenario.process("owner")
    socket, peer = impatient(scenario, owner, active=True, **{option: option == "show_econnreset"})
    talks_to_nobody(owner, socket, peer)
    is_told(scenario, owner, socket)


@clause("closing/vanished-peer-is-an-error-message")
def test_user_timeout_is_not_set_later(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    gives_up(scenario, owner, socket)
    talks_to_nobody(owner, socket, peer)
    is_told(scenario, owner, socket)


@clause("closing/vanished-peer-is-an-error-message")
def test_user_timeout_is_not_that_of_the_listener(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    scenario.owe(GIVEN_UP_AFTER)
    socket, peer, _ = scenario.accepted(owner, GIVE_UP, active=True)
    talks_to_nobody(owner, socket, peer)
    is_told(scenario, owner, socket)


@clause("closing/vanished-peer-is-a-recv-error")
@pytest.mark.parametrize("exit_on_close", [True, False])
def test_vanished_peer_leaves_the_receiver_waiting(scenario: Scenario, exit_on_close: bool) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, peer = impatient(scenario, owner, exit_on_close=exit_on_close)
    receive = owner.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    talks_to_nobody(sender, socket, peer)
    expect(receive.result(), error("etimedout"))
    owner.is_alive()


@clause("closing/vanished-peer-is-a-recv-error")
def test_vanished_peer_takes_data_back(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = impatient(scenario, owner)
    peer.send(b"abc")
    talks_to_nobody(owner, socket, peer)
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))
    expect(owner.gen_tcp.recv(socket, 0), error("etimedout"))


@clause("closing/vanished-peer-is-an-error-message", "closing/all-data-comes-before-the-closed-message")
def test_vanished_peer_takes_data_back_from_an_active_owner(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = impatient(scenario, owner, active=True)
    peer.send(b"abc")
    talks_to_nobody(owner, socket, peer)
    is_told(scenario, owner, socket, tcp(socket, b"abc"))


@clause("closing/vanished-peer-drops-an-incomplete-read")
def test_vanished_peer_completes_a_read(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, peer = impatient(scenario, owner)
    peer.send(b"abc")
    receive = owner.begin.gen_tcp.recv(socket, 5)
    receive.is_blocked()
    talks_to_nobody(sender, socket, peer)
    expect(receive.result(), error("etimedout"))
    scenario.settle()
    expect(owner.gen_tcp.recv(socket, 3), one_of(error("closed"), error("enotconn"), error("einval")))


def has_received_the_error(scenario: Scenario, owner: Actor) -> Term:
    """A socket whose connection was given up, as a receive was told."""
    socket, peer = impatient(scenario, owner)
    talks_to_nobody(owner, socket, peer)
    expect(owner.gen_tcp.recv(socket, 0), error("etimedout"))
    scenario.settle()
    return socket


@clause("closing/names-after-a-vanished-peer")
def test_vanished_peer_has_a_name(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    seen = owner.inet.peername(has_received_the_error(scenario, owner))
    scenario.varies(seen, enotconn=error("enotconn"), closed=error("closed"), einval=error("einval"))


@clause("closing/activating-after-a-vanished-peer")
@pytest.mark.parametrize("mode", [True, "once", 3])
def test_vanished_peer_is_forgotten_when_activated(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket = has_received_the_error(scenario, owner)
    owner.inet.setopts(socket, [("active", mode)])
    owner.receives(tcp_closed(socket))


@clause("closing/half-open-socket-and-a-vanished-peer")
def test_half_open_socket_sends_to_a_vanished_peer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = impatient(scenario, owner, active=True, exit_on_close=False)
    talks_to_nobody(owner, socket, peer)
    owner.receives(*told_of_the_end(scenario, owner, socket))
    seen = owner.gen_tcp.send(socket, b"x")
    scenario.varies(seen, closed=error("closed"), enotconn=error("enotconn"))


@clause("closing/recv-after-a-vanished-peer")
def test_receive_waits_for_a_vanished_peer_again(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket = has_received_the_error(scenario, owner)
    seen = owner.gen_tcp.recv(socket, 0)
    scenario.varies(seen, enotconn=error("enotconn"), closed=error("closed"), einval=error("einval"))


@clause("closing/send-after-a-vanished-peer")
def test_send_is_taken_for_a_vanished_peer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket = has_received_the_error(scenario, owner)
    scenario.varies(owner.gen_tcp.send(socket, b"x"), enotconn=error("enotconn"), closed=error("closed"))


@clause("closing/shutdown-is-given-up")
def test_end_is_sent_for_ever(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = impatient(scenario, owner, active=True)
    peer.vanish()
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    is_told(scenario, owner, socket)


@clause("closing/vanished-peer-ends-a-waiting-close")
def test_close_waits_for_a_vanished_peer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, closing = close_waits(scenario, owner)
    if not closing.has_returned():
        peer.vanish()
        gives_up(scenario, owner, socket)
    expect(closing.result(), ok())
