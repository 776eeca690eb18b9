"""What a busy port tells, and whom."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import Unexpected, describe, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.port_command.busy import FLOOD, busy
from gen_tck.conformance.system_monitor.steps import BUSY_PORT, is_set, is_told_first, suspended, told, watch, watched
from gen_tck.spec.terms import term


@clause("system_monitor/suspended-process-is-told")
def test_suspended_process_is_not_told(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    command = suspended(writer, port.socket)
    is_told_first(monitor, told(writer, port.socket))
    command.is_blocked()


@clause("system_monitor/suspended-process-is-told")
def test_suspended_owner_is_not_told(scenario: Scenario) -> None:
    owner, monitor = scenario.processes("owner", "monitor")
    port = busy(scenario, owner)
    watch(monitor)
    suspended(owner, port.socket)
    is_told_first(monitor, told(owner, port.socket))


@clause("system_monitor/suspended-process-is-told")
def test_command_with_options_is_not_told(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    writer.begin.erlang.port_command(port.socket, b"x", [])
    is_told_first(monitor, told(writer, port.socket))


@clause("system_monitor/told-once-for-each-suspension")
def test_message_ends_the_settings(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    suspended(writer, port.socket)
    monitor.receives(told(writer, port.socket))
    is_set(port.owner, monitor, BUSY_PORT)


@clause("system_monitor/suspended-gen-tcp-send-is-told")
def test_suspended_send_is_not_told(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    sending = writer.begin.gen_tcp.send(port.socket, b"x")
    monitor.receives(told(writer, port.socket))
    sending.is_blocked()


@clause("system_monitor/suspended-message-is-told")
def test_suspended_message_is_not_told(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    sending = writer.begin.erlang.send(port.socket, (port.owner.pid, ("command", b"x")))
    monitor.receives(told(writer, port.socket))
    sending.is_blocked()


@clause("system_monitor/told-once-for-each-suspension")
def test_suspension_is_told_twice(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    suspended(writer, port.socket)
    monitor.receives(told(writer, port.socket))
    monitor.receives_nothing()


@clause("system_monitor/told-once-for-each-suspension")
def test_message_to_a_suspended_process_is_told(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    suspended(writer, port.socket)
    monitor.receives(told(writer, port.socket))
    monitor.erlang.send(writer, "hello")
    writer.holds("hello")
    monitor.receives_nothing()
    writer.kill()


@clause("system_monitor/told-once-for-each-suspension")
def test_second_suspension_is_not_told(scenario: Scenario) -> None:
    owner, monitor, writer = scenario.processes("owner", "monitor", "writer")
    ports = [busy(scenario, owner), busy(scenario, owner)]
    watch(monitor)
    for port in ports:
        sending = writer.begin.gen_tcp.send(port.socket, b"x")
        monitor.receives(told(writer, port.socket))
        port.drains(then=b"x")
        expect(sending.result(), ok())


@clause("system_monitor/each-suspended-process-is-told")
def test_only_one_of_several_is_told(scenario: Scenario) -> None:
    port, monitor, writers = watched(scenario, "first", "second", "third")
    for each in writers:
        suspended(each, port.socket)
    monitor.receives(*(told(each, port.socket) for each in writers))


@clause("system_monitor/each-busy-port-is-named")
def test_another_port_is_named(scenario: Scenario) -> None:
    owner, monitor, first, second, third = scenario.processes("owner", "monitor", "first", "second", "third")
    one, two = busy(scenario, owner), busy(scenario, owner)
    watch(monitor)
    suspended(first, two.socket)
    suspended(second, one.socket)
    suspended(third, two.socket)
    monitor.receives(told(first, two.socket), told(second, one.socket), told(third, two.socket))


@clause("system_monitor/suspended-anew-is-told-anew")
def test_suspension_anew_is_not_told(scenario: Scenario) -> None:
    port, monitor, writers = watched(scenario, "first", "second", "third", "fourth")
    for each in writers:
        each.begin.gen_tcp.send(port.socket, FLOOD)
        each.is_suspended()
    monitor.receives(*(told(each, port.socket) for each in writers))
    # The peer reads no more than this: the first of the four fills the queue, the next makes the port busy again.
    port.drains()
    scenario.wait_for(lambda: bool(monitor.mailbox()), "a message", "no message", monitor.messages)
    scenario.settle()
    again = monitor.mailbox()
    anew = [term(told(each, port.socket)) for each in writers]
    if not set(again) <= set(anew):
        raise Unexpected("messages about the writers", ", ".join(describe(each) for each in again))
    monitor.receives(*again)


@clause("system_monitor/only-the-present-monitor-is-told")
def test_former_monitor_is_told(scenario: Scenario) -> None:
    owner, former, monitor, writer = scenario.processes("owner", "former", "monitor", "writer")
    port = busy(scenario, owner)
    watch(former)
    monitor.erlang.system_monitor(monitor, BUSY_PORT)
    suspended(writer, port.socket)
    monitor.receives(told(writer, port.socket))
    former.receives_nothing()


@clause("system_monitor/only-the-present-monitor-is-told")
def test_setter_is_told(scenario: Scenario) -> None:
    owner, setter, monitor, writer = scenario.processes("owner", "setter", "monitor", "writer")
    port = busy(scenario, owner)
    setter.erlang.system_monitor(monitor, BUSY_PORT)
    suspended(writer, port.socket)
    monitor.receives(told(writer, port.socket))
    setter.receives_nothing()


@clause("system_monitor/cleared-monitor-is-told-nothing")
def test_cleared_monitor_is_told(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    port.owner.erlang.system_monitor("undefined")
    suspended(writer, port.socket)
    monitor.receives_nothing()


@clause("system_monitor/monitor-is-not-told-of-itself")
def test_monitor_is_told_of_itself(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    suspended(monitor, port.socket)
    monitor.receives_nothing()
    suspended(writer, port.socket)
    monitor.holds(told(writer, port.socket))
    is_set(port.owner, monitor, BUSY_PORT)
