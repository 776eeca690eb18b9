"""The options of a socket: what each may be, and how they shape the data."""

from __future__ import annotations

import socket
import struct
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
    "nodelay": ("true", "false"),
    "keepalive": ("true", "false"),
    "delay_send": ("true", "false"),
    "sndbuf": SIZE,
    "send_timeout": range(1 << 32),
    "send_timeout_close": ("true", "false"),
    "high_watermark": range(1 << 31),
    "low_watermark": range(1 << 31),
    "exit_on_close": ("true", "false"),
    "show_econnreset": ("true", "false"),
}
"""What each option may be, besides ``{send_timeout, infinity}`` and ``{linger, {true, 0}}``."""
SYSTEM = ("recbuf", "sndbuf", "nodelay", "keepalive", "linger")
"""Those that the operating system keeps."""


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
    buffer_is_chosen: bool = False
    deliver: Term = "term"
    header: int = 0
    nodelay: Term = "false"
    keepalive: Term = "false"
    delay_send: Term = "false"
    """Taken, and without effect: what is sent goes to the operating system at once."""
    sndbuf: int = 0
    send_timeout: Term = "infinity"
    send_timeout_close: Term = "false"
    high_watermark: int = 0
    """The watermarks are taken, and without effect: there is no queue of output of which a send returned ``ok``."""
    low_watermark: int = 0
    exit_on_close: Term = "true"
    show_econnreset: Term = "false"
    linger: Term = ("false", 0)

    def changed(self, settings: dict[str, Term]) -> Options | None:
        """These with ``settings``; none if one of them is no option, or has no such value."""
        if not all(_is_one(name, value) for name, value in settings.items()):
            return None
        if settings.get("packet") == "raw":
            settings = {**settings, "packet": 0}
        changed = replace(self, **settings)  # type: ignore[arg-type] # their values have just been looked at
        changed.buffer_is_chosen = self.buffer_is_chosen or "buffer" in settings
        if not changed.buffer_is_chosen:
            changed.buffer = max(changed.buffer, changed.recbuf)
        return changed

    def apply(self, made: socket.socket) -> None:
        """Tell the operating system what concerns it: before a connection begins, since that settles its window."""
        for size, option in ((self.recbuf, socket.SO_RCVBUF), (self.sndbuf, socket.SO_SNDBUF)):
            if size:
                made.setsockopt(socket.SOL_SOCKET, option, size)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, self.keepalive == "true")
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, self.nodelay == "true")
        # To wait in close() is not for a program of one thread: another time than 0 is taken for no lingering.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", self.linger == ("true", 0), 0))

    def told_of(self, made: socket.socket, is_gone: bool) -> dict[str, Term]:
        """What ``inet:getopts/2`` tells, by name; what the operating system keeps not after the connection is gone."""
        own = {name: getattr(self, name) for name in (*VALUES, "linger") if not name.endswith("_watermark")}
        if is_gone:
            return {name: value for name, value in own.items() if name not in SYSTEM}
        for name, option in (("recbuf", socket.SO_RCVBUF), ("sndbuf", socket.SO_SNDBUF)):
            own[name] = made.getsockopt(socket.SOL_SOCKET, option)
        return own

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


def _is_one(name: str, value: Term) -> bool:
    """Whether the option ``name`` may be ``value``."""
    if name == "linger":
        return isinstance(value, tuple) and value[:1] in (("true",), ("false",)) and _is_time(*value[1:])
    if name == "send_timeout" and value == "infinity":
        return True
    values = VALUES.get(name, ())
    # Of a range only a number: anything else would be looked for one by one.
    return value in values if isinstance(values, tuple) else isinstance(value, int) and value in values


def _is_time(*values: Term) -> bool:
    return len(values) == 1 and isinstance(values[0], int) and 0 <= values[0] < 1 << 16
