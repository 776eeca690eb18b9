"""A search for the decisions with which the reference does what was seen.

A run is a script and its decisions. What was seen may agree with a run up to some step; then decisions that were taken
up to there are taken otherwise, the run that agreed longest first, and of those that agreed equally long the one with
the fewest unusual decisions.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple, TypeAlias

from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.script.script import Changes

MOST_RUNS = 256
"""So many are tried; what was seen may be allowed by a further one."""

Agrees: TypeAlias = Callable[[int, Changes], bool]
"""``(step, expected)``: whether what was seen at the step, if anything is known of it, agrees with what is expected."""


class Run(NamedTuple):
    """One run."""

    prediction: Prediction
    agreed: int
    """How many of its steps, from the first on, agree with what was seen, the last looks among them."""

    @property
    def fits(self) -> bool:
        """Whether all of them do."""
        return self.agreed == len(self.prediction.expected)


def everything(step: int, expected: Changes) -> bool:
    """Nothing was seen, or it does not matter."""
    return True


def runs(oracle: Oracle, prediction: Prediction, agrees: Agrees = everything) -> Iterator[Run]:
    """``prediction``, then runs of its script with other decisions, the best first; at most :data:`MOST_RUNS`.

    Those that cannot do the same steps are left out.
    """
    waiting: list[tuple[int, int, int, tuple[int, ...]]] = []
    order = count()
    run: Run | None = Run(prediction, _agreed(prediction, agrees))
    given = 0
    for _ in range(MOST_RUNS):
        if run is not None:
            yield run
            for decisions in _others(run, given):
                heapq.heappush(waiting, (-run.agreed, sum(map(bool, decisions)), next(order), decisions))
        if not waiting:
            return
        *_, decisions = heapq.heappop(waiting)
        other = oracle.again(*prediction.script, prediction.number, decisions)
        run = Run(other, _agreed(other, agrees)) if other.script == prediction.script else None
        given = len(decisions)


def _agreed(prediction: Prediction, agrees: Agrees) -> int:
    for step, changes in enumerate(prediction.expected):
        if not agrees(step, changes):
            return step
    return len(prediction.expected)


def _others(run: Run, given: int) -> Iterator[tuple[int, ...]]:
    """The decisions of ``run`` with one taken otherwise: none of those ``given`` to it, and none that came too late."""
    prediction = run.prediction
    taken = prediction.decisions
    met = len(taken) if run.fits else prediction.choices[run.agreed]
    for index in range(given, met):
        for other in range(prediction.choice_points[index].options):
            if other != taken[index]:
                yield (*taken[:index], other)
