"""How many bytes a request asks for."""

from __future__ import annotations

import pytest

from gen_tck.conformance.async_recv.steps import answer, asks, reference_in
from gen_tck.conformance.harness.expect import error, expect, ok, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import stalled

MIB = 1024 * 1024
TIMEOUT = error("timeout")


@clause("async_recv/zero-asks-for-what-is-there")
def test_zero_gives_too_few_or_too_many_bytes(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, buffer=4)
    peer.send(b"hello")
    requests = asks(owner, socket), asks(owner, socket)
    owner.receives(answer(socket, requests[0], ok(b"hell")), answer(socket, requests[1], ok(b"o")))


@clause("async_recv/exact-length")
def test_length_is_only_a_limit(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    request = asks(owner, socket, 5)
    owner.receives_nothing()
    peer.send(b"defg")
    owner.receives(answer(socket, request, ok(b"abcde")))
    rest = asks(owner, socket)
    owner.receives(answer(socket, rest, ok(b"fg")))


@clause("async_recv/negative-length-is-zero")
@pytest.mark.parametrize("length", [-1, -70000])
def test_negative_length_is_refused_or_never_answered(scenario: Scenario, length: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket, length)
    owner.receives_nothing()
    peer.send(b"hello")
    owner.receives(answer(socket, request, ok(b"hello")))


@clause("async_recv/length-up-to-64-mib")
def test_request_for_64_mib_is_refused(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    request = asks(owner, socket, 64 * MIB, 1)
    owner.receives(answer(socket, request, TIMEOUT))


@clause("async_recv/length-beyond-64-mib")
def test_too_long_request_is_taken_or_costs_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(owner.prim_inet.async_recv(socket, 64 * MIB + 1, 0), error("enomem"))
    owner.receives_nothing()
    request = asks(owner, socket)
    owner.receives(answer(socket, request, ok(b"abc")))


def asks_for_more_than_there_is(scenario: Scenario, length: int) -> None:
    """Expect that a request for ``length`` bytes, of which six have arrived, is refused or times out."""
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abcdef")
    asked = owner.prim_inet.async_recv(socket, length, 1)
    if asked not in (error("enomem"), error("einval")):
        owner.receives(answer(socket, reference_in(asked), TIMEOUT))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abcdef"))


@clause("async_recv/length-is-not-cut-to-32-bits")
def test_request_beyond_32_bits_becomes_a_short_one(scenario: Scenario) -> None:
    asks_for_more_than_there_is(scenario, 2**32 + 3)


@clause("async_recv/length-is-not-cut-to-32-bits")
def test_request_beyond_31_bits_becomes_one_for_zero(scenario: Scenario) -> None:
    asks_for_more_than_there_is(scenario, 2**31)


@clause("async_recv/request-arguments-are-integers")
@pytest.mark.parametrize(("length", "timeout"), [(0, "infinity"), (0, 1.5), ("all", 1), (2.0, 1)])
def test_wrong_argument_is_taken_or_leaves_a_request(scenario: Scenario, length: object, timeout: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.prim_inet.async_recv(socket, length, timeout), raised("error", "badarith"))
    request = asks(owner, socket)
    peer.send(b"abc")
    owner.receives(answer(socket, request, ok(b"abc")))


@clause("async_recv/unconnected-socket-refuses")
def test_listener_takes_a_request(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner)
    expect(owner.prim_inet.async_recv(listener, 0, 0), error("enotconn"))
    owner.receives_nothing()


@clause("async_recv/what-is-no-open-socket-refuses")
def test_closed_socket_raises(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.prim_inet.async_recv(socket, 0, 0), error("einval"))
    owner.receives_nothing()


@clause("async_recv/closing-port-refuses")
@pytest.mark.parametrize("end", ["kill", "close"])
def test_closing_port_takes_a_request(scenario: Scenario, end: str) -> None:
    owner, reader = scenario.processes("owner", "reader")
    stall = stalled(scenario, owner)
    if end == "kill":
        owner.kill()
        scenario.settle()
    else:
        expect(owner.erlang.port_close(stall.socket), True)
    expect(reader.prim_inet.async_recv(stall.socket, 0, 0), error("einval"))


@clause("async_recv/what-is-no-open-socket-refuses")
@pytest.mark.parametrize("thing", ["self", "atom", 7, (), b"socket"])
def test_what_is_no_socket_raises(scenario: Scenario, thing: object) -> None:
    owner = scenario.process("owner")
    expect(owner.prim_inet.async_recv(owner if thing == "self" else thing, 0, 0), error("einval"))
