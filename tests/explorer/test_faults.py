"""A fault planted in the reference is found, and its script made small."""

from __future__ import annotations

import pytest

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.explorer.findings.attribution import NO_CLAUSE
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.playing import Playing
from gen_tck.conformance.explorer.findings.shrink import shrink
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.script import Peer, Script, Setting
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.spec.clauses import load
from gen_tck.spec.terms import Atom
from tests.explorer.conftest import FAULTS, EndIsNotTold

SCRIPTS = 1000
MOST_STEPS = 6


@pytest.mark.vm
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_planted_fault_is_missed_or_stays_large(fault: type[TcpDriver]) -> None:
    exploration = Exploration(lambda: SimulatedNode(fault), Plan(SCRIPTS))
    outcome = exploration.run()
    assert outcome.unexplained
    smallest = (exploration.smaller(group.first).at.prediction.script for group in outcome.unexplained)
    assert any(len(script.steps) <= MOST_STEPS for script in smallest)
    assert {group.clause for group in outcome.unexplained} <= {*load(), NO_CLAUSE}


def test_finding_keeps_a_socket_that_it_does_not_need() -> None:
    text = """
        connect with [binary,{active,true},{show_econnreset,true}], and a second time, and listen
        other: gen_tcp:accept('$listener', infinity)
        peer: send <<"abc">>
        second peer: fin
    """
    prediction = Oracle().predict(*parse(text))
    playing = Playing(lambda: SimulatedNode(EndIsNotTold), lambda _: None)
    (judged,) = playing.look([prediction])
    finding = judged.finding
    assert finding is not None
    small = shrink(finding.at, playing, lambda other: other.group == finding.group)
    assert small is not None
    assert small.at.prediction.script == Script(Setting(active=Atom("true")), (Peer("fin"),))


def test_reference_differs_from_itself() -> None:
    outcome = Exploration(SimulatedNode, Plan(SCRIPTS, depth=1)).run()
    assert outcome.scripts == SCRIPTS
    assert not outcome.groups
