"""What no rule decides: where things happen at once, one simulated machine does one first, and another the other."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import NamedTuple


class Choices(NamedTuple):
    """The choices of one machine."""

    writing_first: bool = False
    """Whether a socket that can be read and written at once is written first."""
    resumed_first: int = 0
    """Which of several processes that a port lets go is the first to go on: its place among them, counted around."""
    resumed_late: bool = False
    """Whether they go on only when the port has sent everything, as slow processes do."""
    takes_a_few: bool = False
    """Whether a full kernel still takes a few bytes: it says that it has room only when a good part is free."""

    def others(self, mattered: Set[str]) -> Iterator[Choices]:
        """Those that differ in one of the choices that ``mattered``."""
        for name in sorted(mattered):
            for value in POSSIBLE[name]:
                if value != getattr(self, name):
                    yield self._replace(**{name: value})


USUAL = Choices()
"""The choices of a machine that nobody has told any."""

POSSIBLE: dict[str, tuple[int, ...]] = {
    "writing_first": (False, True),
    "resumed_first": (0, 1, 2),
    "resumed_late": (False, True),
    "takes_a_few": (False, True),
}
"""The values of each choice; no more than three processes play in a script."""
