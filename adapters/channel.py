"""A child process of the kit and the line channel to it."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import socket
import subprocess
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence

from gen_tck.adapters.interface import NodeUnavailable

LOOPBACK = "127.0.0.1"
_SELECT_MOST = 1024
"""The first descriptor that ``select`` cannot watch."""


class Child:
    """A child process whose output is kept, and which is surely ended.

    It runs in a process group of its own, so that Ctrl-C reaches the kit alone, which then ends it in order, and so
    that a program cannot outlive the wrapper script that started it.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        except OSError as reason:
            self._output.close()
            raise NodeUnavailable(f"cannot start `{command[0]}`: {reason.strerror}") from None
        # Also when the kit ends without having closed its nodes.
        self._kill = weakref.finalize(self, _kill_group, self._process, os.getpid())

    @property
    def pid(self) -> int:
        """Its process id (and process group)."""
        return self._process.pid

    def status(self) -> int | None:
        """Its exit status, negative for a signal, or ``None`` while it runs."""
        return self._process.poll()

    def last_words(self) -> str:
        """The end of what it printed, on one line."""
        try:
            size = os.fstat(self._output.fileno()).st_size
            tail = os.pread(self._output.fileno(), 2000, max(0, size - 2000))
        except (OSError, ValueError):
            return ""
        words = " ".join(tail.decode("utf-8", "replace").split())
        return words if len(words) <= 300 else "..." + words[-300:]

    def ending(self) -> str:
        """How it ended and what it printed last, for people: ``exit status 1, its last words: "..."``."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)  # its connection may close a little before the process is gone
        status = self._process.poll()
        if status is None:
            how = "still running"
        elif status < 0:
            how = f"killed by {signal.Signals(-status).name}"
        else:
            how = f"exit status {status}"
        words = self.last_words()
        return f"{how}, it printed: {words!r}" if words else f"{how}, it printed nothing"

    def end(self, grace: float = 0.0) -> None:
        """End it and its process group: at once, or by itself within ``grace`` seconds. Idempotent."""
        if grace:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
        self._kill()
        self._output.close()


def _kill_group(leader: subprocess.Popen[bytes], parent: int) -> None:
    """End a process and the group it leads, and wait for its end. Only its ``parent`` does, not a fork of it."""
    if os.getpid() != parent:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()


class Channel:
    """Lines to and from a child over one non-blocking connection."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._poll = select.poll()
        self._poll_events = 0
        self._unsent = bytearray()
        self._received = bytearray()
        self._searched = 0  # up to where there is no newline
        self.ended = False

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
            data = self._socket.recv(262144)
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
        end = self._received.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._received)
            return None
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        self._searched = 0
        return line

    def take(self, count: int, seconds: float) -> bytes:
        """Wait for ``count`` raw bytes, for what goes before the lines. Raises ``TimeoutError`` or ``EOFError``."""
        limit = time.monotonic() + seconds
        while len(self._received) < count:
            if self.ended:
                raise EOFError
            left = limit - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.pump(left)
        taken = bytes(self._received[:count])
        del self._received[:count]
        self._searched = 0
        return taken

    def close(self) -> None:
        """Close the connection. Idempotent."""
        self._socket.close()


class Door:
    """Where a child dials back: a loopback listener, and the token that tells the child from a stranger."""

    def __init__(self) -> None:
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self.token = secrets.token_hex(16)

    def admit(self, child: Child, seconds: float, what: str) -> Channel:
        """Wait for the child to dial back. Raises ``NodeUnavailable`` naming ``what`` if it ends or does not."""
        limit = time.monotonic() + seconds
        while True:
            self._listener.settimeout(0.02)
            try:
                connection, _ = self._listener.accept()
                return Channel(connection)
            except TimeoutError:
                pass
            if child.status() is not None:
                raise NodeUnavailable(f"{what} ended before it dialled back ({child.ending()})")
            if time.monotonic() > limit:
                words = child.last_words()
                raise NodeUnavailable(f"{what} did not dial back within {seconds:g} s; it printed {words!r}")

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()
