"""Ports that are no sockets, as far as they show what is the port's own doing and what its driver's."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Inconclusive, describe, expect, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Port, Term, string

MUCH = bytes(200_000)
"""More than any pipe holds."""


def deaf(owner: Actor) -> Term:
    """A port to a program that never reads."""
    port = owner.erlang.open_port(("spawn", string("sleep 20")), ["binary"])
    if not isinstance(port, Port):
        raise Inconclusive(f"open_port did not return a port but {describe(port)}")
    return port


@clause("port_command/force-needs-a-driver-that-allows-it")
def test_force_is_taken_though_not_supported(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = deaf(owner)
    notsup = raised("error", "notsup")
    for options in (["force"], ["force", "nosuspend"], ["nosuspend", "force"]):
        expect(owner.erlang.port_command(port, b"x", options), notsup)
        expect(owner.erlang.port_command(port, "bad", options), notsup)
    expect(owner.erlang.port_command(port, MUCH), True)
    expect(owner.erlang.port_command(port, b"x", ["force"]), notsup)
    expect(owner.erlang.port_command(port, b"x", ["force", "nosuspend"]), notsup)


@clause("port_command/wrong-options-come-first")
def test_unsupported_force_hides_a_wrong_option(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = deaf(owner)
    expect(owner.erlang.port_command(port, b"x", ["force", "suspend"]), raised("error", "badarg"))


@clause("port_command/driver-decides-when-it-is-busy")
def test_other_driver_is_busy_like_a_socket(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = deaf(owner)
    expect(owner.erlang.port_command(port, MUCH), True)
    expect(owner.erlang.port_command(port, b"x", ["nosuspend"]), False)
    pending = caller.begin.erlang.port_command(port, b"x")
    caller.is_suspended()
    expect(owner.erlang.port_close(port), True)
    expect(pending.result(), raised("error", "badarg"))
    owner.receives_nothing()
