"""The reference implementation as a node, in process: on a simulated network, and on real loopback sockets."""

from __future__ import annotations

import platform
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from importlib.metadata import version
from socket import socket
from typing import Any, Literal

from gen_tck.adapters import interface, interrupts, waiting
from gen_tck.adapters.interface import (
    Capabilities,
    Census,
    Ended,
    Network,
    Outcome,
    Raised,
    Returned,
    Status,
    Waited,
)
from gen_tck.adapters.loopback import LoopbackNetwork
from gen_tck.adapters.namespace import Namespace
from gen_tck.adapters.simulated import SimulatedPeers
from gen_tck.reference import atoms as a
from gen_tck.reference.census import census
from gen_tck.reference.choices import usual
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.socket_vm import Observer
from gen_tck.reference.errors import ErlangError, OutOfScope
from gen_tck.reference.functions import FUNCTIONS, Functions
from gen_tck.reference.system import LoopbackSystem, SimulatedSystem, System
from gen_tck.reference.vm import Process
from gen_tck.spec import profiles, scope
from gen_tck.spec.calls import CALLS
from gen_tck.spec.terms import Pid, Term

PROFILES = frozenset(profiles.PROFILES)
OUTSIDE = Pid(0)
"""Who sends the exit signals that come from outside: no process of the VM, so that ``normal`` ends nobody."""
VIRTUAL_SECONDS = 1.5
"""So far a virtual clock goes for something that may be due, beside what is owed."""


class ReferenceCall:
    """A call of the reference."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.answer: Outcome | None = None
        """What the function came to; a call whose process ends first has none."""
        self.refused = ""
        """Why the reference has no answer, if no clause says what follows."""

    @property
    def outcome(self) -> Outcome | None:
        """What came of it. Raises :class:`interface.OutOfScope` if no clause says what does."""
        if self.refused:
            raise interface.OutOfScope(self.refused)
        if self.answer is None and self._process.ended is not None:
            return Ended(self._process.ended)
        return self.answer


class ReferenceProcess(interface.Process):
    """A process of the reference, played by the kit: it runs one call at a time and is idle in between."""

    def __init__(self, process: Process, functions: Functions) -> None:
        self._process = process
        self._functions = functions

    @property
    def pid(self) -> Pid:
        return self._process.pid

    def call(self, module: str, function: str, args: Sequence[Term]) -> ReferenceCall:
        if not self._process.idle:
            raise RuntimeError(f"{self.pid} cannot call {module}:{function}: it is in another call or has ended")
        call = ReferenceCall(self._process)
        name = f"{module}.{function}/{len(args)}"
        found = self._functions.get(name)
        outside = scope.outside(name, args)
        if outside:
            call.refused = outside
        elif found is not None:
            self._process.start(_run(call, name, found(self._process, *args)))
        elif name in CALLS:  # a model of a node that lacks it
            call.answer = Raised("error", a.undef)
        else:
            call.refused = f"{name} is no call of the catalogue, gen-tck calls"
        return call

    def mailbox(self) -> tuple[Term, ...]:
        return tuple(self._process.mailbox)

    def take(self, count: int) -> None:
        del self._process.mailbox[:count]

    def exit(self, reason: Term) -> None:
        self._process.exit_signal(OUTSIDE, reason)

    def status(self) -> Status:
        process = self._process
        if process.body is None:
            return "idle" if process.ended is None else "ended"
        return "waiting" if process.suspended_by is None else "suspended"


async def _run(call: ReferenceCall, name: str, body: Coroutine[Any, None, Term]) -> None:
    try:
        call.answer = Returned(await body)
    except ErlangError as error:
        if name == "erlang.exit/1":
            raise
        call.answer = Raised(error.kind, error.reason)
    except OutOfScope as reason:
        call.refused = f"the reference does not say what {name} does: {reason} is out of its scope"


class ReferenceNode(ABC):
    """A system of the reference as a node: what both have in common."""

    name: str
    clock: Literal["virtual", "real"]
    system: System
    """As it is now: every ``clear`` makes another."""

    def __init__(
        self,
        driver: type[TcpDriver] = TcpDriver,
        functions: Functions = FUNCTIONS,
        observer: Observer | None = None,
        place: Namespace | Literal["apart"] | None = None,
    ) -> None:
        """``functions``: what can be called, by ``module.name/arity``; any other call is ``undef``.

        ``place``: where it is on a machine of its own: in a namespace, or ``apart``, if it is there by itself.
        """
        self._driver, self._place = driver, place
        self._functions = functions
        self._observer = observer
        self.capabilities = Capabilities(
            name=self.name,
            version=version("gen-tck"),
            profiles=PROFILES,
            clock=self.clock,
            details={"python": platform.python_version()},
        )
        self._processes: list[ReferenceProcess] = []
        self._begin()

    @property
    @abstractmethod
    def network(self) -> Network: ...

    @abstractmethod
    def _begin(self) -> None:
        """Make a new system."""

    @property
    def stops(self) -> int:
        return 0

    @abstractmethod
    def settle(self) -> bool: ...

    def spawn(self) -> ReferenceProcess:
        self._processes.append(process := ReferenceProcess(self.system.spawn(), self._functions))
        return process

    def census(self) -> Census:
        return census(self.system.vm)

    def clear(self) -> None:
        self._processes.clear()
        self.system.close()
        self._begin()

    def close(self) -> None:
        self.system.close()


class SimulatedNode(ReferenceNode):
    """The reference on a simulated network with a virtual clock: instant and exactly repeatable."""

    name = "reference"
    clock = "virtual"
    system: SimulatedSystem

    def choose(self, name: str, options: int) -> int:
        """Decides what no rule does."""
        return usual(name, options)

    def _begin(self) -> None:
        self.system = SimulatedSystem(self._driver, self.choose, self._observer)
        self.system.network.routes.apart = self._place == "apart"

    @property
    def network(self) -> Network:
        return SimulatedPeers(self.system.network)

    def settle(self) -> bool:
        return self.system.settle()

    def advance(self, milliseconds: int) -> None:
        self.system.advance(milliseconds)

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        system, vm = self.system, self.system.vm
        began = vm.timers.now
        until = began + int((owed + VIRTUAL_SECONDS) * 1000)
        while True:
            rest = system.settle()
            if condition():
                return Waited(True)
            if not rest:
                return Waited(False, restless=True)
            if system.busy:  # looking changed something
                continue
            due = vm.timers.next_due()
            if due is None or due > until:
                return Waited(False, seconds=(until - began) / 1000)
            vm.timers.tell(due)


class InterruptibleSystem(LoopbackSystem):
    """One whose loop ends when the kit is told to."""

    def turn(self, seconds: float = 0.0) -> bool:
        interrupts.check()
        return super().turn(seconds)


class LoopbackNode(ReferenceNode):
    """The reference on real loopback sockets, with the real clock."""

    name = "reference-loopback"
    clock = "real"
    system: InterruptibleSystem

    @property
    def _namespace(self) -> Namespace | None:
        return self._place if isinstance(self._place, Namespace) else None

    def _begin(self) -> None:
        namespace = self._namespace
        make = namespace.socket if namespace is not None else socket if self._place == "apart" else None
        self.system = InterruptibleSystem(self._driver, self._observer, make)
        self.pace = waiting.Pace()

    @property
    def stops(self) -> int:
        return self.pace.stops

    @property
    def network(self) -> Network:
        return LoopbackNetwork(self._namespace)

    def settle(self) -> bool:
        return waiting.settle(self)

    def advance(self, milliseconds: int) -> None:
        self.system.advance(milliseconds)
        self.settle()

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        return waiting.Wait(self, condition, owed, progress)()

    def pump(self, seconds: float) -> bool:
        return self.system.turn(seconds)

    def echo(self) -> bool:
        began = time.monotonic()
        rest = self.system.settle()
        self.pace.note("settle", time.monotonic() - began)
        return rest

    def look(self) -> tuple[Status, ...]:
        return tuple([process.status() for process in self._processes])


def open_simulated(*, apart: bool = False) -> SimulatedNode:
    """A reference node on a simulated network; on a machine of its own if it is ``apart``."""
    return SimulatedNode(place="apart" if apart else None)


def open_loopback(namespace: Namespace | None = None) -> LoopbackNode:
    """A reference node on real loopback sockets, in ``namespace`` if there is one."""
    return LoopbackNode(place=namespace)
