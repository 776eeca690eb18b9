"""Ctrl-C, noticed where it does no harm.

An exception that comes between any two instructions may come where it is swallowed (in what tidies up a coroutine, say)
or where it leaves a node half told. So a signal is only noted, and whoever explores asks between scripts.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Notes the signals to end, while it is entered. The second raises ``KeyboardInterrupt`` at once.

    Outside the main thread, which alone has signals, it notes nothing.
    """

    def __init__(self, noted: Callable[[], None] = lambda: None, *, patient: bool = False) -> None:
        """``noted`` is called at the first signal. ``patient``: all further ones are taken for the same."""
        self.came = False
        self._noted = noted
        self._patient = patient
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = {each: signal.signal(each, self._note) for each in SIGNALS}
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        if self.came and not self._patient:
            raise KeyboardInterrupt
        if not self.came:
            self.came = True
            self._noted()

    def check(self) -> None:
        """Raise ``KeyboardInterrupt`` if there was a signal."""
        if self.came:
            raise KeyboardInterrupt
