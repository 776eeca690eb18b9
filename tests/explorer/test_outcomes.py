"""How much is allowed is counted over all parts of an exploration, and said."""

from __future__ import annotations

import pytest

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.explorer.findings.assembling import assemble, part_of
from gen_tck.conformance.explorer.findings.contradictions import contradictions
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.merging import merged
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.results import Part
from gen_tck.conformance.explorer.generate.coverage import name
from gen_tck.conformance.explorer.generate.tours import known
from gen_tck.conformance.explorer.oracle.models import Modelled, model_of, oracle_of, rows_of
from gen_tck.spec.observed import releases


def test_parts_are_counted_one_by_one() -> None:
    whole = merged([Part(outcomes=[90, 4, 1], inconclusive=1), Part(outcomes=[4, 0, 0, 1]), Part()])
    assert whole.outcomes == [94, 4, 1, 1]
    assert whole.inconclusive == 1
    assert whole.allowed_on_average() == pytest.approx((94 + 8 + 3 + 4) / 100)
    assert [whole.allowed_at_most(share) for share in (0.5, 0.94, 0.95, 0.99, 1.0)] == [1, 1, 2, 3, 4]
    assert (Part().allowed_on_average(), Part().allowed_at_most(0.99)) == (0.0, 0)


@pytest.mark.parametrize("release", releases("otp-socket"))
def test_model_with_machines_of_its_own_is_counted_by_the_rows_of_the_reference(release: int) -> None:
    plan = Plan(60)
    model = f"otp-socket-{release}"
    made = model_of("otp-socket", release)
    exploration = Exploration(lambda: Modelled(made), plan, oracle=oracle_of("otp-socket", release))
    results = assemble(part_of(exploration.run(), 0), plan, "otp-socket", exploration.capabilities)
    assert results.model == merged([Part(), results]).model == model
    assert results.gone_through == merged([results, Part()]).gone_through
    names = {name(each) for each in rows_of(model)}
    assert "recv while recv" in results.gone_through or "recv while connected" in results.gone_through
    assert set(results.gone_through) < names
    assert names == {*results.gone_through, *results.coverage.never_reached, *results.coverage.out_of_reach}
    assert list(contradictions(results)) == []


def test_tours_do_not_go_through_most_of_a_model() -> None:
    for model in [f"otp-socket-{each}" for each in releases("otp-socket")]:
        assert len(known(model=model).transitions) > len(rows_of(model)) / 2, "run tools/tours --of-sockets"


def test_nothing_is_counted() -> None:
    whole = Exploration(SimulatedNode, Plan(400)).run()
    counted = part_of(whole, 0).outcomes
    assert sum(counted) > 0
    assert counted == [whole.outcomes[number] for number in range(1, len(counted) + 1)]
