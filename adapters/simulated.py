"""The kit's own ends of connections, on the reference's simulated network: see ``loopback.py`` for real ones."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import Literal

from gen_tck.adapters.interface import Peer, PeerEvent, PeerListener
from gen_tck.reference.net.addresses import ANY
from gen_tck.reference.net.network import SimulatedNetwork
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.net.simulated import HOST, SimulatedSocket
from gen_tck.spec.routes import Loss


class SimulatedPeers:
    """Opens the kit's own sockets."""

    def __init__(self, network: SimulatedNetwork) -> None:
        self._network = network

    def listen(self, *, receive_buffer: int | None = None) -> PeerListener:
        options: dict[str, object] = {} if receive_buffer is None else {"recbuf": receive_buffer}
        host = ANY if self._network.routes.apart else HOST
        return SimulatedPeerListener(self._network.listen((host, 0), options, 128))

    def connect(self, port: int, *, receive_buffer: int | None = None) -> Peer:
        options: dict[str, object] = {} if receive_buffer is None else {"recbuf": receive_buffer}
        try:
            socket = self._network.connect((HOST, port), options)
        except SocketError:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED)) from None
        if not socket.is_connected():
            socket.close()
            raise ConnectionError("timed out (is the subject's backlog full?)")
        return SimulatedPeer(socket)


class SimulatedPeerListener:
    """A listening socket of the kit."""

    def __init__(self, socket: SimulatedSocket) -> None:
        self._socket = socket

    @property
    def port(self) -> int:
        return self._socket.address[1]

    def accept(self) -> Peer | None:
        socket = self._socket.accept()
        return SimulatedPeer(socket) if socket is not None else None

    def close(self) -> None:
        self._socket.close()


class SimulatedPeer:
    """The kit's end of a connection."""

    def __init__(self, socket: SimulatedSocket) -> None:
        self.socket = socket
        self._end: Literal["fin", "reset"] | None = None

    def offer(self, data: bytes) -> int:
        try:
            return self.socket.write(data)
        except SocketError as error:
            raise ConnectionError(error.reason) from None

    def poll(self, most: int = 65536) -> PeerEvent:
        if self._end is None:
            try:
                data = self.socket.read(most)
            except SocketError:
                self._end = "reset"
            else:
                if data:
                    return data
                if data is None:
                    return None
                self._end = "fin"
        return self._end

    def delivered(self) -> bool:
        return not self.socket.sending

    def finish(self) -> None:
        with contextlib.suppress(SocketError):  # not connected any more: there is nothing to half-close
            self.socket.shutdown("write")

    def close(self) -> None:
        self.socket.close()
        self._find_again()

    def reset(self) -> None:
        if not self.socket.closed:
            self.socket.abort()
        self._find_again()

    def vanish(self) -> bool:
        self.socket.vanished = True
        return True

    def lose_way(self, how: Loss) -> bool:
        routes = self.socket.network.routes
        if routes.apart:
            self.socket.vanished, self.socket.lost = True, how
            routes.lose(self.socket.address[0], how)
        return routes.apart

    def _find_again(self) -> None:
        if self.socket.lost:
            self.socket.network.routes.find_again(self.socket.address[0])
