"""What scripts leave behind on a node: counted after each round, and looked for in ever smaller parts of the round.

All processes of a script are ended after it, and all its peers are gone: then there is as much of everything as before.
What the models say that OTP keeps all the same is not counted: the monitors of sockets that ``inet_db`` remembers
(``otp-inet/monitors-are-remembered``), and the descriptors of files that the socket backend was sending, which no
script has it do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from gen_tck.adapters.interface import Census
from gen_tck.conformance.explorer.findings.judge import Finding, judge
from gen_tck.conformance.explorer.findings.playing import Playing
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.admits import Impossible
from gen_tck.conformance.explorer.oracle.oracle import OracleError, Prediction
from gen_tck.conformance.explorer.script.script import Changes
from gen_tck.spec.counted import COUNTED, Counted

__all__ = ["LOOKS", "Leftovers", "finding_of", "more"]

LOOKS = 30
"""So often it is looked whether what there is more of goes; each time the node is given :data:`BETWEEN`."""
BETWEEN = 0.01
"""Seconds."""
MOST_FOUND = 3
"""So many rounds that leave something are searched in one exploration: it takes some hundred plays of the scripts."""


def more(now: Census, before: Census) -> dict[Counted, int]:
    """What there is more of than ``before``."""
    grown = {each: now.get(each, 0) - before.get(each, 0) for each in COUNTED}
    return {each: count for each, count in grown.items() if count > 0}


class Leftovers:
    """What the scripts of one exploration leave behind."""

    def __init__(self, playing: Playing, generator: Generator) -> None:
        """``generator``: draws the scripts once more."""
        self._playing, self._generator = playing, generator
        self._before = self._counted()
        self._found = 0

    def of_round(self, numbers: range) -> tuple[Finding | None, bool]:
        """What one of the scripts ``numbers``, which were all played just now, leaves behind, if one does.

        And whether something is left: of no script, if it is not left again when they are played again. Raises
        ``GivenUp``.
        """
        if not self._grown() or self._found >= MOST_FOUND:
            return None, False
        found = self._find(numbers)
        self._found += found is not None
        return found, True

    def _find(self, numbers: range) -> Finding | None:
        """The smallest part of the scripts ``numbers`` that leaves something again: one of them."""
        while len(numbers) > 1:
            half = len(numbers) // 2
            parts = (numbers[:half], numbers[half:])
            found = next((each for each in parts if self._of(self._predict(each))), None)
            if found is None:
                return None
            numbers = found
        scripts = list(self._predict(numbers))
        left = self._of(scripts)
        return self._smaller(scripts[0], left) if scripts and left else None

    def _predict(self, numbers: range) -> Iterator[Prediction]:
        """The scripts of these numbers, but for those over which the oracle stumbles."""
        for number in numbers:
            with suppress(OracleError):
                yield self._playing.oracle.predict(*self._generator.script(number), number)

    def _smaller(self, prediction: Prediction, left: Mapping[Counted, int]) -> Finding:
        """The same without steps that do not matter."""
        step = 0
        while step < len(prediction.script.steps):
            setting, steps = prediction.script
            with suppress(OracleError):
                other = self._playing.oracle.predict(setting, steps[:step] + steps[step + 1 :], prediction.number)
                if grown := self._of([other]):
                    prediction, left = other, grown
                    continue
            step += 1
        return finding_of(prediction, left)

    def _of(self, scripts: Iterable[Prediction]) -> dict[Counted, int]:
        """What ``scripts`` leave behind."""
        self._before = self._counted()
        for _ in self._playing.player.play(scripts):
            pass
        return self._grown()

    def _counted(self) -> tuple[object, Census]:
        """How many there are, and on which node."""
        player = self._playing.player
        census = player.census()
        return player.node, {} if census is None else census

    def _grown(self) -> dict[Counted, int]:
        """What there is more of, and stays; from now on that does not count. Nothing, if it is another node by now."""
        grown: dict[Counted, int] = {}
        for _ in range(LOOKS):
            now = self._counted()
            grown = more(now[1], self._before[1]) if now[0] is self._before[0] else {}
            if not grown:
                break
            self._playing.player.pause(BETWEEN)
        self._before = now
        return grown


def finding_of(prediction: Prediction, left: Mapping[Counted, int]) -> Finding:
    """It is over, and ``left`` there is all the same."""
    seen: Changes = (("left", tuple(left.items())),)
    found = judge(Impossible(prediction, len(prediction.expected), seen))
    assert found is not None  # nothing is allowed after the end
    return found
