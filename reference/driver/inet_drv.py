"""The TCP driver: the machines of one socket, put together.

Theory of operation
-------------------
A socket is seven machines, each with a table of its own (:mod:`gen_tck.reference.tables`):

* its **connection** (:mod:`~gen_tck.reference.driver.connection`): how far it has come, and what may be asked;
* its **mode** (:mod:`~gen_tck.reference.driver.mode`): whether packets wait or are messages;
* the **receive slot** (:mod:`~gen_tck.reference.driver.receiving`): one receive may wait;
* its **acceptors** (:mod:`~gen_tck.reference.driver.accepting`), if it listens;
* the **send queue** (:mod:`~gen_tck.reference.driver.sending`);
* the **flow** of senders (:mod:`~gen_tck.reference.driver.flow`);
* the **shutdown** of its own direction (:mod:`~gen_tck.reference.driver.closing`, where closing the port is, too).

What is no machine: input that is read and not delivered (:mod:`~gen_tck.reference.driver.input`), a file that is being
sent (:mod:`~gen_tck.reference.driver.file_sending`), and options (:mod:`~gen_tck.reference.driver.settings`). All that
is kept is in :mod:`~gen_tck.reference.driver.fields`.

Input is read from the kernel only while somebody wants it: an active socket always, a passive one while a receive is
pending; that is all the flow control there is.

The tables have a row for everything that can happen, and no other. Above all little happens to a socket that is
``GONE``. Calls find open ports only, and its port is closed; a command that a busy port held up looks again whether it
is (:meth:`OpenPort.command`); the kernel has nothing to say of a closed socket; and its timers were cancelled when its
port was closed, or before.
"""

from __future__ import annotations

from typing import Any, ClassVar

from gen_tck.reference.driver.accepting import ACCEPTORS, Accepting
from gen_tck.reference.driver.closing import SHUTDOWN, Closing
from gen_tck.reference.driver.connection import CONNECTION, Connection
from gen_tck.reference.driver.flow import FLOW
from gen_tck.reference.driver.mode import MODE
from gen_tck.reference.driver.receiving import RECEIVE_SLOT, ReceiveSlot
from gen_tck.reference.driver.sending import SEND_QUEUE, Sending
from gen_tck.reference.driver.settings import Settings
from gen_tck.reference.driver.socket_vm import SocketVm
from gen_tck.reference.driver.states import DISCONNECTED, LISTENING, OPEN, ConnectionState
from gen_tck.reference.net.addresses import number_of
from gen_tck.reference.net.os_tcp import Address, KernelSocket
from gen_tck.reference.port import OpenPort
from gen_tck.reference.tables import Table
from gen_tck.spec.terms import Term


class TcpDriver(Connection, Settings, ReceiveSlot, Accepting, Sending, Closing):
    """One TCP socket behind one port."""

    tables: ClassVar[tuple[Table, ...]] = (CONNECTION, MODE, RECEIVE_SLOT, ACCEPTORS, SEND_QUEUE, FLOW, SHUTDOWN)

    def __init__(
        self, port: OpenPort, vm: SocketVm, socket: KernelSocket, state: ConnectionState, options: dict[str, Any]
    ) -> None:
        super().__init__(port, vm, socket, state, options)
        port.driver = self
        socket.ready = self.ready
        if vm.observer is not None:
            vm.observer.opened(self)

    def ready(self, reading: bool) -> None:
        """The kernel says the socket can be read, or written."""
        if not reading:
            self.handle("writable")
        elif self.state is LISTENING:
            self.a_connection_comes()
        elif self.state in OPEN and self.wants_input():
            self.read()
        self.watch()

    # What others ask

    @property
    def listening(self) -> bool:
        """Whether it is a listener."""
        return self.state is LISTENING

    @property
    def address(self) -> Address | None:
        """Its own address, unless the connection is gone."""
        return self.socket.address if self.state is not DISCONNECTED else None

    @property
    def port_number(self) -> Term:
        """That of its own address, the connection be gone or not; of a local socket its path."""
        return number_of(self.socket.address)

    @property
    def remote(self) -> Address | None:
        """The other end's address while there is a connection."""
        return self.socket.peername() if self.state in OPEN else None
