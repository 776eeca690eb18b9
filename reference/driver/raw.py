"""Options by their numbers: which of the kernel's they are, and their values as bytes."""

from __future__ import annotations

import sys
from collections.abc import Container

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import OutOfScope
from gen_tck.spec.raw_options import NUMBERS, SIZE, bytes_of, is_known
from gen_tck.spec.terms import Term

__all__ = ["checked", "kernel_option", "kernel_options", "of_kernel_option"]

_TAKEN = {"keepidle": range(1, 32768), "keepintvl": range(1, 32768), "keepcnt": range(1, 128)}
"""What the system takes; others change nothing (tcp(7))."""
_FLAGS = frozenset(["keepalive", "nodelay", "reuseaddr"])


def checked(raw: tuple[int, int, bytes]) -> tuple[int, int, bytes]:
    """``raw``. Raises ``OutOfScope`` if no clause says what comes of it."""
    protocol, number, data = raw
    if not is_known(protocol, number):
        raise OutOfScope(f"the option {number} of protocol {protocol}")
    if len(data) != SIZE:
        raise OutOfScope(f"a raw option of {len(data)} bytes")
    return raw


def kernel_option(raw: tuple[int, int, bytes]) -> tuple[str, Term] | None:
    """Name and value of a kernel's option; ``None`` for one, or a value, that there is not: that changes nothing."""
    protocol, number, data = raw
    name = NUMBERS.get((protocol, number))
    if name is None:
        return None
    value = int.from_bytes(data, sys.byteorder, signed=True)
    if value not in _TAKEN.get(name, (value,)):
        return None
    return name, ((a.true if value else a.false) if name in _FLAGS else value)


def kernel_options(pairs: list[tuple[str, Term]], names: Container[str]) -> dict[str, object]:
    """What the kernel is told of ``pairs`` before it opens a socket: its options by these ``names``, and by number."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in names:
            found[name] = value
        elif name == "raw" and (option := kernel_option(value)) is not None:
            found[option[0]] = option[1]
    return found


def of_kernel_option(value: object, size: int) -> bytes:
    """The value of one as bytes, as many as were asked for, and no more than it has."""
    if size < 1:
        raise OutOfScope("a raw option of no bytes")
    number = int(value is a.true) if value in (a.true, a.false) else int(str(value))
    return bytes_of(number)[:size]
