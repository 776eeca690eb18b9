"""A simulated loopback network: instant, exactly repeatable, with flow control, half closes and resets.

It does what Linux does on 127.0.0.1, as far as a socket can tell: bytes move as soon as there is room, what was
received before a reset can still be read, closing with unread bytes resets, and a connection that nobody accepted is
reset when its listener closes.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.choices import Choose, usual
from gen_tck.reference.net.os_tcp import Address, Direction, Ready, SocketError
from gen_tck.reference.state_key import StateKey, content

HOST = "127.0.0.1"
ORDERS = ((True, False), (False, True), (True,))
"""What is told of a socket that can be read and written: reading, then writing; the reverse; or of writing later."""
A_FEW = 64
"""Bytes that a full socket may still take."""


class SimulatedSocket:
    """One end of a connection, or a listener."""

    def __init__(self, network: SimulatedNetwork, address: Address, options: dict[str, Any]) -> None:
        self.network = network
        self.address = address
        self.remote: Address | None = None
        self.other: SimulatedSocket | None = None
        self.options = {**DEFAULTS, **options}
        self.backlog: deque[SimulatedSocket] | None = None
        self.ready: Ready | None = None
        self.received = bytearray()
        self.sending = bytearray()
        self.finishing = False  # no more will be written
        self.ended = False  # the other end's FIN is here
        self.reset = False  # a reset is here
        self.untold_reset = False
        self.deaf = False  # shut down for reading
        self.closed = False
        self.peeked = 0
        self._reading = self._writing = self._listed = False

    def state_key(self) -> StateKey:
        """What is under way to it and from it, and how each direction has ended."""
        return (
            content(self.received),
            content(self.sending),
            (self.finishing, self.ended, self.reset, self.untold_reset, self.deaf, self.closed),
        )

    # Told by the driver

    def read(self, most: int) -> bytes | None:
        if self.received:
            data = bytes(self.received[:most])
            del self.received[:most]
            if self.other is not None:
                self.other.flow()
            return data
        if self.untold_reset:
            self.untold_reset = False
            raise SocketError("econnreset")
        return b"" if self.ended or self.reset or self.deaf else None

    def peek(self, most: int) -> bytes | None:
        return bytes(self.received[:most]) if self.received else self.read(most)

    def write(self, data: bytes | bytearray) -> int:
        if self.finishing or self.reset or self.other is None:
            untold, self.untold_reset = self.untold_reset, False  # the error of a socket is told once
            raise SocketError("econnreset" if untold else "epipe")
        taken = data[: self._room(len(data))]
        if taken and self.other.closed:  # nobody there: taken, and answered with a reset
            self.receive_reset()
            return len(taken)
        self.sending += taken
        self.flow()
        return len(taken)

    def _room(self, wanted: int) -> int:
        room: int = max(0, self.options["sndbuf"] - len(self.sending))
        if room < wanted <= A_FEW:
            # It says that it has room only when a good part is free.
            return wanted if self.network.choose("a full kernel takes a few bytes", 2) else room
        return room

    def accept(self) -> SimulatedSocket | None:
        if self.deaf:
            raise SocketError("einval")
        return self.backlog.popleft() if self.backlog else None

    def shutdown(self, direction: Direction) -> None:
        if self.backlog is not None and not self.deaf:  # who shuts down reading of a listener stops it
            self.deaf = direction != "write"
            self.changed()
            return
        over = self.finishing and self.ended and not self.sending  # both directions have ended before
        if self.other is None or self.reset or over:
            raise SocketError("enotconn")
        if direction != "write":
            self.deaf = True
        if direction != "read":
            self.finishing = True
            self.flow()
        self.changed()

    def set_option(self, name: str, value: object) -> None:
        self.options[name] = value

    def get_option(self, name: str) -> object:
        return self.options[name]

    def watch(self, reading: bool, writing: bool) -> None:
        self._reading, self._writing = reading, writing
        if reading or writing:
            self.changed()

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._reading = self._writing = False
        if self.backlog is not None:
            del self.network.listeners[self.address[1]]
            for socket in self.backlog:
                socket.abort()
        elif self.received or self.options["linger"] == (a.true, 0):
            self.abort()
        else:
            self.finishing = True
            self.flow()

    def abort(self) -> None:
        """Close with a reset."""
        self.closed = True
        self.sending.clear()
        if self.other is not None and not self.other.closed:
            self.other.receive_reset()
        self.other = None

    # Told by the network

    def flow(self) -> None:
        """Move what fits to the other end, then the end of the stream."""
        other = self.other
        if other is None:
            return
        if other.closed:
            if self.sending:
                self.receive_reset()
        elif self.sending and other.deaf and other.finishing:  # whoever has ended both directions takes no data
            self.receive_reset()
            other.receive_reset()
        elif self.sending:
            room = other.options["recbuf"] - len(other.received)
            if room > 0:
                other.received += self.sending[:room]
                del self.sending[:room]
                other.changed()
                self.changed()
        if self.finishing and not self.sending and not other.ended:
            other.ended = True
            other.changed()

    def receive_reset(self) -> None:
        if self.reset:  # one ends the connection, and is told once
            return
        self.reset = True
        self.untold_reset = not self.ended
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
            if self._reading and self._readable() if reading else self._writing and self._writable():
                self._say(reading)
        if (self._reading and self._readable()) or (self._writing and self._writable()):
            self.changed()

    def _say(self, reading: bool) -> None:
        if self.ready is not None:
            self.ready(reading)

    def _readable(self) -> bool:
        if self.peeked:
            return len(self.received) > self.peeked
        return bool(self.received or self.backlog or self.ended or self.reset or self.deaf)

    def _writable(self) -> bool:
        return self.reset or self.finishing or len(self.sending) < self.options["sndbuf"]


DEFAULTS: dict[str, Any] = {
    "recbuf": 131072,
    "sndbuf": 131072,
    "nodelay": a.false,
    "keepalive": a.false,
    "reuseaddr": a.false,
    "priority": 0,
    "rcvlowat": 1,
    "linger": (a.false, 0),
}


class SimulatedNetwork:
    """All sockets of one simulated machine; a :class:`~gen_tck.reference.net.os_tcp.Kernel`."""

    def __init__(self, choose: Choose = usual) -> None:
        self.choose = choose
        """Decides what no rule does."""
        self.listeners: dict[int, SimulatedSocket] = {}
        self.changes: deque[SimulatedSocket] = deque()
        self._next_port = 40000

    def _port(self) -> int:
        self._next_port += 1
        return self._next_port

    def listen(self, port: int, options: dict[str, Any]) -> SimulatedSocket:
        if port in self.listeners:
            raise SocketError("eaddrinuse")
        socket = SimulatedSocket(self, (HOST, port or self._port()), options)
        socket.backlog = deque()
        self.listeners[socket.address[1]] = socket
        return socket

    def connect(self, address: Address, options: dict[str, Any]) -> SimulatedSocket:
        listener = self.listeners.get(address[1])
        if listener is None or listener.backlog is None or listener.deaf:
            raise SocketError("econnrefused")
        here = SimulatedSocket(self, (HOST, self._port()), options)
        there = SimulatedSocket(self, listener.address, listener.options)
        here.other, there.other = there, here
        here.remote, there.remote = there.address, here.address
        listener.backlog.append(there)
        listener.changed()
        return here

    def turn(self) -> bool:
        """Tell every socket's driver what is ready; whether there was anything to look at."""
        if not self.changes:
            return False
        for _ in range(len(self.changes)):
            self.changes.popleft().turn()
        return True
