"""Slow clauses: run where the clock is virtual, elsewhere if they are asked for, and else left out, which is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.reports.case_text import how_to_run_again
from gen_tck.conformance.run import listing
from gen_tck.spec.clauses import load

if TYPE_CHECKING:
    from tests.conformance.conftest import Kit

LASTING = """
:::{clause} lasting
:level: must
:profile: essentials
:basis: observed
:cost: slow
:source: none
:builds-on: modes/base

The node takes its time.

*Intent:* to last.
:::
"""
CASES = """
@clause("modes/base")
def test_soon(scenario):
    expect(1, 1)

@clause("modes/lasting", "modes/base")
def test_late(scenario):
    expect(1, 1)
"""


def real() -> SimulatedNode:
    """The reference, as if its clock were a real one."""
    node = SimulatedNode()
    node.capabilities = replace(node.capabilities, clock="real")
    return node


@pytest.fixture
def slow(kit: Kit) -> Kit:
    """A kit with a slow clause, and a case of it."""
    kit.add(LASTING)
    kit.write(test_it=CASES)
    return kit


def test_virtual_clock_does_not_help(slow: Kit) -> None:
    assert slow.run().ret == 0
    assert slow.verdicts() == {"test_soon": "pass", "test_late": "pass"}


def test_slow_case_is_run_unasked_or_spoils_the_run(slow: Kit) -> None:
    result = slow.run(node=real)
    assert slow.verdicts() == {"test_soon": "pass", "test_late": "left-out"}
    results = slow.results()
    late = results.cases[-1]
    assert (late.message, results.run.slow) == ("slow on a node with a real clock (--slow runs it)", False)
    assert results.clauses["modes/base"].verdict == "pass"
    assert results.profiles["essentials"].claimed == "whole"
    assert results.profiles["essentials"].levels["must"].total == 1
    assert (result.ret, results.conclusion, results.complete) == (0, "CONFORMS", True)
    result.stdout.fnmatch_lines(["sick: CONFORMS in 1 clause of essentials (must 1 of 1; 1 case left out)"])


def test_slow_case_is_left_out_though_asked_for(slow: Kit) -> None:
    assert slow.run("--with-slow", node=real).ret == 0
    assert slow.verdicts() == {"test_soon": "pass", "test_late": "pass"}
    assert slow.results().run.slow
    assert "--with-slow" in how_to_run_again(slow.results(), slow.results().cases[-1])


def test_nothing_but_slow_cases_conforms(slow: Kit) -> None:
    result = slow.run("--clause=modes/lasting", node=real)
    assert result.ret == 2
    result.stdout.fnmatch_lines(["sick: COULD NOT TELL: all that was chosen was left out (0 of 0 clauses hold; *"])


def test_deviation_of_a_case_that_is_left_out_is_stale(slow: Kit) -> None:
    slow.record(
        """
        [[deviation]]
        clause = "modes/lasting"
        test = "test_late"
        seen = "2"
        reason = "it is so"
        """
    )
    assert slow.run(node=real).ret == 0
    assert slow.results().stale == []
    assert slow.run("--with-slow", node=real).ret == 1


def test_case_that_is_left_out_is_blocked(slow: Kit) -> None:
    slow.write(test_it=CASES.replace("expect(1, 1)", "expect(1, 2)", 1))
    slow.run(node=real)
    assert slow.verdicts() == {"test_soon": "fail", "test_late": "left-out"}


def test_clause_is_shown_by_slow_cases_alone_and_does_not_say_so() -> None:
    clauses = load()
    cases = listing.by_clause(listing.read())
    quick = {
        id_ for id_, its in cases.items() for case in its if not any(clauses[each].is_slow for each in case.clauses)
    }
    assert [
        each.id for each in clauses.values() if each.id in cases and each.id not in quick and not each.is_slow
    ] == []
    assert [each.id for each in clauses.values() if each.is_slow and each.id in quick] == []


class Halting(SimulatedNode):
    """It stands still once in each case."""

    @property
    def stops(self) -> int:
        self._stops = getattr(self, "_stops", 0) + 1
        return self._stops


def test_slow_case_that_holds_is_played_again_for_a_stop(slow: Kit) -> None:
    slow.run(node=Halting)
    cases = {case.name: case for case in slow.results().cases}
    assert {name: (case.verdict, case.stood_still) for name, case in cases.items()} == {
        "test_soon": ("pass", 3),
        "test_late": ("pass", 0),
    }
