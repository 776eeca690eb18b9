"""For whoever wants to read what the kit and its programs say to each other, line by line.

What goes before the first request is left out: it has the token by which a program is let in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

Direction: TypeAlias = Literal["sent", "received"]
Reader: TypeAlias = Callable[[Direction, bytes], None]
"""Takes a line, with or without its newline. It must not raise."""

_readers: list[Reader] = []


@contextmanager
def read_by(reader: Reader) -> Iterator[None]:
    """While this lasts ``reader`` is told every line of every program that this process talks to."""
    _readers.append(reader)
    try:
        yield
    finally:
        _readers.remove(reader)


def tell(direction: Direction, line: bytes) -> None:
    """A line was sent, or received."""
    for reader in _readers:
        reader(direction, line)
