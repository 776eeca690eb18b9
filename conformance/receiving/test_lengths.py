"""``recv(Socket, N)``: exactly so many bytes."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("receiving/exact-length")
def test_receive_gives_another_number_of_bytes(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abcdef")
    expect(owner.gen_tcp.recv(socket, 2), ok(b"ab"))
    expect(owner.gen_tcp.recv(socket, 3), ok(b"cde"))
    expect(owner.gen_tcp.recv(socket, 1), ok(b"f"))


@clause("receiving/rest-stays-for-the-next-receive")
def test_rest_is_lost_or_repeated(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    data = bytes(range(250)) * 4
    peer.send(data)
    expect(owner.gen_tcp.recv(socket, 10), ok(data[:10]))
    expect(owner.gen_tcp.recv(socket, 0), ok(data[10:]))
    expect(owner.gen_tcp.recv(socket, 0, 1), error("timeout"))


@clause("receiving/waits-for-all-the-bytes")
def test_receive_returns_before_all_bytes_are_there(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    receive = owner.begin.gen_tcp.recv(socket, 6)
    receive.is_blocked()
    peer.send(b"de")
    receive.is_blocked()
    peer.send(b"fg")
    expect(receive.result(), ok(b"abcdef"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"g"))


@clause("receiving/length-may-exceed-the-buffer")
def test_buffer_limits_the_length(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, buffer=100)
    data = bytes(range(250)) * 8
    peer.send(data)
    expect(owner.gen_tcp.recv(socket, 1999), ok(data[:1999]))
    expect(owner.gen_tcp.recv(socket, 0), ok(data[1999:]))


@clause("receiving/length-may-exceed-the-buffer")
def test_kernel_buffer_limits_the_length(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, recbuf=4096)
    data = bytes(range(256)) * 1000
    receive = owner.begin.gen_tcp.recv(socket, len(data))
    peer.pour(data)
    expect(receive.result(), ok(data))
