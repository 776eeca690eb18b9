"""Receives with a timeout, and what they leave behind."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, error, expect, integer, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.harness.timers import SLOW
from gen_tck.spec.terms import Term

LONG = 3_600_000
"""An hour, in milliseconds: a timeout that no test sees the end of."""


@clause("receiving/times-out")
@pytest.mark.parametrize("length", [0, 3])
def test_receive_waits_beyond_its_timeout(scenario: Scenario, length: int) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.recv(socket, length, 2), error("timeout"))


@clause("receiving/does-not-time-out-early")
def test_receive_times_out_early(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    begun = integer(owner.erlang.monotonic_time("millisecond"), "the clock")
    expect(owner.gen_tcp.recv(socket, 0, 10), error("timeout"))
    took = integer(owner.erlang.monotonic_time("millisecond"), "the clock") - begun
    if took < 9:  # A millisecond of grace: the clock is read, and the timer may be set, in whole milliseconds.
        raise Unexpected("{error,timeout} after 10 ms", f"it after {took} ms")


@clause("receiving/does-not-time-out-early")
def test_long_timeout_ends_at_once(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    receive = owner.begin.gen_tcp.recv(socket, 0, LONG)
    receive.is_blocked()
    peer.send(b"a")
    expect(receive.result(), ok(b"a"))


@clause("receiving/long-timeout-is-kept")
def test_long_timeout_is_cut(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    receive = owner.begin.gen_tcp.recv(socket, 0, SLOW)
    scenario.half_of(SLOW)
    receive.is_blocked()
    expect(receive.result(), error("timeout"))


@clause("receiving/data-end-the-wait")
def test_receive_waits_for_its_timeout_though_data_are_there(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abcd")
    expect(owner.gen_tcp.recv(socket, 0, LONG), ok(b"abcd"))
    receive = owner.begin.gen_tcp.recv(socket, 2, LONG)
    peer.send(b"ef")
    expect(receive.result(), ok(b"ef"))


@clause("receiving/zero-timeout-polls")
def test_poll_consumes_waits_or_misses_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.recv(socket, 0, 0), error("timeout"))
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, 5, 0), error("timeout"))
    expect(owner.gen_tcp.recv(socket, 2, 0), ok(b"ab"))
    expect(owner.gen_tcp.recv(socket, 0, 0), ok(b"c"))
    expect(owner.gen_tcp.recv(socket, 0, 0), error("timeout"))


@clause("receiving/works-again-after-a-timeout")
def test_timeout_breaks_the_next_receive(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.recv(socket, 0, 1), error("timeout"))
    receive = owner.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    peer.send(b"a")
    expect(receive.result(), ok(b"a"))


@clause("receiving/timeout-keeps-the-bytes")
def test_timeout_loses_bytes(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, 8, 1), error("timeout"))
    peer.send(b"de")
    expect(owner.gen_tcp.recv(socket, 8, 1), error("timeout"))
    peer.send(b"fghi")
    expect(owner.gen_tcp.recv(socket, 8), ok(b"abcdefgh"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"i"))


@clause("receiving/timeout-keeps-the-bytes")
def test_timeout_loses_bytes_that_came_during_the_receive(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    receive = owner.begin.gen_tcp.recv(socket, 4, 5)
    peer.send(b"ab")
    expect(receive.result(), error("timeout"))
    peer.send(b"cd")
    expect(owner.gen_tcp.recv(socket, 4), ok(b"abcd"))


@clause("receiving/kept-bytes-serve-any-length")
def test_kept_bytes_stay_unread_by_zero(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abcde")
    expect(owner.gen_tcp.recv(socket, 10, 1), error("timeout"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abcde"))
    expect(owner.gen_tcp.recv(socket, 0, 1), error("timeout"))


@clause("receiving/kept-bytes-serve-any-length")
def test_kept_bytes_are_cut_to_the_buffer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, buffer=4)
    peer.send(b"abcdef")
    expect(owner.gen_tcp.recv(socket, 10, 1), error("timeout"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abcdef"))


@clause("receiving/kept-bytes-serve-any-length")
def test_kept_bytes_are_garbled_by_another_length(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, 8, 1), error("timeout"))
    expect(owner.gen_tcp.recv(socket, 2), ok(b"ab"))
    peer.send(b"def")
    expect(owner.gen_tcp.recv(socket, 3), ok(b"cde"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"f"))


@clause("receiving/poll-leaves-the-bytes-within-reach")
def test_poll_hides_bytes_from_a_receive(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, 5, 0), error("timeout"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))


@clause("receiving/poll-leaves-the-bytes-within-reach")
def test_poll_hides_bytes_from_the_owner(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, 5, 0), error("timeout"))
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    owner.receives_bytes(socket, b"abc")


def after_kept_bytes(scenario: Scenario, owner: Actor) -> Term:
    """A socket of ``owner`` of which all that was sent has been received, after a receive had timed out on it."""
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, 10, 1), error("timeout"))
    expect(owner.gen_tcp.recv(socket, 3), ok(b"abc"))
    return socket


@clause("receiving/nothing-is-received-that-was-not-sent")
def test_receive_gives_bytes_that_nobody_sent(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    seen = owner.gen_tcp.recv(after_kept_bytes(scenario, owner), 0, 10)
    match seen:
        case (_, bytes(data)):  # what they are differs from run to run
            raise Unexpected("{error,timeout}", f"{len(data)} bytes that nobody sent")
    expect(seen, error("timeout"))


@clause("receiving/nothing-is-received-that-was-not-sent")
def test_message_of_bytes_that_nobody_sent(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.inet.setopts(after_kept_bytes(scenario, owner), [("active", True)]), ok())
    scenario.settle()
    told = owner.mailbox()
    owner.receives(*told)
    if told:
        raise Unexpected("no message", f"{len(told)} of bytes that nobody sent", owner.messages)


@clause("receiving/buffer-of-an-expired-receive")
def test_expired_receive_loses_bytes_of_the_next(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.recv(socket, 2, 1), error("timeout"))
    peer.send(b"hello")
    if scenario.varies(owner.gen_tcp.recv(socket, 0), kept=ok(b"he"), dropped=ok(b"hello")) == "kept":
        expect(owner.gen_tcp.recv(socket, 0), ok(b"llo"))


@clause("receiving/buffer-of-an-expired-receive")
def test_expired_receive_of_many_bytes_loses_some(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, buffer=4)
    expect(owner.gen_tcp.recv(socket, 6, 1), error("timeout"))
    peer.send(b"abcdefg")
    if scenario.varies(owner.gen_tcp.recv(socket, 0), kept=ok(b"abcdef"), dropped=ok(b"abcd")) == "kept":
        expect(owner.gen_tcp.recv(socket, 0), ok(b"g"))


@clause("receiving/buffer-of-an-expired-receive")
def test_expired_receive_loses_bytes_of_messages(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.recv(socket, 2, 1), error("timeout"))
    peer.send(b"hello")
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    messages = owner.receives_bytes(socket, b"hello")
    scenario.varies(messages, kept=2, dropped=1)


@clause("receiving/data-racing-a-timeout-are-not-lost")
def test_data_racing_a_timeout_are_lost(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for each in range(12):
        data = bytes([each, each, each, each])
        receive = owner.begin.gen_tcp.recv(socket, 4, 1)
        peer.pour(data[:1])
        peer.pour(data[1:])
        first = receive.result()
        if first == error("timeout"):
            first = owner.gen_tcp.recv(socket, 4, 5000)
        expect(first, ok(data))
    expect(owner.gen_tcp.recv(socket, 0, 1), error("timeout"))
