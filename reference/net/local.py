"""Local sockets of a simulated machine: how they differ from those of TCP, and who is at which file.

It is what Linux does (unix(7), ``net/unix/af_unix.c``): what is written is at the other end at once, so that no reset
can overtake it, and each end knows at once how the other has ended.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from gen_tck.reference.net.addresses import UNNAMED
from gen_tck.reference.net.os_tcp import Address, Direction, SocketError
from gen_tck.reference.net.simulated import SimulatedSocket

if TYPE_CHECKING:
    from gen_tck.reference.net.network import SimulatedNetwork

__all__ = ["OF_TCP", "LocalSocket", "LocalSockets"]

OF_TCP = frozenset(["nodelay", "ipv6_v6only", "keepidle", "keepintvl", "keepcnt", "user_timeout"])
"""Options that a local socket does not have: it tells none of them, and nothing comes of those that are set."""


class LocalSocket(SimulatedSocket):
    """One end of a local connection, or a listener."""

    def write(self, data: bytes | bytearray) -> int:
        if self.other is None or self.other.closed or self.other.deaf:  # nobody will read it
            raise SocketError("epipe")
        return super().write(data)

    def shutdown(self, direction: Direction) -> None:
        if self.backlog is not None:
            super().shutdown(direction)
            return
        self.deaf |= direction != "write"
        self.finishing |= direction != "read"
        self.flow()
        self.changed()

    def peername(self) -> Address | None:
        return self.remote

    def get_option(self, name: str) -> object:
        return None if name in OF_TCP else super().get_option(name)

    def close(self) -> None:
        """Who leaves bytes unread, or connections that nobody accepted, resets; lingering makes no difference."""
        if self.closed:
            return
        self.closed = True
        self._reading = self._writing = False
        for socket in self.backlog or ():
            socket.abort()
        if self.received:
            self.abort()
        else:
            self.finishing = True
            self.flow()

    def abort(self) -> None:
        """Close with a reset, which comes behind what was written."""
        self.closed = True
        if self.other is not None and not self.other.closed:
            self.other.received += self.sending
            self.other.receive_reset()

    def flow(self) -> None:
        other = self.other
        if other is None:
            return
        if other.closed:
            self.sending.clear()
        room = other.options["recbuf"] - len(other.received)
        if self.sending and room > 0:
            other.received += self.sending[:room]
            del self.sending[:room]
            other.changed()
            self.changed()
        if self.finishing and not self.sending and not other.ended:
            other.ended = True
            other.changed()


class LocalSockets:
    """The local sockets of one simulated machine."""

    def __init__(self) -> None:
        self._files: dict[str, LocalSocket] = {}
        """Who made the file, by its host. A file outlives its socket."""

    def listen(self, network: SimulatedNetwork, address: Address, options: dict[str, Any], backlog: int) -> LocalSocket:
        """A listener at a file. Raises ``SocketError`` (``eaddrinuse``)."""
        socket = self._at_its_file(LocalSocket(network, address, options))
        socket.backlog, socket.limit = deque(), backlog
        return socket

    def connect(
        self, network: SimulatedNetwork, address: Address, options: dict[str, Any], source: Address | None
    ) -> LocalSocket:
        """A connected socket, at the file ``source`` if there is one.

        Raises ``SocketError``: ``enoent`` where there is no file, ``econnrefused`` where nobody listens, ``eagain``
        where there is no room, ``eaddrinuse`` for a file of its own that is there.
        """
        here = LocalSocket(network, source or (UNNAMED, 0), options, address)
        if source is not None:
            self._at_its_file(here)
        if address[0] not in self._files:
            raise SocketError("enoent")
        listener = self._files[address[0]]
        if listener.backlog is None or not listener.listening or listener.closed:
            raise SocketError("econnrefused")
        if len(listener.backlog) > listener.limit:
            raise SocketError("eagain")
        there = LocalSocket(network, listener.address, listener.options, here.address)
        here.other, there.other = there, here
        listener.backlog.append(there)
        listener.changed()
        return here

    def _at_its_file(self, socket: LocalSocket) -> LocalSocket:
        if socket.address[0] in self._files:
            raise SocketError("eaddrinuse")
        self._files[socket.address[0]] = socket
        return socket
