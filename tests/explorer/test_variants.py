"""What a clause allows anybody, and what no clause speaks of, is not held against a stranger's node; a fault is."""

from __future__ import annotations

from pathlib import Path

import pytest

from gen_tck.adapters import registry
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.known import Explanation, known_as
from gen_tck.conformance.explorer.findings.learning import all_known_of
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.playing import Playing
from gen_tck.conformance.explorer.findings.variants import of_everybody
from gen_tck.conformance.explorer.oracle.models import TOGETHER, VARIANTS, Name, oracle_with
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.models.departure import Departure, build
from gen_tck.reference.models.variants import model
from gen_tck.spec.clauses import load
from tests.explorer.conftest import FAULTS, planted
from tests.explorer.variant_scripts import SCRIPTS


def _finding(text: str, *names: Name) -> Finding | None:
    """What the script ``text`` shows on a node that has the variants of these names."""
    playing = Playing(lambda: SimulatedNode(*model(names)), lambda _: None)
    try:
        return next(playing.look([Oracle().predict(*parse(text))])).finding
    finally:
        playing.close()


def _named(entries: list[Explanation]) -> list[Name]:
    return [(each.clause, each.variant) for each in entries]


def test_variant_of_a_clause_has_another_name_there() -> None:
    clauses = load()
    for (clause, variant), made in VARIANTS.items():
        assert (variant in clauses[clause].variants) == (not made.is_open), (clause, variant)
    assert {name for both in TOGETHER for name in both} <= set(VARIANTS)
    assert SCRIPTS.keys() == VARIANTS.keys()


@pytest.mark.parametrize("name", VARIANTS, ids=" ".join)
def test_variant_is_held_against_a_node(name: Name) -> None:
    finding = _finding(SCRIPTS[name], name)
    assert finding is not None
    assert name in _named([each for each in of_everybody() if known_as([each], finding)])
    assert known_as(of_everybody(), finding)
    assert known_as([], finding) == []


@pytest.mark.parametrize("name", VARIANTS, ids=" ".join)
def test_situation_does_not_choose(name: Name) -> None:
    if not VARIANTS[name].is_open and load()[name[0]].chosen_by == "situation":
        assert oracle_with(name).predict(*parse(SCRIPTS[name])).choice_points


@pytest.mark.vm
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_fault_passes_for_a_variant(fault: type[TcpDriver]) -> None:
    exploration = Exploration(lambda: SimulatedNode(fault), Plan(1000))
    groups = exploration.run().unexplained
    exploration.close()
    assert any(not known_as(of_everybody(), each.first) for each in groups)


LOST = """
    connect with [binary,{active,false}]
    other: gen_tcp:recv('$socket', 0, infinity)
    owner: inet:setopts('$socket', [{active,1}])
    peer: send <<"a">>
"""


def test_half_of_a_variant_passes_for_it() -> None:
    playing = Playing(lambda: SimulatedNode(planted("receiver-costs-a-message")), lambda _: None)
    (judged,) = playing.look([Oracle().predict(*parse(LOST))])
    finding = judged.finding
    assert finding is not None
    assert len(finding.parts) == 2  # neither the message nor tcp_passive, as it is when the receiver gets the data
    assert known_as(of_everybody(), finding) == []
    playing.close()


@pytest.mark.parametrize(
    ("allowed", "seen", "known"), [(b"ab", b"a", True), (b"ab", b"b", False), (b"ab", b"abc", False)]
)
def test_wrong_data_pass_for_a_part(allowed: bytes, seen: bytes, known: bool) -> None:
    class Gives(TcpDriver):
        def answer_packet(self, packet: bytes) -> None:
            super().answer_packet(seen if packet == allowed else packet)

    driver = build([Departure("test/gives", "a receive gives other bytes", driver=Gives)]).driver
    text = f"""
        connect with [binary,{{active,false}}]
        peer: send <<"{allowed.decode()}">>
        owner: gen_tcp:recv('$socket', 0, infinity)
    """
    playing = Playing(lambda: SimulatedNode(driver), lambda _: None)
    (judged,) = playing.look([Oracle().predict(*parse(text))])
    finding = judged.finding
    assert finding is not None
    assert bool(known_as(of_everybody(), finding)) == known
    playing.close()


def test_rest_of_a_timed_out_send_is_held_against_a_node() -> None:
    text = """
        connect with [binary,{active,false},{sndbuf,16384},{send_timeout,250}], the peer reads nothing
        owner: gen_tcp:send('$socket', '$bulk')
        owner: gen_tcp:send('$socket', '$bulk')
        350 ms pass
    """
    playing = Playing(lambda: SimulatedNode(planted("timed-out-send-returns-other-bytes")), lambda _: None)
    (judged,) = playing.look([Oracle().predict(*parse(text))])
    finding = judged.finding
    assert finding is not None
    (known,) = known_as(of_everybody(), finding)
    assert known.variant == "with_rest"  # how much is left of the data is not known: the cases look at it
    playing.close()


def _known_of(name: str) -> list[Explanation]:
    playing = Playing(SimulatedNode, lambda _: None)
    try:
        return all_known_of(registry.find(name), playing)
    finally:
        playing.close()


@pytest.mark.parametrize("name", ["otp", "otp-socket", "reference", "reference-loopback"])
def test_own_nodes_are_excused_by_variants(name: str) -> None:
    assert _known_of(name) == []


def test_manifest_has_no_variants(tmp_path: Path) -> None:
    manifest = tmp_path / "node.toml"
    manifest.write_text('command = ["./none"]\n')
    assert _known_of(str(manifest)) == [*of_everybody()]
