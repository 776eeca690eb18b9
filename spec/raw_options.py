"""Options by their numbers, ``{raw, Protocol, Number, Bytes}``: those of Linux that change nothing but their socket."""

from __future__ import annotations

import sys

from gen_tck.spec.terms import Atom, Term

__all__ = ["NUMBERS", "SIZE", "UNKNOWN", "USER_TIMEOUT", "asked_raw", "bytes_of", "is_known", "raw_setting"]

NUMBERS: dict[tuple[int, int], str] = {
    (1, 2): "reuseaddr",
    (1, 7): "sndbuf",
    (1, 8): "recbuf",
    (1, 9): "keepalive",
    (6, 1): "nodelay",
    (6, 4): "keepidle",
    (6, 5): "keepintvl",
    (6, 6): "keepcnt",
    (6, 18): "user_timeout",
}
"""Protocol and number, and what the option is called (socket(7), tcp(7)); the last four have names in OTP 29 alone."""
USER_TIMEOUT = (6, 18)
"""So many milliseconds it is waited for the peer to take what is sent; 0: as long as the system waits."""
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
    """Protocol, number and bytes of ``{raw, Protocol, Number, Bytes}``, or of a pair with them; else ``None``."""
    match _parts(setting):
        case (int(protocol), int(number), bytes(data)):
            return protocol, number, data
    return None


def asked_raw(name: Term) -> tuple[int, int, int] | None:
    """Protocol, number and size of ``{raw, Protocol, Number, Size}``, or with a binary of that size; else ``None``."""
    match _parts(name):
        case (int(protocol), int(number), bytes() | int() as size):
            return protocol, number, len(size) if isinstance(size, bytes) else size
    return None


def _parts(value: Term) -> tuple[Term, ...]:
    """What is behind ``raw``: ``{raw, {P, N, B}}`` says the same as ``{raw, P, N, B}``."""
    if type(value) is not tuple or value[:1] != (_RAW,):
        return ()
    inner = value[1] if len(value) == 2 else value[1:]
    return inner if type(inner) is tuple and len(inner) == 3 else ()
