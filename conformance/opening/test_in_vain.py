"""Who waits at a listener, and who connects in vain."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import Unexpected, error, expect, raised, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.opening.steps import OTHER, blocked_connect, free_port, is_at, listener_at, settings
from gen_tck.spec.terms import term

ASKED_FOR = 150
"""Seconds for which Linux asks somebody who does not answer, as it is usually set (tcp_syn_retries): 131, or less."""


@pytest.mark.parametrize(
    ("options", "number"), [([], 5), ([("backlog", 1)], 1), ([("backlog", 20)], 20)], ids=["default", "1", "20"]
)
@clause("opening/backlog-lets-so-many-wait")
def test_backlog_is_too_small(scenario: Scenario, options: list[object], number: int) -> None:
    owner = scenario.process("owner")
    _, port = listener_at(owner, LOOPBACK, *options)
    for _ in range(number):
        scenario.dial(port)


@clause("opening/backlog-bounds-who-waits")
def test_backlog_has_no_end(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    _, port = listener_at(owner, LOOPBACK, ("backlog", 0))
    for _ in range(8):
        pending = client.begin.gen_tcp.connect(LOOPBACK, port, [])
        if not pending.has_returned():
            return
        value_of(pending.result())
    raise Unexpected("a connection to wait", "8 of them were made", "a backlog of 0")


@pytest.mark.parametrize("timeout", [[], [5000], ["infinity"]], ids=["none", "5000", "infinity"])
@clause("opening/nobody-listens")
def test_refusal_is_another_error(scenario: Scenario, timeout: list[object]) -> None:
    owner = scenario.process("owner")
    port = free_port(owner)
    expect(owner.gen_tcp.connect(OTHER, port, [], *timeout), error("econnrefused"))


@pytest.mark.parametrize("timeout", [20, 50])
@clause("opening/connect-times-out")
def test_connect_waits_for_ever(scenario: Scenario, timeout: int) -> None:
    owner, filler, client = scenario.processes("owner", "filler", "client")
    _, port = listener_at(owner, LOOPBACK, ("backlog", 0))
    blocked_connect(filler, port)
    expect(client.gen_tcp.connect(LOOPBACK, port, [], timeout), error("timeout"))


@clause("opening/connect-times-out")
def test_connect_does_not_wait_for_its_timeout(scenario: Scenario) -> None:
    owner, filler, client = scenario.processes("owner", "filler", "client")
    _, port = listener_at(owner, LOOPBACK, ("backlog", 0))
    blocked_connect(filler, port)
    client.begin.gen_tcp.connect(LOOPBACK, port, [], 600_000).is_blocked()


@clause("opening/unanswered-connect-ends")
def test_connect_without_a_timeout_waits_for_ever(scenario: Scenario) -> None:
    owner, filler = scenario.processes("owner", "filler")
    _, port = listener_at(owner, LOOPBACK, ("backlog", 0))
    pending, _ = blocked_connect(filler, port)
    scenario.owe(ASKED_FOR)
    expect(pending.result(), error("etimedout"))


@clause("opening/connect-timeout-of-zero-returns-at-once")
def test_timeout_of_zero_is_something_else(scenario: Scenario) -> None:
    hasty = scenario.process("hasty")
    result = hasty.gen_tcp.connect(LOOPBACK, scenario.port(), [], 0)
    hasty.kill()
    connected = type(result) is tuple and result[:1] == (term("ok"),)
    scenario.varies(term("connected") if connected else result, timeout=error("timeout"), connected="connected")


@clause("opening/connect-timeout-is-a-number-or-infinity")
def test_connect_waits_for_what_is_no_time(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    no_times: tuple[object, ...] = (-1, "foo", 1.5, b"5", [])
    for timeout in no_times:
        expect(owner.gen_tcp.connect(LOOPBACK, scenario.port(), [], timeout), raised("error", "badarg"))


@clause("opening/failed-opening-leaves-nothing")
def test_failure_leaves_a_message(scenario: Scenario) -> None:
    owner, filler = scenario.processes("owner", "filler")
    owner.erlang.process_flag("trap_exit", True)
    port = free_port(owner)
    expect(owner.gen_tcp.connect(OTHER, port, []), error("econnrefused"))
    _, full = listener_at(filler, LOOPBACK, ("backlog", 0))
    expect(owner.gen_tcp.listen(full, [("ip", LOOPBACK)]), error("eaddrinuse"))
    blocked_connect(filler, full)
    expect(owner.gen_tcp.connect(LOOPBACK, full, [], 20), error("timeout"))
    owner.receives_nothing()


@clause("opening/failed-opening-leaves-nothing")
def test_connection_in_vain_tells_of_its_mode(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.gen_tcp.connect(OTHER, free_port(owner), [("active", -1)]), error("econnrefused"))
    owner.receives_nothing()


@clause("opening/failed-opening-leaves-nothing", "opening/connects-from-its-port")
def test_failure_keeps_the_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    own, nobody = free_port(owner), free_port(owner)
    expect(owner.gen_tcp.connect(OTHER, nobody, [("ip", OTHER), ("port", own)]), error("econnrefused"))
    value_of(owner.gen_tcp.listen(own, [("ip", OTHER)]))


@clause("opening/killed-connector-leaves-nothing")
def test_dead_connector_is_connected(scenario: Scenario) -> None:
    owner, connector, client = scenario.processes("owner", "connector", "client")
    listener, port = listener_at(owner, LOOPBACK, ("backlog", 0), ("active", False))
    pending, made = blocked_connect(connector, port)
    pending.is_blocked()
    connector.kill()
    for _ in range(made):
        value_of(owner.gen_tcp.accept(listener, 5000))
    accepting = owner.begin.gen_tcp.accept(listener, 5000)
    accepting.is_blocked()
    value_of(client.gen_tcp.connect(LOOPBACK, port, settings(("ip", OTHER))))
    is_at(owner.inet.peername(value_of(accepting.result())), OTHER)
