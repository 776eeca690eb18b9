"""Who waits for a socket of ``socket``, and how its functions fail."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Reference

T = TypeVar("T")


class Failed(Exception):
    """``{error, Reason}`` of a function of ``socket``; with what had been read or was left to write before, if any."""

    def __init__(self, reason: Atom, data: bytes = b"", *, told: bool = False) -> None:
        """``told``: whether others who waited were told the same."""
        super().__init__(reason)
        self.reason = reason
        self.data = data
        self.told = told


class Waiting:
    """One process that waits for its turn, or for the kernel."""

    def __init__(self, process: Process, handle: Reference, forget: Callable[[Waiting], None]) -> None:
        self.process = process
        self.handle = handle
        process.at_end[self] = lambda: forget(self)

    def drop(self) -> None:
        """It waits no more."""
        self.process.at_end.pop(self, None)


def asked(request: Callable[[], T]) -> T:
    """What the kernel says to a request. Raises :class:`Failed`."""
    try:
        return request()
    except SocketError as error:
        raise Failed(Atom(error.reason)) from None


Queue: TypeAlias = "deque[Waiting]"
"""The current one first: only for that the kernel is watched."""
