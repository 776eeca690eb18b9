"""A VM that can open sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from gen_tck.reference.choices import Choose, usual
from gen_tck.reference.driver.states import ConnectionState
from gen_tck.reference.net.os_tcp import Address, Kernel, KernelSocket
from gen_tck.reference.tables import Transition
from gen_tck.reference.vm import Process, Vm

if TYPE_CHECKING:
    from gen_tck.reference.driver.inet_drv import TcpDriver


class Observer(Protocol):
    """Looks on. What it does must change nothing."""

    def opened(self, machine: Any) -> None:
        """There is a new socket: what is made of its machines."""

    def passes(self, machine: Any, transition: Transition) -> None:
        """A socket goes through a transition: nothing of it is done yet."""


ROOM = 256
"""So many sockets a VM has descriptors for: there is an end to them everywhere, and here it can be reached."""


class SocketVm(Vm):
    """A VM with a kernel to open sockets on, a driver to run them, and who looks on."""

    def __init__(
        self, kernel: Kernel, driver: type[TcpDriver], choose: Choose = usual, observer: Observer | None = None
    ) -> None:
        super().__init__(choose)
        self.kernel = kernel
        self.observer = observer
        self.room = ROOM
        """So many sockets can be open at once."""
        self.descriptors: list[KernelSocket] = []
        """What the kernel gave it, closed by now or not."""
        self._driver = driver
        self._drivers: list[TcpDriver] = []

    @property
    def is_full(self) -> bool:
        """Whether there is no descriptor for another socket."""
        return len(self.ports) >= self.room

    def listen(self, address: Address, options: dict[str, object], backlog: int) -> KernelSocket:
        """What its kernel gives it, as :meth:`Kernel.listen`."""
        return self.took(self.kernel.listen(address, options, backlog))

    def connect(self, address: Address, options: dict[str, object], source: Address | None) -> KernelSocket:
        """What its kernel gives it, as :meth:`Kernel.connect`."""
        return self.took(self.kernel.connect(address, options, source))

    def took(self, socket: KernelSocket) -> KernelSocket:
        """The kernel gave it ``socket``."""
        self.descriptors.append(socket)
        return socket

    def attach(
        self, owner: Process, socket: KernelSocket, state: ConnectionState, options: dict[str, Any]
    ) -> TcpDriver:
        """The driver of a new port of ``owner`` for ``socket``."""
        driver = self._driver(self._driver.port_class(self, owner), self, socket, state, options)
        self._drivers.append(driver)
        return driver

    def discard(self) -> None:
        super().discard()
        for driver in self._drivers:
            del driver.port.driver  # they hold each other
        self._drivers.clear()
