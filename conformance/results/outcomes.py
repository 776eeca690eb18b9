"""What a test raises that does not pass: each is a verdict of its own."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Inconclusive", "Place", "Unexpected", "Unsupported"]


@dataclass(frozen=True)
class Place:
    """Where a test looked: words for people, and what whoever does it again has to know besides."""

    words: str
    mailbox: str = ""
    """The name of the process whose whole mailbox was looked at, if it was one."""
    open: bool = False
    """Whether a peer's connection was still open, and nothing had come."""

    def __str__(self) -> str:
        return self.words


class Unexpected(AssertionError):
    """The subject did something else than expected: the verdict is ``fail``."""

    def __init__(self, wanted: str, seen: str, where: str | Place = "", waited: float | None = None) -> None:
        """``waited``: for so many seconds, of node and kit both running, something was waited for in vain."""
        place = where if isinstance(where, Place) else Place(where)
        super().__init__(f"{place.words + ': ' if place.words else ''}expected {wanted}, saw {seen}")
        self.wanted = wanted
        self.seen = seen
        self.place = place
        self.where = place.words
        self.waited = waited


class Inconclusive(Exception):
    """The situation a test is about could not be set up: the verdict is ``inconclusive``."""


class Unsupported(Exception):
    """The node does not offer what a test calls: the verdict is ``unsupported``."""
