"""Requests with a timeout."""

from __future__ import annotations

import pytest

from gen_tck.conformance.async_recv.steps import answer, asks
from gen_tck.conformance.harness.expect import Unexpected, error, expect, integer, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario

TIMEOUT = error("timeout")


@clause("async_recv/times-out")
@pytest.mark.parametrize("length", [0, 3])
def test_request_outlives_its_timeout(scenario: Scenario, length: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket, length, 2)
    owner.receives(answer(socket, request, TIMEOUT))
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, length), ok(b"abc"))


@clause("async_recv/does-not-time-out-early")
def test_request_times_out_early(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    begun = integer(owner.erlang.monotonic_time("millisecond"), "the clock")
    request = asks(owner, socket, 0, 10)
    owner.receives(answer(socket, request, TIMEOUT))
    took = integer(owner.erlang.monotonic_time("millisecond"), "the clock") - begun
    if took < 9:  # A millisecond of grace: the clock is read, and the timer may be set, in whole milliseconds.
        raise Unexpected("{error,timeout} after 10 ms", f"it after {took} ms")


@clause("async_recv/zero-timeout-polls")
def test_poll_waits_misses_or_consumes_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket, 0, 0)
    owner.erlang.send(owner, "later")
    owner.receives(answer(socket, request, TIMEOUT), "later")
    peer.send(b"hi")
    request = asks(owner, socket, 5, 0)
    owner.receives(answer(socket, request, TIMEOUT))
    request = asks(owner, socket, 2, 0)
    owner.erlang.send(owner, "later")
    owner.receives(answer(socket, request, ok(b"hi")), "later")


@clause("async_recv/negative-timeout-is-infinite")
@pytest.mark.parametrize("timeout", [-1, -5, -1.5])
def test_negative_timeout_ends(scenario: Scenario, timeout: float) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket, 0, timeout)
    scenario.advance(6)
    owner.receives_nothing()
    peer.send(b"abc")
    owner.receives(answer(socket, request, ok(b"abc")))


@clause("async_recv/bytes-of-an-expired-request-are-kept")
def test_timed_out_request_loses_bytes(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    request = asks(owner, socket, 5, 1)
    owner.receives(answer(socket, request, TIMEOUT))
    request = asks(owner, socket, 2)
    owner.receives(answer(socket, request, ok(b"ab")))
    peer.send(b"de")
    request = asks(owner, socket, 3)
    owner.receives(answer(socket, request, ok(b"cde")))


@clause("async_recv/bytes-of-an-expired-request-are-delivered", "modes/leftover-of-a-receive-is-delivered")
def test_bytes_of_a_timed_out_request_are_not_delivered(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    request = asks(owner, socket, 5, 1)
    owner.receives(answer(socket, request, TIMEOUT))
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    owner.receives_bytes(socket, b"abc")


@clause("async_recv/poll-leaves-the-bytes-within-reach")
def test_poll_hides_bytes_from_a_request(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    request = asks(owner, socket, 5, 0)
    owner.receives(answer(socket, request, TIMEOUT))
    request = asks(owner, socket, 0, 0)
    owner.receives(answer(socket, request, ok(b"abc")))


@clause("async_recv/poll-leaves-the-bytes-within-reach")
def test_poll_hides_bytes_from_an_active_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    request = asks(owner, socket, 5, 0)
    owner.receives(answer(socket, request, TIMEOUT))
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    owner.receives_bytes(socket, b"abc")


@clause("async_recv/timeout-is-not-cut-to-32-bits")
def test_request_with_a_very_long_timeout_polls(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket, 0, 2**32)
    owner.receives_nothing()
    peer.send(b"abc")
    owner.receives(answer(socket, request, ok(b"abc")))
