"""A node that dies or hangs while it plays costs one script."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence

import pytest

from gen_tck.adapters.beam import open_otp
from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.interface import Node, NodeDied, NodeError, NodeUnavailable
from gen_tck.adapters.reference import ReferenceCall, ReferenceProcess, SimulatedNode
from gen_tck.conformance.explorer.findings.exploration import Exploration, Outcome
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.play import beam, restarts
from gen_tck.conformance.explorer.play.encode import Encoder
from gen_tck.conformance.explorer.play.player import IN_FLIGHT
from gen_tck.conformance.explorer.play.restarts import End, Restarting
from gen_tck.conformance.explorer.script.script import OWNER, Call, Peer, Script, Setting, Sleep, call
from gen_tck.spec.terms import Atom, Term

pytestmark = pytest.mark.vm

DEADLY = call(OWNER, "gen_tcp", "shutdown", Atom("read"))


class MortalProcess(ReferenceProcess):
    node: MortalNode

    def call(self, module: str, function: str, args: Sequence[Term]) -> ReferenceCall:
        if function == "shutdown" and args[1] is Atom("read"):
            self.node.alive = False
            raise NodeDied("it was told to shut down")
        return super().call(module, function, args)


class MortalNode(SimulatedNode):
    """Dies when it is asked to shut down reading, and is dead from then on."""

    alive = True

    def spawn(self) -> ReferenceProcess:
        if not self.alive:
            raise NodeDied("it is dead")
        process = super().spawn()
        process.__class__, process.node = MortalProcess, self  # type: ignore[attr-defined]
        return process


def _deadly(script: Script) -> bool:
    return any(isinstance(each, Call) and each._replace(actor=OWNER) == DEADLY for each in script.steps)


def test_dead_node_costs_more_than_one_script() -> None:
    scripts: list[Prediction] = []

    class Noting(Oracle):
        def predict(self, *args: object, **options: object) -> Prediction:
            scripts.append(super().predict(*args, **options))  # type: ignore[arg-type]
            return scripts[-1]

    outcome = Exploration(MortalNode, Plan(150), oracle=Noting()).run()
    guilty = {each.number for each in scripts if _deadly(each.script)}
    assert guilty
    assert {end.prediction.number for end in outcome.ends if end.prediction is not None} == guilty
    assert [end.why for end in outcome.ends] == ["it was told to shut down"] * len(guilty)
    assert (outcome.scripts, outcome.next_number, outcome.given_up) == (150, 150, "")
    assert not outcome.groups


GOOD = Oracle().predict(Setting(), [Peer("send", b"abc"), call(OWNER, "gen_tcp", "recv", 0)])
BAD = Oracle().predict(Setting(), [Peer("send", b"abc"), DEADLY])


def _played(
    scripts: list[Prediction], open_node: Callable[[], Node] = MortalNode
) -> tuple[list[Script], list[End], str]:
    ends: list[End] = []
    player = Restarting(open_node, IN_FLIGHT, ends.append)
    played: list[Script] = []
    given_up = ""
    try:
        for batch, _ in player.play(scripts):
            played += [each.script for each in batch]
    except restarts.GivenUp as reason:
        given_up = str(reason)
    finally:
        player.close()
    return played, ends, given_up


def test_node_that_always_dies_is_started_for_ever() -> None:
    played, ends, given_up = _played([GOOD] + [BAD._replace(number=number) for number in range(100)])
    assert played == [GOOD.script]
    assert len(ends) == 3
    assert given_up == "the node was given up: it ended 3 times in a row"


def test_node_that_dies_often_is_started_for_ever() -> None:
    scripts = [each._replace(number=number) for number, each in enumerate([GOOD, BAD] * 30)]
    _, ends, given_up = _played(scripts)
    assert len(ends) == restarts.IN_ALL
    assert given_up == "the node was given up: it ended 20 times"


def test_script_is_blamed_for_what_it_does_not_do_alone() -> None:
    nodes: list[MortalNode] = []

    def first_is_doomed() -> MortalNode:
        nodes.append(MortalNode())
        nodes[-1].alive = len(nodes) > 1
        return nodes[-1]

    played, ends, given_up = _played([GOOD._replace(number=number) for number in range(5)], first_is_doomed)
    assert played == [GOOD.script] * 5
    assert ends == [End("it is dead", None)]
    assert given_up == ""


def test_what_was_found_is_lost_with_a_node_that_cannot_be_had_again() -> None:
    nodes: list[Node] = []

    def only_once() -> Node:
        if nodes:
            raise NodeUnavailable("out of nodes")
        nodes.append(MortalNode())
        return nodes[0]

    outcome = Exploration(only_once, Plan(10_000)).run()
    assert outcome.given_up == "it was told to shut down; it cannot be started again: out of nodes"
    assert 0 <= outcome.scripts == outcome.next_number < 10_000


def test_node_that_cannot_play_is_started_again() -> None:
    opened: list[Node] = []

    class Refusing(SimulatedNode):
        def __init__(self) -> None:
            super().__init__(functions={})
            opened.append(self)

    with pytest.raises(NodeError, match=r"^gen_tcp:connect: exception error:undef$"):
        Exploration(Refusing, Plan(1))
    assert len(opened) == 1


# On a real VM


def _on_otp(vm: str, scripts: list[Prediction]) -> tuple[list[Script], list[End], str]:
    return _played(scripts, lambda: open_otp("inet", vm))


def test_script_that_halts_the_vm_takes_others_with_it(erl: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes: list[ChildNode] = []

    def opened() -> ChildNode:
        nodes.append(open_otp("inet", erl))
        return nodes[-1]

    class Deadly(Encoder):
        """No call of the catalogue is sure to halt a VM."""

        def batch(self, scripts: Sequence[tuple[int, Prediction]]) -> bytes:
            if any(prediction is fatal for _, prediction in scripts):
                os.kill(nodes[-1].pid, signal.SIGKILL)
            return super().batch(scripts)

    monkeypatch.setattr(beam, "Encoder", Deadly)
    fatal = GOOD._replace(number=50)
    good = [GOOD._replace(number=number) for number in range(50)]
    played, ends, given_up = _played([*good[:30], fatal, *good[30:]], opened)
    assert played == [GOOD.script] * 50
    assert [end.prediction for end in ends] == [fatal]
    assert "ended" in ends[0].why
    assert given_up == ""


def test_script_that_hangs_is_waited_for(erl: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beam, "batch_seconds", lambda _size: 4.0)
    hanging = GOOD._replace(script=GOOD.script._replace(steps=(GOOD.script.steps[0], Sleep(10_000_000))), number=7)
    played, ends, given_up = _on_otp(erl, [GOOD, hanging, GOOD._replace(number=8)])
    assert played == [GOOD.script] * 2
    assert [end.prediction for end in ends] == [hanging]
    assert ends[0].why == "the node hangs: none of the scripts under way has come back in 4 s, so it was ended"
    assert given_up == ""


def test_vm_that_is_killed_loses_scripts(erl: str) -> None:
    nodes: list[ChildNode] = []

    def open_node() -> Node:
        nodes.append(open_otp("inet", erl))
        return nodes[-1]

    def progress(outcome: Outcome) -> None:
        if len(nodes) == 1:
            os.kill(nodes[0].pid, signal.SIGKILL)

    exploration = Exploration(open_node, Plan(300), progress=progress)
    try:
        outcome = exploration.run()
    finally:
        exploration.close()
    assert len(nodes) == 2
    assert outcome.scripts == 300
    assert [end.prediction for end in outcome.ends] == [None]
    assert "SIGKILL" in outcome.ends[0].why
