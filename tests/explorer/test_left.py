"""What a script leaves behind is counted after its round, and the script is found that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest

from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.interface import Census
from gen_tck.conformance.explorer.findings.differences import LeftBehind
from gen_tck.conformance.explorer.findings.left import Leftovers, more
from gen_tck.conformance.explorer.findings.words import headline, seen
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.play.beam import Vm
from gen_tck.conformance.explorer.script.script import Peer, Script
from gen_tck.spec.terms import List

Leaks = Callable[[Script], bool]


class Counting:
    """A player of a node that keeps a socket of some scripts."""

    def __init__(self, leaks: Leaks) -> None:
        self.leaks = leaks
        self.node: object = self
        self.left = self.played = self.paused = 0

    def play(self, scripts: Iterable[Prediction]) -> Iterator[tuple[Sequence[Prediction], list[object]]]:
        for each in scripts:
            self.played += 1
            self.left += self.leaks(each.script)
            yield [each], []

    def census(self) -> Census:
        return {"processes": 7, "sockets": self.left}

    def pause(self, seconds: float) -> None:
        self.paused += 1


class Plays:
    """What is asked of an exploration's node."""

    def __init__(self, player: Any) -> None:
        self.player, self.oracle = player, Oracle()


ROUND = range(30, 70)


def _round(player: Any, before: Callable[[], None] = lambda: None) -> tuple[Any, bool]:
    playing: Any = Plays(player)
    left = Leftovers(playing, GENERATOR)
    before()
    for number in ROUND:
        for _ in player.play([Oracle().predict(*GENERATOR.script(number), number)]):
            pass
    return left.of_round(ROUND)


GENERATOR = Generator(3)


def _resets(script: Script) -> bool:
    return any(type(each) is Peer and each.what == "reset" for each in script.steps)


def test_script_that_leaves_a_socket_is_not_found() -> None:
    finding, grown = _round(Counting(_resets))
    assert grown
    number = finding.at.prediction.number
    assert number == next(each for each in ROUND if _resets(Oracle().predict(*GENERATOR.script(each)).script))
    assert [each.what for each in finding.at.prediction.script.steps] == ["reset"]
    assert finding.clause == "closing/nothing-outlives-its-processes"
    assert finding.differences == (LeftBehind(len(finding.at.prediction.expected), (("sockets", 1),)),)
    assert "leaves 1 socket" in headline(finding)
    assert seen(finding) == "the script leaves 1 socket"


def test_rounds_that_leave_nothing_are_played_again() -> None:
    player = Counting(lambda _: False)
    assert _round(player) == (None, False)
    assert (player.played, player.paused) == (len(ROUND), 0)


def test_what_goes_a_moment_later_is_left() -> None:
    class Slow(Counting):
        def pause(self, seconds: float) -> None:
            self.left = 0

    assert _round(Slow(lambda _: True)) == (None, False)


def test_what_is_left_once_is_said_of_a_script() -> None:
    player = Counting(lambda _: player.played == 5)
    assert _round(player) == (None, True)


def test_node_that_was_started_again_has_left_something() -> None:
    player = Counting(lambda _: True)

    def starts_again() -> None:
        player.node = "another"

    assert _round(player, starts_again) == (None, False)


def test_nobody_counts() -> None:
    class Deaf(Counting):
        def census(self) -> Any:
            return None

    assert _round(Deaf(lambda _: True)) == (None, False)


def test_less_is_more() -> None:
    assert more({"sockets": 3, "processes": 1}, {"processes": 2, "descriptors": 4}) == {"sockets": 3}


@pytest.mark.vm
def test_vm_does_not_count(otp: ChildNode) -> None:
    player = Vm(otp, 2)
    before = player.census()
    process = otp.spawn()
    call = process.call("gen_tcp", "listen", [0, List()])
    assert otp.wait(lambda: call.outcome is not None).met
    assert more(player.census(), before)["sockets"] == 1
    assert more(player.census(), before)["processes"] == 1
    assert set(before) >= {"processes", "sockets", "names"}
    otp.clear()
