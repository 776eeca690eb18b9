"""Which sockets of a simulated machine are at which port, and who is in whose way there."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from gen_tck.reference.net.addresses import ANY, ANY_6, is_six, plain
from gen_tck.reference.net.os_tcp import Address, SocketError

FIRST = 40000
"""The kernel chooses ports beyond this one."""


class Bound(Protocol):
    """What is at a port."""

    address: Address
    remote: Address | None

    @property
    def listening(self) -> bool:
        """Whether connections are taken there."""

    @property
    def reuses(self) -> bool:
        """Whether the option ``reuseaddr`` is set."""

    @property
    def shares(self) -> bool:
        """Whether the option ``reuseport`` is set, or ``reuseport_lb``."""


Socket = TypeVar("Socket", bound=Bound)


class Ports(Generic[Socket]):
    """The sockets by the ports they are at."""

    def __init__(self) -> None:
        self.used: dict[int, list[Socket]] = {}
        self._last = FIRST

    def bind(self, socket: Socket) -> Socket:
        """Give it its port; one that nobody is at if that is 0.

        Raises ``SocketError``: ``eaddrinuse``, or ``eaddrnotavail`` if there is a connection between the same ends.

        OTP: bind(2); ip(7); socket(7), option SO_REUSEADDR
        """
        host, port = socket.address
        if not port:
            self._last += 1
            while self._last in self.used:
                self._last += 1
            socket.address = (host, self._last)
        elif any(_is_in_the_way(each, socket) for each in self.used.get(port, ())):
            raise SocketError("eaddrinuse")
        elif socket.remote and any(_ends(each) == _ends(socket) for each in self.used.get(port, ())):
            raise SocketError("eaddrnotavail")
        self.join(socket)
        return socket

    def join(self, socket: Socket) -> None:
        """It is at its port, whoever is in its way: an accepted socket is where its listener is."""
        self.used.setdefault(socket.address[1], []).append(socket)

    def release(self, socket: Socket) -> None:
        """It is closed, and in nobody's way any more."""
        there = self.used.get(socket.address[1], [])
        if socket in there:
            there.remove(socket)
            if not there:
                del self.used[socket.address[1]]

    def listeners(self, address: Address) -> list[Socket]:
        """Who may take a connection to ``address``."""
        host, port = plain(address[0]), address[1]
        wanted = (host, ANY_6 if is_six(host) else ANY)
        return [each for each in self.used.get(port, ()) if each.listening and plain(each.address[0]) in wanted]


def _is_in_the_way(there: Bound, new: Bound) -> bool:
    """Whether ``new`` cannot be where ``there`` is.

    It can if both share the port, or if both reuse addresses and that one does not listen.
    """
    one, other = plain(there.address[0]), plain(new.address[0])
    apart = is_six(one) != is_six(other) or (one != other and not {one, other} & {ANY, ANY_6})
    together = (there.shares and new.shares) or (there.reuses and new.reuses and not there.listening)
    return not (apart or together)


def _ends(socket: Bound) -> tuple[Address, Address | None]:
    return socket.address, socket.remote
