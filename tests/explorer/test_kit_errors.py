"""A script over which the oracle stumbles is an error of the kit: it is counted, and all others are judged."""

from __future__ import annotations

from functools import partial

import pytest

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.explorer.findings.assembling import assemble, part_of
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.merging import merged
from gen_tck.conformance.explorer.findings.outcome import MOST_REASONS, Outcome
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.results import KitErrors, Results
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.observed import ObservedNode, Transition
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.script import OWNER, Peer, Script, Setting, Step, call
from gen_tck.conformance.explorer.session import status
from gen_tck.conformance.reports.exploration_terminal import kit_error_in_words
from gen_tck.reference.driver.states import CONNECTED
from gen_tck.reference.tables import Machine, NotInTable
from gen_tck.spec.terms import Atom
from tests.explorer.conftest import EndIsNotTold
from tests.explorer.test_going_on import RACE, WritingFirst

ACTIVE = Setting(active=Atom("true"), show_econnreset=True)
SEND, FIN, RESET = call(OWNER, "gen_tcp", "send", b"xyz"), Peer("fin"), Peer("reset")
SCRIPTS: tuple[tuple[Step, ...], ...] = ((SEND,), (RESET,), (FIN,), (SEND, RESET))
WHY = "NotInTable: planted: no row for failure while connected"


class StumblesOverResets(ObservedNode):
    def passes(self, machine: Machine, transition: Transition) -> None:
        if transition.event == "failure":
            raise NotInTable("planted", CONNECTED, transition.event)
        super().passes(machine, transition)


class StumblesOverChoices(ObservedNode):
    def choose(self, name: str, options: int) -> int:
        if super().choose(name, options):
            raise RuntimeError("planted")
        return 0


def _results(exploration: Exploration, plan: Plan) -> Results:
    return assemble(part_of(exploration.run(), plan.first), plan, "reference", exploration.capabilities)


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> Results:
    monkeypatch.setattr(Generator, "random", lambda _, number: (ACTIVE, SCRIPTS[number]))
    plan = Plan(len(SCRIPTS))
    node = partial(SimulatedNode, EndIsNotTold)
    return _results(Exploration(node, plan, oracle=Oracle(StumblesOverResets)), plan)


def test_script_that_cannot_be_predicted_ends_all(results: Results) -> None:
    assert results.kit_errors == [KitErrors(WHY, 2, 1, str(Script(ACTIVE, SCRIPTS[1])))]
    assert (results.scripts, results.missing(), results.flaky) == (len(SCRIPTS), [], 0)
    assert [each.number for each in results.unexplained] == [2]  # the next one is judged


def test_kit_that_stumbles_could_tell(results: Results) -> None:
    assert status(results) == 2  # whatever differs besides
    (error,) = results.kit_errors
    assert kit_error_in_words(results, error).startswith(
        f"2 scripts could not be judged, the first is 1:1: {WHY} (conn"
    )


def test_parts_forget_who_stumbled(results: Results) -> None:
    (whole,) = merged([results]).kit_errors
    assert whole == results.kit_errors[0]


def test_script_that_cannot_be_checked_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Setting(stalled=True, show_econnreset=True)
    monkeypatch.setattr(Generator, "random", lambda *_: (setting, RACE))
    monkeypatch.setattr("gen_tck.conformance.explorer.findings.exploration.ONE_IN", 10)
    plan = Plan(3, first=1)
    results = _results(Exploration(WritingFirst, plan, oracle=Oracle(StumblesOverChoices)), plan)
    (error,) = results.kit_errors
    assert (error.why, error.count, error.number) == ("RuntimeError: planted", 2, 1)
    assert (results.unexplained, results.flaky, results.inconclusive) == ([], 0, 0)


def test_endless_ways_to_stumble_are_all_told() -> None:
    outcome = Outcome()
    for number in range(2 * MOST_REASONS):
        outcome.stumble(f"in way {number}", number, Script(ACTIVE, ()))
    copied = outcome.copy()
    outcome.stumble("in way 0", 0, Script(ACTIVE, ()))
    assert len(copied.kit_errors) == MOST_REASONS
    assert [each.scripts for each in copied.kit_errors.values()] == [MOST_REASONS + 1] + [1] * (MOST_REASONS - 1)
