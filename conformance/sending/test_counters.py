"""What ``inet:getstat`` tells, and what of it sending counts."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import brief, error, expect, ok, raised, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.counters import COUNTERS

NAMES = [each.name for each in COUNTERS]
SENT = ["send_oct", "send_cnt", "send_max"]


def _counted(*numbers: int, names: list[str] = SENT) -> object:
    return ok(list(zip(names, numbers, strict=True)))


@clause("sending/all-counters-are-told")
def test_counter_is_missing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.getstat(socket), _counted(*[0] * len(NAMES), names=NAMES))


@clause("sending/all-counters-are-told")
def test_counter_of_a_listener_is_missing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner)
    expect(owner.inet.getstat(listener), _counted(*[0] * len(NAMES), names=NAMES))


@clause("sending/counters-come-as-asked-for")
@pytest.mark.parametrize(
    "names", [["send_cnt", "recv_oct"], ["recv_oct", "send_cnt", "recv_oct"], []], ids=["two", "one-twice", "none"]
)
def test_counters_are_sorted(scenario: Scenario, names: list[str]) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.getstat(socket, names), _counted(*[0] * len(names), names=names))


@clause("sending/unknown-counter-is-einval")
@pytest.mark.parametrize("names", [["foo"], ["send_cnt", "foo"]], ids=["alone", "last"])
def test_unknown_counter_is_zero(scenario: Scenario, names: list[str]) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(brief(owner.inet.getstat(socket, names)), error("einval"))
    expect(owner.gen_tcp.send(socket, b"still here"), ok())
    peer.receives(b"still here")


@clause("sending/counters-are-asked-for-in-a-list")
def test_counter_stands_alone(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.getstat(socket, "send_cnt"), raised("error", "function_clause"))


@clause("sending/closed-socket-tells-no-counters")
@pytest.mark.parametrize("names", [[], [["send_cnt"]]], ids=["all", "one"])
def test_closed_socket_counts(scenario: Scenario, names: list[list[str]]) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    seen = owner.inet.getstat(socket, *names)
    scenario.varies(seen, einval=error("einval"), closed=error("closed"))


@clause("sending/counts-what-is-sent")
def test_sends_are_miscounted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.inet.getstat(socket, SENT), _counted(0, 0, 0))
    expect(owner.gen_tcp.send(socket, b"seldom"), ok())
    expect(owner.inet.getstat(socket, SENT), _counted(6, 1, 6))
    expect(owner.gen_tcp.send(socket, [b"so", [ord("!")]]), ok())
    peer.receives(b"seldomso!")
    expect(owner.inet.getstat(socket, SENT), _counted(9, 2, 6))


@clause("sending/counts-what-is-sent")
def test_strangers_send_is_not_counted(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner)
    expect(stranger.gen_tcp.send(socket, b"mine"), ok())
    peer.receives(b"mine")
    expect(owner.inet.getstat(socket, SENT), _counted(4, 1, 4))


@clause("sending/header-counts-as-sent")
@pytest.mark.parametrize("size", [1, 2, 4])
def test_header_is_not_counted(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size)
    expect(owner.gen_tcp.send(socket, b"abc"), ok())
    expect(owner.gen_tcp.send(socket, b""), ok())
    peer.receives((3).to_bytes(size, "big") + b"abc" + bytes(size))
    expect(owner.inet.getstat(socket, ["send_oct"]), ok([("send_oct", 2 * size + 3)]))


@clause("sending/mean-of-what-is-sent")
def test_mean_of_sends_is_that_of_the_last(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for data in (b"a", b"bcdefgh", b"ijkl"):
        expect(owner.gen_tcp.send(socket, data), ok())
    peer.receives(b"abcdefghijkl")
    expect(owner.inet.getstat(socket, ["send_avg"]), ok([("send_avg", 4)]))


@clause("sending/each-socket-counts-for-itself")
def test_accepted_socket_goes_on_counting(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    first, peer = scenario.accept(owner, listener, port)
    expect(owner.gen_tcp.send(first, b"hello"), ok())
    peer.receives(b"hello")
    second, _ = scenario.accept(owner, listener, port)
    expect(owner.inet.getstat(second, SENT), _counted(0, 0, 0))
    expect(owner.inet.getstat(listener, SENT), _counted(0, 0, 0))
    value_of(owner.inet.getstat(first, SENT))
