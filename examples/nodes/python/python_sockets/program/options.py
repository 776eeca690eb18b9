"""The options of a socket: what each may be, and how they shape the data."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace

from gen_tck_node import Improper, Term

SIZE = range(1, 1 << 31)
VALUES: dict[str, tuple[Term, ...] | range] = {
    "active": ("true", "false", "once"),
    "mode": ("list", "binary"),
    "packet": (0, "raw", 1, 2, 4, "line"),
    "packet_size": range(1 << 31),
    "line_delimiter": range(256),
    "buffer": SIZE,
    "recbuf": SIZE,
    "deliver": ("term", "port"),
    "header": range(1 << 31),
}
"""What each option may be."""


@dataclass
class Options:
    """The options of a socket."""

    active: Term = "true"
    mode: Term = "list"
    packet: Term = 0
    packet_size: int = 0
    line_delimiter: int = 10
    buffer: int = 1 << 16
    """Bytes that are handed over at a time, if nothing else says how many."""
    recbuf: int = 0
    """What the operating system was asked for; 0: nothing."""
    deliver: Term = "term"
    header: int = 0

    def changed(self, settings: dict[str, Term]) -> Options | None:
        """These with ``settings``; none if one of them is no option, or has no such value."""
        if not all(name in VALUES and _is_one(value, VALUES[name]) for name, value in settings.items()):
            return None
        if settings.get("packet") == "raw":
            settings = {**settings, "packet": 0}
        return replace(self, **settings)  # type: ignore[arg-type] # their values have just been looked at

    def apply(self, made: socket.socket) -> None:
        """Tell the operating system what concerns it: before a connection begins, since that settles its window."""
        if self.recbuf:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.recbuf)

    def shaped(self, data: bytes) -> Term:
        """Data, as a program gets it."""
        if self.mode == "list":
            return list(data)
        if not self.header:
            return data
        return Improper(list(data[: self.header]), data[self.header :]) if len(data) >= self.header else list(data)

    def told(self, socket: Term, data: Term) -> Term:
        """The message that brings it."""
        return ("tcp", socket, data) if self.deliver == "term" else (socket, ("data", data))


def _is_one(value: Term, values: tuple[Term, ...] | range) -> bool:
    return isinstance(value, (str, int)) and value in values
