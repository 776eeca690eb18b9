"""A simulated loopback network: instant, exactly repeatable, with flow control, half closes and resets.

It does what Linux does on 127.0.0.1, as far as a socket can tell: bytes move as soon as there is room, what was
received before a reset can still be read, closing with unread bytes resets (and drops what waits: tcp_close, Linux),
and a connection that nobody accepted is reset when its listener closes or receives no more. A peer that vanishes
takes and says nothing any more, and what is under way to it is given up in the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gen_tck.reference import atoms as a
from gen_tck.reference.net.addresses import LOOPBACK
from gen_tck.reference.net.os_tcp import DEFAULTS, Address, Direction, Ready, SocketError
from gen_tck.reference.net.patience import KNOCKING, KNOCKING_APART, SENDING, Patience
from gen_tck.reference.net.simulated_options import SocketOptions
from gen_tck.reference.state_key import StateKey, content

if TYPE_CHECKING:
    from gen_tck.reference.net.network import SimulatedNetwork

HOST = LOOPBACK
ORDERS = ((True, False), (False, True), (True,))
"""What is told of a socket that can be read and written: reading, then writing; the reverse; or of writing later."""
PORTION = 8192
"""Bytes that a full socket takes at once if it takes any."""


class SimulatedSocket(SocketOptions):
    """One end of a connection, or a listener."""

    def __init__(
        self, network: SimulatedNetwork, address: Address, options: dict[str, Any], remote: Address | None = None
    ) -> None:
        self.network = network
        network.sockets.append(self)
        self.address, self.remote = address, remote
        self.other: SimulatedSocket | None = None
        self.options = {**DEFAULTS, **options}
        self.backlog: deque[SimulatedSocket] | None = None
        self.limit = 0  # so many may wait in it, and one more
        self.knocking: deque[SimulatedSocket] = deque()  # those for whom there is no room in it
        self.door: SimulatedSocket | None = None  # where this one is knocking
        self.refused = ""  # why it will not be connected
        self.ready: Ready | None = None
        self.received = bytearray()
        self.sending = bytearray()
        self.finishing = self.ended = False  # no more will be written; the other end's FIN is here
        self.reset, self.untold = False, ""  # the connection is gone; why, if nobody was told yet
        self.waited, self.torn = False, 0  # it had to wait for the other end; so much the other's reset may destroy
        # It takes nothing and says nothing, and nobody is told; what is said where it was looked for in vain
        self.vanished, self.lost = False, ""
        self.patience = Patience()
        self.deaf, self.closed, self.peeked = False, False, 0  # deaf: shut down for reading
        self.acknowledged: Callable[[], None] | None = None  # the other end sends, and tells what it has
        self._reading = self._writing = self._listed = False

    def state_key(self) -> StateKey:
        """What is under way to it and from it, and how each direction has ended."""
        return (
            content(self.received),
            content(self.sending),
            (self.finishing, self.ended, self.reset, self.untold, self.waited, self.torn, self.deaf, self.closed),
        )

    # Told by the driver

    def is_connected(self) -> bool:
        if self.refused:
            raise SocketError(self.refused)
        return self.door is None

    def read(self, most: int) -> bytes | None:
        if self.received:
            data = bytes(self.received[:most])
            del self.received[:most]
            if self.other is not None:
                self.other.flow()
            if len(self.received) < self.torn and self.network.choose("a reset destroys what went at last", 2):
                data = data[: max(0, len(data) + len(self.received) - self.torn)]
                self.received.clear()
            return data or self.read(most)
        if self.untold:
            raise SocketError(self._told())
        return b"" if self.ended or self.reset or self.deaf else None

    def peek(self, most: int) -> bytes | None:
        return bytes(self.received[:most]) if self.received else self.read(most)

    def write(self, data: bytes | bytearray) -> int:
        if self.finishing or self.reset or self.other is None:
            raise SocketError(self._told() or "epipe")
        taken = data[: self._room()]
        if taken and self.other.closed:  # nobody there: taken, and answered with a reset
            self.receive_reset()
            return len(taken)
        self.sending += taken
        self.flow()
        if self.other is not None and self.other.acknowledged is not None:
            self.other.acknowledged()
        return len(taken)

    def _told(self) -> str:
        """Why the connection is gone; that is told once."""
        untold, self.untold = self.untold, ""
        return untold

    def _room(self) -> int:
        """How much it takes.

        Linux doubles what is set (socket(7)). The other half gets filled as the other end acknowledges, which it does a
        little late: then a full socket takes some more, though it does not say so.
        """
        if (room := int(self.options["sndbuf"]) - len(self.sending)) > 0:
            return room
        more = min(PORTION, room + self.options["sndbuf"])
        return more if more > 0 and self.network.choose("a full kernel takes some more", 2) else 0

    def accept(self) -> SimulatedSocket | None:
        if self.deaf:
            raise SocketError("einval")
        if not self.backlog:
            return None
        accepted = self.backlog.popleft()
        if self.knocking:
            self.network.establish(self.knocking.popleft(), self)
        return accepted

    def shutdown(self, direction: Direction) -> None:
        listening = self.listening
        if not listening and (self.other is None or self.peername() is None):
            raise SocketError("enotconn")
        if direction != "write":
            self.deaf = True
            if listening:  # who shuts down reading of a listener stops it
                self._turn_away()
        if direction != "read" and not listening:
            self.finishing = True
            self.flow()
        self.changed()

    def peername(self) -> Address | None:
        over = self.finishing and self.ended and not self.sending  # both directions have ended
        return None if self.reset or over else self.remote

    def set_option(self, name: str, value: object) -> None:
        if name == "ipv6_v6only":  # it is at its address
            raise SocketError("einval")
        self.options[name] = value
        if name == "user_timeout":
            self.patience.end()
            self.flow()

    def watch(self, reading: bool, writing: bool) -> None:
        self._reading, self._writing = reading, writing
        if reading or writing:
            self.changed()

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._reading = self._writing = False
        self.network.ports.release(self)
        if self.door is not None:
            self.patience.end()
            self.door.knocking.remove(self)
        elif self.backlog is not None:
            self._turn_away()
        elif self.received or self.options["linger"] == (a.true, 0):
            self.abort()
        else:
            self.finishing = True
            self.flow()

    def _turn_away(self) -> None:
        """Whoever waits to be accepted is reset."""
        for socket in self.backlog or ():
            socket.abort()
        for socket in self.knocking:
            socket.refuse("econnrefused")
        self.backlog = deque()
        self.knocking.clear()

    def abort(self) -> None:
        """Close with a reset."""
        self.closed = True
        self.network.ports.release(self)
        if self.other is not None and not self.other.closed:
            if self.sending and self.network.choose("a reset comes behind what was sent", 2):
                self.other.received += self.sending
            self.other.torn = 2 * self.options["sndbuf"] if self.waited else 0  # socket(7)
            self.other.receive_reset()
        self.sending.clear()
        self.other = None

    # Told by the network

    @property
    def listening(self) -> bool:
        return self.backlog is not None and not self.deaf

    def flow(self) -> None:
        """Move what fits to the other end, then the end of the stream."""
        other = self.other
        if other is None:
            return
        if other.vanished:
            self.wait_for_other()
            return
        if other.closed:
            if self.sending:
                self.receive_reset()
        elif self.sending and other.deaf and other.finishing:  # whoever has ended both directions takes no data
            self.receive_reset()
            other.receive_reset()
        elif self.sending:
            room = other.options["recbuf"] - len(other.received)
            if room >= min(len(self.sending), max(1, other.options["recbuf"] // 2)):  # RFC 1122, 4.2.3.3
                other.received += self.sending[:room]
                del self.sending[:room]
                self.patience.end()
                other.changed()
                self.changed()
            if self.sending:
                self.waited = True
                self.wait_for_other()
        if self.finishing and not self.sending and not other.ended:
            other.ended = True
            other.changed()

    def knock(self, listener: SimulatedSocket) -> None:
        """Wait for room at ``listener``."""
        self.door = listener
        listener.knocking.append(self)
        limit = KNOCKING_APART if self.network.routes.apart else KNOCKING
        self.patience.begin(self.network.timers, limit, self.give_up)

    def refuse(self, why: str) -> None:
        """It knocks in vain."""
        self.patience.end()
        self.door, self.refused = None, why
        self.changed()

    def wait_for_other(self) -> None:
        """Give the connection up if the other end does not take what is under way to it in time."""
        limit = self.options["user_timeout"] or (SENDING if self.other is not None and self.other.vanished else 0)
        if limit and (self.sending or self.finishing) and not self.reset:
            self.patience.begin(self.network.timers, limit, self.give_up)

    def give_up(self) -> None:
        """The other end is taken to be gone."""
        if self.door is not None:
            self.door.knocking.remove(self)
            self.refuse("etimedout")
        else:
            self.lose((self.other.lost if self.other is not None else "") or "etimedout")

    def receive_reset(self) -> None:
        """The other end says that there is no connection."""
        self.lose("" if self.ended else "econnreset")

    def lose(self, why: str) -> None:
        """The connection is gone. Once is enough, and is told once."""
        if self.reset:
            return
        self.reset, self.untold = True, why
        self.patience.end()
        self.sending.clear()
        self.changed()

    def changed(self) -> None:
        """Something may be ready: look at it at the next turn."""
        if not self._listed and (self._reading or self._writing):
            self._listed = True
            self.network.changes.append(self)

    def turn(self) -> None:
        """Say what is ready, if anybody wants to know."""
        self._listed = False
        both = self._reading and self._writing and self._readable() and self._writable()
        order = ORDERS[self.network.choose("reading or writing first", len(ORDERS)) if both else 0]
        for reading in order:
            there = self._reading and self._readable() if reading else self._writing and self._writable()
            if there and self.ready is not None:
                self.ready(reading)
        if (self._reading and self._readable()) or (self._writing and self._writable()):
            self.changed()

    def _readable(self) -> bool:
        if self.peeked:
            return len(self.received) > self.peeked
        return bool(self.received or self.backlog or self.ended or self.reset or self.deaf)

    def _writable(self) -> bool:
        more = self.reset or self.refused or self.finishing or len(self.sending) < self.options["sndbuf"]
        return self.door is None and bool(more)
