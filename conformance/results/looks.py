"""How many looks at a case it takes to be sure of it.

A case that is as expected, or fails as recorded, is believed at once: the waits behind it were full. A suspect is
looked at once more, alone, on a fresh node: two looks that fail alike are a failure, two that disagree make it flaky.
"""

from __future__ import annotations

from collections.abc import Sequence

from gen_tck.conformance.results.deviations import without_numbers
from gen_tck.conformance.results.verdicts import Look, Verdict, meaning, verdicts_of

MOST_VOID = 3
"""A case during which node or kit stood still is played again at most so often."""


def decide(looks: Sequence[Look], *, recorded: bool = False) -> Verdict | None:
    """The verdict that follows from ``looks`` (one at least), in their order; ``None``: look once more.

    ``recorded``: the case is known to deviate, so that one that passes is a suspect, too.
    """
    if looks[-1].verdict in _TELLING:
        return looks[-1].verdict
    told = [each for each in looks if meaning(each.verdict) in ("holds", "deviates", "fails")]
    if len({meaning(each.verdict) for each in told}) > 1:
        return "flaky"
    if told and (told[0].verdict == "deviates" or (told[0].verdict != "fail" and not recorded)):
        return told[0].verdict
    if len(told) > 1:
        return told[0].verdict if told[0].verdict != "fail" or are_alike(told[0], told[1]) else "flaky"
    return "inconclusive" if len(looks) - len(told) > 1 else None


_TELLING = verdicts_of("broken", "not-run", "not-claimed", "left-out", "blocked")
"""Verdicts that need no second look."""


def are_alike(one: Look, other: Look) -> bool:
    """Whether two failures are the same one: at the same line of the test, or the same was seen."""
    return one.place == other.place or _essence(one) == _essence(other)


def _essence(look: Look) -> tuple[str, str]:
    return without_numbers(look.expected), without_numbers(look.seen)
