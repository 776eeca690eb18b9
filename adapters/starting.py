"""How much time a program has had, to start or to answer: while it waits for a processor, none passes.

A limit in seconds of the wall clock is no limit on the program: on a machine with much else to do a VM that needs a
fifth of a second of a processor gets it over half a minute, and the more programs start at once, the longer. So what
counts is time in which the program slept (it waits for something that may never come), and what it was given of a
processor (it may compute for ever).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gen_tck.adapters import keeper

LOOK_SECONDS = 0.02
"""So often whoever waits for a program should ask for its time."""
_LONGEST_SLICE = 0.064
"""More than this never counts between two looks: a kit that wakes so late was kept from running itself."""
_UNLOOKED, _LONGEST_UNLOOKED = 0.1, 1.0
"""Before this share of a limit, or so many seconds, nobody looks at the program: nearly all answer sooner."""
_RUNS, _WAITS_FOR_A_DISK = b"R", b"D"
_STATE, _FIRST_TIME, _AFTER_TIMES = 0, 11, 15
"""Fields of ``/proc/PID/stat`` after the name: the state; user and system time, own and that of ended children."""


class Work(NamedTuple):
    """What a program and all that it has started are doing."""

    seconds: float
    """Of processors, that they have had so far."""
    busy: bool
    """Whether any thread of theirs runs, or would."""


def work_of(pid: int) -> Work:
    """What the program ``pid`` is doing. Only Linux tells; elsewhere it seems to sleep."""
    ticks, busy = 0, False
    for each in (pid, *keeper.descendants(pid)):
        with suppress(OSError, ValueError, IndexError):  # it has ended
            ticks += sum(map(int, _fields(Path(f"/proc/{each}/stat"))[_FIRST_TIME:_AFTER_TIMES]))
            threads = Path(f"/proc/{each}/task").iterdir()
            busy = busy or any(_fields(thread / "stat")[_STATE] in (_RUNS, _WAITS_FOR_A_DISK) for thread in threads)
    return Work(ticks / os.sysconf("SC_CLK_TCK"), busy)


def _fields(stat: Path) -> list[bytes]:
    return stat.read_bytes().rpartition(b")")[2].split()


@dataclass
class Clock:
    """The time, in seconds, that the program ``pid`` has had since this was made, as far as it was looked at."""

    pid: int
    work: Callable[[int], Work] = work_of
    wall: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._seconds = 0.0
        self._looked, self._had = self.wall(), self.work(self.pid).seconds

    def __call__(self) -> float:
        """Look at the program: its time."""
        now, work = self.wall(), self.work(self.pid)
        passed = min(now - self._looked, _LONGEST_SLICE)
        self._seconds += min(passed, max(0.0, work.seconds - self._had)) if work.busy else passed
        self._looked, self._had = now, work.seconds
        return self._seconds


class Deadline:
    """Whether the program ``pid`` has had ``seconds`` since this was made. It costs next to nothing at first."""

    def __init__(
        self,
        pid: int,
        seconds: float,
        work: Callable[[int], Work] = work_of,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pid, self._seconds, self._work, self._wall = pid, seconds, work, wall
        self._looked = wall()
        self._unlooked = min(_LONGEST_UNLOOKED, seconds * _UNLOOKED)
        self._clock: Clock | None = None

    def passed(self) -> bool:
        """Whether they are over. To be asked every :data:`LOOK_SECONDS`, or more often."""
        now = self._wall()
        if self._clock is None:
            if now - self._looked >= self._unlooked:  # which does not count: it may have been starved meanwhile
                self._looked, self._clock = now, Clock(self._pid, self._work, self._wall)
            return False
        if now - self._looked < LOOK_SECONDS:
            return False
        self._looked = now
        return self._clock() >= self._seconds


__all__ = ["LOOK_SECONDS", "Clock", "Deadline", "Work", "work_of"]
