"""Runs of script numbers: which were played, and which are missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def runs(played: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of numbers in order, those that touch as one. Raises ``ValueError`` if a number is in two of them."""
    joined: list[tuple[int, int]] = []
    for first, end in sorted(played):
        if joined and first < joined[-1][1]:
            raise ValueError(f"script {first} is in two of them")
        if joined and first == joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return joined


def missing(first: int, end: int, played: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The runs of numbers between ``first`` and ``end`` that are not in ``played``."""
    found = []
    for begins, ends in [*played, (end, end)]:
        if begins > first:
            found.append((first, begins))
        first = max(first, ends)
    return found
