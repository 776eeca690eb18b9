"""Who plays scripts on a node: the node by itself if it can, else the kit, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from gen_tck.adapters.interface import CallFailed, Census, Node
from gen_tck.adapters.limits import DEFAULTS, Settings, settings
from gen_tck.conformance.explorer.oracle.oracle import Prediction
from gen_tck.conformance.explorer.play.beam import Vm, can_play
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.script.runner import Refused, play
from gen_tck.conformance.explorer.script.trace import first_difference

IN_FLIGHT = 96
"""Scripts under way at once in a node that plays by itself, unless told otherwise."""
_OF_A_SCRIPT = 16
"""More than it has sockets, those of its peers included."""


def limits_for(in_flight: int, limits: Sequence[str]) -> Settings:
    """``limits`` (``NAME=VALUE``), with descriptors enough for so many scripts at once unless they say how many."""
    return {"descriptors": DEFAULTS.descriptors + _OF_A_SCRIPT * in_flight, **settings(limits)}


class Player(Protocol):
    """Plays scripts on one node."""

    @property
    def one_by_one(self) -> bool:
        """Whether a script is only begun when the one before it is done: then it pays to ask for the best one first."""

    def census(self) -> Census | None:
        """How many there are of what calls make, when no script is under way; ``None`` if nobody counts."""

    def pause(self, seconds: float) -> None:
        """Let the node do what it has to do."""

    def play(
        self, scripts: Iterable[Prediction], *, record: bool = False
    ) -> Iterator[tuple[Sequence[Prediction], list[Report]]]:
        """Play all ``scripts``; for one round after the other, what was in it and what differed.

        ``record``: play each script to its end, whatever differs, and report all that was seen of each.
        """


class StepByStep:
    """Plays one script after the other through the interface of nodes."""

    one_by_one = True

    def __init__(self, node: Node) -> None:
        self._node = node
        self._virtual = node.capabilities.clock == "virtual"

    def census(self) -> Census | None:
        """Nobody: what is left of a script is cleared with its processes."""
        return None

    def pause(self, seconds: float) -> None:
        """It does nothing meanwhile."""

    def play(
        self, scripts: Iterable[Prediction], *, record: bool = False
    ) -> Iterator[tuple[Sequence[Prediction], list[Report]]]:
        for prediction in scripts:
            try:
                trace = play(self._node, prediction.script, prediction.expected, not self._virtual)
            except (CallFailed, Refused) as reason:  # that is an answer: the node lives, and is asked for other things
                self._node.clear()
                yield [prediction], [Report(prediction, refused=str(reason))]
                continue
            step = first_difference(trace, prediction.expected)
            differs = step < len(trace.looks)
            yield [prediction], [Report(prediction, step, trace)] if differs or record else []


def player(node: Node, in_flight: int) -> Player:
    """The best player there is for ``node``."""
    return Vm(node, in_flight) if can_play(node) else StepByStep(node)
