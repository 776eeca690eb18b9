"""What no rule decides: at a **choice point** one machine does one thing first, and another machine another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set
from itertools import islice, permutations
from math import factorial
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Schedule(NamedTuple):
    """What one machine does at each choice point."""

    writing_first: bool = False
    """Whether a socket that can be read and written at once is written first."""
    order: int = 0
    """In which order processes go on that can do so at once: one of the orders of three, the first being theirs."""
    resumed: int = 0
    """When processes that wait for a port go on: at once (0), when it has sent everything (1), or, being slow, when all
    else that can happen has happened (2)."""
    takes_a_few: bool = False
    """Whether a full kernel still takes a few bytes: it says that it has room only when a good part is free."""

    def others(self, choice_points: Set[str]) -> Iterator[Schedule]:
        """Those that differ in one of ``choice_points``."""
        for name in sorted(choice_points):
            for value in POSSIBLE[name]:
                if value != getattr(self, name):
                    yield Schedule(**{**self._asdict(), name: value})


USUAL = Schedule()
"""That of a machine of which nobody says anything else."""

POSSIBLE: dict[str, tuple[int, ...]] = {
    "writing_first": (False, True),
    "order": tuple(range(6)),
    "resumed": (0, 1, 2),
    "takes_a_few": (False, True),
}
"""What can be done at each choice point; no more than three processes play in a script."""


def ordered(items: Collection[T], order: int) -> list[T]:
    """``items`` in one of their orders: there are six of three, and two of two."""
    return list(next(islice(permutations(items), order % factorial(len(items)), None)))
