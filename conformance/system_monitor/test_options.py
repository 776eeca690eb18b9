"""The form of options, and of settings."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, describe, elements, expect, fields, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.system_monitor.steps import BUSY_PORT, UNDEFINED, is_set, watch
from gen_tck.spec.terms import term

BADARG = raised("error", "badarg")
ALL = ["busy_dist_port", "busy_port"]


@clause("system_monitor/any-order-of-options")
@pytest.mark.parametrize("options", [ALL, ALL[::-1]], ids=["forwards", "backwards"])
def test_option_gets_lost(scenario: Scenario, options: list[object]) -> None:
    monitor = scenario.process("monitor")
    watch(monitor, *options)
    settings = monitor.erlang.system_monitor()
    pid, shown = fields(settings, 2, "the settings")
    expect(pid, monitor.pid, "the monitor")
    if len(elements(shown, "the options")) != len(ALL) or set(shown) != set(term(ALL)):
        raise Unexpected(f"{describe(ALL)} in any order", describe(shown))


@clause("system_monitor/one-order-in-settings")
def test_settings_keep_the_order_of_options(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    watch(monitor, *ALL[::-1])
    is_set(monitor, monitor, ALL)


@clause("system_monitor/equal-options-count-once")
def test_option_is_shown_twice(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    watch(monitor, "busy_port", "busy_port")
    is_set(monitor, monitor, BUSY_PORT)


# Options that came with later releases


@clause("system_monitor/options-with-a-boolean")
def test_event_turned_on_is_not_set(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    for name in ("busy_port", "busy_dist_port"):
        took_or_refused(scenario, monitor, [(name, True)], [name])


@clause("system_monitor/options-with-a-boolean")
def test_event_turned_off_is_set(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    for name in ALL:
        took_or_refused(scenario, monitor, [(name, False)], [])


@clause("system_monitor/options-with-a-boolean")
def test_event_is_not_turned_off_again(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    took_or_refused(scenario, monitor, ["busy_port", "busy_dist_port", ("busy_port", False)], ["busy_dist_port"])


def took_or_refused(scenario: Scenario, monitor: Actor, options: Sequence[object], wanted: Sequence[object]) -> str:
    """``monitor`` sets ``options`` for itself: they become ``wanted`` or are refused."""
    monitor.erlang.system_monitor("undefined")
    result = monitor.erlang.system_monitor(monitor, options)
    settings = monitor.erlang.system_monitor()
    if result == UNDEFINED:
        return scenario.varies(settings, taken=(monitor.pid, wanted))
    expect(settings, UNDEFINED)
    return scenario.varies(result, refused=BADARG)
