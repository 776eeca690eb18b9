"""The scripts that show how models depart: each shows it still, and nothing is left without one unseen."""

from __future__ import annotations

import pytest

from gen_tck.conformance.explorer.findings.departing import difference
from gen_tck.conformance.explorer.generate.witnesses import Witness, load
from gen_tck.conformance.explorer.oracle.models import FAMILIES, departures_of, oracle_of, oracle_without
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.spec.observed import releases

UNSHOWN = {
    "otp-inet/callers-get-through-a-port-that-is-busy-again": "it is up to the schedulers",
}
"""Departures that no script shows in all their releases, and that break no clause."""


@pytest.mark.parametrize("each", load(), ids=lambda each: f"{each.shows or 'no clause'}-{each.releases[0]}")
def test_script_does_not_show_its_departure(each: Witness) -> None:
    script = each.parsed()
    for release in each.releases:
        model = oracle_of(each.model, release)
        assert model.predict(*script).script == script
        if departures_of(each.model, release):
            assert difference(model, oracle_without(release, each.shows), script) is not None
        else:
            finding = difference(model, Oracle(), script)
            assert finding is not None
            assert finding.clause == each.shows


def test_departure_has_neither_a_script_nor_a_test() -> None:
    shown = {(each.shows, release) for each in load() for release in each.releases}
    assert len(shown) == sum(len(each.releases) for each in load())
    neither = {
        each.name
        for release in releases("otp")
        for each in departures_of("otp-inet", release)
        if (each.name, release) not in shown and not each.clauses
    }
    assert neither == set(UNSHOWN)


def test_model_has_no_scripts() -> None:
    assert {each.model for each in load()} == set(FAMILIES)
