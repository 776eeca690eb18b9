"""Short scripts, one after the other, over the states of the reference: the plain product of steps without repetition.

Scripts are tried breadth first, the shortest first. Of those that leave the reference in the same state
(``oracle/state.py``) only the first is continued: whatever follows would follow from the others
too. Every step is still taken in every state, so that nothing is lost but what would be seen twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from gen_tck.conformance.explorer.oracle.observed import ObservedNode, TransitionPair
from gen_tck.conformance.explorer.oracle.state import State, state
from gen_tck.conformance.explorer.script.offer import EVERYTHING, Features, needs, setting_needs
from gen_tck.conformance.explorer.script.runner import ScriptRunner
from gen_tck.conformance.explorer.script.script import (
    NAMES,
    OTHER,
    OWNER,
    TRAPPER,
    Call,
    Exit,
    Peer,
    Setting,
    Sleep,
    Step,
    call,
    setopts,
)
from gen_tck.spec.terms import Atom


class Visit(NamedTuple):
    """A script of a walk, and what it led through."""

    setting: Setting
    steps: tuple[Step, ...]
    transition_pairs: tuple[TransitionPair, ...]
    state: State


def walk(setting: Setting, alphabet: Sequence[Step], depth: int) -> Iterator[Visit]:
    """Every step of ``alphabet`` in every state that fewer than ``depth`` steps lead to."""
    node = ObservedNode()
    begin = _visit(node, setting, ())
    assert begin is not None
    seen, frontier = {begin.state}, [begin.steps]
    for _ in range(depth):
        further: list[tuple[Step, ...]] = []
        for steps in frontier:
            for step in alphabet:
                visit = _visit(node, setting, (*steps, step))
                if visit is None:
                    continue
                yield visit
                if visit.state not in seen:
                    seen.add(visit.state)
                    further.append(visit.steps)
        frontier = further


def _visit(node: ObservedNode, setting: Setting, steps: tuple[Step, ...]) -> Visit | None:
    """Where ``steps`` lead; ``None`` if one of them cannot be done, or is a sleep in which nothing would happen."""
    runner = ScriptRunner(node, setting)
    calls: dict[int, Call] = {}
    try:
        for step in steps:
            if not runner.applies(step) or (isinstance(step, Sleep) and not node.time_is_awaited()):
                return None
            if isinstance(step, Call):
                calls[step.actor] = step
            runner.do(step)
            node.settle()
            while runner.read():  # reading makes room for more
                node.settle()
        return Visit(setting, steps, tuple(node.transition_pairs), state(node, runner, calls))
    finally:
        runner.discard()


SMALL: tuple[Step, ...] = (
    setopts(OWNER, ("active", True)),
    setopts(OWNER, ("active", "once")),
    setopts(OWNER, ("active", False)),
    call(OWNER, "gen_tcp", "recv", 0, "infinity"),
    call(OTHER, "gen_tcp", "recv", 0, "infinity"),
    call(OTHER, "gen_tcp", "send", b"xyz"),
    call(OWNER, "gen_tcp", "controlling_process", NAMES[TRAPPER]),
    call(OTHER, "gen_tcp", "close"),
    Exit(OWNER, Atom("kill")),
    Exit(OTHER, Atom("kill")),
    Peer("send", b"abc"),
    Peer("fin"),
    Peer("reset"),
)
"""The small alphabet: what is left of everything modulo symmetry. Other and trapper differ only in what an exit signal
does to them, bytes only in their number, and counts behave as ``once`` does."""

SMALL_SETTINGS = (Setting(), Setting(active=Atom("true")), Setting(exit_on_close=False))


@cache
def exhaustive(depth: int, features: Features = EVERYTHING) -> tuple[tuple[Setting, tuple[Step, ...]], ...]:
    """Every script of at most ``depth`` steps over :data:`SMALL`, but for those whose steps lead nowhere new.

    ``features``: what the node has, without which a step or a setting is left out. Up to 4 steps take two seconds; each
    further one takes about four times as long.
    """
    settings = [each for each in SMALL_SETTINGS if features.issuperset(setting_needs(each))]
    steps = [each for each in SMALL if features.issuperset(needs(each))]
    found = [visit[:2] for setting in settings for visit in walk(setting, steps, depth)]
    return tuple(sorted(found, key=lambda each: len(each[1])))
