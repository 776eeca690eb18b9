"""Words are made last: whatever they say, verdicts, clauses and what is known stay as they are."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

import pytest

from gen_tck.adapters.interface import Node
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.adapters.registry import find
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.attribution import NO_CLAUSE
from gen_tck.conformance.explorer.findings.exploration import Exploration, Plan
from gen_tck.conformance.explorer.findings.judge import Finding, judge, judge_in_all_orders
from gen_tck.conformance.explorer.findings.known import Settled, load, settles
from gen_tck.conformance.explorer.findings.recorded import case_of
from gen_tck.conformance.explorer.oracle.models import Modelled
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.play.player import StepByStep
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.spec.clauses import load as load_clauses
from gen_tck.spec.terms import Atom
from tests.explorer.conftest import EndIsNotTold, OnceStaysArmed

RELEASE, MODEL = "25", "classic"
PLANTED = Settled(
    clause="closing/active-owner-is-told-of-the-end", differs="peer: *: no {tcp_closed,SOCKET}", reason="planted"
)


def _known() -> list[Settled]:
    """What is settled of OTP."""
    entry = find("otp")
    file = entry.deviations.with_name(entry.deviations.name.replace("deviations", "scripts"))
    return load(file, RELEASE, load_clauses())


def _findings(node: Node, oracle: Oracle) -> Iterator[Finding | None]:
    """What the scripts of all that is settled of OTP show on ``node``."""
    told = [oracle.tell(*entry.parsed(), number) for number, entry in enumerate(_known())]
    for _, reports in StepByStep(node).play(told):
        yield from [judge_in_all_orders(each, oracle) for each in reports]


def _verdicts() -> list[object]:
    """All that is said of scripts on a model of OTP and on faulty nodes, but for the words."""
    oracle, known, said = Oracle(), _known(), list[object]()
    for finding in _findings(Modelled(MODEL), oracle):
        if finding is not None:
            case = case_of("script:1", finding)
            settled = [(each.clause, each.reason) for each in settles(known, finding)]
            said.append((finding.report.step, finding.group, settled, case.verdict, case.clauses, case.step))
    for fault in (EndIsNotTold, OnceStaysArmed):
        outcome = Exploration(lambda fault=fault: SimulatedNode(fault), Plan(150), [PLANTED, *known]).run()  # type: ignore[misc]
        said += [
            (key, each.verdict, each.clause, each.count, each.reason, each.first.report.told.number)
            for key, each in outcome.groups.items()
        ]
    return said


def _silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each function that makes words make the same, from wherever it is called."""
    made = [each for _, each in inspect.getmembers(words, inspect.isfunction) if each.__module__ == words.__name__]
    assert len(made) > 10
    for module in [each for name, each in sys.modules.items() if name.startswith("gen_tck.")]:
        for name, value in list(vars(module).items()):
            if any(value is each for each in made):
                monkeypatch.setattr(module, name, lambda *_: "x")


def test_verdict_hangs_on_words(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _verdicts()
    _silence(monkeypatch)
    assert _verdicts() == before
    finding = next(filter(None, _findings(Modelled(MODEL), Oracle())))
    assert case_of("script:1", finding).where == words.kind(finding) == "x"
    told = str(before)  # or nothing is shown here
    assert all(each in told for each in ("planted", "unexplained", "inet:tcp_sync_input/3", "fail"))
    assert len(before) > 40


# What no clause speaks of


def _unheard_of() -> Finding:
    """A link that is refused: of links no clause speaks."""
    told = Oracle().tell(*parse("connect with [binary,{active,false}]\nother: erlang:link('$socket')\n"))
    ((kind, actor, _),) = told.expected[0]
    finding = judge(Report(told, 0, ((kind, actor, ("returned", Atom("false"))),)))
    assert finding is not None
    return finding


def test_unrelated_clause_is_blamed() -> None:
    finding = _unheard_of()
    assert finding.clause == NO_CLAUSE
    assert words.headline(finding).startswith("no clause speaks of it: erlang:link(): erlang:link true but false")
    assert case_of("script:1", finding).clauses == []
