"""Callers that a busy port suspends."""

from __future__ import annotations

import pytest

from gen_tck.adapters.interface import Ended
from gen_tck.conformance.harness.expect import Unexpected, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.port_command.busy import FLOOD, LAST, busy, filled, queued, reply
from gen_tck.spec.terms import Atom


@pytest.mark.parametrize("options", [(), ([],)], ids=["two arguments", "no options"])
@clause("port_command/busy-port-suspends-its-caller")
def test_caller_is_not_suspended(scenario: Scenario, options: tuple[object, ...]) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    pending = caller.begin.erlang.port_command(port.socket, b"x", *options)
    caller.is_suspended()
    pending.is_blocked()
    port.drains(b"x")
    expect(pending.result(), True)
    caller.receives(reply(port.socket))


@clause("port_command/suspended-command-is-taken-later")
def test_suspended_command_is_already_queued(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    before = queued(owner, port.socket)
    pending = caller.begin.erlang.port_command(port.socket, FLOOD)
    caller.is_suspended()
    after = queued(owner, port.socket)  # less, perhaps, but not by as much as the command has
    if after > before:
        raise Unexpected(f"{before} bytes in the queue as before", f"{after}")
    caller.receives_nothing()
    port.drains(FLOOD)
    expect(pending.result(), True)
    caller.receives(reply(port.socket))


@clause("port_command/all-suspended-callers-go-on")
def test_suspended_callers_are_forgotten(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    callers = scenario.processes("a", "b", "c")
    port = busy(scenario, owner)
    pending = []
    for caller in callers:
        pending.append(caller.begin.erlang.port_command(port.socket, caller.name.encode() * 3))
        caller.is_suspended()
    port.drains()
    rest = port.peer.reads(9)
    if sorted(rest[at : at + 3] for at in (0, 3, 6)) != [b"aaa", b"bbb", b"ccc"]:
        raise Unexpected("aaa, bbb and ccc in some order", repr(rest), "bytes at the peer")
    for caller, call in zip(callers, pending, strict=True):
        expect(call.result(), True)
        caller.receives(reply(port.socket))
    port.peer.sees_nothing()


@clause("port_command/port-may-be-busy-again-for-the-suspended")
def test_resumed_callers_overfill_the_queue(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    callers = scenario.processes("a", "b", "c")
    port = busy(scenario, owner)
    size = 12_000
    pending = []
    for caller in callers:
        pending.append(caller.begin.erlang.port_command(port.socket, caller.name.encode() * size))
        caller.is_suspended()
    port.drains()
    rest = port.peer.reads(3 * size)
    if sorted(rest[at : at + size] for at in (0, size, 2 * size)) != [b"a" * size, b"b" * size, b"c" * size]:
        raise Unexpected("three commands, whole, in some order", f"{len(rest)} other bytes", "bytes at the peer")
    for caller, call in zip(callers, pending, strict=True):
        expect(call.result(), True)
        caller.receives(reply(port.socket))
    port.peer.sees_nothing()


@clause("port_command/messages-wait-for-the-suspended")
def test_suspension_loses_messages(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    for message in ("one", "two", "three"):
        owner.erlang.send(caller, message)
    caller.holds("one", "two", "three")
    caller.is_suspended()
    port.drains(b"x")
    expect(pending.result(), True)
    caller.receives("one", "two", "three", reply(port.socket))


@clause("port_command/exit-ends-a-suspended-caller")
def test_suspended_caller_survives_an_exit_signal(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    owner.erlang.exit(caller, "boom")
    expect(pending.result(), Ended(Atom("boom")))


@clause("port_command/data-of-an-ended-caller-are-dropped")
def test_killed_callers_data_are_sent(scenario: Scenario) -> None:
    owner, caller, next_ = scenario.processes("owner", "caller", "next")
    port = busy(scenario, owner)
    caller.begin.erlang.port_command(port.socket, b"dead")
    caller.is_suspended()
    waiting = next_.begin.erlang.port_command(port.socket, b"alive")
    next_.is_suspended()
    caller.kill()
    waiting.is_blocked()
    port.drains(b"alive")
    expect(waiting.result(), True)
    next_.receives(reply(port.socket))
    port.peer.sees_nothing()


@clause("port_command/trapped-exit-leaves-the-caller-suspended")
def test_trapped_exit_ends_the_suspension(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    caller.erlang.process_flag("trap_exit", True)
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    owner.erlang.exit(caller, "boom")
    caller.holds(("EXIT", owner.pid, "boom"))
    caller.is_suspended()
    port.drains(b"x")
    expect(pending.result(), True)
    caller.receives(("EXIT", owner.pid, "boom"), reply(port.socket))


@clause("port_command/end-of-the-busy-maker-changes-nothing")
def test_busy_makers_end_ends_busy(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    port.maker.kill()
    pending.is_blocked()
    expect(owner.erlang.port_command(port.socket, b"y", ["nosuspend"]), False)
    port.peer.receives(port.given + b"x")
    expect(pending.result(), True)
    caller.receives(reply(port.socket))


@clause("port_command/send-behind-a-busy-port")
def test_send_behind_a_busy_port_returns(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    port = busy(scenario, owner)
    pending = sender.begin.gen_tcp.send(port.socket, b"x")
    sender.is_suspended()
    port.drains(b"x")
    expect(pending.result(), ok())


@clause("port_command/send-makes-busy")
def test_send_does_not_make_the_port_busy(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    port = filled(scenario, owner)
    pending = sender.begin.gen_tcp.send(port.socket, LAST)
    pending.is_blocked()
    if sender.process.status() == "suspended":
        raise Unexpected("the sender to wait for its reply", "it is suspended")
    expect(owner.erlang.port_command(port.socket, b"x", ["nosuspend"]), False)
    port.peer.receives(FLOOD + LAST)
    expect(pending.result(), ok())
