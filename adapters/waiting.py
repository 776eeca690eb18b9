"""How absence is proved: a wait ends when its condition holds, or after so many *quiet rounds* that nothing is late.

A round is a pause in which the node may run, then a question that it answers when it has nothing left to do (an
*echo*), then a look at what its processes are doing. The pauses grow, and each is a multiple of the time that the
node's echoes took of late, so that a slow node gets more of it. Whatever changes starts the rounds anew.

What counts is not the time that passed but the **slices of it in which both ran**: the kit woke when it wanted to, and
the node echoed in its usual time. While either stands still (a stopped VM, a machine that was paused) nothing counts,
and the :class:`Pace` notes it, so that what was seen meanwhile can be thrown away.

Some nodes cannot tell whether they are at rest (``settle: "echo"``): their answer only says that they still answer. So
they are settled by quiet rounds, too, of which there is one more, and what they do includes their mailboxes.

A rest says nothing of timers: whoever waits for one says how many seconds of counted time are *owed* besides.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from statistics import median
from typing import Protocol

from gen_tck.adapters.interface import Waited

PAUSES = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064)
"""The quiet rounds, in seconds: 0.13 s on an idle machine."""
ECHO_PAUSES = (*PAUSES, 0.128)
"""Those for a node that cannot tell whether it is at rest: only time tells then, so there is more of it, 0.26 s."""
ECHOES = 4
"""A pause is at least so many times as long as the node's median echo."""
STANDS_STILL = 0.2
"""An answer, or a wake-up of the kit, that is so late (in seconds) means that one of the two stood still."""
STANDS_STILL_ECHOES = 8
"""...unless this many times the usual is longer."""
KEEPS_RUNNING = 5.0
"""A node that is not at rest for so many counted seconds keeps running."""
LONGEST = 10.0
"""A wait is cut short that has not come to an end so many seconds after what is owed."""
_REMEMBERED = 31
_LONGEST_NAP = 0.002
_SHORTEST_NAP = 0.0002


class Pace:
    """How long a node takes to answer each kind of request, and how often it, or the kit, stood still."""

    def __init__(self) -> None:
        self._took: dict[str, deque[float]] = {}
        self.stops = 0
        """How often one of the two stood still since this was made."""

    def note(self, kind: str, seconds: float) -> bool:
        """A request of this ``kind`` was answered after ``seconds``; whether that is in its usual time."""
        took = self._took.setdefault(kind, deque(maxlen=_REMEMBERED))
        usual = seconds <= STANDS_STILL or seconds <= STANDS_STILL_ECHOES * self.usual(kind)
        took.append(seconds)
        self.stops += not usual
        return usual

    def woke(self, late: float) -> bool:
        """The kit woke so many seconds later than it wanted to; whether that is as usual."""
        usual = late <= STANDS_STILL
        self.stops += not usual
        return usual

    def usual(self, kind: str) -> float:
        """The median of the last answers to requests of this kind, in seconds; 0 before the first."""
        took = self._took.get(kind)
        return median(took) if took else 0.0


class Waitable(Protocol):
    """What a node with a real clock shows of itself to be waited for."""

    @property
    def pace(self) -> Pace: ...

    def pump(self, seconds: float) -> bool:
        """Let the node run for at most ``seconds``; return at once, and true, when something arrives from it."""

    def echo(self) -> bool:
        """Ask once whether everything has happened that can: true at rest, false if it gave up. Notes its pace."""

    def look(self) -> Hashable:
        """What the processes that are in calls are doing."""


class Wait:
    """One wait. ``clock`` gives seconds, and is injected by tests."""

    def __init__(
        self,
        node: Waitable,
        condition: Callable[[], bool],
        owed: float,
        progress: Callable[[], object] | None,
        clock: Callable[[], float] = time.monotonic,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._pauses = pauses
        self._node, self._condition, self._progress, self._clock = node, condition, progress, clock
        self._owed = owed
        self._counted = 0.0  # seconds in which both ran, since the last change
        self._restless = 0.0  # the same since the node was last at rest
        self._arrived = False
        self._before: object = None

    def __call__(self) -> Waited:
        """Wait to the end."""
        if self._condition():
            return Waited(True)
        began, total, number = self._clock(), 0.0, 0
        while True:
            pause = max(self._pauses[min(number, len(self._pauses) - 1)], ECHOES * self._node.pace.usual("settle"))
            both_ran = self._pause(pause)
            if both_ran is None:
                return Waited(True, seconds=total)
            asked, stops = self._clock(), self._node.pace.stops
            rest = self._node.echo()
            slice_ = pause + self._clock() - asked if both_ran and self._node.pace.stops == stops else 0.0
            if self._condition():
                return Waited(True, seconds=total)
            total += slice_
            self._restless = 0.0 if rest else self._restless + slice_
            if self._restless >= KEEPS_RUNNING:
                return Waited(False, seconds=total, restless=True)
            if self._changed() or not rest:
                number, self._counted = 0, 0.0
            elif slice_:
                number, self._counted = number + 1, self._counted + slice_
                if number >= len(self._pauses) and self._counted >= self._owed:
                    return Waited(False, seconds=total)
            if self._clock() - began > LONGEST + self._owed:
                return Waited(False, seconds=total, cut_short=True)

    def _pause(self, seconds: float) -> bool | None:
        """Let the node run for ``seconds``; ``None`` if the condition came to hold, else whether the kit ran too."""
        until, nap, ran = self._clock() + seconds, _SHORTEST_NAP, True
        while (left := until - self._clock()) > 0:
            asleep = self._clock()
            # What the node says ends the nap at once; only what happens elsewhere is looked for again and again.
            arrived = self._node.pump(min(nap, left))
            ran &= self._node.pace.woke(self._clock() - asleep - min(nap, left))
            self._arrived |= arrived
            nap = _SHORTEST_NAP if arrived else min(2 * nap, _LONGEST_NAP)
            if self._condition():
                return None
        return ran

    def _changed(self) -> bool:
        """Whether anything is another than after the round before."""
        now = (self._node.look(), self._progress() if self._progress is not None else None)
        changed, self._before = self._arrived or now != self._before, now
        self._arrived = False
        return changed


def settle(node: Waitable, clock: Callable[[], float] = time.monotonic) -> bool:
    """Ask ``node`` until it is at rest; false if it keeps running for :data:`KEEPS_RUNNING` counted seconds."""
    counted, began = 0.0, clock()
    while True:
        asked, stops = clock(), node.pace.stops
        if node.echo():
            return True
        if node.pace.stops == stops:
            counted += clock() - asked
        if counted >= KEEPS_RUNNING or clock() - began > KEEPS_RUNNING + LONGEST:
            return False


def settle_by_echo(node: Waitable, clock: Callable[[], float] = time.monotonic) -> bool:
    """Wait until ``node``, which cannot tell whether it is at rest, has been so quiet that it must be.

    False if it keeps running. If it, or the kit, stood still too often to say, that is noted in its pace.
    """
    return not Wait(node, lambda: False, 0.0, None, clock, ECHO_PAUSES)().restless
