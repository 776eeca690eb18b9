"""The calls of this chapter come back, each in the simplest situation there is for it."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import expect, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.modes.steps import bare_listener


@clause("async_recv/async-recv-answers")
def test_async_recv_gives_no_reference(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    value_of(owner.prim_inet.async_recv(socket, 0, -1))


@clause("async_recv/async-accept-answers")
def test_async_accept_gives_no_reference(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = bare_listener(owner)
    value_of(owner.prim_inet.async_accept(listener, -1))


@clause("async_recv/unrecv-answers")
def test_prim_inet_unrecv_does_not_return_ok(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.prim_inet.unrecv(socket, b"a"), ok())
