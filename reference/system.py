"""A whole system: a VM, an operating system that it opens sockets on, and the loop that turns both.

The VM does nothing by itself (:mod:`gen_tck.reference.vm`); here it is given time and readiness. This is all that is
needed to open a socket and use it::

    async def program(self: Process) -> None:
        _, listener = await gen_tcp.listen(self, 0, term(["binary"]))
        ...

    system = SimulatedSystem()
    process = system.spawn(program)
    system.settle()

There are two: :class:`SimulatedSystem` with a network and a clock of its own, where everything happens at once and can
be repeated exactly, and :class:`LoopbackSystem` on real sockets of 127.0.0.1, with the real clock.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from socket import socket

from gen_tck.reference.choices import Choose, usual
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.socket_vm import Observer, SocketVm
from gen_tck.reference.net.loopback import LoopbackKernel
from gen_tck.reference.net.network import SimulatedNetwork
from gen_tck.reference.vm import Body, Process

SETTLING_TURNS = 100_000
"""A system that is not at rest after so many turns keeps running: some model of a broken implementation does."""
SETTLED_ROUNDS = 2
"""Looks at the kernel in a row that must find nothing ready before a real network counts as settled."""
LONGEST_NAP = 0.001
"""So long, in seconds, a real clock runs without a look at timers while time passes."""


class System(ABC):
    """What the two have in common."""

    vm: SocketVm

    def spawn(self, body: Callable[[Process], Body] | None = None) -> Process:
        """A new process; it runs ``body(process)`` and ends when that is done, or is idle without a body."""
        return self.vm.spawn(body)

    @abstractmethod
    def settle(self) -> bool:
        """Let everything happen that can without time passing. ``False`` if that never ends."""

    @abstractmethod
    def advance(self, milliseconds: int) -> None:
        """Let so much time pass, and everything happen that comes of it."""

    def close(self) -> None:
        """Forget all processes and sockets. Whatever is done afterwards is done by a new system."""
        self.vm.discard()


class SimulatedSystem(System):
    """On a simulated network with a virtual clock: instant and exactly repeatable."""

    def __init__(
        self, driver: type[TcpDriver] = TcpDriver, choose: Choose = usual, observer: Observer | None = None
    ) -> None:
        """``choose``: decides what no rule does. ``observer``: is told of all that happens to sockets."""
        self.network = SimulatedNetwork(choose)
        self.vm = SocketVm(self.network, driver, choose, observer)
        self.network.timers = self.vm.timers

    @property
    def busy(self) -> bool:
        """Whether anything happens without time passing and without waiting for who is slow."""
        return bool(self.vm.run_queue or self.network.changes)

    def settle(self) -> bool:
        vm, network = self.vm, self.network
        for _ in range(SETTLING_TURNS):
            if vm.run_queue:
                vm.run()
            elif network.changes:
                network.turn()
            elif not vm.run_slow():
                return True
        return False

    def advance(self, milliseconds: int) -> None:
        until = self.vm.timers.now + milliseconds
        self.settle()
        timers = self.vm.timers
        while (due := timers.next_due()) is not None and due <= until:
            several = timers.together()
            timers.fire(self.vm.choose("whose time comes first", several) if several > 1 else 0)
            if timers.next_due() != due or not self.vm.choose("what is due together happens at once", 2):
                self.settle()
        timers.tell(until)

    def close(self) -> None:
        super().close()
        self.network.discard()


class LoopbackSystem(System):
    """On real sockets of 127.0.0.1, with the real clock. To be closed."""

    def __init__(
        self,
        driver: type[TcpDriver] = TcpDriver,
        observer: Observer | None = None,
        make: Callable[[int, int], socket] | None = None,
    ) -> None:
        """``make``: makes sockets on another machine than this, on which nobody else is."""
        self.kernel = LoopbackKernel(make)
        self.vm = SocketVm(self.kernel, driver, observer=observer)

    def turn(self, seconds: float = 0.0) -> bool:
        """Let the VM do what it can, waiting at most ``seconds`` for a socket; whether anything happened."""
        vm = self.vm
        vm.timers.tell(int(time.monotonic() * 1000))
        ran = bool(vm.run_queue)
        vm.run()
        return self.kernel.turn(0.0 if ran else seconds) or ran or bool(vm.run_queue)

    def settle(self) -> bool:
        """As it is there. What the kernel has not passed on yet it cannot know of: see ``adapters/waiting.py``."""
        quiet = 0
        for _ in range(SETTLING_TURNS):
            quiet = 0 if self.turn() else quiet + 1
            if quiet == SETTLED_ROUNDS:
                return True
        return False

    def advance(self, milliseconds: int) -> None:
        until = time.monotonic() + milliseconds / 1000
        while (left := until - time.monotonic()) > 0:
            self.turn(min(left, LONGEST_NAP))
        self.settle()

    def close(self) -> None:
        """Abort every connection that is still open, too. Idempotent."""
        super().close()
        self.kernel.close()
