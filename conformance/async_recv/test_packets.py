"""Requests on a socket with framing."""

from __future__ import annotations

import pytest

from gen_tck.conformance.async_recv.steps import answer, asks
from gen_tck.conformance.harness.expect import error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("async_recv/length-with-framing-is-refused")
@pytest.mark.parametrize("packet", [4, "line"])
def test_length_is_applied_to_packets(scenario: Scenario, packet: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=packet)
    peer.send(b"\0\0\0\4abc\n")
    expect(owner.prim_inet.async_recv(socket, 5, 1), error("einval"))
    owner.receives_nothing()
    request = asks(owner, socket)
    owner.receives(answer(socket, request, ok(b"abc\n" if packet == 4 else b"\0\0\0\4abc\n")))


@clause("async_recv/one-packet-a-request")
@pytest.mark.parametrize(
    ("packet", "stream", "first", "second"),
    [(1, b"\3one\3two", b"one", b"two"), (4, b"\0\0\0\1a\0\0\0\0", b"a", b""), ("line", b"a\nb\n", b"a\n", b"b\n")],
)
def test_request_takes_two_packets(
    scenario: Scenario, packet: object, stream: bytes, first: bytes, second: bytes
) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=packet)
    peer.send(stream)
    requests = asks(owner, socket), asks(owner, socket)
    owner.receives(answer(socket, requests[0], ok(first)), answer(socket, requests[1], ok(second)))


@clause("async_recv/waits-for-a-whole-packet")
@pytest.mark.parametrize(("packet", "parts"), [(2, (b"\0", b"\3a", b"bc")), ("line", (b"a", b"b", b"c\n"))])
def test_part_of_a_packet_answers(scenario: Scenario, packet: object, parts: tuple[bytes, ...]) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=packet)
    request = asks(owner, socket)
    for each in parts[:-1]:
        peer.send(each)
        owner.receives_nothing()
    peer.send(parts[-1])
    owner.receives(answer(socket, request, ok(b"abc" if packet == 2 else b"abc\n")))


@clause("async_recv/timeout-keeps-a-partial-packet")
@pytest.mark.parametrize(("packet", "part", "rest"), [(4, b"\0\0\0\3a", b"bc"), (4, b"\0\0", b"\0\3abc")])
def test_timeout_loses_part_of_a_packet(scenario: Scenario, packet: int, part: bytes, rest: bytes) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=packet)
    peer.send(part)
    request = asks(owner, socket, 0, 1)
    owner.receives(answer(socket, request, error("timeout")))
    peer.send(rest)
    request = asks(owner, socket)
    owner.receives(answer(socket, request, ok(b"abc")))


@clause("async_recv/bad-packet-answers-the-request", "async_recv/request-after-the-end")
def test_bad_packet_is_received_or_ignored(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=2, packet_size=4)
    request = asks(owner, socket)
    peer.send(b"\0\5")
    owner.receives(answer(socket, request, error("emsgsize")))
    expect(owner.prim_inet.async_recv(socket, 0, 1), error("enotconn"))
