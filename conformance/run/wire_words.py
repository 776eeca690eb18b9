"""What ``certify --wire`` shows: the lines between the kit and the node, case by case."""

from __future__ import annotations

from collections.abc import Callable

from gen_tck.adapters.tap import Direction

_ARROWS = {"sent": "->", "received": "<-"}


class WireWords:
    """A reader of lines, and a plugin of pytest that knows which case is on."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.heard = False
        """Whether there was any line."""
        self._case = ""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A case begins. It is named once there is a line of it."""
        self._case = nodeid

    def read(self, direction: Direction, line: bytes) -> None:
        """A line was sent, or received."""
        if self._case:
            self._say(f"case {self._case}")
            self._case = ""
        self.heard = True
        self._say(f"{_ARROWS[direction]} {line.decode(errors='replace').rstrip()}")
