"""How often Python looks for what only holds itself, while scripts are told by the thousand."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_MANY = 100_000
"""Terms that are made between two looks. Few of them hold each other: looking as often as usual finds nothing, and
takes a tenth of the time that telling scripts takes."""


@contextmanager
def few_collections() -> Iterator[None]:
    """Look rarely; afterwards as before."""
    before = gc.get_threshold()
    gc.set_threshold(_MANY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
