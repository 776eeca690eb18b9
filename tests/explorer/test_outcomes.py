"""How much is allowed is counted over all parts of an exploration, and said."""

from __future__ import annotations

import pytest

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.explorer.findings.assembling import part_of
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.merging import covered, merged
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.results import Part


def test_parts_are_counted_one_by_one() -> None:
    whole = merged([Part(outcomes=[90, 4, 1], inconclusive=1), Part(outcomes=[4, 0, 0, 1]), Part()])
    assert whole.outcomes == [94, 4, 1, 1]
    assert whole.inconclusive == 1
    assert whole.allowed_on_average() == pytest.approx((94 + 8 + 3 + 4) / 100)
    assert [whole.allowed_at_most(share) for share in (0.5, 0.94, 0.95, 0.99, 1.0)] == [1, 1, 2, 3, 4]
    assert (Part().allowed_on_average(), Part().allowed_at_most(0.99)) == (0.0, 0)


def test_model_with_machines_of_its_own_reaches_nothing_of_the_reference() -> None:
    told = covered(Part(scripts=100), ())
    assert told.never_reached == []
    assert told.in_words().endswith("the model of the node has machines of its own")
    assert covered(Part(), ()).of_transitions > 0


def test_nothing_is_counted() -> None:
    whole = Exploration(SimulatedNode, Plan(400)).run()
    counted = part_of(whole, 0).outcomes
    assert sum(counted) > 0
    assert counted == [whole.outcomes[number] for number in range(1, len(counted) + 1)]
