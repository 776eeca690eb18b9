"""The timers of a VM: they fire when it is told the time, in the order in which they are due."""

from __future__ import annotations

import heapq
from collections.abc import Callable


class Timer:
    """A timer that has been started; it fires once, when it is ``due``, unless cancelled first."""

    __slots__ = ("action", "active", "due")

    def __init__(self, action: Callable[[], None], due: int) -> None:
        self.action = action
        self.due = due
        self.active = True

    def cancel(self) -> None:
        self.active = False
        self.action = _nothing  # which it would keep


class Timers:
    """All timers that have been started, and the time."""

    def __init__(self) -> None:
        self._started = 0
        self._waiting: list[tuple[int, int, Timer]] = []
        self.now = 0
        """Milliseconds, as the drive last told."""

    def start(self, milliseconds: int, action: Callable[[], None]) -> Timer:
        """Call ``action`` when ``milliseconds`` have passed."""
        timer = Timer(action, self.now + milliseconds)
        self._started += 1
        heapq.heappush(self._waiting, (timer.due, self._started, timer))
        return timer

    def next_due(self) -> int | None:
        """When the next timer is due, in milliseconds on the scale of :attr:`now`."""
        while self._waiting and not self._waiting[0][2].active:
            heapq.heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None

    def key(self) -> tuple[int, ...]:
        """How soon each is due: part of the key of a state in which no two of them are told apart."""
        return tuple(sorted([due - self.now for due, _, timer in self._waiting if timer.active]))

    def tell(self, now: int) -> None:
        """It is ``now``: fire what is due, in order."""
        self.now = max(self.now, now)
        while (due := self.next_due()) is not None and due <= self.now:
            self.fire()

    def together(self) -> int:
        """How many are due when the next one is."""
        due = self.next_due()
        return sum(timer.active and timer.due == due for _, _, timer in self._waiting)

    def fire(self, which: int = 0) -> None:
        """Fire the next timer, whose time it is; of those that are due at the same time that of number ``which``."""
        due = self.next_due()
        assert due is not None
        now = sorted([each for each in self._waiting if each[0] == due and each[2].active])
        timer = now[which][2]
        self.now = max(self.now, due)
        action = timer.action
        timer.cancel()
        action()

    def clear(self) -> None:
        """Forget them all."""
        for _, _, timer in self._waiting:
            timer.cancel()
        self._waiting.clear()


def _nothing() -> None:
    """What comes of a timer that was cancelled."""
