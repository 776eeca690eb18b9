"""Framing by length headers, in both directions."""

from __future__ import annotations

from typing import Any

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, tcp
from gen_tck.conformance.harness.marks import clause, requires
from gen_tck.conformance.harness.scenario import Scenario

headers = pytest.mark.parametrize("size", [1, 2, 4])


def packet(size: int, data: bytes) -> bytes:
    """``data`` with a header of ``size`` bytes, as it looks on the wire."""
    return len(data).to_bytes(size, "big") + data


@clause("receiving/no-framing-leaves-bytes-alone")
@pytest.mark.parametrize("name", ["raw", 0])
def test_bytes_are_framed_without_framing(scenario: Scenario, name: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=name)
    peer.send(b"\0\3abc\n")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"\0\3abc\n"))


@clause("receiving/unknown-framing-is-refused")
@pytest.mark.parametrize("unknown", [3, "parcel"])
def test_unknown_framing_is_taken(scenario: Scenario, unknown: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=2)
    expect(owner.inet.setopts(socket, [("packet", unknown)]), error("einval"))
    expect(owner.inet.getopts(socket, ["packet"]), ok([("packet", 2)]))
    peer.send(packet(2, b"abc"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))


@clause("receiving/length-header-is-stripped")
@headers
def test_header_is_misread(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size)
    data = bytes(range(200)) if size == 1 else bytes(range(256)) * 4 + b"odd"
    peer.send(packet(size, data))
    expect(owner.gen_tcp.recv(socket, 0), ok(data))


@clause("receiving/empty-packet-is-received")
@headers
def test_empty_packet_is_skipped(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size)
    peer.send(packet(size, b""))
    expect(owner.gen_tcp.recv(socket, 0), ok(b""))
    peer.send(packet(size, b"a") + packet(size, b"") + packet(size, b"b"))
    for data in (b"a", b"", b"b"):
        expect(owner.gen_tcp.recv(socket, 0), ok(data))


@clause("receiving/one-packet-a-receive")
@headers
def test_packets_are_merged_or_lost(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size)
    peer.send(packet(size, b"one") + packet(size, b"two") + packet(size, b"three"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"one"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"two"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"three"))
    expect(owner.gen_tcp.recv(socket, 0, 1), error("timeout"))


@clause("receiving/waits-for-a-whole-packet")
@headers
def test_part_of_a_packet_is_received(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size)
    wire = packet(size, b"abc")
    receive = owner.begin.gen_tcp.recv(socket, 0)
    for piece in (wire[: size - 1], wire[size - 1 : size], wire[size:-1]):
        peer.send(piece)
        receive.is_blocked()
    peer.send(wire[-1:])
    expect(receive.result(), ok(b"abc"))


@clause("receiving/timeout-keeps-a-partial-packet")
def test_timeout_loses_part_of_a_header(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4)
    peer.send(b"\0\0")
    expect(owner.gen_tcp.recv(socket, 0, 1), error("timeout"))
    peer.send(b"\0\3abc")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))


@clause("receiving/timeout-keeps-a-partial-packet")
def test_timeout_loses_part_of_a_body(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4)
    peer.send(b"\0\0\0\3a")
    expect(owner.gen_tcp.recv(socket, 0, 1), error("timeout"))
    peer.send(b"bc")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))


@clause("receiving/packet-may-exceed-the-buffer")
def test_packet_is_cut_at_the_buffer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=2, buffer=16)
    data = bytes(range(250)) * 4
    peer.send(packet(2, data) + packet(2, b"next"))
    expect(owner.gen_tcp.recv(socket, 0), ok(data))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"next"))


LENGTHS = (10, 2, 13, 0, 1, 12, 14, 3, 9, 16, 7, 30, 1, 1, 1, 5)
"""Lengths of packets between which, and within which, buffers of 16 bytes end. OTP uses a long buffer again for short
data: so longer ones are tried, too."""


@clause("receiving/packets-come-whole-wherever-the-buffer-ends")
@pytest.mark.parametrize(("size", "times"), [(1, 1), (2, 1), (4, 1), (2, 300), (4, 300)])
@pytest.mark.parametrize("mode", [False, True])
def test_end_of_the_buffer_spoils_packets(scenario: Scenario, size: int, times: int, mode: bool) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size, buffer=16 * times)
    bodies = [bytes([number]) * length * times for number, length in enumerate(LENGTHS)]
    peer.send(b"".join(packet(size, each) for each in bodies))
    if mode:
        expect(owner.inet.setopts(socket, [("active", True)]), ok())
        owner.receives(*(tcp(socket, each) for each in bodies))
        return
    for each in bodies:
        expect(owner.gen_tcp.recv(socket, 0), ok(each))


@clause("receiving/packet-over-its-size-limit")
@headers
def test_size_limit_is_ignored_or_off_by_one(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size, packet_size=10)
    peer.send(packet(size, b"0123456789"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"0123456789"))
    peer.send((11).to_bytes(size, "big"))
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))


@clause("receiving/packet-over-its-size-limit", "receiving/line-over-its-size-limit")
@pytest.mark.parametrize(
    ("options", "data"),
    [
        ({"packet": 4, "packet_size": 10}, b"\0\0\0\x64abc"),
        ({"packet": "line", "packet_size": 8}, b"0123456789abcdef\n"),
    ],
    ids=["packet_size", "line"],
)
def test_recv_collects_a_bad_packet(scenario: Scenario, options: dict[str, Any], data: bytes) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, **options)
    peer.send(data)
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))


@clause("receiving/four-byte-header-over-the-limit")
@pytest.mark.parametrize("header", [b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff"])
def test_gigabytes_are_waited_for(scenario: Scenario, header: bytes) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4)
    peer.send(header + b"abc")
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))


@clause("receiving/four-byte-header-over-64-mib")
def test_packet_over_64_mib_is_neither_awaited_nor_refused(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4)
    peer.send(b"\x04\0\0\1abc")
    scenario.varies(owner.gen_tcp.recv(socket, 0, 1), waits=error("timeout"), emsgsize=error("emsgsize"))


@clause("receiving/packet-over-its-size-limit")
@requires("receiving/timeout-keeps-a-partial-packet", "receiving/timeout-keeps-the-bytes")
def test_size_limit_set_later_is_ignored(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4)
    peer.send(b"\0\0\0\x0b")
    expect(owner.gen_tcp.recv(socket, 0, 5), error("timeout"))
    expect(owner.inet.setopts(socket, [("packet_size", 10)]), ok())
    peer.send(bytes(11))
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))


@clause("receiving/packet-over-its-size-limit")
def test_size_limit_is_not_lifted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4, packet_size=10)
    expect(owner.inet.setopts(socket, [("packet_size", 0)]), ok())
    peer.send(packet(4, bytes(11)))
    expect(owner.gen_tcp.recv(socket, 0), ok(bytes(11)))
