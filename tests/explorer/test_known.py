"""The files of known differences can be used, and fit what they speak of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.adapters.registry import known_nodes
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.attribution import RULES
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.judge import Finding, judge
from gen_tck.conformance.explorer.findings.known import KnownDifferencesError, SeenBefore, known_as, load, oracle_for
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.playing import Playing
from gen_tck.conformance.explorer.oracle.admits import Impossible
from gen_tck.conformance.explorer.oracle.models import oracle_of
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.script import OWNER, Change, Setting, call
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.spec.clauses import load as load_clauses
from gen_tck.spec.terms import Atom
from tests.explorer.conftest import PassiveAfterNIsSilent

CLAUSES = load_clauses()
NODES = {"otp": "otp-inet", "otp-socket": "otp-socket"}
"""Those that there is a model of."""
CAPABILITIES = SimulatedNode().capabilities
SCRIPT = 'script = "connect with [binary,{active,false}]"'


def test_judge_names_a_clause_that_does_not_exist() -> None:
    assert {rule.clause for rule in RULES} <= set(CLAUSES)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (f'[[known]]\nclause = "modes/no-such"\nreason = "r"\n{SCRIPT}', "modes/no-such, which is no clause"),
        (f'[[known]]\nclause = "modes/active-by-default"\nreason = " "\n{SCRIPT}', "gives no reason"),
        (f'[[known]]\nclause = "modes/active-by-default"\nreason = "r"\nvariant = "v"\n{SCRIPT}', "no variant 'v'"),
        ('[[known]]\nclause = "modes/active-by-default"', "reason"),
        ('[[known]]\nclause = "modes/active-by-default"\nreason = "r"', "script"),
        (
            '[[known]]\nclause = "modes/active-by-default"\nreason = "r"\nscript = "connect"',
            r"x.scripts.toml:1: modes/active-by-default: script: line 1, column 1: 'connect with' and options expected",
        ),
    ],
)
def test_wrong_entry_is_accepted(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "x.scripts.toml"
    file.write_text(text)
    with pytest.raises(KnownDifferencesError, match=complaint):
        load(file, "25", CLAUSES)


def test_retired_clause_is_not_followed(tmp_path: Path) -> None:
    file = tmp_path / "x.scripts.toml"
    file.write_text(
        '[[known]]\nclause = "sending/send-timeout-close-tells-the-sender-only"\nvariant = "told"\nreason = "r"\n'
        'script = "connect with [binary,{active,false}]"'
    )
    assert [each.clause for each in load(file, "25", CLAUSES)] == ["sending/send-timeout-close-and-the-owner"]


COUNTED = "connect with [binary,{active,1}]\npeer: send <<97>>\n"


def test_known_difference_counts_as_unexplained_or_hides_others() -> None:
    playing = Playing(lambda: SimulatedNode(PassiveAfterNIsSilent), lambda _: None)
    (judged,) = playing.look([Oracle().predict(*parse(COUNTED))])
    known = SeenBefore("modes/last-counted-message-is-followed-by-tcp-passive", "planted", shown=judged.finding)
    outcome = Exploration(lambda: SimulatedNode(PassiveAfterNIsSilent), Plan(1000), [known]).run()
    deviating = [each for each in outcome.groups.values() if each.verdict == "deviates"]
    assert [each.reason for each in deviating] == ["planted"]
    assert deviating[0].count > 1
    assert any(words.kind(each.first).startswith("inet:setopts") for each in outcome.unexplained)


def _differs(*changes: Change) -> Finding:
    """A receive of too much, of which this is seen."""
    prediction = Oracle().predict(Setting(packet=4), [call(OWNER, "gen_tcp", "recv", 3, "infinity")])
    finding = judge(Impossible(prediction, 0, changes))
    assert finding is not None
    return finding


RIGHT: Change = ("call", OWNER, ("returned", (Atom("error"), Atom("einval"))))
REFUSED: Change = ("call", OWNER, ("returned", (Atom("error"), Atom("closed"))))
STRAY: Change = ("mailbox", OWNER, ((Atom("tcp_passive"), Atom("$socket")),))


def _known(*changes: Change) -> SeenBefore:
    return SeenBefore("modes/active-by-default", "planted", shown=_differs(*changes))


@pytest.mark.parametrize(
    ("known", "count"),
    [
        ([_known(REFUSED)], 0),
        ([_known(RIGHT, STRAY)], 0),
        ([SeenBefore("modes/active-by-default", "nothing differs any more")], 0),
        ([_known(REFUSED, STRAY)], 1),
        ([_known(RIGHT, STRAY), _known(REFUSED)], 2),
    ],
)
def test_part_of_a_difference_hides_the_rest_or_is_not_known(known: list[SeenBefore], count: int) -> None:
    assert len(known_as(known, _differs(REFUSED, STRAY))) == count


@pytest.mark.parametrize(
    ("node", "release", "family"),
    [(node, release, family) for node, family in NODES.items() for release in (25, 27, 28, 29, 30)],
)
def test_reference_says_what_follows_on_otp(node: str, release: int, family: str) -> None:
    entry = next(each for each in known_nodes() if each.name == node)
    capabilities = replace(CAPABILITIES, details={"release": str(release)})
    assert oracle_for(entry, capabilities) is oracle_of(family, release)


def test_model_says_what_follows_on_another_node() -> None:
    others = [each for each in known_nodes() if each.name not in NODES]
    capabilities = replace(CAPABILITIES, details={"release": "25"})
    assert [oracle_for(each, capabilities) for each in others] == [None] * 2
