"""There is one slot for a request."""

from __future__ import annotations

import pytest

from gen_tck.conformance.async_recv.steps import FOR_EVER, LONG, answer, asks
from gen_tck.conformance.harness.expect import error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.harness.timers import LIMITS


@clause("async_recv/second-request-is-refused")
@pytest.mark.parametrize("timeout", [FOR_EVER, 0, LONG], ids=["-1", "0", "3600000"])
@pytest.mark.parametrize("same", [True, False])
def test_second_request_is_queued(scenario: Scenario, same: bool, timeout: int) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket)
    second = owner if same else other
    expect(second.prim_inet.async_recv(socket, 0, timeout), error("ealready"))
    peer.send(b"a")
    owner.receives(answer(socket, request, ok(b"a")))
    peer.send(b"b")
    owner.receives_nothing()
    other.receives_nothing()


@clause("async_recv/refused-request-leaves-the-first-alone")
def test_refused_request_takes_the_place_of_the_first(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket, 3)
    expect(other.prim_inet.async_recv(socket, 1, 0), error("ealready"))
    peer.send(b"ab")
    owner.receives_nothing()
    peer.send(b"c")
    owner.receives(answer(socket, request, ok(b"abc")))


@clause("async_recv/refused-request-leaves-the-first-alone")
def test_refused_request_prolongs_the_first(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    second: object = None
    for timeout in LIMITS:
        socket, _ = scenario.connect(owner)
        request = asks(owner, socket, 0, timeout)
        second = owner.prim_inet.async_recv(socket, 0, LONG)
        owner.receives(answer(socket, request, error("timeout")))
        if second == error("ealready"):
            return
    expect(second, error("ealready"))


@clause("async_recv/refused-request-leaves-the-first-alone")
def test_refused_request_shortens_the_first(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket)
    expect(owner.prim_inet.async_recv(socket, 0, 1), error("ealready"))
    scenario.advance(3)
    owner.receives_nothing()
    peer.send(b"abc")
    owner.receives(answer(socket, request, ok(b"abc")))


@clause("async_recv/shares-the-slot-with-recv")
def test_receive_beside_a_request(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket)
    expect(owner.gen_tcp.recv(socket, 0, LONG), error("ealready"))
    expect(reader.gen_tcp.recv(socket, 0, 0), error("ealready"))
    peer.send(b"abc")
    owner.receives(answer(socket, request, ok(b"abc")))


@clause("async_recv/shares-the-slot-with-recv")
def test_request_beside_a_receive(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.prim_inet.async_recv(socket, 0, LONG), error("ealready"))
    peer.send(b"abc")
    expect(receive.result(), ok(b"abc"))
    owner.receives_nothing()


@clause("async_recv/answer-frees-the-slot")
def test_unread_answer_occupies_the_slot(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    first = asks(owner, socket)
    peer.send(b"a")
    owner.holds(answer(socket, first, ok(b"a")))
    second = asks(owner, socket, 0, 1)
    owner.holds(answer(socket, first, ok(b"a")), answer(socket, second, error("timeout")))
    third = asks(owner, socket)
    peer.send(b"b")
    owner.receives(
        answer(socket, first, ok(b"a")), answer(socket, second, error("timeout")), answer(socket, third, ok(b"b"))
    )


@clause("async_recv/request-ends-with-its-caller")
def test_request_of_the_dead_occupies_the_slot(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    asks(reader, socket)
    reader.kill()
    request = asks(owner, socket)
    peer.send(b"abc")
    owner.receives(answer(socket, request, ok(b"abc")))


@clause("async_recv/request-ends-with-its-caller")
def test_request_of_the_dead_takes_data(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    asks(reader, socket)
    reader.kill()
    peer.send(b"abc")
    scenario.settle()
    expect(owner.gen_tcp.recv(socket, 0, 1), ok(b"abc"))


@clause("async_recv/request-ends-with-its-caller")
def test_request_of_the_dead_leaves_its_length(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    asks(reader, socket, 5)
    peer.send(b"ab")
    scenario.settle()
    reader.kill()
    request = asks(owner, socket)
    owner.receives(answer(socket, request, ok(b"ab")))
