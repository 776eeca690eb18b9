"""How many looks at a case it takes to be sure of it.

A case that is as expected, or fails as recorded, is believed at once: the waits behind it were full. A suspect is
looked at once more, alone, on a fresh node: two looks that fail alike are a failure, two that disagree make it flaky.
"""

from __future__ import annotations

from collections.abc import Sequence

from gen_tck.conformance.deviations import without_numbers
from gen_tck.conformance.verdicts import Look, Verdict

MOST_VOID = 3
"""A case during which node or kit stood still is played again at most so often."""


def decide(looks: Sequence[Look]) -> Verdict | None:
    """The verdict that follows from ``looks`` (one at least), in their order; ``None``: look once more."""
    last = looks[-1]
    if last.verdict in ("adapter-error", "kit-error", "not-run", "unsupported", "blocked"):
        return last.verdict
    failures = [each for each in looks if each.verdict == "fail"]
    expected = [each for each in looks if each.verdict in ("pass", "varies", "deviates")]
    if failures and expected:
        return "flaky"
    if expected:
        return expected[0].verdict
    if len(failures) > 1:
        return "fail" if are_alike(failures[0], failures[1]) else "flaky"
    return "inconclusive" if len(looks) - len(failures) > 1 else None


def are_alike(one: Look, other: Look) -> bool:
    """Whether two failures are the same one: at the same line of the test, or the same was seen."""
    return one.place == other.place or _essence(one) == _essence(other)


def _essence(look: Look) -> tuple[str, str]:
    return without_numbers(look.expected), without_numbers(look.seen)
