"""``send_timeout`` and ``send_timeout_close`` of a port that is busy."""

from __future__ import annotations

from contextlib import suppress

from gen_tck.conformance.harness.expect import Inconclusive, Unexpected, error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.harness.timers import LIMITS
from gen_tck.conformance.port_command.busy import LAST, Busy, filled, reply


@clause("port_command/send-timeout-answers-the-busy-maker")
def test_timeout_leaves_the_busy_maker_without_an_answer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = filled(scenario, owner, send_timeout=20)
    expect(port.maker.erlang.port_command(port.socket, LAST), True)
    port.maker.receives(reply(port.socket, error("timeout")))


@clause("port_command/port-is-not-busy-after-a-send-timeout")
def test_port_stays_busy_after_a_timeout(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = filled(scenario, owner, send_timeout=20)
    expect(port.maker.erlang.port_command(port.socket, LAST), True)
    port.maker.receives(reply(port.socket, error("timeout")))
    expect(owner.erlang.port_command(port.socket, b"x", ["nosuspend"]), True)
    owner.receives(reply(port.socket, error("timeout")))


@clause("port_command/send-timeout-keeps-what-is-queued")
def test_timeout_drops_the_queue(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = filled(scenario, owner, send_timeout=20)
    expect(port.maker.erlang.port_command(port.socket, LAST), True)
    port.maker.receives(reply(port.socket, error("timeout")))
    port.peer.receives(port.given + LAST)


@clause("port_command/port-is-not-busy-after-a-send-timeout")
def test_timeout_leaves_a_caller_suspended(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    for limit in LIMITS:
        port = filled(scenario, owner, send_timeout=limit)
        expect(port.maker.erlang.port_command(port.socket, LAST), True)
        pending = caller.begin.erlang.port_command(port.socket, b"x")
        scenario.wait_while(lambda: caller.process.status() == "waiting")
        was_suspended = caller.process.status() == "suspended"
        port.maker.receives(reply(port.socket, error("timeout")))
        # Whether it was suspended or came when the port was not busy any more: the limit holds for its command, too.
        expect(pending.result(), True)
        caller.receives(reply(port.socket, error("timeout")))
        port.peer.receives(port.given + LAST + b"x")
        if was_suspended:
            break


def _in_time(scenario: Scenario, port: Busy, size: int) -> bool:
    """Whether the maker is told ``ok`` because the peer reads so much, which it does now."""
    with suppress(Unexpected):  # the limit may be over, and the connection with it
        port.peer.reads(size)
        scenario.wait_while(lambda: not port.maker.mailbox())
    told = port.maker.mailbox()
    port.maker.kill()  # how many replies it gets is another matter
    return told[:1] == (reply(port.socket),)


@clause("port_command/send-timeout-ends-with-busy")
def test_limit_of_a_forced_command_outlives_busy(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for limit in LIMITS:
        port = filled(scenario, owner, send_timeout=limit, send_timeout_close=True)
        for _ in range(2):
            port.maker.erlang.port_command(port.socket, LAST, ["force"])
        if _in_time(scenario, port, len(port.given) + 2):
            break
    else:
        raise Inconclusive(f"send_timeouts of {LIMITS} ms were over before the peer had read")
    scenario.advance(2 * limit)
    expect(owner.gen_tcp.send(port.socket, b"later"), ok())
    port.peer.receives(b"later")


@clause("port_command/no-send-timeout-no-busy")
def test_zero_send_timeout_makes_busy(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = filled(scenario, owner, send_timeout=0)
    for _ in range(2):
        expect(owner.erlang.port_command(port.socket, b"x", ["nosuspend"]), True)
        owner.receives(reply(port.socket, error("timeout")))
    port.peer.receives(port.given + b"xx")
