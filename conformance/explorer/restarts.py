"""A node that dies or hangs while it plays costs one script: it is started again, and the others are played."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from gen_tck.adapters.interface import Node, NodeDied, NodeError
from gen_tck.conformance.explorer.judge import Report
from gen_tck.conformance.explorer.oracle import Told
from gen_tck.conformance.explorer.player import player

PARTS = 8
"""What was under way when a node ended is played again in so many parts, and the part that ends it again in as many."""
IN_A_ROW = 3
IN_ALL = 20
"""So many ends, in a row without a script in between and in all, and the node is given up."""


class GivenUp(NodeError):
    """The node ends again and again, or cannot be started any more."""


class End(NamedTuple):
    """A node that ended while it played."""

    why: str
    told: Told | None
    """The script that ends it; ``None`` if none of those that were under way does so by itself."""


class Restarting:
    """A :class:`~gen_tck.conformance.explorer.player.Player` that outlives its node."""

    def __init__(
        self,
        open_node: Callable[[], Node],
        in_flight: int,
        ended: Callable[[End], None],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """``ended`` is told of every end whose script was found, or looked for in vain.

        ``check`` is called now and then, and may raise to stop. Raises ``NodeError``.
        """
        self._open = open_node
        self._check = check
        self._in_flight = in_flight
        self._ended = ended
        self._ends = self._in_a_row = 0
        self._played = False
        self._start()

    def _start(self) -> None:
        self.node = self._open()
        try:
            self._player = player(self.node, self._in_flight)
        except BaseException:
            self.node.close()
            raise

    def close(self) -> None:
        """End the node. Idempotent."""
        with contextlib.suppress(NodeError):  # nothing can be done about one that cannot even be ended in order
            self.node.close()

    def play(
        self, scripts: Iterable[Told], *, careful: bool = False, further: deque[Told] | None = None
    ) -> Iterator[tuple[Sequence[Told], list[Report]]]:
        """Play ``scripts``; those that end the node are in no lot. Raises :class:`GivenUp`."""
        scripts = list(scripts)
        left = {id(told): told for told in scripts}
        further = deque() if further is None else further
        passed_on: deque[Told] = deque()
        try:
            for batch, reports in self._player.play(scripts, careful=careful, further=passed_on):
                for told in batch:
                    left.pop(id(told), None)
                self._in_a_row, self._played = 0, True
                yield batch, reports
                self._check()
                left.update((id(told), told) for told in further)
                passed_on.extend(further)
                further.clear()
        except NodeError as reason:
            if not (self._played or isinstance(reason, NodeDied)):
                raise  # it cannot play at all: started again it could not either
            why = str(reason)
        else:
            return
        self._start_again(why)
        rest, before = list(left.values()), self._ends
        if len(rest) > 1:
            size = -(-len(rest) // PARTS)
            for start in range(0, len(rest), size):
                yield from self.play(rest[start : start + size], careful=careful, further=further)
        if self._ends == before:
            self._note(End(why, rest[0] if len(rest) == 1 else None))

    def _start_again(self, why: str) -> None:
        self.close()
        try:
            self._start()
        except NodeError as reason:
            raise GivenUp(f"{why}; it cannot be started again: {reason}") from reason

    def _note(self, end: End) -> None:
        self._ends += 1
        self._in_a_row += 1
        self._ended(end)
        if self._ends >= IN_ALL or self._in_a_row >= IN_A_ROW:
            times = f"{self._in_a_row} times in a row" if self._in_a_row >= IN_A_ROW else f"{self._ends} times"
            raise GivenUp(f"the node was given up: it ended {times}")
