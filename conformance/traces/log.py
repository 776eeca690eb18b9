"""The log of one case: what happened so far, numbered and stamped, as events and as the lines of its trace."""

from __future__ import annotations

import time
from typing import Literal

from gen_tck.adapters.interface import AdapterError, CallFailed, NodeError, OutOfScope, OverLimit
from gen_tck.adapters.limits import Limits
from gen_tck.conformance.results.outcomes import Place
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.data import Data, Run, pack
from gen_tck.conformance.traces.events import AnyEvent
from gen_tck.conformance.traces.fields import Looked
from gen_tck.conformance.traces.file import written


class Log:
    """What happened in a case, within ``limits``. It begins when this is made."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._began = time.monotonic()
        self._numbers: dict[str, int] = {}
        self.events: list[AnyEvent] = []
        """The trace so far."""
        self.lines: list[bytes] = []
        """The same, as it will be written."""
        self._size = 0  # of the lines
        self._repeated = 0  # bytes in runs, which hardly add to that
        self._over = False

    def number(self, kind: str) -> int:
        """The next number of its kind."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def now(self) -> float:
        """Seconds since the case began, as an event has them."""
        return round(time.monotonic() - self._began, 6)

    def record(self, event: AnyEvent) -> None:
        """Write down ``event``, unless the case is over. Raises ``OverLimit`` when the trace is too big with it."""
        if self._over:
            return
        line = written(event)
        self._size += len(line) + 1
        if self._size > self._limits.trace:
            raise OverLimit(f"the trace of this case has over {self._limits.trace} bytes", "trace")
        self.events.append(event)
        self.lines.append(line)

    def pack(self, data: bytes) -> Data:
        """``data`` as an event has it. Raises ``OverLimit`` for more runs of one byte than can be read again."""
        packed = pack(data)
        if isinstance(packed, Run):
            self._repeated += len(data)
            if self._repeated > self._limits.repeats:
                raise OverLimit(f"the runs in the trace of this case have over {self._limits.repeats} bytes", "repeats")
        return packed

    def failed(self, reason: NodeError) -> None:
        """Write down how the node failed: the last line of what happened, whatever the size of the trace."""
        self._size = 0
        self.record(kinds.NodeFailed(at=self.now(), node_failed=str(reason), kind=_how(reason)))

    def stop(self) -> None:
        """The case is over: what is done to clean up is not written down."""
        self._over = True

    def step(self, step: str) -> None:
        """Write down that a step of a generated script begins."""
        self.record(kinds.Step(at=self.now(), step=step))

    def agreed(self, wanted: str, seen: str, where: str) -> None:
        """Write down what a test compared, in words."""
        self.record(kinds.Compared(at=self.now(), expect=wanted, seen=seen, where=where, ok=True))

    def differed(self, wanted: str, seen: str, place: Place) -> None:
        """Write down what a test compared in vain, in words, and where it looked."""
        looked = Looked(mailbox=place.mailbox, open=place.open)
        self.record(kinds.Compared(at=self.now(), expect=wanted, seen=seen, where=place.words, ok=False, looked=looked))


def _how(reason: NodeError) -> Literal["died", "adapter", "call", "scope"]:
    """How a node failed, by the word for it in a trace."""
    if isinstance(reason, AdapterError):
        return "adapter"
    if isinstance(reason, OutOfScope):
        return "scope"
    return "call" if isinstance(reason, CallFailed) else "died"
