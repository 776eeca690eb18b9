"""The descriptors of a program, as Linux tells them from outside: no program has to count them by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

_Seen: TypeAlias = frozenset[tuple[str, str]]
"""Their numbers, and what they are of: a number alone may be given anew."""


class Descriptors:
    """Those that a program has got since this was made, or was last told to count anew."""

    def __init__(self, pid: int) -> None:
        """``pid``: its process id."""
        self._folder = Path("/proc", str(pid), "fd")
        self._before = self._look()

    def count_anew(self) -> None:
        """What there is now does not count."""
        self._before = self._look()

    def count(self) -> int | None:
        """How many there are; ``None`` where nobody can tell."""
        now = self._look()
        return None if now is None or self._before is None else len(now - self._before)

    def _look(self) -> _Seen | None:
        try:
            descriptors = list(self._folder.iterdir())
        except OSError:  # another system, another user's program, or it has ended
            return None
        return frozenset([(each.name, of) for each in descriptors if (of := _of(each))])


def _of(descriptor: Path) -> str:
    """What it is of; empty if it was closed meanwhile."""
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""
