"""A script that differed is gone on with, and what is allowed in another order of things is no difference."""

from __future__ import annotations

from typing import ClassVar

import pytest

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.explorer.findings import exploration as explore
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.assembling import assemble, part_of
from gen_tck.conformance.explorer.findings.exploration import Exploration, Outcome
from gen_tck.conformance.explorer.findings.known import SeenBefore
from gen_tck.conformance.explorer.findings.merging import merged
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.playing import Playing
from gen_tck.conformance.explorer.findings.results import Part
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle import admits
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.oracle.search import runs
from gen_tck.conformance.explorer.script.script import BULK, OTHER, OWNER, Peer, Setting, Step, call
from gen_tck.conformance.reports.exploration_terminal import undecided_in_words
from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.spec.terms import Atom, Term
from tests.explorer.conftest import planted

ONE = call(OWNER, "inet", "setopts", [("active", 1)])
TWO_DIFFERENCES = (ONE, Peer("send", b"a"), call(OWNER, "inet", "setopts", [("active", True)]), Peer("fin"))
TwoFaults = planted("passive-after-n-is-silent", "end-is-not-told")


def _silence() -> SeenBefore:
    """What the first of the two faults shows."""
    playing = Playing(lambda: SimulatedNode(TwoFaults), lambda _: None)
    (judged,) = playing.look([Oracle().predict(Setting(), TWO_DIFFERENCES[:2])])
    return SeenBefore("modes/last-counted-message-is-followed-by-tcp-passive", "planted", shown=judged.finding)


SILENT = _silence()


class WritingFirst(SimulatedNode):
    """Allowed to do so, as anybody is."""

    def choose(self, name: str, options: int) -> int:
        return int(name == "reading or writing first")


RACE = (
    call(OTHER, "gen_tcp", "recv", 0, "infinity"),
    call(OWNER, "gen_tcp", "send", BULK),
    Peer("reset"),
    call(OTHER, "gen_tcp", "recv", 0, 0),
)


def _explored(
    monkeypatch: pytest.MonkeyPatch,
    node: type[SimulatedNode],
    setting: Setting,
    steps: tuple[Step, ...],
    **faulty: object,
) -> Outcome:
    monkeypatch.setattr(Generator, "random", lambda *_: (setting, steps))
    return Exploration(lambda: node(**faulty), Plan(1), [SILENT]).run()  # type: ignore[arg-type]


def test_difference_hides_the_rest_of_its_script(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = _explored(monkeypatch, SimulatedNode, Setting(), TWO_DIFFERENCES, driver=TwoFaults)
    assert [each.reason for each in outcome.groups.values() if each.verdict == "deviates"] == ["planted"]
    assert any("tcp_closed" in words.kind(each.first) for each in outcome.unexplained)
    assert outcome.scripts == 1


def test_rest_is_seen_though_nothing_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "MOST_RESUMED", 0)
    outcome = _explored(monkeypatch, SimulatedNode, Setting(), TWO_DIFFERENCES, driver=TwoFaults)
    assert [each.reason for each in outcome.groups.values()] == ["planted"]


def test_order_that_nothing_rules_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Setting(stalled=True, show_econnreset=True)
    prediction = Oracle().predict(setting, RACE)
    assert len({each.prediction.expected for each in runs(Oracle(), prediction)}) == 2  # or else nothing is shown here
    assert not _explored(monkeypatch, WritingFirst, setting, RACE).groups


def test_what_may_be_allowed_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admits, "MOST_RUNS", 1)
    outcome = _explored(monkeypatch, WritingFirst, Setting(stalled=True, show_econnreset=True), RACE)
    assert outcome.inconclusive == 1
    assert outcome.undecided == {"inconclusive": [0]}
    assert not outcome.groups


class Forgetful(TcpDriver):
    """Does not tell of the end, the first times."""

    left: ClassVar[int]

    def tell(self, message: Term) -> None:
        if message == (a.tcp_closed, self.port.id) and Forgetful.left:
            Forgetful.left -= 1
        else:
            super().tell(message)


def test_difference_that_goes_away_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    Forgetful.left = 2  # as the script is played, and played once more to its end
    monkeypatch.setattr(Generator, "random", lambda *_: (Setting(active=Atom("true")), (Peer("fin"),)))
    exploration, plan = Exploration(lambda: SimulatedNode(Forgetful), Plan(1, seed=7)), Plan(1, seed=7)
    outcome = exploration.run()
    results = assemble(part_of(outcome, 0), plan, "node", exploration.capabilities)
    assert (outcome.flaky, outcome.undecided) == (1, {"flaky": [0]})
    assert merged([Part(), results]).undecided == results.undecided == {"flaky": [0]}
    assert [(each.verdict, each.count, each.number) for each in results.groups] == [("flaky", 1, 0)]
    assert (results.unexplained, results.groups[0].seen) == ([], "nothing")
    assert undecided_in_words(results, [0, 4]) == "7:0, 7:4 (--seed 7 --scripts 1 --from 0 --to 1)"
