"""Sending on a connection that is closed, half-closed or reset."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import brief, error, expect, ok, one_of, tcp, tcp_closed
from gen_tck.conformance.harness.marks import clause, requires
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import FLOOD, slow, until_refused
from gen_tck.spec.terms import List, Term


@clause("sending/send-after-close-is-closed")
@pytest.mark.parametrize("data", [b"x", b""], ids=["data", "empty"])
def test_closed_socket_sends(scenario: Scenario, data: bytes) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.gen_tcp.send(socket, data), error("closed"))
    peer.sees_fin()


@clause("sending/send-after-close-is-closed")
def test_bad_data_hides_the_close(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.gen_tcp.send(socket, "foo"), error("closed"))


@clause("sending/passive-socket-sends-after-the-peers-fin")
def test_fin_ends_the_other_direction(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.finish()
    expect(owner.gen_tcp.send(socket, b"one"), ok())
    expect(owner.gen_tcp.send(socket, b"two"), ok())
    peer.receives(b"onetwo")
    peer.sees_nothing()


@clause("sending/send-to-a-gone-peer-fails")
def test_sends_to_nobody_go_on(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.close()
    _, result = until_refused(owner, socket, b"x")
    expect(result, error("closed"))


@clause("sending/send-to-a-gone-peer-fails")
def test_half_open_socket_blocks_its_sender(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, exit_on_close=False)
    peer.close()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    _, result = until_refused(owner, socket, b"x")
    expect(result, error("closed"))
    owner.receives_nothing()


@clause("sending/reset-fails-the-next-send")
def test_send_succeeds_after_a_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.reset()
    expect(owner.gen_tcp.send(socket, b"x"), error("closed"))


@clause("sending/show-econnreset-names-the-reset")
def test_reset_is_called_a_close(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.reset()
    expect(owner.gen_tcp.send(socket, b"x"), error("econnreset"))


@clause("sending/show-econnreset-names-the-reset")
def test_answering_reset_is_called_a_close(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.close()
    _, result = until_refused(owner, socket, b"x")
    expect(result, error("econnreset"))


@clause("sending/sends-after-a-failed-send")
def test_dead_connection_comes_to_life(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.reset()
    until_refused(owner, socket, b"x")
    second = owner.gen_tcp.send(socket, b"x")
    scenario.varies(second, enotconn=error("enotconn"), closed=error("closed"))
    expect(owner.gen_tcp.send(socket, b"x"), second)


@clause("sending/sends-after-a-failed-send")
def test_send_succeeds_after_a_found_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.reset()
    expect(owner.gen_tcp.send(socket, b"x"), error("econnreset"))
    seen = owner.gen_tcp.send(socket, b"y")
    scenario.varies(seen, enotconn=error("enotconn"), closed=error("closed"), econnreset=error("econnreset"))


@clause("sending/sends-after-a-failed-send")
def test_shut_down_socket_comes_to_life(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    until_refused(owner, socket, b"x")
    second = owner.gen_tcp.send(socket, b"x")
    scenario.varies(second, enotconn=error("enotconn"), closed=error("closed"))
    expect(owner.gen_tcp.send(socket, b"x"), second)


@clause("sending/fin-closes-an-active-socket-for-sending")
def test_send_succeeds_after_tcp_closed(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.finish()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    expect(owner.gen_tcp.send(socket, b"x"), error("closed"))
    owner.receives_nothing()


@clause("sending/failed-send-keeps-the-close-for-the-owner")
def test_failed_send_swallows_tcp_closed(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"a")
    owner.receives(tcp(socket, b"a"))
    peer.close()
    until_refused(sender, socket, b"x")
    owner.receives_nothing()
    expect(owner.inet.setopts(socket, [("active", "once")]), ok())
    owner.receives(tcp_closed(socket))


@clause("sending/send-after-shutdown-is-closed")
def test_send_succeeds_after_shutdown(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.send(socket, b"last"), ok())
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    expect(owner.gen_tcp.send(socket, b"x"), error("closed"))
    peer.receives(b"last")
    peer.sees_fin()


@clause("sending/send-after-shutdown-is-closed")
def test_send_crashes_under_a_waiting_receive(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    reader.begin.gen_tcp.recv(socket, 0).is_blocked()
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    peer.sees_fin()
    expect(brief(owner.gen_tcp.send(socket, b"x")), error("closed"))


def shut_down_behind_output(scenario: Scenario) -> tuple[Actor, Term, RemotePeer]:
    """A socket that is shut down for writing when its output is sent, with who has done it, and its peer."""
    owner, other = scenario.processes("owner", "other")
    socket, peer = slow(scenario, owner)
    owner.begin.gen_tcp.send(socket, FLOOD).has_returned()  # it is queued, or its sender waits
    expect(other.gen_tcp.shutdown(socket, "write"), ok())
    return other, socket, peer


@clause("sending/send-after-shutdown-is-closed")
@requires("ownership/non-owner-may-send")
def test_send_follows_what_a_shutdown_waits_for(scenario: Scenario) -> None:
    other, socket, peer = shut_down_behind_output(scenario)
    expect(other.gen_tcp.send(socket, b"x"), error("closed"))
    peer.reads_to_the_end()


@clause("sending/own-end-is-no-reset")
def test_own_end_is_told_as_a_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    peer.sees_fin()
    expect(owner.gen_tcp.send(socket, b"x"), error("closed"))


@clause("sending/failed-send-closes-the-socket")
def test_data_is_lost_and_the_socket_open(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"in")
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    until_refused(owner, socket, b"x")
    scenario.varies(owner.gen_tcp.recv(socket, 0), closes=error("closed"), stays_open=ok(b"in"))


@clause("sending/failed-send-closes-the-socket")
def test_receive_outlives_the_socket(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    until_refused(owner, socket, b"x")
    if not receive.has_returned():
        peer.send(b"in")
    scenario.varies(receive.result(), closes=error("closed"), stays_open=ok(b"in"))


@clause("sending/failed-send-closes-the-socket")
@pytest.mark.parametrize("exit_on_close", [True, False], ids=["exits", "stays"])
def test_active_socket_is_closed_silently(scenario: Scenario, exit_on_close: bool) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, exit_on_close=exit_on_close)
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    until_refused(owner, socket, b"x")
    scenario.settle()
    told = owner.mailbox()
    variant = scenario.varies(List(told), closes=[tcp_closed(socket)], stays_open=[])
    if variant == "closes":
        owner.receives(tcp_closed(socket))
        other = error("einval" if exit_on_close else "enotconn")  # that there is no connection, or no socket
        expect(owner.gen_tcp.recv(socket, 0), one_of(error("closed"), other))
        if exit_on_close:
            expect(owner.inet.getopts(socket, ["active"]), error("einval"))
    else:
        peer.send(b"in")
        owner.receives(tcp(socket, b"in"))


@clause("sending/failed-send-closes-the-socket")
def test_closed_half_open_socket_keeps_its_descriptor(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=True, exit_on_close=False)
    before = scenario.census()["descriptors"]
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    until_refused(owner, socket, b"x")
    left = before - scenario.census()["descriptors"]
    told = owner.mailbox()
    variant = scenario.varies((List(told), left), closes=([tcp_closed(socket)], 1), stays_open=([], 0))
    owner.receives(*[tcp_closed(socket)] if variant == "closes" else [])


@clause("sending/failed-send-closes-the-socket")
@requires("ownership/non-owner-may-send")
def test_send_behind_a_shutdown_loses_less(scenario: Scenario) -> None:
    other, socket, peer = shut_down_behind_output(scenario)
    peer.send(b"in")
    expect(other.gen_tcp.send(socket, b"x"), error("closed"))
    scenario.varies(other.gen_tcp.recv(socket, 0), closes=error("closed"), stays_open=ok(b"in"))


@clause("sending/empty-send-on-a-dead-connection")
def test_empty_send_fails_otherwise(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    scenario.varies(owner.gen_tcp.send(socket, b""), ok=ok(), closed=error("closed"))


@clause("sending/delayed-send-fails-later")
def test_delayed_sends_to_nobody_go_on(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, delay_send=True)
    peer.close()
    _, result = until_refused(owner, socket, b"x")
    expect(result, error("closed"))
