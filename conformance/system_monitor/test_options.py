"""The form of options, and of settings.

Options that ask for much are set for a process that is ended before the test is over: what the monitor hears of the
system meanwhile is nobody's business here.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, describe, elements, expect, fields, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.system_monitor.steps import BUSY_PORT, UNDEFINED, is_set, is_told_of, is_unset, watch
from gen_tck.spec.terms import term

BADARG = raised("error", "badarg")
ALL = ["busy_dist_port", "busy_port", ("large_heap", 1 << 40), ("long_schedule", 60000), ("long_gc", 70000)]
WITH_A_NUMBER = ["large_heap", "long_schedule", "long_gc"]


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
@pytest.mark.parametrize("options", [ALL[::-1], ALL[2:] + ALL[:2]], ids=["backwards", "turned"])
def test_settings_keep_the_order_of_options(scenario: Scenario, options: list[object]) -> None:
    monitor = scenario.process("monitor")
    watch(monitor, *options)
    is_set(monitor, monitor, ALL)


@clause("system_monitor/last-of-equal-options-counts")
def test_option_is_shown_twice(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    watch(monitor, "busy_port", "busy_port")
    is_set(monitor, monitor, BUSY_PORT)


@clause("system_monitor/last-of-equal-options-counts")
@pytest.mark.parametrize("numbers", [(60000, 70000), (70000, 60000)])
def test_first_value_counts(scenario: Scenario, numbers: tuple[int, int]) -> None:
    monitor = scenario.process("monitor")
    watch(monitor, *(("long_gc", each) for each in numbers))
    is_set(monitor, monitor, [("long_gc", numbers[1])])


@clause("system_monitor/small-numbers-are-raised")
def test_small_number_is_kept(scenario: Scenario) -> None:
    monitor, setter = scenario.processes("monitor", "setter")
    for name, number, least in (
        ("long_gc", 0, 1),
        ("long_schedule", 0, 1),
        ("large_heap", 0, 16384),
        ("large_heap", 16383, 16384),
    ):
        setter.erlang.system_monitor(monitor, [(name, number)])
        is_set(setter, monitor, [(name, least)])
    monitor.kill()


@clause("system_monitor/small-numbers-are-raised")
def test_useful_number_is_raised(scenario: Scenario) -> None:
    monitor, setter = scenario.processes("monitor", "setter")
    for option in (("long_gc", 2), ("long_schedule", 2), ("large_heap", 16385)):
        setter.erlang.system_monitor(monitor, [option])
        is_set(setter, monitor, [option])
    monitor.kill()


@clause("system_monitor/numbers-up-to-64-bits")
def test_large_number_is_cut(scenario: Scenario) -> None:
    monitor, setter = scenario.processes("monitor", "setter")
    for name in WITH_A_NUMBER:
        setter.erlang.system_monitor(monitor, [(name, 2**64 - 1)])
        is_set(setter, monitor, [(name, 2**64 - 1)])
    monitor.kill()


@clause("system_monitor/numbers-up-to-64-bits")
def test_number_beyond_64_bits_is_taken(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    for name in WITH_A_NUMBER:
        is_refused(monitor, (name, 2**64))


@clause("system_monitor/numbers-are-natural")
def test_number_is_anything(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    for name in WITH_A_NUMBER:
        for option in (name, (name,), (name, -1), (name, 70000.0), (name, "infinity"), (name, 70000, 70000)):
            is_refused(monitor, option)


def is_refused(monitor: Actor, option: object) -> None:
    """Expect that nobody can be told of ``option``, and that there are no settings, as before."""
    expect(monitor.erlang.system_monitor(monitor, [option]), BADARG)
    is_unset(monitor)


# Options that came with later releases


@clause("system_monitor/options-with-a-boolean")
def test_event_turned_on_is_not_set(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    for name in ("busy_port", "busy_dist_port"):
        took_or_refused(scenario, monitor, [(name, True)], [name])


@clause("system_monitor/options-with-a-boolean")
def test_event_turned_off_is_set(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    for name in ("busy_port", "busy_dist_port", *WITH_A_NUMBER):
        took_or_refused(scenario, monitor, [(name, False)], [])


@clause("system_monitor/options-with-a-boolean")
def test_event_is_not_turned_off_again(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    took_or_refused(scenario, monitor, ["busy_port", "busy_dist_port", ("busy_port", False)], ["busy_dist_port"])


@clause("system_monitor/long-message-queue")
def test_long_message_queue_is_not_set(scenario: Scenario) -> None:
    monitor, setter = scenario.processes("monitor", "setter")
    others = ["busy_port", ("long_gc", 60000)]
    for limits in ((5, 10), (0, 1)):
        option = ("long_message_queue", limits)
        took_or_refused(scenario, setter, [option, *others], [*others, option], monitor)
    monitor.kill()


@clause("system_monitor/long-message-queue")
def test_long_message_queue_is_not_told(scenario: Scenario) -> None:
    monitor, collector, sender = scenario.processes("monitor", "collector", "sender")
    limits = ("long_message_queue", (4, 30))
    if took_or_refused(scenario, monitor, [limits], [limits]) == "refused":
        return
    long, short = (("monitor", collector.pid, "long_message_queue", each) for each in (True, False))
    for _ in range(20):  # what the node does to look at a process may count as well, so not just below the limit
        sender.erlang.send(collector, "more")
    scenario.settle()
    is_told_of(monitor, collector)
    for _ in range(20):
        sender.erlang.send(collector, "more")
    is_told_of(monitor, collector, long)
    collector.receives(*["more"] * 40)
    is_told_of(monitor, collector, long, short)
    monitor.kill()  # it may have heard of the node's own processes as well


def took_or_refused(
    scenario: Scenario, setter: Actor, options: Sequence[object], wanted: Sequence[object], monitor: Actor | None = None
) -> str:
    """Set ``options`` for ``monitor`` (if none: for ``setter``): they become ``wanted`` or are refused."""
    monitor = monitor or setter
    setter.erlang.system_monitor("undefined")
    result = setter.erlang.system_monitor(monitor, options)
    settings = setter.erlang.system_monitor()
    if result == UNDEFINED:
        return scenario.varies(settings, taken=(monitor.pid, wanted))
    expect(settings, UNDEFINED)
    return scenario.varies(result, refused=BADARG)


@clause("system_monitor/long-message-queue-takes-two-limits")
def test_queue_limits_are_anything(scenario: Scenario) -> None:
    monitor = scenario.process("monitor")
    for limits in ((10, 10), (10, 5), (-1, 5), 10, True, "infinity", (5,), (5, 10, 15)):
        is_refused(monitor, ("long_message_queue", limits))
