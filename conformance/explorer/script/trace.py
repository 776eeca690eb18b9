"""What was seen of a script that a node played to its end: by this it is judged, wherever and whenever that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gen_tck.conformance.explorer.script.script import Changes, Script


class Look(NamedTuple):
    """What was seen at one step, when all that follows from it had happened."""

    changes: Changes
    spent: int = 0
    """Milliseconds that the step took on the node's clock, beside those that it lets pass: timers went on meanwhile."""


class ScriptTrace(NamedTuple):
    """A script, and what was seen of it."""

    script: Script
    looks: tuple[Look | None, ...]
    """One for each of :attr:`Script.all_steps`, ``None`` for a step that could not be done; fewer, if it was not played
    to its end. One more, if something came after the end of the script."""

    def seen(self, step: int) -> Changes | None:
        """What was seen at ``step``; ``None`` if that could not be done, or nobody looked."""
        look = self.looks[step] if step < len(self.looks) else None
        return None if look is None else look.changes


def first_difference(trace: ScriptTrace, expected: Sequence[Changes]) -> int:
    """The first step at which something else was seen than ``expected``; if there is none, how many looks there are."""
    differing = (step for step in range(len(trace.looks)) if trace.seen(step) != (*expected, ())[step])
    return next(differing, len(trace.looks))
