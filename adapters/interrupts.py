"""Signals to end, noted as they come and noticed where it does no harm.

An exception that comes between any two instructions may come where it is swallowed (in what tidies up a coroutine,
say), or where it leaves a file or a node half made. So a signal is only noted, and whoever waits, or is between two
pieces of work, asks. Signals that the kit was started to ignore (``nohup``) stay ignored.

The first signal ends the run in order. At the second, what may still be waited for is ended at once (:func:`hasten`).
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from gen_tck.spec import inputs

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _State:
    """What is known; there is one in a process, as there is one set of signals."""

    count = 0
    """Signals so far."""
    told = False
    """Whether somebody was interrupted already: what he does then, in order to end, is let be."""
    raising = False
    """Whether a signal interrupts at once."""
    word: Path | None = None
    """A file whose existence is a signal, too."""


_first: list[Callable[[], None]] = []
_second: list[Callable[[], None]] = []


def install() -> None:
    """Note signals from now on. Only the main thread can."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _note)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # whoever started this may have kept them waiting
    inputs.while_waiting(check)


def ignore() -> None:
    """Take no notice of signals any more: all is said and done, and how the program exits must not change."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def obey(word: Path | None = None) -> None:
    """Ignore signals: for a worker, whose controller notes them.

    It takes the existence of ``word`` for one, or is told by :func:`stop`.
    """
    _State.word = word
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            # A handler that does nothing, as a program started from here would inherit that a signal is ignored.
            signal.signal(number, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def stop() -> None:
    """Take it that there was a signal. Any thread may say so."""
    _State.count = max(1, _State.count)


def came() -> bool:
    """Whether there was a signal."""
    if _State.word is not None and not _State.count and os.path.exists(_State.word):  # noqa: PTH110 - asked often
        _State.count = 1
    return _State.count > 0


def check() -> None:
    """Raise ``KeyboardInterrupt`` if there was a signal, once: the clean-up that follows must not be interrupted."""
    if not _State.told and came():
        _State.told = True
        raise KeyboardInterrupt


@contextmanager
def raising() -> Iterator[None]:
    """While this lasts a signal interrupts at once: for a wait in which nobody can ask, as for somebody's typing."""
    _State.raising = True
    try:
        check()
        yield
    finally:
        _State.raising = False


@contextmanager
def postponed() -> Iterator[None]:
    """While this lasts signals wait; programs that are started keep them waiting until they want to know of them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def told(tell: Callable[[], None]) -> Iterator[None]:
    """While this lasts the first signal also calls ``tell``, which must be quick."""
    _first.append(tell)
    try:
        yield
    finally:
        _first.remove(tell)


def hasten(how: Callable[[], None]) -> None:
    """At the second signal, call ``how``, which must be quick."""
    _second.append(how)


def _note(_number: int, _frame: FrameType | None) -> None:
    _State.count += 1
    for tell in {1: _first, 2: _second}.get(_State.count, ()):
        tell()
    if _State.raising:
        _State.told = True
        raise KeyboardInterrupt


@contextmanager
def fresh() -> Iterator[None]:
    """Forget signals before and after: for tests of interruptions."""
    handlers, second = [(number, signal.getsignal(number)) for number in SIGNALS], list(_second)
    _State.count, _State.told = 0, False
    try:
        yield
    finally:
        _State.count, _State.told, _second[:] = 0, False, second
        for number, handler in handlers:
            signal.signal(number, handler)
