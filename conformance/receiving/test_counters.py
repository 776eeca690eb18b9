"""What receiving counts, as ``inet:getstat`` tells it."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario

RECEIVED = ["recv_oct", "recv_cnt", "recv_max"]


def _counted(*numbers: int) -> object:
    return ok(list(zip(RECEIVED, numbers, strict=True)))


@clause("receiving/counts-what-it-hands-over")
def test_receives_are_miscounted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"hello")
    scenario.settle()
    expect(owner.inet.getstat(socket, RECEIVED), _counted(0, 0, 0))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"hello"))
    expect(owner.inet.getstat(socket, RECEIVED), _counted(5, 1, 5))
    peer.send(b"you")
    expect(owner.gen_tcp.recv(socket, 3), ok(b"you"))
    expect(owner.inet.getstat(socket, RECEIVED), _counted(8, 2, 5))


@clause("receiving/counts-what-it-hands-over")
@pytest.mark.parametrize("mode", [True, 5])
def test_messages_are_miscounted(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=mode)
    for data in (b"hi", b"hello"):
        peer.send(data)
        owner.receives(tcp(socket, data))
    expect(owner.inet.getstat(socket, RECEIVED), _counted(7, 2, 5))


@clause("receiving/packets-are-counted")
def test_packets_that_come_together_count_as_one(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=2)
    peer.send(b"\x00\x03abc\x00\x01d\x00")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"d"))
    expect(owner.inet.getstat(socket, RECEIVED), _counted(8, 2, 5))


@clause("receiving/packets-are-counted")
def test_packet_in_pieces_counts_as_several(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line")
    receiving = owner.begin.gen_tcp.recv(socket, 0)
    for piece in (b"one ", b"line\n"):
        peer.send(piece)
        scenario.settle()
    expect(receiving.result(), ok(b"one line\n"))
    expect(owner.inet.getstat(socket, RECEIVED), _counted(9, 1, 9))


@clause("receiving/mean-of-what-is-received")
def test_mean_is_that_of_the_last(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    for data in (b"a", b"bcdefgh", b"ijkl"):
        peer.send(data)
        owner.receives(tcp(socket, data))
    expect(owner.inet.getstat(socket, ["recv_avg"]), ok([("recv_avg", 4)]))


@clause("receiving/deviation-of-what-is-received")
def test_deviation_is_zero(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    for size in (1, 9):
        peer.send(b"x" * size)
        owner.receives(tcp(socket, b"x" * size))
    expect(owner.inet.getstat(socket, ["recv_dvi"]), ok([("recv_dvi", 2)]))


@clause("receiving/counters-outlive-the-connection")
@pytest.mark.parametrize("end", ["finish", "reset"])
def test_end_of_the_connection_clears_counters(scenario: Scenario, end: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"hello")
    expect(owner.gen_tcp.recv(socket, 5), ok(b"hello"))
    getattr(peer, end)()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    expect(owner.inet.getstat(socket, RECEIVED), _counted(5, 1, 5))
