"""What stands for the state of something: what has equal keys goes on in the same way, whatever is done next.

Each part of the reference makes the key of its own fields, in a method ``state_key``. Handles appear by the names that
a :data:`Namer` gives them, and numbers of requests and the time of the clock not at all: nothing depends on them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from hashlib import blake2b
from typing import TypeAlias

from gen_tck.spec.terms import Term

StateKey: TypeAlias = Hashable
Namer: TypeAlias = Callable[[Term], Hashable]
"""A term with names for its handles."""
LONG = 64
"""Bytes that are kept as they are."""


def content(data: bytes | bytearray) -> bytes:
    """What stands for ``data``: many states are kept, and a stalled one has a great lot in it."""
    return bytes(data) if len(data) <= LONG else blake2b(data).digest()
