"""What others may do while a receive is pending."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, matches, ok, one_of, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("receiving/second-receive")
def test_second_receive_is_answered_out_of_turn(scenario: Scenario) -> None:
    first, second = scenario.processes("first", "second")
    socket, peer = scenario.connect(first)
    pending = first.begin.gen_tcp.recv(socket, 3)
    pending.is_blocked()
    other = second.begin.gen_tcp.recv(socket, 2)
    scenario.settle()
    peer.send(b"abcde")
    pending.result()  # what it gets is another matter
    scenario.varies(other.result(), ealready=error("ealready"), queued=ok(b"de"))


@clause("receiving/second-receive-leaves-the-first-alone")
def test_second_receive_takes_the_first_ones_data(scenario: Scenario) -> None:
    first, second = scenario.processes("first", "second")
    socket, peer = scenario.connect(first)
    pending = first.begin.gen_tcp.recv(socket, 3)
    pending.is_blocked()
    other = second.begin.gen_tcp.recv(socket, 2)
    scenario.settle()
    peer.send(b"abcde")
    expect(pending.result(), ok(b"abc"))
    rest = other.result()
    if matches(rest, error("ealready")):
        rest = second.gen_tcp.recv(socket, 2)
    expect(rest, ok(b"de"))


@clause("receiving/second-receive-leaves-the-first-alone")
def test_second_receive_ends_the_first(scenario: Scenario) -> None:
    first, second = scenario.processes("first", "second")
    socket, peer = scenario.connect(first)
    pending = first.begin.gen_tcp.recv(socket, 0)
    pending.is_blocked()
    second.begin.gen_tcp.recv(socket, 0)
    pending.is_blocked()
    peer.send(b"a")
    expect(pending.result(), ok(b"a"))


@clause("receiving/second-receive-comes-back")
@pytest.mark.parametrize("timeout", [0, 1])
def test_second_receive_waits_beyond_the_first(scenario: Scenario, timeout: int) -> None:
    first, second = scenario.processes("first", "second")
    socket, peer = scenario.connect(first)
    pending = first.begin.gen_tcp.recv(socket, 0)
    pending.is_blocked()
    other = second.begin.gen_tcp.recv(socket, 0, timeout)
    scenario.settle()
    peer.send(b"a")
    expect(pending.result(), ok(b"a"))
    expect(other.result(), one_of(error("ealready"), error("timeout")))


@clause("receiving/second-receive-comes-back")
def test_close_leaves_the_second_receive_waiting(scenario: Scenario) -> None:
    owner, first, second = scenario.processes("owner", "first", "second")
    socket, _ = scenario.connect(owner)
    pending = first.begin.gen_tcp.recv(socket, 0)
    pending.is_blocked()
    other = second.begin.gen_tcp.recv(socket, 0)
    scenario.settle()
    expect(owner.gen_tcp.close(socket), ok())
    expect(pending.result(), error("closed"))
    expect(other.result(), one_of(error("ealready"), error("closed")))


@clause("receiving/close-wakes-a-receive")
@pytest.mark.parametrize("length", [0, 5])
def test_close_leaves_a_receive_waiting(scenario: Scenario, length: int) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, _ = scenario.connect(owner)
    receive = reader.begin.gen_tcp.recv(socket, length)
    receive.is_blocked()
    expect(owner.gen_tcp.close(socket), ok())
    expect(receive.result(), error("closed"))


@clause("receiving/close-wakes-a-receive")
def test_close_that_does_not_linger_leaves_a_receive_waiting(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, _ = scenario.connect(owner, linger=(True, 0))
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.gen_tcp.close(socket), ok())
    expect(receive.result(), error("closed"))


@clause("receiving/read-shutdown-wakes-a-receive")
def test_read_shutdown_leaves_a_receive_waiting(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, _ = scenario.connect(owner)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.gen_tcp.shutdown(socket, "read"), ok())
    expect(receive.result(), error("closed"))


@clause("receiving/write-shutdown-leaves-a-receive")
def test_write_shutdown_ends_a_receive(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    peer.sees_fin()
    receive.is_blocked()
    peer.send(b"a")
    expect(receive.result(), ok(b"a"))


@clause("receiving/others-work-during-a-receive")
def test_receive_locks_the_socket(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.gen_tcp.send(socket, b"abc"), ok())
    peer.receives(b"abc")
    expect(owner.inet.getopts(socket, ["active"]), ok([("active", False)]))
    receive.is_blocked()
    peer.send(b"a")
    expect(receive.result(), ok(b"a"))


@clause("receiving/killed-receiver-leaves-its-place")
def test_killed_receiver_keeps_others_from_receiving(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    reader.begin.gen_tcp.recv(socket, 0).is_blocked()
    reader.kill()
    receive = owner.begin.gen_tcp.recv(socket, 0)
    scenario.settle()
    peer.send(b"data")
    expect(receive.result(), ok(b"data"))


@clause("receiving/killed-receiver-takes-nothing-from-the-owner")
def test_killed_receiver_takes_data_from_an_active_socket(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    reader.begin.gen_tcp.recv(socket, 0).is_blocked()
    reader.kill()
    expect(owner.inet.setopts(socket, [("active", "once")]), ok())
    peer.send(b"data")
    owner.receives(tcp(socket, b"data"))
