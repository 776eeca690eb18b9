"""A script whose steps take longer than its timeouts shows nothing: it is void, and played again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from gen_tck.adapters.interface import Node
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.explorer.findings.exploration import MOST_VOID, Exploration, Outcome
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.play import player
from gen_tck.conformance.explorer.script import runner
from gen_tck.conformance.explorer.script.script import (
    IN_TIME,
    OWNER,
    SHORT,
    Changes,
    Peer,
    Script,
    Setting,
    Sleep,
    Step,
    call,
    setopts,
)
from tests.explorer.conftest import EndIsNotTold

ACTIVE = setopts(OWNER, ("active", True))
PLAIN = (ACTIVE, Peer("send", b"a"), Peer("fin"))
LIMITED = Setting(send_timeout=SHORT)


class OnARealClock(SimulatedNode):
    """Says so, and does not tell an active owner of the end."""

    def __init__(self) -> None:
        super().__init__(EndIsNotTold)
        self.capabilities = replace(self.capabilities, clock="real")


def _ticking(milliseconds: float) -> Callable[[], float]:
    """A clock that goes on by so much each time somebody looks at it: so long takes each step."""
    ticks = count()
    return lambda: next(ticks) * milliseconds / 1000


@pytest.mark.parametrize(
    ("setting", "steps", "timed"),
    [
        (Setting(), PLAIN, False),
        (LIMITED, PLAIN, True),
        (Setting(), (call(OWNER, "gen_tcp", "recv", 0, SHORT),), True),
        (Setting(), (call(OWNER, "gen_tcp", "recv", 0, 0), call(OWNER, "gen_tcp", "recv", 0, "infinity")), False),
        (Setting(), (setopts(OWNER, ("send_timeout", SHORT)),), True),
    ],
    ids=["none", "of sends", "of a receive", "zero and infinity", "of sends, later"],
)
def test_timeouts_of_a_script_are_missed(setting: Setting, steps: tuple[Step, ...], timed: bool) -> None:
    assert Script(setting, steps).has_timeouts is timed


@pytest.mark.parametrize(
    ("setting", "milliseconds", "late"),
    [(LIMITED, IN_TIME, True), (LIMITED, IN_TIME / 10, False), (Setting(), IN_TIME, False)],
    ids=["slow", "fast", "slow, without timeouts"],
)
def test_slow_steps_are_taken_for_quick_ones(setting: Setting, milliseconds: float, late: bool) -> None:
    prediction = Oracle().predict(setting, PLAIN)
    played = runner.play(
        SimulatedNode(EndIsNotTold), prediction.script, prediction.expected, False, _ticking(milliseconds)
    )
    assert played.seen[-1] != prediction.expected[len(played.seen) - 1]
    assert played.late is late


def test_pause_is_taken_for_slowness() -> None:
    prediction = Oracle().predict(LIMITED, (ACTIVE, Sleep(), Sleep()))
    played = runner.play(SimulatedNode(), prediction.script, prediction.expected, False, _ticking(IN_TIME / 10))
    assert not played.late


def _explored(monkeypatch: pytest.MonkeyPatch, slow: int) -> tuple[Outcome, int]:
    """What an exploration of one script finds that is too slow ``slow`` times, and how often it was played."""
    times = 0

    def play(node: Node, script: Script, expected: tuple[Changes, ...], waits: bool) -> runner.Played:
        nonlocal times
        times += 1
        return runner.play(node, script, expected, waits, _ticking(IN_TIME if times <= slow else 0))

    monkeypatch.setattr(player, "play", play)
    monkeypatch.setattr(Generator, "random", lambda *_: (LIMITED, PLAIN))
    return Exploration(OnARealClock, Plan(1)).run(), times


@pytest.mark.parametrize("slow", [1, MOST_VOID])
def test_slow_script_is_not_played_again(monkeypatch: pytest.MonkeyPatch, slow: int) -> None:
    outcome, times = _explored(monkeypatch, slow)
    assert [each.verdict for each in outcome.groups.values()] == ["unexplained"]
    assert times == slow + 1
    assert outcome.flaky == 0


def test_slow_script_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, times = _explored(monkeypatch, 1 + MOST_VOID)
    assert not outcome.groups
    assert times == 1 + MOST_VOID
    assert outcome.flaky == 1
