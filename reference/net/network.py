"""A simulated machine: where its sockets are, and who takes whose connection."""

from __future__ import annotations

from collections import deque
from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.choices import Choose, usual
from gen_tck.reference.net.addresses import (
    ANY,
    ANY_6,
    LOOPBACK,
    LOOPBACK_6,
    in_family,
    is_local,
    is_loopback,
    is_six,
    plain,
)
from gen_tck.reference.net.local import LocalSockets
from gen_tck.reference.net.os_tcp import BACKLOG, Address, SocketError
from gen_tck.reference.net.ports import Ports
from gen_tck.reference.net.routes import Routes
from gen_tck.reference.net.simulated import SimulatedSocket
from gen_tck.reference.timers import Timers

__all__ = ["SimulatedNetwork"]


class SimulatedNetwork:
    """All sockets of one simulated machine; a :class:`~gen_tck.reference.net.os_tcp.Kernel`."""

    def __init__(self, choose: Choose = usual) -> None:
        self.choose = choose
        """Decides what no rule does."""
        self.timers = Timers()
        """Tell when a peer that says nothing has been waited for long enough; who has a clock puts its own here."""
        self.ports: Ports[SimulatedSocket] = Ports()
        self.local = LocalSockets()
        self.routes = Routes()
        self.changes: deque[SimulatedSocket] = deque()
        self.sockets: list[SimulatedSocket] = []
        """All there ever were."""

    def listen(self, address: Address, options: dict[str, Any], backlog: int = BACKLOG) -> SimulatedSocket:
        if is_local(address[0]):
            return self.local.listen(self, address, options, backlog)
        self.routes.may_be(address[0])
        v6only = options.get("ipv6_v6only")
        if v6only is not None and (not is_six(address[0]) or (v6only is a.true and plain(address[0]) != address[0])):
            raise SocketError("einval")
        socket = self.ports.bind(SimulatedSocket(self, address, options))
        if plain(address[0]) == address[0]:  # nothing but IPv6 comes there
            socket.options["ipv6_v6only"] = a.true
        socket.backlog, socket.limit = deque(), backlog
        return socket

    def connect(self, address: Address, options: dict[str, Any], source: Address | None = None) -> SimulatedSocket:
        if is_local(address[0]):
            return self.local.connect(self, address, options, source)
        host, port = source or (ANY, 0)
        self.routes.may_be(host)
        if host not in (ANY, ANY_6) and is_six(host) != is_six(address[0]):
            raise SocketError("eafnosupport")
        way = self.routes.to(address[0])
        address = (way or address[0], address[1])
        if host in (ANY, ANY_6):
            host = _chosen(address[0])
        here = self.ports.bind(SimulatedSocket(self, (host, port), options, address))
        if way is None:
            here.knock(SimulatedSocket(self, address, {}))
            return here
        listeners = self.ports.listeners(address)
        if not listeners:
            here.close()
            raise SocketError("econnrefused")
        several = len(listeners) > 1
        listener = listeners[self.choose("which of several listeners takes it", len(listeners)) if several else 0]
        if listener.backlog is None:
            raise ValueError("a listener has a backlog")
        if len(listener.backlog) > listener.limit:
            here.knock(listener)
        else:
            self.establish(here, listener)
        return here

    def establish(self, here: SimulatedSocket, listener: SimulatedSocket) -> None:
        """Connect ``here``; its other end waits in the backlog of ``listener``."""
        if here.remote is None or listener.backlog is None:
            raise ValueError("only who connects is established, and only at a listener")
        six = is_six(listener.address[0])
        own, its = [(in_family(host, six=six), port) for host, port in (here.remote, here.address)]
        there = SimulatedSocket(self, own, listener.options, its)
        self.ports.join(there)
        here.patience.end()
        here.door, here.other, there.other = None, there, here
        listener.backlog.append(there)
        listener.changed()
        here.changed()

    def turn(self) -> bool:
        """Tell every socket's driver what is ready; whether there was anything to look at."""
        if not self.changes:
            return False
        for _ in range(len(self.changes)):
            self.changes.popleft().turn()
        return True

    def discard(self) -> None:
        """Forget everything."""
        for socket in self.sockets:
            socket.ready = socket.other = socket.acknowledged = None  # it holds nobody
        self.sockets.clear()
        self.ports.used.clear()


def _chosen(host: str) -> str:
    """The address at which a socket is that connects to ``host`` and says nothing of its own."""
    if is_six(plain(host)):
        return LOOPBACK_6
    return in_family(LOOPBACK if is_loopback(host) else plain(host), six=is_six(host))
