"""Words are made last: whatever they say, verdicts, clauses and what is known stay as they are."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from gen_tck.adapters import registry
from gen_tck.adapters.interface import Node
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.attribution import NO_CLAUSE
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.known import SeenBefore, known_as
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.playing import Playing
from gen_tck.conformance.explorer.findings.reading import read as read_results
from gen_tck.conformance.explorer.findings.recorded import case_of
from gen_tck.conformance.explorer.generate import witnesses
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.models import Modelled, model_of
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.conformance.traces.file import read
from gen_tck.reference.functions import FUNCTIONS
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Term
from tests.explorer.conftest import EndIsNotTold, OnceStaysArmed

RELEASE = 25
TOLD = "connect with [binary,{active,true}]\npeer: fin\n"


def _planted() -> SeenBefore:
    """An end that is not told."""
    (finding,) = _shown(SimulatedNode(EndIsNotTold), Oracle(), [TOLD])
    return SeenBefore("closing/active-owner-is-told-of-the-end", "planted", shown=finding)


def _findings(node: Node, oracle: Oracle) -> Iterator[Finding | None]:
    """What the scripts of all that is known to differ of OTP show on ``node``."""
    yield from _shown(node, oracle, [each.script for each in witnesses.load() if RELEASE in each.releases])


def _shown(node: Node, oracle: Oracle, scripts: list[str]) -> list[Finding | None]:
    prediction = [oracle.predict(*parse(script), number) for number, script in enumerate(scripts)]
    return [each.finding for each in Playing(lambda: node, lambda _: None, oracle=oracle).look(prediction)]


def _verdicts() -> list[object]:
    """All that is said of scripts on a model of OTP and on faulty nodes, but for the words."""
    oracle, known, said = Oracle(), [_planted()], list[object]()
    for finding in _findings(Modelled(model_of("otp-inet", RELEASE)), oracle):
        if finding is not None:
            case = case_of("script:1", finding)
            entries = [(each.clause, each.reason) for each in known_as(known, finding)]
            said.append((finding.at.step, finding.group, entries, case.verdict, case.clauses, case.step))
    for fault in (EndIsNotTold, OnceStaysArmed):
        outcome = Exploration(partial(SimulatedNode, fault), Plan(250), known).run()
        said += [
            (key, each.verdict, each.clause, each.count, each.reason, each.first.at.prediction.number)
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
    finding = next(filter(None, _findings(Modelled(model_of("otp-inet", RELEASE)), Oracle())))
    assert case_of("script:1", finding).where == words.kind(finding) == "x"
    prediction = str(before)  # or nothing is shown here
    assert all(each in prediction for each in ("planted", "unexplained", "fail"))
    assert len(before) > 40


# What no clause speaks of

LINK = "connect with [binary,{active,false}]\nother: erlang:link('$socket')\n"


async def _no_link(_: Process, __: Term) -> Term:
    return Atom("false")


def _node() -> SimulatedNode:
    """Links are refused: of them no clause speaks."""
    return SimulatedNode(functions=FUNCTIONS | {"erlang.link/1": _no_link})


def _run(*arguments: object, text: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(gen_tck, [str(each) for each in arguments], input=text, standalone_mode=False)
    assert result.exception is None
    return result.return_value, result.output


def test_unrelated_clause_is_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_open_reference", _node)
    trace = tmp_path / "x.trace"
    status, said = _run("explore", "reference", "--script", "-", "--trace", trace, text=LINK)
    assert status == 1
    assert "differs from the reference: no clause speaks of it: erlang:link(): erlang:link true but false\n" in said
    assert read(trace).header.clauses == []
    status, said = _run("judge", trace)
    assert (status, said.splitlines()[0]) == (1, f"{trace}: fail, as recorded")


def test_unrelated_clause_is_blamed_in_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_open_reference", _node)
    monkeypatch.setattr(Generator, "random", lambda *_: parse(LINK))
    file = tmp_path / "x.json"
    status, said = _run("explore", "reference", "--scripts", 1, "--results", file)
    assert status == 1
    assert "     1  unexplained no clause speaks of it: erlang:link(): erlang:link true but false\n" in said
    (group,) = read_results(file).groups
    assert group.clause == NO_CLAUSE
    assert "### no clause speaks of it: erlang:link" in _run("report", "--markdown", file)[1]
