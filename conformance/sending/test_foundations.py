"""The calls of this chapter come back, each in the simplest situation there is for it."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import Unexpected, describe, expect, ok, one_of, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.spec.terms import Atom


@clause("sending/send-answers")
def test_send_does_not_return_ok(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), []))
    expect(owner.gen_tcp.send(socket, b"a"), ok())


@clause("sending/getstat-answers")
def test_getstat_counts_nothing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    values = value_of(owner.inet.getstat(value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), []))))
    match values:
        case ((Atom(), int()), *_):
            pass
        case _:
            raise Unexpected("{ok,[{Name,Number},...]}", describe(values))


@clause("sending/getstat-of-some-answers")
def test_getstat_counts_something_else(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), []))
    expect(owner.inet.getstat(socket, ["send_pend"]), one_of(ok([("send_pend", 0)]), ok([])))
