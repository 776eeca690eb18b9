"""The kit's own ends of connections, on real sockets of 127.0.0.1.

Every real node uses this network. Whether something a peer did has *arrived* is asked of the subject's own side of the
connection, through the kernel's socket diagnostics (``inet_diag``, which ``ss`` uses too). Waiting for TCP's
acknowledgement instead would cost up to 44 ms a time, because receivers delay acknowledgements.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import socket
import struct

from gen_tck.adapters.interface import NodeUnavailable, PeerEvent
from gen_tck.adapters.namespace import Namespace
from gen_tck.spec.routes import Loss

LOOPBACK = "127.0.0.1"
_CONNECT_SECONDS = 3.0
_ANY = "0.0.0.0"

# States of a TCP socket, from linux/tcp_states.h.
_ESTABLISHED, _SYN_RECV, _FIN_WAIT_1, _FIN_WAIT_2, _LISTEN, _NEW_SYN_RECV = 1, 3, 4, 5, 10, 12
_HAS_NO_FIN = frozenset({_ESTABLISHED, _SYN_RECV, _FIN_WAIT_1, _FIN_WAIT_2, _NEW_SYN_RECV})
"""States in which no end of stream has come from the other side."""

# From asm-generic/socket.h and linux/filter.h: a filter of one instruction, which keeps no byte of any packet. What a
# socket's filter drops is not acknowledged, as if it had never come.
_SO_ATTACH_FILTER = 26
_DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)


class Diagnostics:
    """Looks at the sockets of this machine through ``inet_diag``. One request takes about 7 microseconds."""

    # From linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h.
    _NETLINK_SOCK_DIAG = 4
    _SOCK_DIAG_BY_FAMILY = 20
    _NLM_F_REQUEST = 1
    _NLMSG_ERROR = 2
    _INET_DIAG_INFO = 2
    _HEADER = struct.Struct("=IHHII")
    _MESSAGE = struct.Struct("=BBBB2s2s16s16s")
    _MESSAGE_SIZE = 72
    _ATTRIBUTE = struct.Struct("=HH")
    _BYTES_RECEIVED_AT = 128  # offset of tcpi_bytes_received in struct tcp_info

    def __init__(self, namespace: Namespace | None = None) -> None:
        try:
            make = socket.socket if namespace is None else namespace.socket
            self._netlink = make(socket.AF_NETLINK, socket.SOCK_RAW, self._NETLINK_SOCK_DIAG)
        except (AttributeError, OSError) as reason:
            raise NodeUnavailable(f"real sockets need Linux with socket diagnostics (inet_diag): {reason}") from None

    def close(self) -> None:
        """Let go of the kernel's socket."""
        self._netlink.close()

    def look(self, at: tuple[str, int], peer: tuple[str, int]) -> tuple[int, int | None] | None:
        """State and number of bytes received of the socket that is ``at`` an address, its far end at that of ``peer``.

        ``None`` if there is no such socket, or it is closed. The kernel does not count for a connection that has no
        socket yet, or whose socket has been closed and which it goes on with alone; the number is ``None`` then.
        """
        extension = 1 << (self._INET_DIAG_INFO - 1)
        wanted = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, extension, 0, 0xFFFFFFFF)
        here, there = map(socket.inet_aton, (at[0], peer[0]))
        wanted += struct.pack("!HH", at[1], peer[1]) + here + bytes(12) + there + bytes(12)
        wanted += struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
        length = self._HEADER.size + len(wanted)
        self._netlink.send(self._HEADER.pack(length, self._SOCK_DIAG_BY_FAMILY, self._NLM_F_REQUEST, 0, 0) + wanted)
        return self._read(self._netlink.recv(8192), peer[1])

    def _read(self, answer: bytes, peer_port: int) -> tuple[int, int | None] | None:
        length, kind, _, _, _ = self._HEADER.unpack_from(answer)
        start = self._HEADER.size
        if kind == self._NLMSG_ERROR:
            (code,) = struct.unpack_from("=i", answer, start)
            if code == -errno.ENOENT:
                return None
            why = errno.errorcode.get(-code, code)
            raise NodeUnavailable(f"the kernel's socket diagnostics (inet_diag) do not work here: {why}")
        _, state, _, _, _, far_port, _, _ = self._MESSAGE.unpack_from(answer, start)
        if struct.unpack("!H", far_port)[0] != peer_port:
            return None  # the kernel gives the listener at that port when it finds no connection
        at = start + self._MESSAGE_SIZE
        while at + self._ATTRIBUTE.size <= length:
            size, attribute = self._ATTRIBUTE.unpack_from(answer, at)
            if attribute == self._INET_DIAG_INFO and size >= 4 + self._BYTES_RECEIVED_AT + 8:
                (received,) = struct.unpack_from("=Q", answer, at + 4 + self._BYTES_RECEIVED_AT)
                return state, received
            at += (max(size, 4) + 3) & ~3
        return state, None


class LoopbackPeer:
    """The far end of one connection, a non-blocking socket (:class:`gen_tck.adapters.interface.Peer`)."""

    def __init__(self, connection: socket.socket, diagnostics: Diagnostics, namespace: Namespace | None = None) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Left alone, the kernel lets it grow to megabytes, and a peer that is to be stalled has to fill it.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        self._socket = connection
        self._diagnostics, self._namespace = diagnostics, namespace
        self._at: tuple[str, int] = connection.getsockname()
        self._subject_at: tuple[str, int] = connection.getpeername()
        self._lost: Loss | None = None
        self._sent = 0
        self._done = "nothing"  # what ended our direction: nothing, fin, reset
        self._end: PeerEvent = None
        self._was_reset = False

    def fileno(self) -> int:
        """The socket's descriptor, for ``select``; -1 when closed."""
        return self._socket.fileno()

    def offer(self, data: bytes) -> int:
        try:
            count = self._socket.send(data)
        except BlockingIOError:
            return 0
        except ConnectionError:
            # The error is reported once: a later read would see a plain end of stream.
            self._was_reset = True
            raise
        except OSError as reason:
            raise ConnectionError(str(reason)) from None
        self._sent += count
        return count

    def poll(self, most: int = 65536) -> PeerEvent:
        if self._end is not None:
            return self._end
        try:
            data = self._socket.recv(most)
        except BlockingIOError:
            return None
        except OSError as reason:
            if self._socket.fileno() < 0:
                return None  # closed by us: nothing more is seen
            if not isinstance(reason, ConnectionError):
                raise ConnectionError(str(reason)) from None
            self._end = "reset"
            return self._end
        if data:
            return data
        self._end = "reset" if self._was_reset else "fin"
        return self._end

    def delivered(self) -> bool:
        subject = self._diagnostics.look(self._subject_at, self._at)
        if subject is None:
            return True  # nothing can reach a socket that is gone
        state, received = subject
        if self._done == "reset":
            return False
        if self._done == "fin":
            return state not in _HAS_NO_FIN
        if state in (_SYN_RECV, _NEW_SYN_RECV):
            return False
        return received is None or received >= self._sent  # None: the subject has closed it

    def finish(self) -> None:
        with contextlib.suppress(OSError):  # not connected any more: there is nothing to half-close
            self._socket.shutdown(socket.SHUT_WR)
        self._ended("fin")

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._socket.close()
            self._ended("fin")
            self._find_again()

    def reset(self) -> None:
        if self._socket.fileno() >= 0:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._socket.close()
            self._ended("reset")
            self._find_again()

    def vanish(self) -> bool:
        program = ctypes.create_string_buffer(_DROP_ALL, len(_DROP_ALL))
        try:
            self._socket.setsockopt(
                socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program))
            )
        except OSError:  # not every system that calls itself Linux has filters
            return False
        return True

    def lose_way(self, how: Loss) -> bool:
        if self._namespace is None:
            return False
        self._namespace.lose(self._at[0], how)
        self._lost = how
        return True

    def _find_again(self) -> None:
        lost, self._lost = self._lost, None
        if self._namespace is not None and lost is not None:
            self._namespace.find_again(self._at[0], lost)

    def _ended(self, how: str) -> None:
        self._done = how


class LoopbackListener:
    """A listening socket of the kit (:class:`gen_tck.adapters.interface.PeerListener`)."""

    def __init__(self, listener: socket.socket, diagnostics: Diagnostics, namespace: Namespace | None = None) -> None:
        self._socket = listener
        self._diagnostics, self._namespace = diagnostics, namespace
        self.port: int = listener.getsockname()[1]

    def accept(self) -> LoopbackPeer | None:
        try:
            connection, _ = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return None
        try:
            return LoopbackPeer(connection, self._diagnostics, self._namespace)
        except OSError:  # gone again before we looked at it
            connection.close()
            return None

    def close(self) -> None:
        self._socket.close()


class LoopbackNetwork:
    """Real sockets on 127.0.0.1 (:class:`gen_tck.adapters.interface.Network`), in a ``namespace`` if there is one."""

    def __init__(self, namespace: Namespace | None = None) -> None:
        self._namespace = namespace
        self._diagnostics = Diagnostics(namespace)

    def listen(self, *, receive_buffer: int | None = None) -> LoopbackListener:
        listener = self._new_socket(receive_buffer)
        listener.setblocking(False)
        # In a namespace of its own there is nobody else.
        listener.bind((LOOPBACK if self._namespace is None else _ANY, 0))
        listener.listen(128)
        return LoopbackListener(listener, self._diagnostics, self._namespace)

    def connect(self, port: int, *, receive_buffer: int | None = None) -> LoopbackPeer:
        connection = self._new_socket(receive_buffer)
        # Loopback connects at once, or is refused at once, unless the subject's backlog is full.
        connection.settimeout(_CONNECT_SECONDS)
        try:
            connection.connect((LOOPBACK, port))
            return LoopbackPeer(connection, self._diagnostics, self._namespace)
        except OSError as reason:
            connection.close()
            if isinstance(reason, ConnectionError):
                raise
            raise ConnectionError(f"{reason} (is the subject's backlog full?)") from None

    def close(self) -> None:
        """Let go of what the network itself holds; peers and listeners are their makers' to close."""
        self._diagnostics.close()

    def _new_socket(self, receive_buffer: int | None) -> socket.socket:
        make = socket.socket if self._namespace is None else self._namespace.socket
        made = make(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        return made
