"""The calls of this chapter come back, each in the simplest situation there is for it."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import expect, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario


@clause("closing/close-answers")
def test_close_does_not_return_ok(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.gen_tcp.close(value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), []))), ok())


@clause("closing/shutdown-answers")
def test_shutdown_does_not_return_ok(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), []))
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    owner.kill()  # whether it gets a message by it is another matter
