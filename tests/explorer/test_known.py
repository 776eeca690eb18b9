"""The files of known differences can be used, and fit what they speak of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.adapters.registry import known_nodes
from gen_tck.conformance.explorer.findings.attribution import RULES
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.judge import Finding, judge
from gen_tck.conformance.explorer.findings.known import (
    KnownDifference,
    KnownDifferencesError,
    known_as,
    known_of,
    load,
    oracle_for,
)
from gen_tck.conformance.explorer.findings.legacy_key import legacy_key
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.oracle.admits import Impossible
from gen_tck.conformance.explorer.oracle.models import oracle_of
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.script import OWNER, Changes, Setting, call
from gen_tck.spec.clauses import load as load_clauses
from gen_tck.spec.terms import Atom
from tests.explorer.conftest import PassiveAfterNIsSilent

CLAUSES = load_clauses()
CAPABILITIES = SimulatedNode().capabilities


def test_judge_names_a_clause_that_does_not_exist() -> None:
    assert {rule.clause for rule in RULES} <= set(CLAUSES)


def test_file_beside_a_node_cannot_be_used() -> None:
    for entry in known_nodes():
        load(entry.deviations.with_name(entry.deviations.name.replace("deviations", "scripts")), "25", CLAUSES)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[[known]]\nclause = "modes/no-such"\nreason = "r"', "modes/no-such, which is no clause"),
        ('[[known]]\nclause = "modes/active-by-default"\nreason = " "', "gives no reason"),
        ('[[known]]\nclause = "modes/active-by-default"\nreason = "r"\nvariant = "v"', "names no variant 'v'"),
        ('[[known]]\nclause = "modes/active-by-default"', "reason"),
        ('[[known]]\nclause = "modes/active-by-default"\nreason = "r"\nmodel = "m"', "m is no model"),
        ('[[known]]\nclause = "modes/active-by-default"\nreason = "r"', "gives no script"),
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


def test_known_difference_counts_as_unexplained_or_hides_others() -> None:
    entry = KnownDifference(
        clause="modes/last-counted-message-is-followed-by-tcp-passive",
        steps=["peer: send *"],
        differs="peer: send*no {tcp_passive,SOCKET}",
        reason="planted",
    )
    outcome = Exploration(lambda: SimulatedNode(PassiveAfterNIsSilent), Plan(1000), [entry]).run()
    known = [each for each in outcome.groups.values() if each.verdict == "deviates"]
    assert [each.reason for each in known] == ["planted"]
    assert known[0].count > 1
    assert any("setopts" in legacy_key(each.first).kind for each in outcome.unexplained)


def _two_differences() -> Finding:
    """A receive of too much that is refused with another reason, and a message that nobody sent."""
    prediction = Oracle().predict(Setting(packet=4), [call(OWNER, "gen_tcp", "recv", 3, "infinity")])
    refused = ("call", OWNER, ("returned", (Atom("error"), Atom("closed"))))
    seen: Changes = (refused, ("mailbox", OWNER, ((Atom("tcp_passive"), Atom("$socket")),)))
    finding = judge(Impossible(prediction, 0, seen))
    assert finding is not None
    return finding


REFUSED = "gen_tcp:recv(N, infinity): gen_tcp:recv {error,einval} but {error,closed}"
STRAY = "gen_tcp:recv(N, infinity): a {tcp_passive,SOCKET}"


def _entry(*differs: str) -> KnownDifference:
    return KnownDifference(clause="modes/active-by-default", differs=list(differs), reason="planted")


@pytest.mark.parametrize(
    ("entries", "count"),
    [
        ([_entry(REFUSED)], 0),
        ([_entry(STRAY)], 0),
        ([_entry("peer*"), _entry(REFUSED + "; *")], 1),
        ([_entry(REFUSED, STRAY)], 1),
        ([_entry(STRAY), _entry(REFUSED)], 2),
    ],
)
def test_part_of_a_difference_hides_the_rest_or_is_not_known(entries: list[KnownDifference], count: int) -> None:
    finding = _two_differences()
    assert legacy_key(finding).parts == (REFUSED, STRAY)
    assert len(known_as(entries, finding)) == count


@pytest.mark.parametrize(
    ("steps", "count"),
    [
        ([["*recv*", "*send*"]], 1),
        ([["*send*", "*close*"]], 0),
        (["connect*", ["*recv*", "*send*"]], 1),
        ([["*recv*"], "connect*"], 0),
    ],
)
def test_step_fits_none_of_its_patterns_and_is_known(steps: list[str | list[str]], count: int) -> None:
    entry = KnownDifference(clause="modes/active-by-default", steps=steps, reason="planted")
    assert len(known_as([entry], _two_differences())) == count


def test_entry_without_patterns_fits_all_there_is() -> None:
    assert known_as([KnownDifference(clause="modes/active-by-default", reason="planted")], _two_differences()) == []


@pytest.mark.parametrize(
    ("text", "complaint"), [('model = "m"', "m is no model"), ("model = 1", "1: model is no text")]
)
def test_model_that_is_none_says_what_follows(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "x.scripts.toml").write_text(text)
    entry = next(each for each in known_nodes() if each.name == "otp")
    entry = replace(entry, deviations=tmp_path / "x.deviations.toml")
    with pytest.raises(KnownDifferencesError, match=complaint):
        oracle_for(entry, CAPABILITIES)


@pytest.mark.parametrize(
    ("node", "release", "model"),
    [
        ("otp", "25", "classic"),
        ("otp", "27", "classic-26"),
        ("otp", "29", "classic-29"),
        ("otp-socket", "25", "socket"),
        ("otp-socket", "27", "socket-27"),
        ("otp-socket", "29", "socket-29"),
    ],
)
def test_reference_says_what_follows_on_otp(node: str, release: str, model: str) -> None:
    entry = next(each for each in known_nodes() if each.name == node)
    capabilities = replace(CAPABILITIES, details={"release": release})
    assert oracle_for(entry, capabilities) is oracle_of(model)
    assert all(not each.steps and each.differs == "*" for each in known_of(entry, capabilities))


def test_model_says_what_follows_on_another_node() -> None:
    others = [each for each in known_nodes() if not each.name.startswith("otp")]
    assert [oracle_for(each, CAPABILITIES) for each in others] == [None] * 2
