"""Real, non-blocking sockets on 127.0.0.1, so that the reference is judged from the wire like everybody else."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket as sockets
import struct
from collections.abc import Iterator

from gen_tck.reference import atoms as a
from gen_tck.reference.net.os_tcp import Address, Direction, Ready, SocketError
from gen_tck.spec.terms import Atom

HOST = "127.0.0.1"
HOW = {"read": sockets.SHUT_RD, "write": sockets.SHUT_WR, "read_write": sockets.SHUT_RDWR}
NAMES = {
    "recbuf": (sockets.SOL_SOCKET, sockets.SO_RCVBUF),
    "sndbuf": (sockets.SOL_SOCKET, sockets.SO_SNDBUF),
    "nodelay": (sockets.IPPROTO_TCP, sockets.TCP_NODELAY),
    "keepalive": (sockets.SOL_SOCKET, sockets.SO_KEEPALIVE),
    "reuseaddr": (sockets.SOL_SOCKET, sockets.SO_REUSEADDR),
    "priority": (sockets.SOL_SOCKET, 12),  # SO_PRIORITY
}
FLAGS = frozenset(["nodelay", "keepalive", "reuseaddr"])


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
        self.address: Address = socket.getsockname()
        self.remote = remote
        self.ready: Ready | None = None
        self.peeked = 0
        self._events = 0
        self._linger: tuple[Atom, int] = (a.false, 0)

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
                return self.kernel.adopt(*self.socket.accept())
            except BlockingIOError:
                return None

    def shutdown(self, direction: Direction) -> None:
        with _failures():
            self.socket.shutdown(HOW[direction])

    def set_option(self, name: str, value: object) -> None:
        with _failures():
            if name == "linger" and isinstance(value, tuple):
                self._linger = value
                on = int(value[0] is a.true)
                self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", on, value[1]))
            else:
                self.socket.setsockopt(*NAMES[name], int(value is a.true) if name in FLAGS else int(str(value)))

    def get_option(self, name: str) -> object:
        if name == "linger":
            return self._linger
        with _failures():
            value = self.socket.getsockopt(*NAMES[name])
        return (a.true if value else a.false) if name in FLAGS else value

    def watch(self, reading: bool, writing: bool) -> None:
        events = (selectors.EVENT_READ if reading else 0) | (selectors.EVENT_WRITE if writing else 0)
        if events != self._events:
            self.kernel.watch(self, self._events, events)
            self._events = events

    def close(self) -> None:
        self.watch(False, False)
        self.kernel.open.discard(self)
        self.socket.close()


class LoopbackKernel:
    """A :class:`~gen_tck.reference.net.os_tcp.Kernel` on the real one."""

    def __init__(self) -> None:
        self.open: set[LoopbackSocket] = set()
        self._selector = selectors.DefaultSelector()

    def adopt(self, socket: sockets.socket, remote: Address | None = None) -> LoopbackSocket:
        """Take charge of a real socket; of one without a ``remote`` end, which listens, too."""
        ours = LoopbackSocket(self, socket, remote)
        self.open.add(ours)
        return ours

    @contextlib.contextmanager
    def _new(self, options: dict[str, object]) -> Iterator[sockets.socket]:
        """A socket to open; it is closed if that fails."""
        with _failures(), contextlib.ExitStack() as closing:
            socket = closing.enter_context(sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM))
            for name, value in options.items():
                if name in NAMES:
                    socket.setsockopt(*NAMES[name], int(value is a.true) if name in FLAGS else int(str(value)))
            yield socket
            closing.pop_all()

    def listen(self, port: int, options: dict[str, object]) -> LoopbackSocket:
        with self._new(options) as socket:
            socket.bind((HOST, port))
            socket.listen()
            return self.adopt(socket)

    def connect(self, address: Address, options: dict[str, object]) -> LoopbackSocket:
        with self._new(options) as socket:
            socket.connect(address)
            return self.adopt(socket, address)

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
                if mask & bit and socket in self.open and socket.ready is not None:
                    socket.ready(reading)
        return bool(events)

    def close(self) -> None:
        """Abort every connection that is still open and free everything."""
        for socket in list(self.open):
            socket.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
            socket.close()
        self._selector.close()
