"""Bytes that are put back."""

from __future__ import annotations

import pytest

from gen_tck.conformance.async_recv.steps import answer, asks
from gen_tck.conformance.harness.expect import error, expect, ok, tcp
from gen_tck.conformance.harness.marks import clause, requires
from gen_tck.conformance.harness.scenario import Scenario


@clause("async_recv/unrecv-puts-bytes-in-front")
def test_bytes_are_put_behind(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.prim_inet.unrecv(socket, b"2"), ok())
    expect(owner.prim_inet.unrecv(socket, [48, [b"1"]]), ok())
    peer.send(b"345")
    request = asks(owner, socket, 4)
    owner.receives(answer(socket, request, ok(b"0123")))
    request = asks(owner, socket)
    owner.receives(answer(socket, request, ok(b"45")))


@clause("async_recv/unrecv-waits-for-the-rest-of-a-packet")
def test_half_a_header_put_back_is_taken_for_a_packet(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4)
    expect(owner.prim_inet.unrecv(socket, b"\0\0"), ok())
    request = asks(owner, socket)
    peer.send(b"\0\3abc")
    owner.receives(answer(socket, request, ok(b"abc")))


@clause("async_recv/unrecv-waits-for-the-rest-of-a-packet")
def test_half_a_line_put_back_is_taken_for_a_line(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line")
    expect(owner.prim_inet.unrecv(socket, b"ab"), ok())
    request = asks(owner, socket)
    peer.send(b"c\n")
    owner.receives(answer(socket, request, ok(b"abc\n")))


@clause("async_recv/unrecv-on-an-active-socket")
def test_active_socket_keeps_what_is_put_back(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, _ = scenario.connect(owner, active=True)
    expect(other.prim_inet.unrecv(socket, b"abc"), ok())
    owner.receives(tcp(socket, b"abc"))


@clause("async_recv/unrecv-on-an-active-socket")
@requires("sending/passive-socket-sends-after-the-peers-fin")
def test_socket_that_is_passive_after_what_was_put_back_reads_on(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    expect(owner.prim_inet.unrecv(socket, b"abc"), ok())
    owner.receives(tcp(socket, b"abc"))
    peer.finish()
    scenario.settle()
    expect(owner.gen_tcp.send(socket, b"one"), ok())  # who reads has noticed the end
    expect(owner.gen_tcp.send(socket, b"two"), ok())
    peer.receives(b"onetwo")


@clause("async_recv/unrecv-during-a-request")
def test_bytes_put_back_during_a_request_are_lost(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket)
    expect(owner.prim_inet.unrecv(socket, b"abc"), ok())
    peer.send(b"d")
    owner.receives(answer(socket, request, ok(b"abc")))
    request = asks(owner, socket)
    owner.receives(answer(socket, request, ok(b"d")))


@clause("async_recv/unrecv-during-a-request")
def test_bytes_put_back_answer_for_more(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket, 5)
    expect(owner.prim_inet.unrecv(socket, b"ab"), ok())
    peer.send(b"c")
    owner.receives_nothing()
    peer.send(b"def")
    owner.receives(answer(socket, request, ok(b"abcde")))
    request = asks(owner, socket)
    owner.receives(answer(socket, request, ok(b"f")))


@clause("async_recv/unrecv-of-no-iodata-is-refused")
@pytest.mark.parametrize("data", ["bytes", 7, [256], [b"a", "b"]])
def test_bad_bytes_are_put_back(scenario: Scenario, data: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.prim_inet.unrecv(socket, data), error("einval"))
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))


@clause("async_recv/unrecv-needs-a-connection")
def test_closed_socket_takes_bytes_back(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.prim_inet.unrecv(socket, b"abc"), error("einval"))


@clause("async_recv/unrecv-needs-a-connection")
def test_listener_takes_bytes_back(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner)
    expect(owner.prim_inet.unrecv(listener, b"abc"), error("enotconn"))
