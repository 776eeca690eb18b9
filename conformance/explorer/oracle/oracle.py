"""What the reference says has to be seen at every step of a script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from gen_tck.adapters import interrupts
from gen_tck.adapters.interface import NodeError
from gen_tck.conformance.explorer.oracle.observed import TRANSITIONS, ObservedNode, Transition, TransitionPair
from gen_tck.conformance.explorer.oracle.openings import Openings
from gen_tck.conformance.explorer.script.runner import ScriptRunner
from gen_tck.conformance.explorer.script.script import Changes, Peer, Script, Setting, Sleep, Step, last_looks
from gen_tck.reference.choices import ChoicePoint

_NONE: frozenset[int] = frozenset()
_LOOK = 100
"""After so many steps it looks whether they are still wanted; no script that was drawn has as many."""
CACHED = 2000
"""So many predictions are kept; then all of them are forgotten."""


class OracleError(Exception):
    """The oracle stumbles over a script: the kit is at fault, and has nothing to say of it. The message says how."""


class Prediction(NamedTuple):
    """A script and what the reference says of it."""

    script: Script
    expected: tuple[Changes, ...]
    """What is seen at each step, and at the last looks."""
    transition_pairs: tuple[TransitionPair, ...]
    """The transitions that its sockets went through."""
    events: tuple[int, ...]
    """How many of those had been gone through before each step, and before the last looks."""
    quiet: frozenset[int]
    """Steps after which a real node needs time to settle: something follows from them that is not to be seen."""
    number: int = -1
    """The number of the script in its exploration."""
    choice_points: tuple[ChoicePoint, ...] = ()
    """The choice points that it came to: with other decisions something else is allowed."""
    choices: tuple[int, ...] = ()
    """To how many of them it had come after each step, and after each of the last looks."""

    @property
    def decisions(self) -> tuple[int, ...]:
        """What was done at each choice point."""
        return tuple([each.taken for each in self.choice_points])


class Oracle:
    """The reference on a simulated machine, which needs no time."""

    def __init__(
        self,
        make: Callable[[], ObservedNode] = ObservedNode,
        name: str = "",
        rows: tuple[Transition, ...] = TRANSITIONS,
    ) -> None:
        """``name``: of the model whose ``rows`` its sockets go through, if they are none of the reference's."""
        self._make = make
        self.name, self.rows = name, rows
        self._made: ObservedNode | None = None
        self._openings = Openings()
        self._cache: dict[tuple[Setting, tuple[Step, ...], int, tuple[int, ...]], Prediction] = {}

    @property
    def _node(self) -> ObservedNode:
        if self._made is None:
            self._made = self._make()
        return self._made

    def again(
        self, setting: Setting, steps: tuple[Step, ...], number: int = -1, decisions: tuple[int, ...] = ()
    ) -> Prediction:
        """As :meth:`predict`, for a script of which the same will soon be asked again."""
        key = (setting, steps, number, decisions)
        prediction = self._cache.get(key)
        if prediction is None:
            if len(self._cache) >= CACHED:
                self._cache.clear()
            prediction = self._cache[key] = self.predict(*key)
        return prediction

    def predict(
        self, setting: Setting, steps: Iterable[Step], number: int = -1, decisions: tuple[int, ...] = ()
    ) -> Prediction:
        """Run the script that consists of those of ``steps`` that can be done when their turn comes.

        ``decisions``: what is done at the first choice points that it comes to; at all others, what is usual.
        Raises :class:`~gen_tck.adapters.interface.NodeError` for one that begins with a setting, or goes on with a
        call, of which the reference does not say what follows; :class:`OracleError`.
        """
        with self.running(setting, decisions) as (node, runner):
            return self._predict(node, runner, setting, steps, number)

    @contextmanager
    def running(self, setting: Setting, decisions: tuple[int, ...]) -> Iterator[tuple[ObservedNode, ScriptRunner]]:
        """A script in ``setting`` that has just begun, with the first ``decisions`` of its run. Raises as above."""
        node = self._node
        node.decisions.given = decisions
        try:
            yield node, self._openings.begin(node, setting)
        except NodeError:
            raise
        except Exception as reason:  # whatever it is, it is this script's alone
            raise OracleError(f"{type(reason).__name__}: {reason}") from reason
        finally:
            node.clear()

    def _predict(
        self, node: ObservedNode, runner: ScriptRunner, setting: Setting, steps: Iterable[Step], number: int
    ) -> Prediction:
        met = node.decisions.met
        done: list[Step] = []
        expected: list[Changes] = []
        events: list[int] = []
        choices: list[int] = []
        quiet: list[int] = []
        ended: list[int] = []
        resources = node.system.vm.resources
        there = len(resources)
        for step in steps:
            if len(done) % _LOOK == _LOOK - 1:  # somebody's script, which may be as long as a book
                interrupts.check()
            if not runner.applies(step) or (type(step) is Sleep and not node.time_is_awaited()):
                continue
            if type(step) is Peer and node.input_is_awaited():
                quiet.append(len(done))
            done.append(step)
            events.append(len(node.transition_pairs))
            runner.do(step)
            expected.append(looked_at(runner))
            choices.append(len(met))
            if len(resources) < there:
                ended.append(len(expected) - 1)
            there = len(resources)
        events.append(len(node.transition_pairs))
        transition_pairs = tuple(node.transition_pairs)
        for look in last_looks(setting, done):
            runner.do(look)
            expected.append(looked_at(runner))
            choices.append(len(met))
        silent = frozenset([*ended, *(each for each in quiet if not expected[each])]) if quiet or ended else _NONE
        script = Script(setting, tuple(done))
        return Prediction(
            script, tuple(expected), transition_pairs, tuple(events), silent, number, tuple(met), tuple(choices)
        )


def looked_at(runner: ScriptRunner) -> Changes:
    """What has changed when all that can happen has happened."""
    runner.node.settle()
    while runner.read():  # reading makes room for more
        runner.node.settle()
    changes = runner.changes()
    runner.commit(changes)
    return changes
