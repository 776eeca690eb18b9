"""A node that has only some of the calls and options is explored with those, and what is left out is said."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from gen_tck.adapters.interface import Capabilities, Node, NodeDied, NodeError
from gen_tck.adapters.reference import PROFILES, ReferenceCall, ReferenceProcess, SimulatedNode
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.explorer import session
from gen_tck.conformance.explorer.findings import assembling, merging
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.playing import Playing
from gen_tck.conformance.explorer.findings.results import Part, Refused, Results
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.generate.tours import known, tours, tours_with
from gen_tck.conformance.explorer.generate.vocabulary import features, in_words, left_out, vocabulary
from gen_tck.conformance.explorer.generate.walk import exhaustive
from gen_tck.conformance.explorer.oracle.observed import TRANSITIONS
from gen_tck.conformance.explorer.play.probing import refused
from gen_tck.conformance.explorer.script.offer import (
    EVERYTHING,
    Feature,
    LeftOut,
    claimed,
    fitted,
    script_needs,
    setting_needs,
)
from gen_tck.conformance.explorer.script.script import SHORT, Script, Setting
from gen_tck.conformance.explorer.worker import Job, Shard, Worker
from gen_tck.spec.calls import CALLS
from gen_tck.spec.terms import Atom, Term

SERVED = Path(__file__).parents[1] / "nodes" / "served.py"
ESSENTIAL_CALLS = {name for name, each in CALLS.items() if each.profile == "essentials"}


def _claiming(*profiles: str, calls: set[str] | None = None) -> Capabilities:
    return Capabilities("some", "1", frozenset(profiles), "virtual", calls=None if calls is None else frozenset(calls))


class PartialProcess(ReferenceProcess):
    node: PartialNode

    def call(self, module: str, function: str, args: Sequence[Term]) -> ReferenceCall:
        name = f"{module}.{function}/{len(args)}"
        self.node.asked.append(name)
        call = super().call(module, function, args)
        if name in self.node.lacks:
            call.refused = f"there is no {name} here"
        return call


class PartialNode(SimulatedNode):
    """The reference, which claims and has less."""

    claims = _claiming("essentials")
    lacks: frozenset[str] = frozenset()
    asked: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.asked = []
        self.capabilities = self.claims

    def spawn(self) -> ReferenceProcess:
        process = super().spawn()
        process.__class__, process.node = PartialProcess, self  # type: ignore[attr-defined]
        return process


def _explored(node: type[PartialNode], plan: Plan, **options: object) -> tuple[Results, list[PartialNode]]:
    nodes: list[PartialNode] = []

    def opened() -> Node:
        nodes.append(node())
        return nodes[-1]

    exploration = Exploration(opened, plan, **options)  # type: ignore[arg-type]
    try:
        part = assembling.part_of(exploration.run(), plan.first)
    finally:
        exploration.close()
    return assembling.assemble(part, plan, "some", exploration.capabilities, exploration.left_out), nodes


# What a node has


def test_vocabulary_has_what_no_script_asks_for() -> None:
    generator = Generator(3)
    asked = set().union(*(script_needs(setting, steps) for setting, steps in map(generator.random, range(4000))))
    seldom = {each for each in vocabulary() if "system_monitor" in each.name}
    assert asked | seldom == vocabulary()


@pytest.mark.parametrize(
    ("profiles", "digest"),
    [(PROFILES, "fa3a35e110f9f8c7"), (("core", "active-n", "async-recv"), "dbb5d1f270f1af9e")],
    ids=["otp", "otp-socket"],
)
def test_scripts_by_number_are_others_than_they_were(profiles: Iterable[str], digest: str) -> None:
    """Results of earlier times speak of scripts by number."""
    generator = Generator(1, features(left_out(_claiming(*profiles))), scripts=5000)
    scripts = (Script(setting, tuple(steps)) for setting, steps in map(generator.script, range(1500)))
    assert hashlib.sha256("\n\n".join(map(str, scripts)).encode()).hexdigest()[:16] == digest


def test_full_node_lacks_something() -> None:
    assert left_out(_claiming(*PROFILES)) == ()
    assert features(()) == EVERYTHING


@pytest.mark.parametrize("profiles", [("essentials",), ("essentials", "packets"), ("core",), ("essentials", "resets")])
def test_script_asks_for_what_is_left_out(profiles: tuple[str, ...]) -> None:
    there = features(left_out(_claiming(*profiles)))
    generator = Generator(2, there, depth=2, scripts=4000)
    assert all(script_needs(*generator.script(number)) <= there for number in range(1500))


def test_same_seed_and_claims_give_other_scripts() -> None:
    one, other = (Generator(4, features(left_out(_claiming("essentials", "packets"))), 2, 3000) for _ in range(2))
    assert [one.script(each) for each in range(600)] == [other.script(each) for each in range(600)]


@pytest.mark.parametrize(
    ("setting", "profiles", "becomes"),
    [
        (Setting(packet=4, show_econnreset=True), ("essentials", "resets"), Setting(show_econnreset=True)),
        (Setting(active=2, exit_on_close=False), ("essentials",), Setting(active=Atom("once"))),
        (Setting(stalled=True, send_timeout=SHORT, send_timeout_close=True), ("essentials",), Setting()),
        (Setting(stalled=True, packet=4), ("essentials", "backpressure"), Setting(stalled=True)),
        (Setting(listening=True, second=True), ("essentials",), Setting(listening=True, second=True)),
    ],
)
def test_setting_is_not_fitted(setting: Setting, profiles: tuple[str, ...], becomes: Setting) -> None:
    there = features(left_out(_claiming(*profiles)))
    assert fitted(setting, there) == becomes
    assert setting_needs(becomes) <= there


def test_trapper_acts_on_a_node_without_trapped_exits() -> None:
    lacking = left_out(_claiming("essentials", calls=ESSENTIAL_CALLS - {"erlang.process_flag/2"}))
    there = features(lacking)
    scripts = [Generator(1, there).random(each) for each in range(300)]
    assert not any("trapper" in str(step) for _, steps in scripts for step in steps)


def test_tours_or_walks_lead_where_the_node_cannot_go() -> None:
    there = features(left_out(_claiming("essentials")))
    assert 0 < len(tours_with(there)) < len(tours())
    assert 0 < len(known(there).transitions) < len(known().transitions)
    walked = exhaustive(2, there)
    assert 0 < len(walked) < len(exhaustive(2))
    assert all(script_needs(*each) <= there for each in walked)


def test_left_out_is_told_at_length() -> None:
    lacking = left_out(
        _claiming("core", calls=set(CALLS) - {"gen_tcp.shutdown/2"}),
        frozenset([Feature("option", "send_timeout"), Feature("framing", "line")]),
    )
    assert list(in_words(lacking)) == [
        "left out, not claimed: "
        "closing-extra, active-n, async-recv, port-command, system-monitor, port-messages, opening, sendfile",
        "left out, refused: framing line, option send_timeout",
    ]


# What is played


def test_partial_node_cannot_be_explored() -> None:
    results, (node,) = _explored(PartialNode, Plan(400, seed=3, depth=2))
    assert results.scripts == 400
    assert (results.unexplained, results.node_ended, results.refused, results.given_up) == ([], [], [], "")
    assert {each.why for each in results.left_out} == {"not claimed"}
    assert set(node.asked) <= ESSENTIAL_CALLS
    assert session.status(results) == 0


def test_coverage_counts_what_cannot_be_reached() -> None:
    results, _ = _explored(PartialNode, Plan(100))
    covered = results.coverage
    assert covered.out_of_reach
    assert covered.of_transitions == len(TRANSITIONS) - len(covered.out_of_reach)
    assert set(covered.never_reached).isdisjoint(covered.out_of_reach)


class ClaimsMore(PartialNode):
    """It says that it has all of the essentials, and has no ``gen_tcp:controlling_process/2``."""

    lacks = frozenset(["gen_tcp.controlling_process/2"])


def test_claimed_call_that_is_refused_ends_the_node() -> None:
    results, nodes = _explored(ClaimsMore, Plan(200))
    assert (results.scripts, results.refused, len(nodes)) == (200, [], 1)
    refused = [each for each in results.left_out if each.why == "refused"]
    assert refused == [LeftOut("refused", "call", "gen_tcp.controlling_process/2")]
    assert nodes[0].asked.count("gen_tcp.controlling_process/2") == 1  # asked once, not once a script
    assert session.status(results) == 2


def test_node_in_process_is_asked_without_end() -> None:
    node = PartialNode()
    assert refused(node, claimed(node.capabilities)) == frozenset()
    assert len(node.asked) < 60


class LiesLater(PartialNode):
    """It takes a receive, and of the third on says each time that there is none."""

    def spawn(self) -> ReferenceProcess:
        if self.asked.count("gen_tcp.recv/3") > 2:
            self.lacks = frozenset(["gen_tcp.recv/3"])
        return super().spawn()


def test_refused_script_ends_the_node_or_is_taken_for_played() -> None:
    results, nodes = _explored(LiesLater, Plan(60))
    assert (len(nodes), results.node_ended, results.given_up, results.scripts) == (1, [], "", 60)
    (told,) = results.refused
    assert told.why == "there is no gen_tcp.recv/3 here"
    assert 0 < told.count < 60
    assert "gen_tcp:recv(" in told.script
    assert session.status(results) == 2


class CannotConnect(PartialNode):
    claims = _claiming("essentials", calls=ESSENTIAL_CALLS - {"gen_tcp.connect/3"})


class HidesModes(PartialNode):
    """It claims to tell the mode, and does not."""

    lacks = frozenset(["inet.getopts/2"])


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (CannotConnect, "no script can be played: the node does not offer gen_tcp:connect/3"),
        (HidesModes, "no script can be played: the node refuses inet:getopts/2"),
    ],
)
def test_node_without_what_each_script_needs_is_explored(node: type[PartialNode], message: str) -> None:
    with pytest.raises(NodeError, match=message):
        _explored(node, Plan(10))


class TellsNoModes(PartialNode):
    """It says that it cannot tell the mode, and cannot trap exits."""

    claims = _claiming("essentials", calls=ESSENTIAL_CALLS - {"inet.getopts/2", "erlang.process_flag/2"})


def test_node_that_says_so_is_asked_for_the_last_look() -> None:
    results, (node,) = _explored(TellsNoModes, Plan(150))
    assert {"inet.getopts/2", "erlang.process_flag/2"}.isdisjoint(node.asked)
    assert (results.unexplained, results.refused, results.scripts) == ([], [], 150)


class Deadly(PartialNode):
    """It ends when it is first asked what it refuses, and when it is asked again."""

    def spawn(self) -> ReferenceProcess:
        if "gen_tcp.close/1" in self.asked:
            raise NodeDied("it is dead")
        return super().spawn()


def test_node_that_ends_while_it_is_asked_is_given_up() -> None:
    results, nodes = _explored(Deadly, Plan(30))
    assert len(nodes) > 2
    assert results.node_ended


# Parts


def test_worker_asks_the_node_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = left_out(_claiming("essentials"), frozenset([Feature("call", "gen_tcp.close/1")]))
    job = Job(node="reference", erl="erl", strict=True, in_flight=1, seed=1, depth=0, scripts=40, left_out=lacking)
    sent = msgspec.json.decode(msgspec.json.encode(job), type=Job)
    monkeypatch.setattr(Playing, "left_out", lambda _: pytest.fail("it asks"))
    worker = Worker(sent)
    try:
        part = worker.explore(Shard(0, 40))
    finally:
        worker.close()
    assert (part.scripts, part.groups) == (40, [])
    assert "half closed" not in "".join(part.gone_through)


def test_parts_forget_what_was_refused() -> None:
    one, other = (
        Part(refused=[Refused("no", 2, 7, "x")]),
        Part(refused=[Refused("no", 3, 60, "y"), Refused("o", 1, 61, "z")]),
    )
    one.played, other.played = [(0, 50)], [(50, 99)]
    assert merging.merged([other, one]).refused == [Refused("no", 5, 7, "x"), Refused("o", 1, 61, "z")]


# In the terminal, and in results


def _manifest(folder: Path, *words: str) -> str:
    (folder / "node.toml").write_text(f"command = {json.dumps([sys.executable, str(SERVED), *words])}\n")
    return str(folder / "node.toml")


def _run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(gen_tck, list(words), standalone_mode=False)
    assert done.exception is None, done.output
    return done.return_value or 0, done.output


SHORT_SCRIPT = """connect with [binary,{active,false},{packet,4}]
peer: send <<0,0,0,1,97>>
owner: gen_tcp:shutdown('$socket', write)
owner: gen_tcp:recv('$socket', 0, 0)
"""


@pytest.mark.vm
def test_exploration_does_not_say_what_was_left_out(tmp_path: Path) -> None:
    node = _manifest(tmp_path, "--profiles=essentials,half-open,resets", "--refuses=show_econnreset")
    status, said = _run("explore", node, "--scripts", "12", "--results", str(tmp_path / "x.json"))
    assert status == 2, said
    assert "left out, not claimed: packets, receiving-extra, modes-extra, ownership-extra, listeners, " in said
    assert "left out, refused: option show_econnreset" in said
    assert "out of reach of what the node has, and not counted: " in said
    told = json.loads((tmp_path / "x.json").read_text())["left_out"]
    assert {"why": "refused", "kind": "option", "name": "show_econnreset"} in told
    refused = "left out, refused: option show{}_econnreset"
    for form, line in (("--markdown", f"- {refused.format(chr(92))}"), ("--html", f"<li>{refused.format('')}</li>")):
        assert line in _run("report", str(tmp_path / "x.json"), form)[1]


@pytest.mark.vm
@pytest.mark.parametrize(
    ("profiles", "status", "lines"),
    [
        (
            "essentials",
            2,
            [
                "left out, not claimed: framing 4, option packet, closing-extra",
                "instead it began: connect with [binary,{active,false}]",
                "not played: owner: gen_tcp:shutdown('$socket', write)",
            ],
        ),
        ("core", 0, []),
    ],
)
def test_given_script_asks_for_what_is_not_claimed(
    profiles: str, status: int, lines: list[str], tmp_path: Path
) -> None:
    (tmp_path / "s.txt").write_text(SHORT_SCRIPT)
    node = _manifest(tmp_path, f"--profiles={profiles}")
    done, said = _run("explore", node, "--script", str(tmp_path / "s.txt"))
    assert done == status, said
    assert said.rstrip().splitlines()[-1 - len(lines) :] == ["as the reference has it", *lines]
