"""The peer's end in the active modes."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import (
    Inconclusive,
    Unexpected,
    error,
    expect,
    ok,
    one_of,
    returned,
    tcp,
    tcp_closed,
    tcp_passive,
    value_of,
)
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario

PASSIVE = ok([("active", False)])


@clause("closing/active-owner-is-told-of-the-end")
def test_active_owner_waits_for_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.finish()
    owner.receives(tcp_closed(socket))


@clause("closing/active-owner-is-told-of-the-end")
def test_close_is_kept_from_a_socket_of_the_same_node(scenario: Scenario) -> None:
    server, client = scenario.processes("server", "client")
    listener, port = scenario.listen(server)
    try:
        socket = value_of(client.gen_tcp.connect(LOOPBACK, port, ["binary", ("active", True)]))
        accepted = value_of(server.gen_tcp.accept(listener, 5000))
    except Unexpected as reason:
        raise Inconclusive(f"two sockets of the node could not be connected to each other: {reason}") from None
    expect(server.gen_tcp.close(accepted), ok())
    client.receives(tcp_closed(socket))


@clause("closing/all-data-comes-before-the-closed-message")
def test_end_overtakes_packets(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=1)
    peer.send(b"".join(bytes([1, number]) for number in range(100)))
    peer.close()
    owner.receives(*(tcp(socket, bytes([number])) for number in range(100)), tcp_closed(socket))


@clause("closing/all-data-comes-before-the-closed-message")
def test_end_overtakes_a_flood(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    data = bytes(range(256)) * 1000
    peer.pour(data)
    peer.finish()
    owner.receives_bytes(socket, data, then=[tcp_closed(socket)])


@clause("closing/the-end-is-told-once")
def test_failing_sends_tell_of_the_end_again(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.close()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    owner.gen_tcp.send(socket, b"x")
    owner.gen_tcp.send(socket, b"y")
    owner.receives_nothing()


@clause("closing/the-end-is-told-once")
@pytest.mark.parametrize("mode", [True, "once"])
def test_arming_tells_of_the_end_again(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=mode, exit_on_close=False)
    peer.finish()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    owner.inet.setopts(socket, [("active", False)])
    owner.inet.setopts(socket, [("active", mode)])
    owner.receives_nothing()


@clause("closing/armed-once-is-told-of-the-end")
def test_once_waits_for_data_only(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.close()
    owner.receives(tcp_closed(socket))


@clause("closing/spent-once-is-told-when-armed-again")
def test_spent_once_tells_of_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"a")
    peer.close()
    owner.receives(tcp(socket, b"a"))
    owner.receives_nothing()
    expect(owner.inet.getopts(socket, ["active"]), PASSIVE)
    expect(owner.inet.setopts(socket, [("active", "once")]), ok())
    owner.receives(tcp_closed(socket))


@clause("closing/spent-once-is-told-when-armed-again")
def test_spent_once_swallows_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"a")
    owner.receives(tcp(socket, b"a"))
    peer.close()
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    owner.receives(tcp_closed(socket))


@clause("closing/the-end-does-not-count")
def test_end_spends_the_count(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=2, packet=1)
    peer.send(b"\x01a")
    peer.close()
    owner.receives(tcp(socket, b"a"), tcp_closed(socket))


@clause("closing/the-end-does-not-count")
def test_end_without_data_makes_passive(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=2)
    peer.close()
    owner.receives(tcp_closed(socket))


@clause("closing/spent-count-is-told-when-armed-again")
def test_spent_count_tells_of_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=1)
    peer.send(b"a")
    peer.close()
    owner.receives(tcp(socket, b"a"), tcp_passive(socket))
    owner.receives_nothing()
    expect(owner.inet.getopts(socket, ["active"]), PASSIVE)
    expect(owner.inet.setopts(socket, [("active", 1)]), ok())
    owner.receives(tcp_closed(socket))


@clause("closing/closed-message-comes-before-the-monitors")
def test_monitor_overtakes_the_closed_message(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    reference = returned(owner.inet.monitor(socket))
    peer.close()
    owner.receives(
        tcp_closed(socket),
        one_of(("DOWN", reference, "port", socket, "normal"), ("DOWN", reference, "socket", socket, "closed")),
    )


@clause("closing/incomplete-packet-is-not-delivered-at-the-end")
def test_piece_of_a_packet_is_delivered(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=4)
    peer.send(b"\0\0\0\x02ok\0\0\0\x09abc")
    peer.close()
    owner.receives(tcp(socket, b"ok"), tcp_closed(socket))


@clause("closing/incomplete-packet-is-not-delivered-at-the-end")
def test_piece_of_a_line_is_delivered(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet="line")
    peer.send(b"line\nno end of line")
    peer.close()
    owner.receives(tcp(socket, b"line\n"), tcp_closed(socket))


@clause("closing/incomplete-packet-is-not-delivered-at-the-end")
def test_piece_of_a_header_hides_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=2)
    peer.send(b"\0")
    peer.close()
    owner.receives(tcp_closed(socket))


@clause("closing/incomplete-packet-is-not-received-at-the-end")
def test_piece_of_a_header_hides_the_end_from_recv(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4)
    peer.send(b"\0\0")
    peer.close()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/incomplete-packet-is-not-received-at-the-end")
@pytest.mark.parametrize(
    ("packet", "data", "first"), [(4, b"\0\0\0\x02ok\0\0\0\x09abc", b"ok"), ("line", b"line\nno end", b"line\n")]
)
def test_piece_of_a_packet_is_received(scenario: Scenario, packet: object, data: bytes, first: bytes) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=packet)
    peer.send(data)
    peer.close()
    expect(owner.gen_tcp.recv(socket, 0), ok(first))
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/incomplete-packet-ends-with-the-stream")
def test_begun_packet_is_delivered_after_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=4, exit_on_close=False)
    peer.send(b"\0\0")
    owner.receives_nothing()
    peer.finish()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    expect(owner.inet.setopts(socket, [("packet", "raw")]), ok())
    owner.receives_nothing()
