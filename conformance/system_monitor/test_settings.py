"""Reading and setting the system monitor."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import expect, returned
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.system_monitor.steps import BUSY_PORT, UNDEFINED, is_set, is_unset, watch


@clause("system_monitor/reads-the-settings")
def test_settings_are_not_kept(scenario: Scenario) -> None:
    monitor, reader = scenario.processes("monitor", "reader")
    monitor.erlang.system_monitor(monitor, BUSY_PORT)
    is_set(monitor, monitor, BUSY_PORT)
    is_set(reader, monitor, BUSY_PORT)


@clause("system_monitor/reads-the-settings")
def test_reading_changes_the_settings(scenario: Scenario) -> None:
    monitor, reader = scenario.processes("monitor", "reader")
    watch(monitor)
    is_set(reader, monitor, BUSY_PORT)
    is_set(reader, monitor, BUSY_PORT)


@clause("system_monitor/setting-returns-the-previous")
def test_first_setting_does_not_return_undefined(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    expect(monitor.erlang.system_monitor(monitor, BUSY_PORT), UNDEFINED)


@clause("system_monitor/setting-returns-the-previous")
def test_setting_returns_the_new_settings(scenario: Scenario) -> None:
    one, two, setter = scenario.processes("one", "two", "setter")
    watch(one)
    expect(setter.erlang.system_monitor(two, ["busy_dist_port"]), (one.pid, BUSY_PORT))
    expect(setter.erlang.system_monitor((one.pid, BUSY_PORT)), (two.pid, ["busy_dist_port"]))


@clause("system_monitor/setting-returns-the-previous")
def test_clearing_does_not_return_the_settings(scenario: Scenario) -> None:
    monitor, setter = scenario.processes("monitor", "setter")
    watch(monitor)
    expect(setter.erlang.system_monitor("undefined"), (monitor.pid, BUSY_PORT))
    expect(setter.erlang.system_monitor("undefined"), UNDEFINED)


@clause("system_monitor/setting-returns-the-previous")
def test_clearing_nothing_fails(scenario: Scenario) -> None:
    process = scenario.process("process")
    expect(process.erlang.system_monitor("undefined"), UNDEFINED)


@clause("system_monitor/pair-is-two-arguments")
def test_pair_sets_something_else(scenario: Scenario) -> None:
    monitor, setter = scenario.processes("monitor", "setter")
    setter.erlang.system_monitor((monitor.pid, BUSY_PORT))
    is_set(setter, monitor, BUSY_PORT)


@clause("system_monitor/pair-is-two-arguments")
def test_returned_settings_cannot_be_handed_back(scenario: Scenario) -> None:
    one, two, setter = scenario.processes("one", "two", "setter")
    watch(one, "busy_dist_port", "busy_port")
    old = returned(setter.erlang.system_monitor(two, ["busy_dist_port"]))
    setter.erlang.system_monitor(old)
    is_set(setter, one, ["busy_dist_port", "busy_port"])


@clause("system_monitor/setting-replaces-everything")
def test_options_add_up(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    watch(monitor, "busy_port")
    monitor.erlang.system_monitor(monitor, ["busy_dist_port"])
    is_set(monitor, monitor, ["busy_dist_port"])


@clause("system_monitor/setting-replaces-everything")
def test_former_monitor_stays(scenario: Scenario) -> None:
    one, two = scenario.processes("one", "two")
    watch(one)
    two.erlang.system_monitor(two, BUSY_PORT)
    is_set(one, two, BUSY_PORT)


@clause("system_monitor/anybody-may-set")
def test_only_the_monitor_may_set(scenario: Scenario) -> None:
    monitor, setter = scenario.processes("monitor", "setter")
    setter.erlang.system_monitor(monitor, BUSY_PORT)
    is_set(monitor, monitor, BUSY_PORT)


@clause("system_monitor/anybody-may-set")
def test_settings_end_with_their_setter(scenario: Scenario) -> None:
    monitor, setter = scenario.processes("monitor", "setter")
    setter.erlang.system_monitor(monitor, BUSY_PORT)
    setter.kill()
    is_set(monitor, monitor, BUSY_PORT)


@clause("system_monitor/monitors-end-clears")
@pytest.mark.parametrize("reason", ["normal", "kaboom"])
def test_ended_monitor_stays(scenario: Scenario, reason: str) -> None:
    monitor, setter = scenario.processes("monitor", "setter")
    setter.erlang.system_monitor(monitor, BUSY_PORT)
    monitor.exits(reason)
    is_unset(setter)


@clause("system_monitor/monitors-end-clears")
def test_killed_monitor_stays(scenario: Scenario) -> None:
    monitor, setter = scenario.processes("monitor", "setter")
    setter.erlang.system_monitor(monitor, BUSY_PORT)
    monitor.kill()
    is_unset(setter)


@clause("system_monitor/monitors-end-clears")
def test_former_monitors_end_clears(scenario: Scenario) -> None:
    former, monitor, setter = scenario.processes("former", "monitor", "setter")
    watch(former)
    setter.erlang.system_monitor(monitor, BUSY_PORT)
    former.kill()
    is_set(setter, monitor, BUSY_PORT)
