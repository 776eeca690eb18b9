"""Settings that are refused."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import expect, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.system_monitor.steps import BUSY_PORT, is_set, is_unset, watch
from gen_tck.spec.terms import Atom, Improper, List

BADARG = raised("error", "badarg")


@clause("system_monitor/monitor-is-a-living-process")
def test_the_dead_are_told(scenario: Scenario) -> None:
    setter, ended = scenario.processes("setter", "ended")
    ended.exits()
    expect(setter.erlang.system_monitor(ended, BUSY_PORT), BADARG)
    expect(setter.erlang.system_monitor((ended.pid, BUSY_PORT)), BADARG)
    is_unset(setter)


@clause("system_monitor/monitor-is-a-living-process")
def test_name_is_told(scenario: Scenario) -> None:
    setter, named = scenario.processes("setter", "named")
    setter.erlang.register("my_process", named)
    expect(setter.erlang.system_monitor("my_process", BUSY_PORT), BADARG)
    is_unset(setter)


@clause("system_monitor/monitor-is-a-living-process")
def test_no_process_is_told(scenario: Scenario) -> None:
    setter = scenario.process("setter")
    for nobody in (Atom("nobody"), 1, b"", List()):
        expect(setter.erlang.system_monitor(nobody, BUSY_PORT), BADARG)
        expect(setter.erlang.system_monitor((nobody, BUSY_PORT)), BADARG)
    is_unset(setter)


@clause("system_monitor/monitor-is-a-living-process")
def test_port_is_told(scenario: Scenario) -> None:
    setter = scenario.process("setter")
    socket, _ = scenario.connect(setter)
    expect(setter.erlang.system_monitor(socket, BUSY_PORT), BADARG)
    is_unset(setter)


@clause("system_monitor/unknown-option-is-refused")
@pytest.mark.parametrize("where", ["alone", "first", "last"])
def test_unknown_option_is_passed_over(scenario: Scenario, where: str) -> None:
    monitor = scenario.process("monitor")
    before, after = {"alone": ([], []), "first": ([], BUSY_PORT), "last": (BUSY_PORT, [])}[where]
    for unknown in ("no_such_event", ("no_such_event", 60000), ("busy_port",), ["busy_port", 60000], 60000, []):
        expect(monitor.erlang.system_monitor(monitor, [*before, unknown, *after]), BADARG)
        is_unset(monitor)


@clause("system_monitor/options-are-a-proper-list")
def test_options_are_anything(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    improper = Improper((Atom("busy_port"),), Atom("busy_dist_port"))
    for options in ("busy_port", b"", ("busy_port",), improper):
        expect(monitor.erlang.system_monitor(monitor, options), BADARG)
        is_unset(monitor)


@clause("system_monitor/one-argument-is-undefined-or-a-pair")
def test_one_argument_is_anything(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    pid = monitor.pid
    for argument in (pid, (pid,), (pid, BUSY_PORT, BUSY_PORT), BUSY_PORT, [pid, BUSY_PORT], (), [], "off", 1):
        expect(monitor.erlang.system_monitor(argument), BADARG)
        is_unset(monitor)


@clause("system_monitor/refused-settings-change-nothing")
def test_refused_options_are_half_set(scenario: Scenario) -> None:
    monitor, other = scenario.processes("monitor", "other")
    watch(monitor)
    for options in (["busy_dist_port", "no_such_event"], ["busy_dist_port", ("busy_port",)], "busy_dist_port"):
        expect(other.erlang.system_monitor(other, options), BADARG)
        is_set(other, monitor, BUSY_PORT)


@clause("system_monitor/refused-settings-change-nothing")
def test_refused_monitor_takes_the_place(scenario: Scenario) -> None:
    monitor, ended = scenario.processes("monitor", "ended")
    ended.exits()
    watch(monitor)
    expect(monitor.erlang.system_monitor(ended, ["busy_dist_port"]), BADARG)
    is_set(monitor, monitor, BUSY_PORT)


@clause("system_monitor/refused-settings-change-nothing")
def test_refused_argument_clears(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    watch(monitor)
    for argument in ("off", 1, (monitor.pid,)):
        expect(monitor.erlang.system_monitor(argument), BADARG)
        is_set(monitor, monitor, BUSY_PORT)
