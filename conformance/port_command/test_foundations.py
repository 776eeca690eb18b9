"""The calls of this chapter come back, each in the simplest situation there is for it."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, describe, expect, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.spec.terms import Atom, Term


def connected(scenario: Scenario, owner: Actor) -> Term:
    """A socket for which no option was named."""
    return value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), []))


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), marks=pytest.mark.clause("port_command/port-command-answers"), id="none"),
        pytest.param(([],), marks=pytest.mark.clause("port_command/port-command-with-options-answers"), id="empty"),
    ],
)
def test_port_command_does_not_return_true(scenario: Scenario, options: tuple[object, ...]) -> None:
    owner = scenario.process("owner")
    socket = connected(scenario, owner)
    expect(owner.erlang.port_command(socket, b"a", *options), True)
    owner.receives(("inet_reply", socket, "ok"))


@clause("port_command/port-close-answers")
def test_port_close_does_not_return_true(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.erlang.port_close(connected(scenario, owner)), True)


@clause("port_command/port-connect-answers")
def test_port_connect_does_not_return_true(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    expect(owner.erlang.port_connect(connected(scenario, owner), new_owner), True)


@clause("port_command/port-info-answers")
def test_port_info_describes_nothing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    info = owner.erlang.port_info(connected(scenario, owner))
    match info:
        case ((Atom(), _), *_):
            pass
        case _:
            raise Unexpected("[{Name,Value},...]", describe(info))


@clause("port_command/port-info-of-an-item-answers")
def test_port_info_describes_something_else(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.erlang.port_info(connected(scenario, owner), "connected"), ("connected", owner.pid))


@clause("port_command/send-with-options-answers")
def test_send_with_options_does_not_return_ok(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.erlang.send(owner, "hello", ["nosuspend"]), ok())
    owner.receives("hello")
