"""The descriptors of a program, as Linux tells them from outside: no program has to count them by itself."""

from __future__ import annotations

import os

Seen = frozenset[tuple[str, str]]
"""Their numbers, and what they are of: a number alone may be given anew."""


class Descriptors:
    """Those that a program has got since this was made, or was last told to count anew."""

    def __init__(self, pid: int) -> None:
        """``pid``: its process id."""
        self._folder = f"/proc/{pid}/fd"
        self._before = self._look()

    def count_anew(self) -> None:
        """What there is now does not count."""
        self._before = self._look()

    def count(self) -> int | None:
        """How many there are; ``None`` where nobody can tell."""
        now = self._look()
        return None if now is None or self._before is None else len(now - self._before)

    def _look(self) -> Seen | None:
        try:
            names = os.listdir(self._folder)
        except OSError:  # another system, another user's program, or it has ended
            return None
        return frozenset([(name, target) for name in names if (target := self._target(name))])

    def _target(self, name: str) -> str:
        try:
            return os.readlink(f"{self._folder}/{name}")
        except OSError:  # closed meanwhile
            return ""
