"""What the reference says has to be seen at every step of a script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gen_tck.adapters import interrupts
from gen_tck.conformance.explorer.oracle.observed import ObservedNode, Passage
from gen_tck.conformance.explorer.script.runner import Stage
from gen_tck.conformance.explorer.script.script import Changes, Peer, Script, Setting, Sleep, Step, last_looks
from gen_tck.reference.choices import USUAL, Choices

_NONE: frozenset[int] = frozenset()
_NOTHING: frozenset[str] = frozenset()
_LOOK = 100
"""So many steps are told between two looks whether that is wanted any more; no script that was drawn has as many."""
LATELY = 2000
"""So much of what was told is remembered; then all of it is forgotten."""


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
    choices: Choices = USUAL
    """Those of the machine on which it ran."""
    mattered: frozenset[str] = _NOTHING
    """Those of the choices that made a difference: with others something else is allowed."""


class Oracle:
    """The reference on simulated machines, which need no time, one for each of the choices that no rule makes."""

    def __init__(self, make: Callable[[], ObservedNode] = ObservedNode) -> None:
        self._make = make
        self._nodes: dict[Choices, ObservedNode] = {}
        self._lately: dict[tuple[Setting, tuple[Step, ...], int, Choices], Told] = {}

    def _node(self, choices: Choices) -> ObservedNode:
        node = self._nodes.get(choices)
        if node is None:
            node = self._nodes[choices] = self._make()
            node.choices = choices
            node.clear()
        return node

    def branches(self, told: Told) -> Iterator[Told]:
        """``told``, then its script with all other choices that matter, if it consists of the same steps with them."""
        yield told
        met = {told.choices}
        to_do = [told]
        while to_do:
            before = to_do.pop()
            for choices in before.choices.others(before.mattered):
                if choices in met:
                    continue
                met.add(choices)
                other = self.again(*told.script, told.number, choices)
                to_do.append(other)
                if other.script == told.script:
                    yield other

    def again(self, setting: Setting, steps: tuple[Step, ...], number: int = -1, choices: Choices = USUAL) -> Told:
        """As :meth:`tell`, for a script of which the same will soon be asked again."""
        key = (setting, steps, number, choices)
        told = self._lately.get(key)
        if told is None:
            if len(self._lately) >= LATELY:
                self._lately.clear()
            told = self._lately[key] = self.tell(*key)
        return told

    def tell(self, setting: Setting, steps: Iterable[Step], number: int = -1, choices: Choices = USUAL) -> Told:
        """Run the script that consists of those of ``steps`` that can be done when their turn comes.

        Raises :class:`~gen_tck.adapters.interface.NodeError` for one that begins with a setting, or goes on with a
        call, of which the reference does not say what follows.
        """
        node = self._node(choices)
        try:
            return self._tell(node, setting, steps, number, choices)
        finally:
            node.clear()

    def _tell(self, node: ObservedNode, setting: Setting, steps: Iterable[Step], number: int, choices: Choices) -> Told:
        stage = Stage(node, setting)
        done: list[Step] = []
        expected: list[Changes] = []
        events: list[int] = []
        quiet: list[int] = []
        for step in steps:
            if len(done) % _LOOK == _LOOK - 1:  # somebody's script, which may be as long as a book
                interrupts.check()
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
        mattered = node.mattered
        silent = frozenset([each for each in quiet if not expected[each]]) if quiet else _NONE
        script = Script(setting, tuple(done))
        return Told(script, tuple(expected), passages, tuple(events), silent, number, choices, mattered)

    def _do(self, stage: Stage, step: Step, expected: list[Changes]) -> None:
        stage.do(step)
        stage.node.settle()
        while stage.read():  # reading makes room for more
            stage.node.settle()
        changes = stage.changes()
        stage.commit(changes)
        expected.append(changes)
