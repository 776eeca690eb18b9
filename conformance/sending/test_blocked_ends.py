"""What becomes of blocked senders when the connection ends."""

from __future__ import annotations

import pytest

from gen_tck.conformance.closing.vanishing import GIVEN_UP_AFTER, gives_up, impatient, told_of_the_end
from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, error, expect, ok, tcp_closed, tcp_error
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import END, FLOOD, slow, stalled
from gen_tck.spec.terms import Atom, Term

ABORT = (True, 0)
"""The value of ``linger`` with which a close does not wait for pending output."""


@clause("sending/reset-releases-a-blocked-sender")
def test_reset_leaves_the_sender_blocked(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    stall.peer.reset()
    expect(stall.blocked.result(), error("closed"))


@clause("sending/reset-releases-a-blocked-sender")
def test_reset_is_not_named_to_the_blocked_sender(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner, show_econnreset=True)
    stall.peer.reset()
    expect(stall.blocked.result(), error("econnreset"))


@clause("sending/reset-releases-the-senders-behind")
def test_reset_releases_only_the_first(scenario: Scenario) -> None:
    owner, second, third = scenario.processes("owner", "second", "third")
    stall = stalled(scenario, owner)
    waiting = [each.begin.gen_tcp.send(stall.socket, END) for each in (second, third)]
    for each in waiting:
        each.is_blocked()
    stall.peer.reset()
    results = [each.result() for each in waiting]
    scenario.varies(results[0], enotconn=error("enotconn"), closed=error("closed"))
    expect(results[1], results[0])
    expect(stall.blocked.result(), error("closed"))


@clause("sending/reset-releases-senders-of-an-active-socket")
def test_reset_of_an_active_socket_leaves_senders_blocked(scenario: Scenario) -> None:
    owner, second = scenario.processes("owner", "second")
    stall = stalled(scenario, owner, active=True)
    waiting = second.begin.gen_tcp.send(stall.socket, END)
    waiting.is_blocked()
    stall.peer.reset()
    owner.receives(tcp_closed(stall.socket))
    for each in (stall.blocked, waiting):
        scenario.varies(each.result(), einval=error("einval"), closed=error("closed"))
    owner.receives_nothing()


@clause("sending/fin-releases-senders-of-an-active-socket")
def test_fin_of_an_active_socket_leaves_the_sender_blocked(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner, active=True)
    stall.peer.finish()
    owner.receives(tcp_closed(stall.socket))
    scenario.varies(stall.blocked.result(), closed=error("closed"), einval=error("einval"))
    owner.receives_nothing()


@clause("sending/fin-leaves-senders-of-a-passive-socket-alone")
def test_fin_breaks_off_a_blocked_send(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    stall.peer.finish()
    stall.blocked.is_blocked()
    stall.peer.receives(stall.given)
    expect(stall.blocked.result(), ok())


@clause("sending/noticed-fin-releases-senders-of-a-passive-socket")
def test_noticed_fin_leaves_the_sender_blocked(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    stall.peer.finish()
    expect(owner.gen_tcp.recv(stall.socket, 0), error("closed"))
    scenario.varies(stall.blocked.result(), closed=error("closed"), einval=error("einval"))


@clause("sending/fin-keeps-pending-output")
def test_fin_throws_pending_output_away(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner, active=True, exit_on_close=False)
    stall.peer.finish()
    owner.receives(tcp_closed(stall.socket))
    stall.blocked.is_blocked()
    stall.peer.receives(stall.given)
    expect(stall.blocked.result(), ok())


@clause("sending/fin-keeps-pending-output")
def test_noticed_fin_throws_pending_output_away(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner, exit_on_close=False)
    stall.peer.finish()
    expect(owner.gen_tcp.recv(stall.socket, 0), error("closed"))
    stall.blocked.is_blocked()
    stall.peer.receives(stall.given)
    expect(stall.blocked.result(), ok())


@clause("sending/bad-packet-and-a-blocked-sender")
@pytest.mark.parametrize("exit_on_close", [True, False])
def test_bad_packet_leaves_the_sender_in_the_dark(scenario: Scenario, exit_on_close: bool) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner, active=True, packet=4, packet_size=10, exit_on_close=exit_on_close)
    stall.peer.send(b"\0\0\1\0")
    scenario.wait_for(lambda: bool(owner.mailbox()), "a message", "no message", owner.messages)
    scenario.settle()
    closed = [tcp_closed(stall.socket)] * (len(owner.mailbox()) - 1)
    owner.receives(tcp_error(stall.socket, "emsgsize"), *closed)
    if not stall.blocked.has_returned():
        headers = 4 * (len(stall.given) // len(FLOOD))
        stall.peer.reads(len(stall.given) + headers)
    scenario.varies(stall.blocked.result(), released=error("closed"), goes_on=ok())


def with_output_left(scenario: Scenario, owner: Actor, **options: object) -> tuple[Term, RemotePeer]:
    """A socket of ``owner`` with output left, in a queue or with a sender that is blocked."""
    socket, peer = slow(scenario, owner, **options)
    scenario.process("sender").begin.gen_tcp.send(socket, 10 * FLOOD).has_returned()
    return socket, peer


@clause("sending/next-sender-is-told-of-lost-output")
@pytest.mark.parametrize("exit_on_close", [True, False])
@pytest.mark.parametrize("end", ["close", "reset"])
def test_lost_output_is_hushed_up(scenario: Scenario, end: str, exit_on_close: bool) -> None:
    owner = scenario.process("owner")
    socket, peer = with_output_left(scenario, owner, exit_on_close=exit_on_close)
    getattr(peer, end)()
    scenario.settle()
    expect(owner.gen_tcp.send(socket, b"x"), error("closed"))


@clause("sending/send-after-the-owner-was-told-of-lost-output")
@pytest.mark.parametrize("end", ["close", "reset"])
def test_sender_is_told_otherwise_of_lost_output(scenario: Scenario, end: str) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, peer = with_output_left(scenario, owner, active=True, exit_on_close=False)
    getattr(peer, end)()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    seen = sender.gen_tcp.send(socket, b"x")
    scenario.varies(seen, enotconn=error("enotconn"), closed=error("closed"))


@clause("sending/close-releases-a-blocked-sender")
def test_close_leaves_the_sender_blocked(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner, linger=ABORT)
    expect(owner.gen_tcp.close(stall.socket), ok())
    scenario.varies(stall.blocked.result(), closed=error("closed"), einval=error("einval"))


@clause("sending/close-releases-the-senders-behind")
def test_close_leaves_the_senders_behind_blocked(scenario: Scenario) -> None:
    owner, second, third = scenario.processes("owner", "second", "third")
    stall = stalled(scenario, owner, linger=ABORT)
    waiting = [each.begin.gen_tcp.send(stall.socket, END) for each in (second, third)]
    for each in waiting:
        each.is_blocked()
    expect(owner.gen_tcp.close(stall.socket), ok())
    results = [each.result() for each in waiting]
    scenario.varies(results[0], einval=error("einval"), closed=error("closed"))
    expect(results[1], results[0])


@clause("sending/close-with-a-sender-blocked")
def test_close_lies_about_pending_output(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    closing = owner.begin.gen_tcp.close(stall.socket)
    scenario.settle()
    seen, _ = stall.peer.reads_to_the_end()
    if not stall.given.startswith(seen):
        raise Unexpected("an unbroken beginning of the data", f"{len(seen)} bytes that are none", "bytes at the peer")
    arrived = Atom("all" if len(seen) == len(stall.given) else "part")
    scenario.varies((arrived, stall.blocked.result()), flushes=("all", ok()), drops=("part", error("closed")))
    expect(closing.result(), ok())


@clause("sending/vanished-peer-releases-blocked-senders")
@pytest.mark.parametrize("active", [True, False])
def test_vanished_peer_leaves_senders_blocked(scenario: Scenario, active: bool) -> None:
    owner, second = scenario.processes("owner", "second")
    stall = stalled(scenario, owner, active=active)
    waiting = second.begin.gen_tcp.send(stall.socket, END)
    waiting.is_blocked()
    stall.peer.vanish()
    gives_up(scenario, owner, stall.socket)
    for each in (stall.blocked, waiting):
        variants = {name: error(name) for name in ("closed", "enotconn", "einval", "etimedout")}
        scenario.varies(each.result(), **variants)
    if active:
        owner.receives(*told_of_the_end(scenario, owner, stall.socket))  # the reason, too, if who reads finds it out


@clause("sending/send-to-a-vanished-peer-fails")
def test_sends_to_a_vanished_peer_are_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = impatient(scenario, owner)
    peer.vanish()
    expect(owner.gen_tcp.send(socket, b"anybody there?"), ok())
    for _ in range(int(GIVEN_UP_AFTER / 0.02)):
        scenario.advance(20)
        result = owner.gen_tcp.send(socket, b"x")
        if result != ok():
            break
    scenario.varies(result, closed=error("closed"), etimedout=error("etimedout"))
