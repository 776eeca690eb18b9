"""What a test raises that does not pass: each is a verdict of its own."""

from __future__ import annotations

__all__ = ["Inconclusive", "Unexpected", "Unsupported"]


class Unexpected(AssertionError):
    """The subject did something else than expected: the verdict is ``fail``."""

    def __init__(self, wanted: str, seen: str, where: str = "", waited: float | None = None) -> None:
        """``waited``: for so many seconds, of node and kit both running, something was waited for in vain."""
        super().__init__(f"{where + ': ' if where else ''}expected {wanted}, saw {seen}")
        self.wanted = wanted
        self.seen = seen
        self.where = where
        self.waited = waited


class Inconclusive(Exception):
    """The situation a test is about could not be set up: the verdict is ``inconclusive``."""


class Unsupported(Exception):
    """The node does not offer what a test calls: the verdict is ``unsupported``."""
