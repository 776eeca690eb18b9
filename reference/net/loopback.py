"""Real, non-blocking sockets on 127.0.0.1, so that the reference is judged from the wire like everybody else.

Local ones have their files in a folder of the kernel's own.
"""

from __future__ import annotations

import contextlib
import errno
import select
import selectors
import socket as sockets
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import OutOfScope
from gen_tck.reference.net.addresses import (
    ANY,
    ANY_6,
    LOOPBACK,
    LOOPBACK_6,
    UNNAMED,
    in_family,
    is_local,
    is_loopback,
    is_six,
    plain,
)
from gen_tck.reference.net.local import OF_TCP
from gen_tck.reference.net.os_tcp import BACKLOG, Address, Direction, Ready, SocketError
from gen_tck.spec.terms import Atom

HOW = {"read": sockets.SHUT_RD, "write": sockets.SHUT_WR, "read_write": sockets.SHUT_RDWR}
NAMES = {
    "recbuf": (sockets.SOL_SOCKET, sockets.SO_RCVBUF),
    "sndbuf": (sockets.SOL_SOCKET, sockets.SO_SNDBUF),
    "nodelay": (sockets.IPPROTO_TCP, sockets.TCP_NODELAY),
    "keepalive": (sockets.SOL_SOCKET, sockets.SO_KEEPALIVE),
    "reuseaddr": (sockets.SOL_SOCKET, sockets.SO_REUSEADDR),
    "keepidle": (sockets.IPPROTO_TCP, sockets.TCP_KEEPIDLE),
    "keepintvl": (sockets.IPPROTO_TCP, sockets.TCP_KEEPINTVL),
    "keepcnt": (sockets.IPPROTO_TCP, sockets.TCP_KEEPCNT),
    "reuseport": (sockets.SOL_SOCKET, sockets.SO_REUSEPORT),
    "reuseport_lb": (sockets.SOL_SOCKET, sockets.SO_REUSEPORT),  # to Linux they are one
    "user_timeout": (sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT),
    "ipv6_v6only": (sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY),
}
FLAGS = frozenset(["nodelay", "keepalive", "reuseaddr", "reuseport", "reuseport_lb", "ipv6_v6only"])


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SocketError(errno.errorcode.get(error.errno or 0, "einval").lower()) from None


class LoopbackSocket:
    """A :class:`~gen_tck.reference.net.os_tcp.KernelSocket` on a real one."""

    def __init__(self, kernel: LoopbackKernel, socket: sockets.socket, remote: Address | None) -> None:
        socket.setblocking(False)
        self.kernel = kernel
        self.socket = socket
        self.address = _address(socket.getsockname())
        self._lacks = OF_TCP if is_local(self.address[0]) else frozenset()
        self.remote = remote
        self.ready: Ready | None = None
        self.closed = False
        self.peeked = 0
        self.watched = 0
        """What it wants to be told of: events of :mod:`selectors`."""
        self._linger: tuple[Atom, int] = (a.false, 0)

    def is_connected(self) -> bool:
        poll = select.poll()  # which takes any number of a descriptor
        poll.register(self.socket, select.POLLOUT)
        if not poll.poll(0):
            return False
        with _failures():
            if code := self.socket.getsockopt(sockets.SOL_SOCKET, sockets.SO_ERROR):
                raise OSError(code, "")
        return True

    def read(self, most: int) -> bytes | None:
        with _failures():
            try:
                return self.socket.recv(most)
            except BlockingIOError:
                return None

    def peek(self, most: int) -> bytes | None:
        with _failures():
            try:
                return self.socket.recv(most, sockets.MSG_PEEK)
            except BlockingIOError:
                return None

    def write(self, data: bytes | bytearray) -> int:
        with _failures():
            try:
                return self.socket.send(data)
            except BlockingIOError:
                return 0

    def accept(self) -> LoopbackSocket | None:
        with _failures():
            try:
                socket, remote = self.socket.accept()
                accepted = self.kernel.adopt(socket, _address(remote))
            except BlockingIOError:
                return None
        accepted._linger = self._linger
        return accepted

    def shutdown(self, direction: Direction) -> None:
        with _failures():
            self.socket.shutdown(HOW[direction])

    def peername(self) -> Address | None:
        try:
            return _address(self.socket.getpeername())
        except OSError:
            return None

    def set_option(self, name: str, value: object) -> None:
        if name in self._lacks:
            return
        with _failures():
            if name == "linger" and isinstance(value, tuple):
                self._linger = value
                on = int(value == (a.true, 0))  # the driver waits; a close that waits would hold up everybody
                self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", on, 0))
            else:
                self.socket.setsockopt(*NAMES[name], int(value is a.true) if name in FLAGS else int(str(value)))

    def get_option(self, name: str) -> object:
        if name == "linger":
            return self._linger
        if name in self._lacks or (name == "ipv6_v6only" and self.socket.family != sockets.AF_INET6):
            return None
        with _failures():
            value = self.socket.getsockopt(*NAMES[name])
        return (a.true if value else a.false) if name in FLAGS else value

    def watch(self, reading: bool, writing: bool) -> None:
        events = (selectors.EVENT_READ if reading else 0) | (selectors.EVENT_WRITE if writing else 0)
        if events != self.watched:
            self.kernel.watch(self, self.watched, events)
            self.watched = events

    def close(self) -> None:
        self.watch(False, False)
        self.closed = True
        self.kernel.open.discard(self)
        self.socket.close()


class LoopbackKernel:
    """A :class:`~gen_tck.reference.net.os_tcp.Kernel` on the real one."""

    def __init__(self, make: Callable[[int, int], sockets.socket] | None = None) -> None:
        """``make``: makes sockets on another machine than this, on which nobody else is."""
        self._make = make or sockets.socket
        self._apart = make is not None
        self.open: set[LoopbackSocket] = set()
        self._selector = selectors.DefaultSelector()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def adopt(self, socket: sockets.socket, remote: Address | None = None) -> LoopbackSocket:
        """Take charge of a real socket; of one without a ``remote`` end, which listens, too."""
        ours = LoopbackSocket(self, socket, remote)
        self.open.add(ours)
        return ours

    @contextlib.contextmanager
    def _new(self, host: str, options: dict[str, object]) -> Iterator[sockets.socket]:
        """A socket to open at, or to, ``host``; it is closed if that fails."""
        local = is_local(host)
        if not (local or is_loopback(host) or self._apart):
            raise OutOfScope(f"{host}, which is no address of loopback,")
        with _failures(), contextlib.ExitStack() as closing:
            family = sockets.AF_UNIX if local else sockets.AF_INET6 if is_six(host) else sockets.AF_INET
            socket = closing.enter_context(self._make(family, sockets.SOCK_STREAM))
            for name, value in options.items():
                if name in NAMES and not (local and name in OF_TCP):
                    socket.setsockopt(*NAMES[name], int(value is a.true) if name in FLAGS else int(str(value)))
            yield socket
            closing.pop_all()

    def listen(self, address: Address, options: dict[str, object], backlog: int = BACKLOG) -> LoopbackSocket:
        with self._new(address[0], options) as socket:
            socket.bind(self._named(address))
            socket.listen(backlog)
            return self.adopt(socket)

    def connect(self, address: Address, options: dict[str, object], source: Address | None = None) -> LoopbackSocket:
        with self._new(address[0], options) as socket:
            if source is not None and is_local(source[0]):
                socket.bind(self._named(source))
            elif source is not None:
                host = in_family(LOOPBACK, six=True) if plain(address[0]) != address[0] else LOOPBACK
                host = LOOPBACK_6 if is_six(plain(address[0])) else host
                chosen = source[0] in (ANY, ANY_6) and not self._apart
                socket.bind((host if chosen else source[0], source[1]))
            socket.setblocking(False)
            code = socket.connect_ex(self._named(address))
            if code not in (0, errno.EINPROGRESS):
                raise OSError(code, "")
            return self.adopt(socket, address)

    def _named(self, address: Address) -> Any:
        """As the system has it: a local socket by the path of its file."""
        host = address[0]
        if not is_local(host):
            return address
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="gen-tck-local-")
        return str(Path(self._folder.name, host.removeprefix(UNNAMED)))

    def watch(self, socket: LoopbackSocket, before: int, now: int) -> None:
        """Change what is watched of ``socket``."""
        if not before:
            self._selector.register(socket.socket, now, socket)
        elif now:
            self._selector.modify(socket.socket, now, socket)
        else:
            self._selector.unregister(socket.socket)

    def turn(self, seconds: float = 0.0) -> bool:
        """Tell drivers what is ready, waiting at most ``seconds`` for it; whether anything was."""
        events = self._selector.select(seconds)
        for key, mask in events:
            socket: LoopbackSocket = key.data
            for bit, reading in ((selectors.EVENT_READ, True), (selectors.EVENT_WRITE, False)):
                # What was told first may have ended the wish for the other.
                if mask & bit & socket.watched and socket.ready is not None:
                    socket.ready(reading)
        return bool(events)

    def close(self) -> None:
        """Abort every connection that is still open and free everything."""
        for socket in list(self.open):
            socket.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
            socket.close()
        self._selector.close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _address(name: Any) -> Address:
    """What the system calls a socket: host and port, or the path of a file."""
    return (UNNAMED + Path(name).name, 0) if isinstance(name, str) else (name[0], name[1])
