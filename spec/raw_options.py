"""Options by their numbers, ``{raw, Protocol, Number, Bytes}``: those of Linux that change nothing but their socket."""

from __future__ import annotations

import sys

from gen_tck.spec.terms import Atom, Term

__all__ = ["NUMBERS", "SIZE", "UNKNOWN", "asked_raw", "bytes_of", "is_known", "raw_setting"]

NUMBERS: dict[tuple[int, int], str] = {
    (1, 2): "reuseaddr",
    (1, 7): "sndbuf",
    (1, 8): "recbuf",
    (1, 9): "keepalive",
    (6, 1): "nodelay",
    (6, 4): "keepidle",
    (6, 5): "keepintvl",
    (6, 6): "keepcnt",
}
"""Protocol and number, and what the option is called (socket(7), tcp(7)); the last three have names in OTP 29 alone."""
UNKNOWN = (6, 200)
"""Linux has no such option."""
SIZE = 4
"""Each is an integer of so many bytes, in the order of the machine."""

_RAW = Atom("raw")


def bytes_of(value: int) -> bytes:
    """``value`` as an option has it, on a machine of the kit's own order."""
    return value.to_bytes(SIZE, sys.byteorder, signed=True)


def is_known(protocol: int, number: int) -> bool:
    """Whether anything is said of such an option: those of :data:`NUMBERS`, and one that there is not."""
    return (protocol, number) in NUMBERS or (protocol, number) == UNKNOWN


def raw_setting(setting: Term) -> tuple[int, int, bytes] | None:
    """Protocol, number and bytes of ``{raw, Protocol, Number, Bytes}``; ``None`` for what is none."""
    match setting:
        case (name, int(protocol), int(number), bytes(data)) if type(setting) is tuple and name is _RAW:
            return protocol, number, data
    return None


def asked_raw(name: Term) -> tuple[int, int, int] | None:
    """Protocol, number and size of ``{raw, Protocol, Number, Size}``, or with a binary of that size; else ``None``."""
    match name:
        case (raw, int(protocol), int(number), bytes() | int() as size) if type(name) is tuple and raw is _RAW:
            return protocol, number, len(size) if isinstance(size, bytes) else size
    return None
