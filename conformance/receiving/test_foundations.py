"""The calls of this chapter come back, each in the simplest situation there is for it, and each framing is taken."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import Unexpected, describe, value_of
from gen_tck.conformance.harness.marks import clause, each_row
from gen_tck.conformance.harness.rows import framings
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.spec.framings import Framing
from gen_tck.spec.terms import Atom


@clause("receiving/recv-answers")
def test_recv_gives_no_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"a")
    value_of(owner.gen_tcp.recv(socket, 0))


@clause("receiving/recv-with-a-timeout-answers")
def test_recv_with_a_timeout_gives_no_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"a")
    value_of(owner.gen_tcp.recv(socket, 0, 5000))


@clause("receiving/unrecv-answers")
def test_unrecv_is_no_answer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    match owner.gen_tcp.unrecv(socket, b"a"):
        case Atom(name="ok") | (Atom(name="error"), _):
            pass
        case result:
            raise Unexpected("ok or {error,Reason}", describe(result))


@each_row("framing", framings())
def test_connect_refuses_a_framing(scenario: Scenario, framing: Framing) -> None:
    owner = scenario.process("owner")
    for each in framing.values:
        packet = each[0] if isinstance(each, range) else each
        value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), [("packet", packet)]))
