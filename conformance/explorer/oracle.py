"""What the reference says has to be seen at every step of a script."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from gen_tck.adapters.reference import ObservedNode, Transition
from gen_tck.conformance.explorer.script import LAST_LOOK, Changes, Peer, Script, Setting, Sleep, Step
from gen_tck.conformance.explorer.stage import Stage


class Told(NamedTuple):
    """A script and what the reference says of it."""

    script: Script
    expected: tuple[Changes, ...]
    """What is seen at each step, and at the last look."""
    transitions: tuple[Transition, ...]
    events: tuple[int, ...]
    """How many of the transitions had been gone through before each step, and before the last look."""
    quiet: frozenset[int]
    """Steps that something follows from of which nothing is to be seen: after them a real node needs time to settle."""
    number: int = -1
    """The number of the script in its exploration."""


_NONE: frozenset[int] = frozenset()


class Oracle:
    """The reference in its simulated world, which needs no time."""

    def __init__(self, make: Callable[[], ObservedNode] = ObservedNode) -> None:
        self._node = make()

    def tell(self, setting: Setting, steps: Iterable[Step], number: int = -1) -> Told:
        """Run the script that consists of those of ``steps`` that can be done when their turn comes."""
        node = self._node
        stage = Stage(node, setting)
        done: list[Step] = []
        expected: list[Changes] = []
        events: list[int] = []
        quiet: list[int] = []
        for step in steps:
            if not stage.applies(step) or (type(step) is Sleep and not node.time_is_awaited()):
                continue
            if type(step) is Peer and node.input_is_awaited():
                quiet.append(len(done))
            done.append(step)
            events.append(len(node.transitions))
            self._do(stage, step, expected)
        events.append(len(node.transitions))
        transitions = tuple(node.transitions)
        self._do(stage, LAST_LOOK, expected)
        stage.discard()
        silent = frozenset([each for each in quiet if not expected[each]]) if quiet else _NONE
        return Told(Script(setting, tuple(done)), tuple(expected), transitions, tuple(events), silent, number)

    def _do(self, stage: Stage, step: Step, expected: list[Changes]) -> None:
        stage.do(step)
        self._node.settle()
        while stage.read():  # reading makes room for more
            self._node.settle()
        changes = stage.changes()
        stage.commit(changes)
        expected.append(changes)
