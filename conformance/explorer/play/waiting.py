"""Scripts that wait to be played by a VM, which plays many at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice

from gen_tck.conformance.explorer.oracle.oracle import Prediction
from gen_tck.conformance.explorer.script.script import Sleep

__all__ = ["Waiting"]


class Waiting:
    """Scripts that are to be played: some of them, and where more come from, as telling them takes time.

    Those in which time passes go before others, or one would wait for them in the end. Those that are played alone come
    last, when they have the VM to themselves.
    """

    def __init__(self, scripts: Iterator[Prediction], workers: int, batch: int) -> None:
        self._scripts: Iterator[Prediction] | None = scripts
        self._workers, self._batch = workers, batch
        self._alone: deque[Prediction] = deque()
        self._slow: deque[Prediction] = deque()
        self._quick: deque[Prediction] = deque()

    def refill(self) -> bool:
        """Have a few scripts ready if there are any more; whether there are any."""
        if self._scripts is not None and len(self._quick) < self._batch:
            some = list(islice(self._scripts, self._batch))
            for prediction in some:
                self.add(prediction)
            if len(some) < self._batch:
                self._scripts = None
        return bool(self._scripts or self._alone or self._slow or self._quick)

    def add(self, prediction: Prediction) -> None:
        """One more."""
        script = prediction.script
        slow = any(type(each) is Sleep for each in script.steps)
        (self._alone if script.alone else self._slow if slow else self._quick).append(prediction)

    def take(self, busy: bool) -> list[Prediction]:
        """What the next worker may begin with, if anything. ``busy``: whether other workers are."""
        self.refill()
        if self._slow:
            return [self._slow.popleft()]
        if self._quick:
            # The last ones are shared out.
            most = self._batch if self._scripts is not None else -(-len(self._quick) // self._workers)
            return [self._quick.popleft() for _ in range(min(most, len(self._quick)))]
        return [self._alone.popleft()] if self._alone and not busy else []
