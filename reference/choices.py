"""What no rule decides: where things happen at once, one simulated machine does one first, and another the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set
from itertools import islice, permutations
from math import factorial
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Choices(NamedTuple):
    """The choices of one machine."""

    writing_first: bool = False
    """Whether a socket that can be read and written at once is written first."""
    order: int = 0
    """In which order processes go on that can do so at once: one of the orders of three, the first being theirs."""
    resumed: int = 0
    """When processes that wait for a port go on: at once (0), when it has sent everything (1), or, being slow, when all
    else that can happen has happened (2)."""
    takes_a_few: bool = False
    """Whether a full kernel still takes a few bytes: it says that it has room only when a good part is free."""

    def others(self, mattered: Set[str]) -> Iterator[Choices]:
        """Those that differ in one of the choices that ``mattered``."""
        for name in sorted(mattered):
            for value in POSSIBLE[name]:
                if value != getattr(self, name):
                    yield Choices(**{**self._asdict(), name: value})


USUAL = Choices()
"""The choices of a machine that nobody has told any."""

POSSIBLE: dict[str, tuple[int, ...]] = {
    "writing_first": (False, True),
    "order": tuple(range(6)),
    "resumed": (0, 1, 2),
    "takes_a_few": (False, True),
}
"""The values of each choice; no more than three processes play in a script."""


def ordered(items: Collection[T], order: int) -> list[T]:
    """``items`` in one of their orders: there are six of three, and two of two."""
    return list(next(islice(permutations(items), order % factorial(len(items)), None)))
