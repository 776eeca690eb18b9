"""What the reference says has to be seen at every step of a script."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gen_tck.adapters.reference import ObservedNode, Passage
from gen_tck.conformance.explorer.script import Changes, Peer, Script, Setting, Sleep, Step, last_looks
from gen_tck.conformance.explorer.stage import Stage


class Told(NamedTuple):
    """A script and what the reference says of it."""

    script: Script
    expected: tuple[Changes, ...]
    """What is seen at each step, and at the last looks."""
    passages: tuple[Passage, ...]
    """The transitions that its sockets went through."""
    events: tuple[int, ...]
    """How many of those had been gone through before each step, and before the last looks."""
    quiet: frozenset[int]
    """Steps that something follows from of which nothing is to be seen: after them a real node needs time to settle."""
    number: int = -1
    """The number of the script in its exploration."""
    raced: bool = False
    """Whether things happened at once in it, so that other orders are allowed."""


_NONE: frozenset[int] = frozenset()


class Oracle:
    """The reference in its simulated worlds, which need no time.

    In one of them a socket that can be read and written at once is read first, in another it is written first; of
    several processes that a busy port lets go one or another is the first, and they go on as soon as there is room, or
    when everything has been sent: where two things happen at once, all orders are allowed.
    """

    def __init__(self, make: Callable[[], ObservedNode] = ObservedNode) -> None:
        self._node = make()
        self._others: list[ObservedNode] = []
        for late, writing_first, resumed_first in itertools.product((False, True), (False, True), (0, 1, 2)):
            other = make()
            other.writing_first, other.resumed_first, other.resumed_late = writing_first, resumed_first, late
            other.clear()
            self._others.append(other)

    def tell(self, setting: Setting, steps: Iterable[Step], number: int = -1) -> Told:
        """Run the script that consists of those of ``steps`` that can be done when their turn comes."""
        return self._tell(self._node, setting, steps, number)

    def branches(self, told: Told) -> Iterator[Told]:
        """The script of ``told`` in every world in which it consists of the same steps."""
        if not told.raced:
            yield told
            return
        for node in self._others:
            other = self._tell(node, *told.script, told.number)
            if other.script == told.script:
                yield other

    def _tell(self, node: ObservedNode, setting: Setting, steps: Iterable[Step], number: int) -> Told:
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
            events.append(len(node.passages))
            self._do(stage, step, expected)
        events.append(len(node.passages))
        passages = tuple(node.passages)
        for look in last_looks(setting):
            self._do(stage, look, expected)
        raced = node.raced
        stage.discard()
        silent = frozenset([each for each in quiet if not expected[each]]) if quiet else _NONE
        return Told(Script(setting, tuple(done)), tuple(expected), passages, tuple(events), silent, number, raced)

    def _do(self, stage: Stage, step: Step, expected: list[Changes]) -> None:
        stage.do(step)
        stage.node.settle()
        while stage.read():  # reading makes room for more
            stage.node.settle()
        changes = stage.changes()
        stage.commit(changes)
        expected.append(changes)
