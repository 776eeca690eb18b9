"""Clearing the settings."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import expect, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.system_monitor.steps import BUSY_PORT, is_set, is_unset, watch

BADARG = raised("error", "badarg")


@clause("system_monitor/undefined-clears")
def test_undefined_clears_nothing(scenario: Scenario) -> None:
    monitor, other = scenario.processes("monitor", "other")
    watch(monitor)
    other.erlang.system_monitor("undefined")
    is_unset(monitor)


@clause("system_monitor/undefined-clears-whatever-is-listed")
def test_list_keeps_undefined_from_clearing(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    for options in ([], BUSY_PORT, ["no_such_event"]):
        watch(monitor)
        expect(monitor.erlang.system_monitor("undefined", options), (monitor.pid, BUSY_PORT))
        is_unset(monitor)


@clause("system_monitor/undefined-clears-whatever-is-listed")
def test_pair_with_undefined_clears_nothing(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    watch(monitor)
    expect(monitor.erlang.system_monitor(("undefined", BUSY_PORT)), (monitor.pid, BUSY_PORT))
    is_unset(monitor)


@clause("system_monitor/undefined-without-a-list")
def test_undefined_without_a_list_does_half(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    for options in ("busy_port", ()):
        monitor.erlang.system_monitor(monitor, BUSY_PORT)
        result = monitor.erlang.system_monitor("undefined", options)
        cleared_or_refused(scenario, monitor, result)


@clause("system_monitor/no-options-clear")
def test_empty_options_are_kept(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    watch(monitor)
    expect(monitor.erlang.system_monitor(monitor, []), (monitor.pid, BUSY_PORT))
    is_unset(monitor)


@clause("system_monitor/no-options-clear")
def test_pair_with_empty_options_is_kept(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    watch(monitor)
    expect(monitor.erlang.system_monitor((monitor.pid, [])), (monitor.pid, BUSY_PORT))
    is_unset(monitor)


@clause("system_monitor/no-options-clear")
def test_empty_options_clear_only_ones_own(scenario: Scenario) -> None:
    monitor, other = scenario.processes("monitor", "other")
    watch(monitor)
    expect(other.erlang.system_monitor(other, []), (monitor.pid, BUSY_PORT))
    is_unset(monitor)


@clause("system_monitor/no-options-for-nobody")
def test_empty_options_for_nobody_do_half(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    for nobody in ("nobody", 1):
        monitor.erlang.system_monitor(monitor, BUSY_PORT)
        result = monitor.erlang.system_monitor(nobody, [])
        cleared_or_refused(scenario, monitor, result)


@clause("system_monitor/no-options-for-nobody")
def test_empty_options_for_the_dead_do_half(scenario: Scenario) -> None:
    monitor, ended = scenario.processes("monitor", "ended")
    ended.exits()
    watch(monitor)
    result = monitor.erlang.system_monitor(ended, [])
    cleared_or_refused(scenario, monitor, result)


def cleared_or_refused(scenario: Scenario, monitor: Actor, result: object) -> None:
    """Expect that the call that gave ``result`` either cleared the settings or was refused and did nothing."""
    variant = scenario.varies(result, cleared=(monitor.pid, BUSY_PORT), refused=BADARG)
    if variant == "cleared":
        is_unset(monitor)
    else:
        is_set(monitor, monitor, BUSY_PORT)
