"""Who plays scripts on a node: the node by itself if it can, else the kit, step by step."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Protocol

from gen_tck.adapters.interface import CallFailed, Node
from gen_tck.conformance.explorer.oracle.oracle import Prediction
from gen_tck.conformance.explorer.play.beam import Vm, can_play
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.script.runner import Refused, play

IN_FLIGHT = 96
"""Scripts under way at once in a node that plays by itself, unless told otherwise."""


class Player(Protocol):
    """Plays scripts on one node."""

    @property
    def one_by_one(self) -> bool:
        """Whether a script is only begun when the one before it is done: then it pays to ask for the best one first."""

    def play(
        self, scripts: Iterable[Prediction], *, isolated: bool = False, further: deque[Prediction] | None = None
    ) -> Iterator[tuple[Sequence[Prediction], list[Report]]]:
        """Play all ``scripts``; for one round after the other, what was in it and what differed.

        ``isolated``: look at everything after every step, and wait longer. ``further``: who takes the rounds may add
        scripts here meanwhile, which are then played, too.
        """


class StepByStep:
    """Plays one script after the other through the interface of nodes."""

    one_by_one = True

    def __init__(self, node: Node) -> None:
        self._node = node
        self._virtual = node.capabilities.clock == "virtual"

    def play(
        self, scripts: Iterable[Prediction], *, isolated: bool = False, further: deque[Prediction] | None = None
    ) -> Iterator[tuple[Sequence[Prediction], list[Report]]]:
        further = deque() if further is None else further
        for prediction in chain(scripts, _emptied(further)):
            try:
                seen, late = play(self._node, prediction.script, prediction.expected, not self._virtual)
            except (CallFailed, Refused) as reason:  # that is an answer: the node lives, and is asked for other things
                self._node.clear()
                yield [prediction], [Report(prediction, 0, (), refused=str(reason))]
                continue
            last = len(seen) - 1
            differs = last >= 0 and seen[last] != prediction.expected[last]
            yield [prediction], [Report(prediction, last, seen[last], late and not self._virtual)] if differs else []


def _emptied(queue: deque[Prediction]) -> Iterator[Prediction]:
    while queue:
        yield queue.popleft()


def player(node: Node, in_flight: int) -> Player:
    """The best player there is for ``node``."""
    return Vm(node, in_flight) if can_play(node) else StepByStep(node)
