"""What no rule decides: at a **choice point** one machine does one thing first, and another machine another.

Whoever comes to one asks what to do. A run is what was done and the **decisions** that were taken, and can be repeated
with both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")

Choose: TypeAlias = Callable[[str, int], int]
"""``(name, options)``: which of so many is taken at the choice point of this name, counted from 0."""


def usual(name: str, options: int) -> int:
    """What a machine does of which nobody says anything else."""
    return 0


def in_any_order(items: Collection[T], choose: Choose, name: str) -> Iterator[T]:
    """``items``, one after the other, where no rule says which goes first."""
    left = list(items)
    while len(left) > 1:
        yield left.pop(choose(name, len(left)))
    yield from left


class ChoicePoint(NamedTuple):
    """One that was come to."""

    name: str
    options: int
    """How many things could be done."""
    taken: int
    """Which was done, counted from 0."""


class Decisions:
    """Those of one run: the given ones first, then what is usual. It notes each choice point; call it to choose."""

    def __init__(self, given: Sequence[int] = ()) -> None:
        self.given = given
        self.met: list[ChoicePoint] = []
        """The choice points so far."""

    def __call__(self, name: str, options: int) -> int:
        number = len(self.met)
        taken = self.given[number] if number < len(self.given) else 0
        self.met.append(ChoicePoint(name, options, taken))
        return taken
