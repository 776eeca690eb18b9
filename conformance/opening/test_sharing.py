"""Several listeners at one port."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor, Pending
from gen_tck.conformance.harness.expect import error, expect, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.opening.steps import listener_at
from gen_tck.spec.terms import Term


def _two_listeners(owner: Actor, name: str) -> tuple[list[Term], int]:
    first, port = listener_at(owner, LOOPBACK, (name, True))
    second, _ = listener_at(owner, LOOPBACK, (name, True), number=port)
    return [first, second], port


def _others_go_on(scenario: Scenario, name: str, closed: int) -> None:
    owner = scenario.process("owner")
    listeners, port = _two_listeners(owner, name)
    expect(owner.gen_tcp.close(listeners.pop(closed)), ok())
    for _ in range(2):
        scenario.dial(port)
        value_of(owner.gen_tcp.accept(listeners[0], 5000))


@clause("opening/reuseport-lets-several-listen")
@pytest.mark.parametrize("closed", [0, 1], ids=["first", "second"])
def test_port_goes_with_one_of_its_listeners(scenario: Scenario, closed: int) -> None:
    _others_go_on(scenario, "reuseport", closed)


@clause("opening/reuseport-lets-several-listen")
def test_connection_is_taken_by_none_or_several(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    acceptors = scenario.processes("first", "second")
    listeners, port = _two_listeners(owner, "reuseport")
    waiting = [each.begin.gen_tcp.accept(at) for each, at in zip(acceptors, listeners, strict=True)]
    for each in waiting:
        each.is_blocked()
    scenario.dial(port)
    scenario.wait_for(lambda: any(map(Pending.has_returned, waiting)), "one to accept", "both wait", "accept")
    scenario.settle()
    expect([each.has_returned() for each in waiting].count(True), 1, "how many accept it")


@clause("opening/reuseport-lets-several-listen")
def test_reuseport_is_not_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = listener_at(owner, LOOPBACK)
    for value in (False, True, False):
        expect(owner.inet.setopts(listener, [("reuseport", value)]), ok())
        expect(owner.inet.getopts(listener, ["reuseport"]), ok([("reuseport", value)]))


@clause("opening/reuseport-is-asked-of-all")
@pytest.mark.parametrize("there", [True, False], ids=["only-there", "only-new"])
def test_port_is_shared_unasked(scenario: Scenario, there: bool) -> None:
    owner, other = scenario.processes("owner", "other")
    _, port = listener_at(owner, LOOPBACK, ("reuseport", there))
    expect(other.gen_tcp.listen(port, [("ip", LOOPBACK), ("reuseport", not there)]), error("eaddrinuse"))


@clause("opening/reuseport-lb-lets-several-listen")
@pytest.mark.parametrize("closed", [0, 1], ids=["first", "second"])
def test_balanced_port_goes_with_one_of_its_listeners(scenario: Scenario, closed: int) -> None:
    _others_go_on(scenario, "reuseport_lb", closed)


@clause("opening/reuseport-lb-lets-several-listen")
def test_reuseport_lb_is_not_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = listener_at(owner, LOOPBACK)
    for value in (False, True, False):
        expect(owner.inet.setopts(listener, [("reuseport_lb", value)]), ok())
        expect(owner.inet.getopts(listener, ["reuseport_lb"]), ok([("reuseport_lb", value)]))
