"""Lines, and raw bytes, to and from a program over one connection."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable

_SELECT_MOST = 1024
"""The first descriptor that ``select`` cannot watch."""
_PIECE = 262_144
_LOOK_SECONDS = 0.02
"""So often the time is asked for."""


class Channel:
    """Lines to and from a program over one non-blocking connection.

    What was received waits here to be taken, a piece more than a line at most if whoever has the channel looks at
    :attr:`unfinished` before it asks for more.
    """

    def __init__(self, connection: socket.socket, is_over: Callable[[], bool] | None = None) -> None:
        """``is_over()``, where others than the program may hold the connection open: whether the program has ended."""
        connection.setblocking(False)
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._is_over = is_over
        self._poll = select.poll()
        self._poll_events = 0
        self._unsent = bytearray()
        self._received = bytearray()
        self._searched = 0  # up to where there is no newline
        self.ended = False

    def fileno(self) -> int:
        """The descriptor of its connection, to be waited for."""
        return self._socket.fileno()

    def send(self, line: bytes) -> None:
        """Queue a line (newline included) and send as much as goes at once."""
        self._unsent += line
        self._flush()

    def _flush(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent.clear()
            # What it said last may still be there to be read; the end of the stream follows it.

    def pump(self, seconds: float) -> bool:
        """Wait up to ``seconds`` for something to arrive, and take it in; whether something did."""
        if self._is_over is None or not self._is_over():
            return self._pump(seconds)
        # All that it said is there by now, so when nothing is left to take in there never will be.
        arrived = self._pump(0)
        self.ended |= not arrived
        return True

    def _pump(self, seconds: float) -> bool:
        if 0 < seconds < 0.001 and self._socket.fileno() < _SELECT_MOST:
            # poll counts in whole milliseconds
            writers = [self._socket] if self._unsent else []
            readable, writable, _ = select.select([self._socket], writers, [], seconds)
            if not readable and not writable:
                return False
        else:
            events = select.POLLIN | (select.POLLOUT if self._unsent else 0)
            if events != self._poll_events:
                self._poll.register(self._socket, events)
                self._poll_events = events
            if not self._poll.poll(seconds * 1000):
                return False
        self._flush()
        return self._receive()

    def _receive(self) -> bool:
        try:
            data = self._socket.recv(_PIECE)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self.ended = True
        self._received += data
        return True

    def line(self) -> bytes | None:
        """The next whole line received, without its newline, or ``None``."""
        line = self.next_line()
        if line is not None:
            del self._received[: len(line) + 1]
            self._searched = 0
        return line

    def next_line(self) -> bytes | None:
        """What :meth:`line` will give, left where it is."""
        end = self._received.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._received)
            return None
        self._searched = end
        return bytes(self._received[:end])

    @property
    def unfinished(self) -> int:
        """How many bytes of a line are there that has no end yet; right after :meth:`line` gave ``None``."""
        return len(self._received)

    def beginning(self, most: int) -> bytes:
        """The first bytes of what was received and not taken."""
        return bytes(self._received[:most])

    def take(self, count: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> bytes:
        """Wait for ``count`` raw bytes, for what goes before the lines, ``seconds`` by ``clock``.

        Raises ``TimeoutError`` or ``EOFError``.
        """
        limit = clock() + seconds
        while len(self._received) < count:
            if self.ended:
                raise EOFError
            if clock() >= limit:
                raise TimeoutError
            self.pump(_LOOK_SECONDS)
        taken = bytes(self._received[:count])
        del self._received[:count]
        self._searched = 0
        return taken

    def close(self) -> None:
        """Close the connection. Idempotent."""
        self._socket.close()
