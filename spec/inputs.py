"""Reading files that somebody else may have written: at most so much of them, and nothing that never ends."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Callable
from pathlib import Path

__all__ = ["MOST", "MOST_TEXT", "InputError", "MissingInput", "cause", "decoded", "read", "text", "while_waiting"]

MOST = 256 * 2**20
"""Bytes that any file may have; a whole run's results are a hundredth of that."""
MOST_TEXT = 16 * 2**20
"""Bytes that a file may have that people write."""
_PIECE = 2**20
_LOOK_MS = 50

_meanwhile: list[Callable[[], object]] = []


def while_waiting(look: Callable[[], object]) -> None:
    """Have ``look`` called now and then while a pipe is waited for; what it raises ends that."""
    if look not in _meanwhile:
        _meanwhile.append(look)


class InputError(Exception):
    """A file that cannot be read; the message says why, and leaves its name to whoever asked for it."""


class MissingInput(InputError):
    """There is no such file."""


def read(path: Path, most: int = MOST) -> bytes:
    """What is in ``path``, of at most ``most`` bytes: a file, or a pipe that a shell made.

    Raises :class:`InputError`, :class:`MissingInput`.
    """
    try:
        # A pipe that nobody writes to must not keep us waiting: then it is empty.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            kind = os.fstat(handle).st_mode
            if not stat.S_ISREG(kind) and not stat.S_ISFIFO(kind):
                raise InputError(f"it is a {'directory' if stat.S_ISDIR(kind) else 'device'}, not a file")
            if os.fstat(handle).st_size > most:
                raise InputError(_too_much(most))
            return _all(handle, most)
        finally:
            os.close(handle)
    except FileNotFoundError as reason:
        raise MissingInput(cause(reason)) from None
    except OSError as reason:
        raise InputError(cause(reason)) from None
    except ValueError:  # only names that a file gives can be such
        raise InputError("there can be no file of that name") from None


def _all(handle: int, most: int) -> bytes:
    pieces, size = [], 0
    while piece := _next(handle):
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise InputError(_too_much(most))
    return b"".join(pieces)


def _next(handle: int) -> bytes:
    """The next piece, empty at the end."""
    while True:
        try:
            return os.read(handle, _PIECE)
        except BlockingIOError:
            more = select.poll()
            more.register(handle, select.POLLIN)
            more.poll(_LOOK_MS)
            for look in _meanwhile:
                look()


def _too_much(most: int) -> str:
    return f"it has more than {most} bytes, which are the most that are read"


def text(path: Path) -> str:
    """The UTF-8 text in ``path``. Raises as :func:`read` and :func:`decoded` do."""
    return decoded(read(path, MOST_TEXT))


def decoded(content: bytes) -> str:
    """The UTF-8 text that ``content`` is. Raises :class:`InputError`, which names the line of what is none."""
    if len(content) > MOST_TEXT:
        raise InputError(_too_much(MOST_TEXT))
    try:
        return content.decode()
    except UnicodeDecodeError as reason:
        line = content.count(b"\n", 0, reason.start) + 1
        raise InputError(f"line {line}: this is no text in UTF-8 (byte {reason.start})") from None


def cause(reason: OSError) -> str:
    """Why the operating system refused, in small letters: ``no such file or directory``."""
    return (reason.strerror or str(reason)).lower()
