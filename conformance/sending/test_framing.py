"""What ``packet`` puts before the data."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import describe, expect, fields, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Term, string

HEADERS = pytest.mark.parametrize("size", [1, 2, 4])


@clause("sending/packet-header-tells-the-length")
@HEADERS
def test_header_is_wrong(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size)
    data = b"x" * 200
    expect(owner.gen_tcp.send(socket, data), ok())
    peer.receives((200).to_bytes(size, "big") + data)
    peer.sees_nothing()


@clause("sending/packet-header-tells-the-length")
@pytest.mark.parametrize("size", [2, 4])
def test_header_bytes_are_swapped(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size)
    data = b"x" * 0x0102
    expect(owner.gen_tcp.send(socket, data), ok())
    peer.receives((0x0102).to_bytes(size, "big") + data)


@clause("sending/one-packet-per-send")
def test_iolist_gets_several_headers(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=2)
    expect(owner.gen_tcp.send(socket, [string("ab"), [b"c", b"d"]]), ok())
    peer.receives(b"\x00\x04abcd")
    peer.sees_nothing()


@clause("sending/one-packet-per-send")
def test_two_sends_share_a_header(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=2)
    expect(owner.gen_tcp.send(socket, b"ab"), ok())
    expect(owner.gen_tcp.send(socket, b"cd"), ok())
    peer.receives(b"\x00\x02ab\x00\x02cd")
    peer.sees_nothing()


@clause("sending/empty-packet-is-sent")
@HEADERS
def test_empty_packet_is_swallowed(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size)
    expect(owner.gen_tcp.send(socket, []), ok())
    peer.receives(bytes(size))
    peer.sees_nothing()


@clause("sending/raw-and-line-add-nothing")
@pytest.mark.parametrize("packet", ["raw", 0, "line"])
def test_something_is_added(scenario: Scenario, packet: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=packet)
    expect(owner.gen_tcp.send(socket, b"one\ntwo"), ok())
    peer.receives(b"one\ntwo")
    peer.sees_nothing()


@clause("sending/framing-follows-the-option")
def test_framing_stays_as_it_was(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.send(socket, b"a"), ok())
    expect(owner.inet.setopts(socket, [("packet", 1)]), ok())
    expect(owner.gen_tcp.send(socket, b"b"), ok())
    expect(owner.inet.setopts(socket, [("packet", "raw")]), ok())
    expect(owner.gen_tcp.send(socket, b"c"), ok())
    peer.receives(b"a\x01bc")
    peer.sees_nothing()


@clause("sending/longest-packet-is-sent")
@pytest.mark.parametrize("size", [1, 2])
def test_longest_packet_is_refused(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size)
    longest = 256**size - 1
    sending = owner.begin.gen_tcp.send(socket, b"x" * longest)
    peer.receives(longest.to_bytes(size, "big") + b"x" * longest)
    expect(sending.result(), ok())


@clause("sending/packet-beyond-its-header-is-refused")
@pytest.mark.parametrize("size", [1, 2])
def test_length_wraps(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size)
    _is_refused(owner.gen_tcp.send(socket, b"x" * 256**size))
    peer.sees_nothing()
    expect(owner.gen_tcp.send(socket, b"ok"), ok())
    peer.receives((2).to_bytes(size, "big") + b"ok")


def _is_refused(result: Term) -> None:
    refused, _ = fields(result, 2)
    expect(refused, "error", describe(result))
