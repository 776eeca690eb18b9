"""``recv(Socket, 0)``: what is there."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("receiving/receives-what-is-available")
def test_received_data_differ_from_what_was_sent(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    every_byte = bytes(range(256))
    peer.send(every_byte)
    expect(owner.gen_tcp.recv(socket, 0), ok(every_byte))


@clause("receiving/waits-for-the-first-byte")
@pytest.mark.parametrize("timeout", [(), ("infinity",)], ids=["recv/2", "infinity"])
def test_receive_returns_without_data(scenario: Scenario, timeout: tuple[str, ...]) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    receive = owner.begin.gen_tcp.recv(socket, 0, *timeout)
    receive.is_blocked()
    peer.send(b"a")
    expect(receive.result(), ok(b"a"))


@clause("receiving/several-sends-come-in-one-receive")
def test_receive_stops_where_a_send_ended(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"ab")
    peer.send(b"cd")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abcd"))


@clause("receiving/zero-gives-at-most-a-buffer")
def test_receive_gives_more_than_a_buffer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, buffer=100)
    data = bytes(range(250))
    peer.send(data)
    expect(owner.gen_tcp.recv(socket, 0), ok(data[:100]))
    expect(owner.gen_tcp.recv(socket, 0), ok(data[100:200]))
    expect(owner.gen_tcp.recv(socket, 0), ok(data[200:]))
    expect(owner.gen_tcp.recv(socket, 0, 0), error("timeout"))


@clause("receiving/answers-only-the-caller")
def test_receive_leaves_a_message(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(reader.gen_tcp.recv(socket, 2), ok(b"ab"))
    expect(reader.gen_tcp.recv(socket, 2, 1), error("timeout"))
    expect(owner.inet.setopts(socket, [("packet", 1), ("packet_size", 10)]), ok())
    expect(reader.gen_tcp.recv(socket, 0, 0), error("emsgsize"))
    reader.receives_nothing()
    owner.receives_nothing()
