"""A fault planted in the reference is found, and its script made small."""

from __future__ import annotations

import pytest

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.explorer.explore import Exploration, Plan
from gen_tck.reference.inet_drv import TcpDriver
from gen_tck.spec.clauses import load
from tests.explorer.conftest import FAULTS

SCRIPTS = 1000
MOST_STEPS = 6


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_planted_fault_is_missed_or_stays_large(fault: type[TcpDriver]) -> None:
    exploration = Exploration(lambda: SimulatedNode(fault), Plan(SCRIPTS))
    outcome = exploration.run()
    assert outcome.unexplained
    exploration.shrink()
    assert min(len(group.first.report.told.script.steps) for group in outcome.unexplained) <= MOST_STEPS
    assert {group.clause for group in outcome.unexplained} <= set(load())


def test_reference_differs_from_itself() -> None:
    outcome = Exploration(SimulatedNode, Plan(SCRIPTS, depth=1)).run()
    assert outcome.scripts == SCRIPTS
    assert not outcome.groups
