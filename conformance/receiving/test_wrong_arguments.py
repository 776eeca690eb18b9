"""Limits of ``recv``, and arguments that are wrong."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import brief, error, expect, ok, one_of, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario

MIB = 1024 * 1024
FUNCTION_CLAUSE = raised("error", "function_clause")


@clause("receiving/length-up-to-64-mib")
def test_64_mib_are_refused(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.recv(socket, 64 * MIB, 1), error("timeout"))


@clause("receiving/length-beyond-64-mib")
def test_long_receive_costs_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    seen = owner.gen_tcp.recv(socket, 64 * MIB + 1, 1)
    scenario.varies(seen, refused=error("enomem"), waits=error("timeout"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))


@clause("receiving/length-is-not-cut-to-32-bits")
def test_length_beyond_32_bits_becomes_a_short_one(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abcdef")
    expect(owner.gen_tcp.recv(socket, 2**32 + 3, 1), one_of(error("timeout"), error("enomem"), error("einval")))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abcdef"))


@clause("receiving/length-is-not-cut-to-32-bits")
def test_length_beyond_31_bits_becomes_zero(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abcdef")
    expect(owner.gen_tcp.recv(socket, 2**31, 1), one_of(error("timeout"), error("enomem"), error("einval")))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abcdef"))


@clause("receiving/negative-length")
def test_negative_length_is_taken_for_zero(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, -1, 1), FUNCTION_CLAUSE)
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))


@clause("receiving/length-is-an-integer")
@pytest.mark.parametrize("length", ["two", 2.0])
def test_wrong_length_is_taken_or_breaks_the_socket(scenario: Scenario, length: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(brief(owner.gen_tcp.recv(socket, length, 1)), FUNCTION_CLAUSE)
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))


@clause("receiving/negative-timeout")
def test_negative_timeout_is_taken_for_zero_or_breaks_the_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    receive = owner.begin.gen_tcp.recv(socket, 0, -1)
    scenario.settle()
    peer.send(b"abc")
    if (
        scenario.varies(brief(receive.result()), infinity=ok(b"abc"), function_clause=FUNCTION_CLAUSE)
        == "function_clause"
    ):
        expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))


@clause("receiving/timeout-is-an-integer-or-infinity")
@pytest.mark.parametrize("timeout", ["soon", 10.0])
def test_wrong_timeout_is_taken_or_breaks_the_socket(scenario: Scenario, timeout: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(brief(owner.gen_tcp.recv(socket, 0, timeout)), FUNCTION_CLAUSE)
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))


@clause("receiving/timeout-is-not-cut-to-32-bits")
def test_timeout_beyond_32_bits_becomes_zero(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    receive = owner.begin.gen_tcp.recv(socket, 0, 2**32)
    receive.is_blocked()
    peer.send(b"a")
    expect(receive.result(), ok(b"a"))


@clause("receiving/length-in-packet-mode")
@pytest.mark.parametrize(
    ("packet", "wire", "packets"), [(2, b"\0\3abc\0\1d", (b"abc", b"d")), ("line", b"abc\nd\n", (b"abc\n", b"d\n"))]
)
def test_length_cuts_a_packet(scenario: Scenario, packet: object, wire: bytes, packets: tuple[bytes, bytes]) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=packet)
    peer.send(wire)
    first, second = packets
    if scenario.varies(owner.gen_tcp.recv(socket, 2), einval=error("einval"), ignored=ok(first)) == "einval":
        expect(owner.gen_tcp.recv(socket, 0), ok(first))
    expect(owner.gen_tcp.recv(socket, 0), ok(second))


@clause("receiving/recv-from-no-socket-raises")
def test_atom_is_received_from(scenario: Scenario) -> None:
    expect(scenario.process("caller").gen_tcp.recv("foo", 0), raised("error", "function_clause"))
