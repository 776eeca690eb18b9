"""Which sockets of a simulated machine are at which port, and who is in whose way there."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from gen_tck.reference.net.addresses import ANY, ANY_6, is_six
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

    def listener(self, address: Address) -> Socket | None:
        """Who takes connections to ``address``."""
        host, port = address
        wanted = (host, ANY_6 if is_six(host) else ANY)
        return next((each for each in self.used.get(port, ()) if each.listening and each.address[0] in wanted), None)


def _is_in_the_way(there: Bound, new: Bound) -> bool:
    """Whether ``new`` cannot be where ``there`` is; it can if both reuse addresses and that one does not listen."""
    one, other = there.address[0], new.address[0]
    apart = is_six(one) != is_six(other) or (one != other and not {one, other} & {ANY, ANY_6})
    return not apart and (there.listening or not (there.reuses and new.reuses))


def _ends(socket: Bound) -> tuple[Address, Address | None]:
    return socket.address, socket.remote
