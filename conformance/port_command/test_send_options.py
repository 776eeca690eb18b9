"""``erlang:send/3``: its options, and what it sends to a port with them."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import expect, ok, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom


@clause("port_command/bad-send-options-raise")
@pytest.mark.parametrize("options", ["nosuspend", ["foo"], ["nosuspend", "foo"]], ids=["no-list", "unknown", "second"])
def test_message_with_bad_options_is_sent(scenario: Scenario, options: object) -> None:
    owner = scenario.process("owner")
    expect(owner.erlang.send(owner, "x", options), raised("error", "badarg"))
    owner.receives_nothing()


@clause("port_command/message-to-a-closed-port-is-nothing")
def test_message_without_suspension_reaches_a_closed_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.erlang.send(socket, (owner.pid, ("command", b"x")), ["nosuspend"]), ok())


@clause("port_command/message-without-suspension")
def test_close_without_suspension_is_aborted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.erlang.send(socket, (owner.pid, "close"), ["nosuspend"]), ok())
    owner.receives((socket, Atom("closed")))
    peer.sees_fin()
