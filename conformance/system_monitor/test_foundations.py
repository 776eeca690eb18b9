"""The calls of this chapter come back, each in the simplest situation there is for it."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import expect
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.system_monitor.steps import BUSY_PORT, UNDEFINED


@clause("system_monitor/reading-answers")
def test_settings_are_there_unasked(scenario: Scenario) -> None:
    expect(scenario.process("reader").erlang.system_monitor(), UNDEFINED)


@clause("system_monitor/setting-answers")
def test_nothing_is_cleared(scenario: Scenario) -> None:
    expect(scenario.process("setter").erlang.system_monitor("undefined"), UNDEFINED)


@clause("system_monitor/setting-for-a-process-answers")
def test_nothing_is_replaced(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    expect(monitor.erlang.system_monitor(monitor, BUSY_PORT), UNDEFINED)
