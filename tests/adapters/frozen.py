"""One thread of a process stands still for a while, the others go on: by ptrace(2)."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17
_WALL = 0x40000000


@contextmanager
def frozen(thread: int, seconds: float) -> Iterator[None]:
    """``thread`` stands still from now on, for so long. Skips the test where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    stopped, refused = threading.Event(), threading.Event()

    def ask(request: int) -> bool:
        return bool(libc.ptrace(request, thread, None, None) == 0)

    def hold() -> None:  # who has stopped it must let it go
        if ask(_SEIZE) and ask(_INTERRUPT):
            os.waitpid(thread, _WALL)
            stopped.set()
            over.wait(seconds)
            ask(_DETACH)
        else:
            refused.set()
            stopped.set()

    over = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    try:
        stopped.wait()
        if refused.is_set():
            pytest.skip("no thread can be stopped here: ptrace is not allowed")
        yield
    finally:
        over.set()
        holder.join()
