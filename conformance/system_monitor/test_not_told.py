"""What is not told: nobody was suspended, or it was not asked for.

Each test suspends a process as well, with a monitor that is told of it: silence alone would prove nothing.
"""

from __future__ import annotations

from gen_tck.conformance.harness.expect import expect, ok, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.port_command.busy import LAST, busy, filled
from gen_tck.conformance.system_monitor.steps import suspended, told, watch, watched


@clause("system_monitor/events-not-asked-for-are-not-told")
def test_event_not_asked_for_is_told(scenario: Scenario) -> None:
    owner, monitor, one, other = scenario.processes("owner", "monitor", "one", "other")
    port = busy(scenario, owner)
    watch(monitor, "busy_dist_port")
    suspended(one, port.socket)
    monitor.receives_nothing()
    monitor.erlang.system_monitor(monitor, ["busy_dist_port", "busy_port"])
    suspended(other, port.socket)
    monitor.receives(told(other, port.socket))


@clause("system_monitor/becoming-busy-is-not-told")
def test_command_that_makes_busy_is_told(scenario: Scenario) -> None:
    owner, monitor, writer = scenario.processes("owner", "monitor", "writer")
    port = filled(scenario, owner)
    watch(monitor)
    expect(port.maker.erlang.port_command(port.socket, LAST), True)
    monitor.receives_nothing()
    suspended(writer, port.socket)
    monitor.receives(told(writer, port.socket))


@clause("system_monitor/becoming-busy-is-not-told")
def test_send_that_makes_busy_is_told(scenario: Scenario) -> None:
    owner, monitor, sender, writer = scenario.processes("owner", "monitor", "sender", "writer")
    port = filled(scenario, owner)
    watch(monitor)
    sending = sender.begin.gen_tcp.send(port.socket, LAST)
    sending.is_blocked()
    monitor.receives_nothing()
    suspended(writer, port.socket)
    monitor.receives(told(writer, port.socket))


@clause("system_monitor/nosuspend-is-not-told")
def test_nosuspend_is_told(scenario: Scenario) -> None:
    port, monitor, (one, other) = watched(scenario, "one", "other")
    expect(one.erlang.port_command(port.socket, b"x", ["nosuspend"]), False)
    monitor.receives_nothing()
    suspended(other, port.socket)
    monitor.receives(told(other, port.socket))


@clause("system_monitor/force-is-not-told")
def test_force_is_told(scenario: Scenario) -> None:
    port, monitor, (one, other) = watched(scenario, "one", "other")
    expect(one.erlang.port_command(port.socket, b"x", ["force"]), True)
    monitor.receives_nothing()
    suspended(other, port.socket)
    monitor.receives(told(other, port.socket))


@clause("system_monitor/earlier-suspension-is-not-told")
def test_earlier_suspension_is_told(scenario: Scenario) -> None:
    owner, monitor, one, other = scenario.processes("owner", "monitor", "one", "other")
    port = busy(scenario, owner)
    command = suspended(one, port.socket)
    # It is seen suspended a moment before the monitor would be told; let that moment pass.
    command.is_blocked()
    watch(monitor)
    monitor.receives_nothing()
    suspended(other, port.socket)
    monitor.receives(told(other, port.socket))


@clause("system_monitor/end-of-a-suspension-is-not-told")
def test_resuming_is_told(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    sending = writer.begin.gen_tcp.send(port.socket, b"x")
    monitor.receives(told(writer, port.socket))
    port.drains(then=b"x")
    expect(sending.result(), ok())
    monitor.receives_nothing()


@clause("system_monitor/end-of-a-suspension-is-not-told")
def test_killing_is_told(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    suspended(writer, port.socket)
    monitor.receives(told(writer, port.socket))
    writer.kill()
    monitor.receives_nothing()


@clause("system_monitor/end-of-a-suspension-is-not-told")
def test_closing_is_told(scenario: Scenario) -> None:
    port, monitor, (writer,) = watched(scenario, "writer")
    command = suspended(writer, port.socket)
    monitor.receives(told(writer, port.socket))
    port.owner.erlang.port_close(port.socket)
    expect(command.result(), raised("error", "badarg"))
    monitor.receives_nothing()
