"""A node that dies or hangs while it plays costs one script: it is started again, and the others are played."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import NamedTuple

from gen_tck.adapters import interrupts
from gen_tck.adapters.interface import Census, Node, NodeDied, NodeError, OverLimit
from gen_tck.conformance.explorer.oracle.oracle import Prediction
from gen_tck.conformance.explorer.play.player import player
from gen_tck.conformance.explorer.play.probing import begin, refused
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.script.offer import Features

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
    prediction: Prediction | None
    """The script that ends it; ``None`` if none of those that were under way does so by itself."""


def _noted(scripts: Iterator[Prediction], left: dict[int, Prediction]) -> Iterator[Prediction]:
    """``scripts``, each noted in ``left`` when it is taken."""
    for prediction in scripts:
        left[id(prediction)] = prediction
        yield prediction


class Ended(NamedTuple):
    """How a node ended, and which scripts were under way."""

    why: str
    under_way: list[Prediction]


class Restarting:
    """A :class:`~gen_tck.conformance.explorer.play.player.Player` that outlives its node."""

    def __init__(
        self,
        open_node: Callable[[], Node],
        in_flight: int,
        ended: Callable[[End], None],
    ) -> None:
        """``ended`` is told of every end whose script was found, or looked for in vain. Raises ``NodeError``."""
        self._open = open_node
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

    @property
    def one_by_one(self) -> bool:
        """Whether its node plays one script after the other."""
        return self._player.one_by_one

    def close(self) -> None:
        """End the node. Idempotent."""
        with contextlib.suppress(NodeError):  # nothing can be done about one that cannot even be ended in order
            self.node.close()

    def refused(self, features: Features) -> Features:
        """What the node refuses of ``features``, as far as it can be asked before it ends. Raises ``NodeError``."""
        try:
            begin(self.node)
        except NodeDied as reason:  # scripts will show that, too
            self._start_again(str(reason))
            return frozenset()
        try:
            found = refused(self.node, features)
            self._player = player(self.node, self._in_flight)  # whoever was to play has gone with what was asked
            return found
        except OverLimit:
            raise
        except NodeError as reason:
            self._start_again(str(reason))
            return frozenset()

    def census(self) -> Census | None:
        """How many there are of what calls make; ``None`` if nobody counts, or the node had to be started again."""
        try:
            return self._player.census()
        except NodeDied as reason:
            self._start_again(str(reason))
            return None

    def pause(self, seconds: float) -> None:
        """Let the node do what it has to do; if it ends meanwhile, that shows when it is asked."""
        with contextlib.suppress(NodeDied):
            self._player.pause(seconds)

    def play(
        self, scripts: Iterable[Prediction], *, record: bool = False
    ) -> Iterator[tuple[Sequence[Prediction], list[Report]]]:
        """Play ``scripts``; those that end the node are in no round. Raises :class:`GivenUp`."""
        scripts = iter(scripts)
        while (end := (yield from self._until_it_ends(scripts, record))) is not None:
            yield from self._find(end, record)

    def _until_it_ends(
        self, scripts: Iterator[Prediction], record: bool
    ) -> Generator[tuple[Sequence[Prediction], list[Report]], None, Ended | None]:
        """Play ``scripts``; how the node ended, if it did so before them. It is started again."""
        left: dict[int, Prediction] = {}
        try:
            for batch, reports in self._player.play(_noted(scripts, left), record=record):
                for prediction in batch:
                    left.pop(id(prediction), None)
                if not any(each.refused for each in reports):
                    self._in_a_row, self._played = 0, True
                yield batch, reports
                interrupts.check()
        except OverLimit as reason:
            raise GivenUp(str(reason)) from reason  # no script is to blame
        except NodeError as reason:
            if not (self._played or isinstance(reason, NodeDied)):
                raise  # it cannot play at all: started again it could not either
            self._start_again(str(reason))
            return Ended(str(reason), list(left.values()))
        return None

    def _find(self, end: Ended, record: bool) -> Iterator[tuple[Sequence[Prediction], list[Report]]]:
        """Play what was under way when the node ended, in parts, to find the script that ends it."""
        before = self._ends
        size = -(-len(end.under_way) // PARTS)
        for start in range(0, len(end.under_way), max(1, size)):
            part = end.under_way[start : start + size]
            again = yield from self._until_it_ends(iter(part), record)
            if again is not None and size == 1:
                self._note(End(again.why, (again.under_way or part)[0]))
            elif again is not None:
                yield from self._find(again, record)
        if self._ends == before:
            self._note(End(end.why, None))

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
