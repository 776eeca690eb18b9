"""Output that still waits for room when the connection ends.

The peer's small receive buffer and the socket's small send buffer hold a part of the data. An implementation keeps the
rest in a queue of its own, so that the send returns at once, or in the caller, which is held until the rest is taken.
"""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor, Pending
from gen_tck.conformance.harness.expect import Unexpected, error, expect, ok, one_of, tcp_closed, tcp_error
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Term, term

BUFFER = 16384
STEP = 4000
DATA = bytes(range(250)) * 800
"""200,000 bytes, several times what the buffers hold, and a multiple of STEP."""


def connect_narrow(scenario: Scenario, owner: Actor, **options: object) -> tuple[Term, RemotePeer]:
    return scenario.connect(owner, peer_buffer=BUFFER, sndbuf=BUFFER, **options)


def send_with_output_left(owner: Actor, socket: Term, peer: RemotePeer, data: bytes = DATA) -> bytes:
    """Send ``data``, reading at the peer only what must be read for the send to return; what was read."""
    sending = owner.begin.gen_tcp.send(socket, data)
    seen = b""
    while not sending.has_returned():
        seen += peer.reads(STEP)
        if len(seen) > len(data):
            raise Unexpected(f"{len(data)} bytes", "more", "bytes at the peer")
    expect(sending.result(), ok())
    return seen


def arrives_whole(seen: bytes, peer: RemotePeer, data: bytes = DATA) -> None:
    rest, end = peer.reads_to_the_end()
    expect((len(seen + rest), Atom(end)), (len(data), "fin"), "bytes at the peer, and its end")
    expect(term(seen + rest == data), True, "whether they are the bytes that were sent")


@clause("closing/close-delivers-what-was-sent")
def test_close_drops_pending_output(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = connect_narrow(scenario, owner)
    seen = send_with_output_left(owner, socket, peer)
    closing = owner.begin.gen_tcp.close(socket)
    arrives_whole(seen, peer)
    expect(closing.result(), ok())


@clause("closing/close-delivers-what-was-sent")
def test_close_drops_small_sends(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for number in range(16):
        expect(owner.gen_tcp.send(socket, bytes([number]) * 2048), ok())
    expect(owner.gen_tcp.close(socket), ok())
    peer.receives(b"".join(bytes([number]) * 2048 for number in range(16)))
    peer.sees_fin()


def close_waits(scenario: Scenario, owner: Actor, **options: object) -> tuple[Term, RemotePeer, Pending]:
    """A socket with output left and, by somebody else, a close under way, which may or may not wait for that output."""
    sender, closer = scenario.processes("sender", "closer")
    socket, peer = connect_narrow(scenario, owner, **options)
    sender.begin.gen_tcp.send(socket, DATA).has_returned()
    return socket, peer, closer.begin.gen_tcp.close(socket)


@clause("closing/dropped-output-ends-a-waiting-close")
def test_close_waits_after_a_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, peer, closing = close_waits(scenario, owner)
    if not closing.has_returned():
        peer.reset()
    expect(closing.result(), ok())


@clause("closing/dropped-output-ends-a-waiting-close")
@pytest.mark.parametrize("reason", ["closed", "emsgsize"])
def test_close_waits_after_a_failed_receive(scenario: Scenario, reason: str) -> None:
    owner = scenario.process("owner")
    socket, peer, closing = close_waits(scenario, owner, packet=4, packet_size=10)
    if not closing.has_returned():
        peer.send(b"\0\0\1\0") if reason == "emsgsize" else peer.finish()
        expect(owner.gen_tcp.recv(socket, 0), error(reason))
    expect(closing.result(), ok())


@clause("closing/dropped-output-ends-a-waiting-close")
def test_close_waits_after_a_failed_send(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, closing = close_waits(scenario, owner)
    if not closing.has_returned():
        expect(owner.gen_tcp.shutdown(socket, "write"), ok())
        expect(owner.gen_tcp.send(socket, b"x"), error("closed"))
    if not closing.has_returned():  # as sending/failed-send-closes-the-socket: the output may still be there
        peer.reads_to_the_end()
    expect(closing.result(), ok())


@clause("closing/closed-socket-ends-a-waiting-close")
@pytest.mark.parametrize("end", ["finish", "reset"])
def test_close_waits_on_a_lost_active_socket(scenario: Scenario, end: str) -> None:
    owner = scenario.process("owner")
    socket, peer, closing = close_waits(scenario, owner, active=True)
    if not closing.has_returned():
        getattr(peer, end)()
        owner.receives(tcp_closed(socket))
    expect(closing.result(), ok())
    owner.receives(*owner.mailbox())


@clause("closing/closed-socket-ends-a-waiting-close")
def test_close_waits_on_a_dead_owners_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, peer, closing = close_waits(scenario, owner)
    if not closing.has_returned():
        owner.kill()
    peer.reads_to_the_end()
    expect(closing.result(), ok())


@clause("closing/closed-socket-ends-a-waiting-close")
def test_close_waits_for_what_a_dead_owner_left(scenario: Scenario) -> None:
    owner, sender, closer = scenario.processes("owner", "sender", "closer")
    socket, peer = connect_narrow(scenario, owner)
    sender.begin.gen_tcp.send(socket, DATA).has_returned()
    owner.kill()
    scenario.settle()
    closing = closer.begin.gen_tcp.close(socket)
    closing.has_returned()  # what it is to wait for must be there when it looks, and so must not be read before
    peer.reads_to_the_end()
    expect(closing.result(), one_of(ok(), error("closed")))


@clause("closing/zero-linger-drops-pending-output")
def test_zero_linger_waits_for_pending_output(scenario: Scenario) -> None:
    owner, closer = scenario.processes("owner", "closer")
    socket, peer = connect_narrow(scenario, owner, linger=(True, 0))
    sending = owner.begin.gen_tcp.send(socket, DATA)
    seen = peer.reads(1)
    expect(closer.gen_tcp.close(socket), ok())
    rest, end = peer.reads_to_the_end()
    expect(term((len(seen + rest) < len(DATA), end)), (True, "reset"), "whether less than all came, and the end")
    expect(sending.result(), one_of(ok(), error("closed")))


@clause("closing/zero-linger-drops-pending-output")
def test_zero_linger_sends_on_as_the_peer_reads(scenario: Scenario) -> None:
    owner, closer = scenario.processes("owner", "closer")
    socket, peer = connect_narrow(scenario, owner, linger=(True, 0))
    sending = owner.begin.gen_tcp.send(socket, 10 * DATA)
    sending.has_returned()
    expect(closer.gen_tcp.close(socket), ok())
    rest, _ = peer.reads_to_the_end()
    expect(term(len(rest) < 5 * len(DATA)), True, "whether it is no more than was on the way")
    expect(sending.result(), one_of(ok(), error("closed")))


@clause("closing/repeated-shutdown-is-ok")
def test_second_shutdown_fails_when_output_was_left(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = connect_narrow(scenario, owner)
    seen = send_with_output_left(owner, socket, peer)
    closing = owner.begin.gen_tcp.shutdown(socket, "write")
    arrives_whole(seen, peer)
    expect(closing.result(), ok())
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    peer.send(b"still read")
    expect(owner.gen_tcp.recv(socket, 10), ok(b"still read"))


@clause("closing/shutdown-read-ends-receiving")
def test_shutdown_read_waits_for_output(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, _ = connect_narrow(scenario, owner)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    sending = owner.begin.gen_tcp.send(socket, DATA)
    sending.has_returned()
    other = scenario.process("other")
    expect(other.gen_tcp.shutdown(socket, "read"), ok())
    expect(receive.result(), error("closed"))


@clause("closing/shutdown-write-delivers-what-was-sent")
def test_shutdown_drops_pending_output(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = connect_narrow(scenario, owner)
    seen = send_with_output_left(owner, socket, peer)
    closing = owner.begin.gen_tcp.shutdown(socket, "write")
    arrives_whole(seen, peer)
    expect(closing.result(), ok())


@clause("closing/shutdown-both-delivers-what-was-sent")
def test_shutdown_of_both_drops_pending_output(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = connect_narrow(scenario, owner)
    seen = send_with_output_left(owner, socket, peer)
    closing = owner.begin.gen_tcp.shutdown(socket, "read_write")
    arrives_whole(seen, peer)
    expect(closing.result(), ok())
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/shutdowns-that-wait-add-up")
@pytest.mark.parametrize(("first", "second"), [("write", "read_write"), ("read_write", "write")])
def test_one_of_two_shutdowns_that_wait_is_lost(scenario: Scenario, first: str, second: str) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = connect_narrow(scenario, owner)
    seen = send_with_output_left(owner, socket, peer)
    one, two = owner.begin.gen_tcp.shutdown(socket, first), other.begin.gen_tcp.shutdown(socket, second)
    two.has_returned()
    arrives_whole(seen, peer)
    expect(one.result(), ok())
    expect(two.result(), one_of(ok(), error("enotconn")))  # where nothing waits for the peer, both has been done
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/shutdown-write-during-a-send")
def test_shutdown_during_a_send_confuses_the_stream(scenario: Scenario) -> None:
    owner, closer = scenario.processes("owner", "closer")
    socket, peer = connect_narrow(scenario, owner)
    sending = owner.begin.gen_tcp.send(socket, DATA)
    seen = peer.reads(1)
    expect(closer.gen_tcp.shutdown(socket, "write"), ok())
    rest, end = peer.reads_to_the_end()
    expect(term((DATA.startswith(seen + rest), end)), (True, "fin"), "whether a part of the data came, and the end")
    whole = term(seen + rest == DATA)
    scenario.varies((sending.result(), whole), postponed=(ok(), True), cut=(error("closed"), False))


@clause("closing/reset-under-pending-output-is-a-message")
def test_pending_output_hides_a_reset_from_an_active_owner(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, peer = connect_narrow(scenario, owner, active=True, show_econnreset=True)
    send_with_output_left(sender, socket, peer)
    peer.reset()
    owner.receives(tcp_error(socket, "econnreset"), tcp_closed(socket))


@clause("closing/reset-under-pending-output-is-a-recv-error")
def test_pending_output_hides_a_reset_from_recv(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = connect_narrow(scenario, owner, show_econnreset=True)
    send_with_output_left(owner, socket, peer)
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), error("econnreset"))


@clause("closing/linger-ends-the-wait")
@pytest.mark.parametrize("later", [False, True], ids=["at-creation", "later"])
def test_close_lingers_for_too_long(scenario: Scenario, later: bool) -> None:
    owner = scenario.process("owner")
    linger = ("linger", (True, 1))
    socket, peer = connect_narrow(scenario, owner, **({} if later else dict([linger])))
    if later:
        expect(owner.inet.setopts(socket, [linger]), ok())
    seen = send_with_output_left(owner, socket, peer)
    expect(owner.gen_tcp.close(socket), ok())
    arrives_whole(seen, peer)


@clause("closing/linger-ends-with-the-output")
def test_close_lingers_though_all_has_arrived(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = connect_narrow(scenario, owner, linger=(True, 600))
    sending = owner.begin.gen_tcp.send(socket, DATA)
    peer.receives(DATA)
    expect(sending.result(), ok())
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()


@clause("closing/linger-ends-with-the-output")
def test_close_lingers_without_output(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, linger=(True, 600))
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()
