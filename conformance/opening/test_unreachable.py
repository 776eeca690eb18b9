"""Connections to networks and hosts that cannot be reached."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.opening.steps import is_at
from gen_tck.spec.routes import FORBIDDEN, NOWHERE, OUT_OF_REACH, SILENT

PORT = 4711
GIVEN_UP_AFTER = 10.0
"""Seconds that this may take: who does not answer is asked again once, after one, and given up two later."""
EACH_TIMEOUT = pytest.mark.parametrize("timeout", [[], [5000], ["infinity"]], ids=["none", "5000", "infinity"])


@clause("opening/network-without-a-route")
@EACH_TIMEOUT
def test_network_without_a_route_is_reached(scenario: Scenario, timeout: list[object]) -> None:
    owner = scenario.process("owner")
    expect(owner.gen_tcp.connect(NOWHERE, PORT, [], *timeout), error("enetunreach"))
    owner.receives_nothing()


@clause("opening/host-out-of-reach")
@EACH_TIMEOUT
def test_host_out_of_reach_is_reached(scenario: Scenario, timeout: list[object]) -> None:
    owner = scenario.process("owner")
    expect(owner.gen_tcp.connect(OUT_OF_REACH, PORT, [], *timeout), error("ehostunreach"))
    owner.receives_nothing()


@clause("opening/forbidden-host")
@EACH_TIMEOUT
def test_forbidden_host_is_reached(scenario: Scenario, timeout: list[object]) -> None:
    owner = scenario.process("owner")
    expect(owner.gen_tcp.connect(FORBIDDEN, PORT, [], *timeout), error("eacces"))
    owner.receives_nothing()


@clause("opening/unreachable-host-keeps-no-port")
@pytest.mark.parametrize(
    ("host", "why"),
    [(NOWHERE, "enetunreach"), (OUT_OF_REACH, "ehostunreach"), (FORBIDDEN, "eacces")],
    ids=["network", "host", "forbidden"],
)
def test_unreachable_host_keeps_the_port(scenario: Scenario, host: object, why: str) -> None:
    owner = scenario.process("owner")
    own = ("ip", (192, 0, 2, 1))
    listener = value_of(owner.gen_tcp.listen(0, [own]))
    _, port = value_of(owner.inet.sockname(listener))
    owner.gen_tcp.close(listener)
    expect(owner.gen_tcp.connect(host, PORT, [own, ("port", port)]), error(why))
    again = value_of(owner.gen_tcp.listen(port, [own]))
    is_at(owner.inet.sockname(again), (192, 0, 2, 1), port)


@clause("opening/silent-host-is-not-waited-for")
@pytest.mark.parametrize("timeout", [20, 50])
def test_silent_host_is_waited_for(scenario: Scenario, timeout: int) -> None:
    owner = scenario.process("owner")
    expect(owner.gen_tcp.connect(SILENT, PORT, [], timeout), error("timeout"))
    owner.receives_nothing()


@clause("opening/silent-host-is-given-up")
def test_silent_host_is_waited_for_ever(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    scenario.owe(GIVEN_UP_AFTER)
    pending = owner.begin.gen_tcp.connect(SILENT, PORT, [])
    expect(pending.result(), error("etimedout"))
    owner.receives_nothing()


@clause("opening/unreachable-host-is-forgotten")
@pytest.mark.parametrize(
    "host", [NOWHERE, OUT_OF_REACH, FORBIDDEN, SILENT], ids=["network", "host", "forbidden", "silent"]
)
def test_failure_spoils_the_next_connect(scenario: Scenario, host: object) -> None:
    owner = scenario.process("owner")
    owner.gen_tcp.connect(host, PORT, [], 20)
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), []))
    is_at(owner.inet.peername(socket), LOOPBACK, scenario.port())
