"""What the driver asks of an operating system: TCP sockets that never block.

Two things implement this: the simulated network (:mod:`gen_tck.reference.net.simulated`) and real loopback sockets
(:mod:`gen_tck.reference.net.loopback`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol, TypeAlias

from gen_tck.reference import atoms as a

Address: TypeAlias = tuple[str, int]
Direction: TypeAlias = Literal["read", "write", "read_write"]
BACKLOG = 5
"""How many connections wait at a listener that does not say. Linux takes one more. (``inet_int.hrl``)"""
DEFAULTS: dict[str, Any] = {
    "recbuf": 131072,
    "sndbuf": 131072,
    "nodelay": a.false,
    "keepalive": a.false,
    "reuseaddr": a.false,
    "reuseport": a.false,
    "reuseport_lb": a.false,
    "ipv6_v6only": a.false,
    "rcvlowat": 1,
    "keepidle": 7200,
    "keepintvl": 75,
    "keepcnt": 9,
    "linger": (a.false, 0),
    "user_timeout": 0,
}
"""What the options of a socket are on Linux, unless somebody sets them."""
TAKEN_AT_ACCEPT = ("nodelay", "keepalive", "linger")
"""Those that OTP gives an accepted socket as its listener has them then, whatever they were when it was connected."""
Ready: TypeAlias = Callable[[bool], None]
"""Called with ``True`` when a watched socket can be read (or has ended), ``False`` when it can be written."""


class SocketError(Exception):
    """A failed operation; ``reason`` is the POSIX name in lower case (``econnreset``, ``epipe``, ``enotconn`` …)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KernelSocket(Protocol):
    """One non-blocking socket: listening, connected, or on its way to be."""

    address: Address
    """Its own address."""
    remote: Address | None
    """The other end's address; ``None`` when listening."""
    ready: Ready | None
    """Is called when this can be read or written, as long as it is watched for that. Set it before watching."""
    closed: bool
    """Whether it is no more."""
    peeked: int
    """So many bytes were looked at and left: unless it is 0, only more than that can be read."""

    def is_connected(self) -> bool:
        """Whether the connection is there by now; raises :class:`SocketError` if it will not be (``econnrefused``)."""

    def read(self, most: int) -> bytes | None:
        """At most ``most`` bytes; ``b""`` at the end of the stream; ``None`` if there is nothing yet."""

    def peek(self, most: int) -> bytes | None:
        """As :meth:`read`, but what is read stays."""

    def write(self, data: bytes | bytearray) -> int:
        """The number of bytes taken, from the front of ``data``; 0 if none fits now."""

    def accept(self) -> KernelSocket | None:
        """The next connection on a listening socket."""

    def peername(self) -> Address | None:
        """The other end's address; ``None`` when listening, and after a reset or the ends of both directions."""

    def shutdown(self, direction: Direction) -> None:
        """End one or both directions."""

    def set_option(self, name: str, value: object) -> None:
        """Set one of ``recbuf``, ``sndbuf`` (bytes), ``linger`` (``(on, seconds)``), ``nodelay``, ``keepalive``,
        ``user_timeout`` (ms in which the other end has to take what is sent; 0: the system decides)."""

    def get_option(self, name: str) -> object:
        """The value of such an option; ``None`` if it is none of this socket's family."""

    def watch(self, reading: bool, writing: bool) -> None:
        """From now on say, by calling ``ready``, when this can be read or written."""

    def close(self) -> None:
        """Close; abort the connection if lingering is set to 0 seconds or bytes are unread. Idempotent."""


class Kernel(Protocol):
    """Where sockets come from."""

    def listen(self, address: Address, options: dict[str, object], backlog: int = BACKLOG) -> KernelSocket:
        """A listening socket; port 0 lets the kernel choose. Raises :class:`SocketError` (``eaddrinuse``)."""

    def connect(self, address: Address, options: dict[str, object], source: Address | None = None) -> KernelSocket:
        """A socket that is connected, or can be written when it is (:meth:`KernelSocket.is_connected`).

        ``source``: its own address; the kernel chooses what is 0 there. Raises :class:`SocketError`.
        """
