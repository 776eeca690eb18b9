"""When a port becomes busy, and when it stops."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import Unexpected, describe, error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.port_command.busy import FLOOD, attempts, busy, busy_again, filled, queued, reply
from gen_tck.spec.terms import List

NAMES = ["high_watermark", "low_watermark", "high_msgq_watermark", "low_msgq_watermark"]


def named(*values: int) -> list[tuple[str, int]]:
    """The four watermarks with these values, as ``getopts`` gives them."""
    return list(zip(NAMES, values, strict=True))


@clause("port_command/watermarks-of-a-new-socket")
def test_watermarks_begin_elsewhere(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    connected, _ = scenario.connect(owner)
    accepted, _, listener = scenario.accepted(owner)
    for socket in (connected, accepted, listener):
        expect(owner.inet.getopts(socket, NAMES), ok(named(8192, 4096, 8192, 4096)))


@clause("port_command/watermarks-are-inherited")
def test_accepted_socket_has_its_own_watermarks(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    wanted = named(5000, 300, 7000, 200)
    socket, _, _ = scenario.accepted(owner, *wanted)
    expect(owner.inet.getopts(socket, NAMES), ok(wanted))


@clause("port_command/watermarks-pull-each-other")
def test_low_watermark_is_above_the_high_one(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    both = ["high_watermark", "low_watermark"]
    expect(owner.inet.setopts(socket, [("high_watermark", 1000)]), ok())
    expect(owner.inet.getopts(socket, both), ok([("high_watermark", 1000), ("low_watermark", 1000)]))
    expect(owner.inet.setopts(socket, [("low_watermark", 3000)]), ok())
    expect(owner.inet.getopts(socket, both), ok([("high_watermark", 3000), ("low_watermark", 3000)]))
    expect(owner.inet.setopts(socket, [("low_watermark", 20)]), ok())
    expect(owner.inet.getopts(socket, both), ok([("high_watermark", 3000), ("low_watermark", 20)]))


@clause("port_command/message-queue-watermark-is-positive")
def test_message_queue_watermark_may_be_zero(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    for name in ("high_msgq_watermark", "low_msgq_watermark"):
        for bad in (0, "big"):
            expect(owner.inet.setopts(socket, [(name, bad)]), error("einval"))
        expect(owner.inet.setopts(socket, [(name, 1)]), ok())
        expect(owner.inet.getopts(socket, [name]), ok([(name, 1)]))


@clause("port_command/nothing-queued-nothing-busy")
def test_watermark_counts_what_the_kernel_took(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, high_watermark=0)
    for _ in range(3):
        expect(owner.erlang.port_command(socket, bytes(100), ["nosuspend"]), True)
        owner.receives(reply(socket))
    peer.receives(bytes(300))


@clause("port_command/first-command-never-makes-busy")
def test_first_command_makes_the_port_busy(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = filled(scenario, owner)
    expect(owner.erlang.port_command(port.socket, b"2", ["nosuspend"]), True)
    port.peer.receives(FLOOD + b"2")
    owner.receives(reply(port.socket))


@clause("port_command/port-info-tells-the-queue-size")
def test_queue_size_is_wrong(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = filled(scenario, owner, high_watermark=1_000_000)
    if queued(owner, port.socket) == 0:
        raise Unexpected("what the buffers on the way do not hold", "0 bytes", "the size of the queue")
    given = FLOOD
    for _ in attempts():
        before = queued(owner, port.socket)
        expect(owner.erlang.port_command(port.socket, bytes(100)), True)
        given += bytes(100)
        owner.receives(reply(port.socket))
        if queued(owner, port.socket) == before + 100:
            break
    port.peer.receives(given)
    scenario.wait_for(lambda: queued(owner, port.socket) == 0, "the queue to drain", "it did not", "")


@clause("port_command/send-pend-tells-the-queue-size")
def test_send_pend_is_wrong(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = filled(scenario, owner, high_watermark=1_000_000)
    for _ in attempts():
        before = queued(owner, port.socket)
        pending = owner.inet.getstat(port.socket, ["send_pend"])
        if queued(owner, port.socket) == before:
            break
    expect(pending, ok([("send_pend", before)]))


@clause("port_command/busy-from-the-high-watermark-on")
def test_threshold_is_elsewhere(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    port = filled(scenario, owner)
    given = FLOOD
    for _ in attempts():
        limit = queued(owner, port.socket) + 10
        expect(owner.inet.setopts(port.socket, [("high_watermark", limit)]), ok())
        expect(owner.erlang.port_command(port.socket, bytes(9)), True)
        owner.receives(reply(port.socket))
        expect(other.erlang.port_command(port.socket, bytes(1)), True)
        given += bytes(10)
        scenario.settle()
        if queued(owner, port.socket) == limit:
            break
        if other.mailbox():  # something drained before the second command, which so did not reach the limit
            other.receives(reply(port.socket))
        else:  # or after it, and the port is busy
            port, given = filled(scenario, owner), FLOOD
    other.receives_nothing()
    port.peer.receives(given)
    other.receives(reply(port.socket))


@clause("port_command/command-that-makes-busy-is-taken")
def test_command_that_makes_busy_is_suspended(scenario: Scenario) -> None:
    owner, maker = scenario.processes("owner", "maker")
    port = filled(scenario, owner)
    expect(maker.erlang.port_command(port.socket, b"x"), True)
    port.peer.receives(FLOOD + b"x")
    maker.receives(reply(port.socket))


@clause("port_command/reply-waits-for-the-end-of-busy")
def test_command_that_makes_busy_is_answered_at_once(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = filled(scenario, owner)
    expect(owner.erlang.port_command(port.socket, b"x"), True)
    owner.receives_nothing()
    port.peer.receives(FLOOD + b"x")
    owner.receives(reply(port.socket))


@clause("port_command/empty-command-makes-busy")
def test_empty_command_is_answered_at_once(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = filled(scenario, owner)
    expect(owner.erlang.port_command(port.socket, b""), True)
    owner.receives_nothing()
    port.peer.receives(FLOOD)
    owner.receives(reply(port.socket))


@clause("port_command/busy-until-the-low-watermark")
def test_busy_ends_at_another_mark(scenario: Scenario) -> None:
    owner, maker = scenario.processes("owner", "maker")
    port = filled(scenario, owner)
    low = 12_000
    expect(owner.inet.setopts(port.socket, [("low_watermark", low)]), ok())
    expect(maker.erlang.port_command(port.socket, b"x"), True)
    read = 0
    while queued(owner, port.socket) > low:
        port.peer.reads(1000)
        read += 1000
        scenario.settle()
        answered = bool(maker.mailbox())  # looked at before the queue: it only gets shorter
        left = queued(owner, port.socket)
        if answered and left > low:
            raise Unexpected(f"no reply with more than {low} bytes queued", f"one with {left}", maker.messages)
    maker.receives(reply(port.socket))
    expect(owner.erlang.port_command(port.socket, b"", ["nosuspend"]), True)
    port.peer.receives((FLOOD + b"x")[read:])
    owner.receives(reply(port.socket))


@clause("port_command/busy-until-the-low-watermark")
def test_low_watermark_itself_is_too_much(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner, low_watermark=0)
    port.drains()
    expect(owner.erlang.port_command(port.socket, b"x", ["nosuspend"]), True)
    owner.receives(reply(port.socket))
    port.peer.receives(b"x")


@clause("port_command/setting-a-watermark-ends-no-busy")
def test_raised_watermark_ends_busy(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(owner.inet.setopts(port.socket, [("high_watermark", 1_000_000)]), ok())
    port.maker.receives_nothing()
    expect(owner.erlang.port_command(port.socket, b"x", ["nosuspend"]), False)
    port.drains()


@clause("port_command/setting-a-watermark-ends-no-busy")
def test_raised_low_watermark_ends_busy(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    for _ in attempts():
        before = queued(owner, port.socket)
        expect(owner.inet.setopts(port.socket, [("low_watermark", 1_000_000)]), ok())
        scenario.settle()
        answered = port.maker.mailbox()
        if queued(owner, port.socket) == before:
            break
        port = busy_again(port)  # something drained: with such a low watermark that may end it
    if answered:
        raise Unexpected("no message while nothing drains", describe(List(answered)), port.maker.messages)
    port.drains()


@clause("port_command/busy-again")
def test_port_becomes_busy_only_once(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    port.drains()
    scenario.wait_for(lambda: queued(owner, port.socket) == 0, "the queue to drain", "it did not", "")
    expect(owner.erlang.port_command(port.socket, FLOOD), True)
    owner.receives(reply(port.socket))
    scenario.settle()
    expect(owner.erlang.port_command(port.socket, b"2"), True)
    owner.receives_nothing()
    port.peer.receives(FLOOD + b"2")
    owner.receives(reply(port.socket))


@clause("port_command/watermark-out-of-range-is-zero")
@pytest.mark.parametrize("value", [-1, 1 << 31], ids=["negative", "beyond-31-bits"])
def test_watermark_is_out_of_range(scenario: Scenario, value: int) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.setopts(socket, [("high_watermark", value)]), ok())
    zero = ok([("high_watermark", 0), ("low_watermark", 0)])
    expect(owner.inet.getopts(socket, ["high_watermark", "low_watermark"]), zero)
