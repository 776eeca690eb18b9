"""The reference implementation as a node, in process: on a simulated network, and on real loopback sockets."""

from __future__ import annotations

import contextlib
import platform
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from importlib.metadata import version
from typing import Any, Literal, TypeAlias

from gen_tck.adapters import interrupts, waiting
from gen_tck.adapters.interface import (
    CallFailed,
    Capabilities,
    Ended,
    Network,
    Outcome,
    Peer,
    PeerEvent,
    PeerListener,
    Raised,
    Returned,
    Status,
    Waited,
)
from gen_tck.adapters.loopback import LoopbackNetwork
from gen_tck.reference import atoms as a
from gen_tck.reference.choices import USUAL as USUAL
from gen_tck.reference.choices import Choices as Choices
from gen_tck.reference.driver.inet_drv import TABLE, TcpDriver
from gen_tck.reference.functions import FUNCTIONS, Functions
from gen_tck.reference.net.loopback import LoopbackKernel
from gen_tck.reference.net.os_tcp import Kernel, SocketError
from gen_tck.reference.net.simulated import SimulatedNetwork, SimulatedSocket
from gen_tck.reference.vm import ErlangError, OutOfScope, Process, Vm
from gen_tck.spec import clauses
from gen_tck.spec.terms import Pid, Term

PROFILES = frozenset(clauses.PROFILES)
OUTSIDE = Pid(0)
"""Who sends the exit signals that come from outside: no process of the VM, so that ``normal`` ends nobody."""
SETTLING_TURNS = 100_000
"""A reference that is not at rest after so many turns keeps running: some model of a broken implementation does."""
VIRTUAL_SECONDS = 1.5
"""So far a virtual clock goes for something that may be due, beside what is owed."""
SETTLED_ROUNDS = 2
"""Looks at the kernel in a row that must find nothing ready before a real network counts as settled."""


class Machine(Vm):
    """A VM with a kernel to open sockets on and a driver to run them."""

    def __init__(self, kernel: Kernel, driver: type[TcpDriver], choices: Choices = USUAL) -> None:
        super().__init__(choices)
        self.kernel = kernel
        self.driver = driver


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
        """What came of it. Raises ``CallFailed`` if no clause says what does."""
        if self.refused:
            raise CallFailed(self.refused)
        if self.answer is None and self._process.ended is not None:
            return Ended(self._process.ended)
        return self.answer


class ReferenceProcess:
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
        if found is None:
            call.answer = Raised("error", a.undef)
        else:
            self._process.start(_run(call, name, found(self._process, *args)))
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
    """What the two drives have in common."""

    name: str
    clock: Literal["virtual", "real"]

    def __init__(self, driver: type[TcpDriver] = TcpDriver, functions: Functions = FUNCTIONS) -> None:
        """``functions``: what can be called, by ``module.name/arity``; any other call is ``undef``."""
        self._driver = driver
        self._functions = functions
        self.capabilities = Capabilities(
            name=self.name,
            version=version("gen-tck"),
            profiles=PROFILES,
            clock=self.clock,
            details={"python": platform.python_version()},
        )
        self._processes: list[ReferenceProcess] = []
        self._vm = self._fresh()

    @property
    @abstractmethod
    def network(self) -> Network: ...

    @abstractmethod
    def _fresh(self) -> Machine: ...

    @property
    def stops(self) -> int:
        return 0

    @abstractmethod
    def settle(self) -> bool: ...

    def spawn(self) -> ReferenceProcess:
        self._processes.append(process := ReferenceProcess(self._vm.spawn(), self._functions))
        return process

    def clear(self) -> None:
        self._processes.clear()
        self._vm.discard()
        self._vm = self._fresh()

    @abstractmethod
    def close(self) -> None: ...


class SimulatedNode(ReferenceNode):
    """The reference on a simulated network with a virtual clock: instant and exactly repeatable."""

    name = "reference"
    clock = "virtual"
    choices = USUAL
    """What no rule decides, from the next ``clear`` on."""

    def _fresh(self) -> Machine:
        self._network = SimulatedNetwork(self.choices)
        return Machine(self._network, self._driver, self.choices)  # type: ignore[arg-type]

    @property
    def network(self) -> Network:
        return SimulatedPeers(self._network)

    @property
    def mattered(self) -> frozenset[str]:
        """The choices that made a difference since the last ``clear``: with others, something else may be seen."""
        return frozenset(self._network.mattered | self._vm.mattered)

    def settle(self) -> bool:
        vm, network = self._vm, self._network
        for _ in range(SETTLING_TURNS):
            if not (vm.run_queue or network.changes or vm.run_slow()):
                return True
            vm.run()
            network.turn()
        return False

    def advance(self, milliseconds: int) -> None:
        until = self._vm.now + milliseconds
        self.settle()
        while (due := self._vm.next_timer()) is not None and due <= until:
            self._vm.tell_time(due)
            self.settle()
        self._vm.tell_time(until)

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        began = self._vm.now
        until = began + int((owed + VIRTUAL_SECONDS) * 1000)
        while True:
            rest = self.settle()
            if condition():
                return Waited(True)
            if not rest:
                return Waited(False, restless=True)
            if self._vm.run_queue or self._network.changes:  # looking changed something
                continue
            due = self._vm.next_timer()
            if due is None or due > until:
                return Waited(False, seconds=(until - began) / 1000)
            self._vm.tell_time(due)

    def close(self) -> None:
        """Nothing outlives the Python process."""


class SimulatedPeers:
    """The kit's own sockets on the simulated network."""

    def __init__(self, network: SimulatedNetwork) -> None:
        self._network = network

    def listen(self, *, receive_buffer: int | None = None) -> PeerListener:
        options: dict[str, object] = {} if receive_buffer is None else {"recbuf": receive_buffer}
        return SimulatedPeerListener(self._network.listen(0, options))

    def connect(self, port: int, *, receive_buffer: int | None = None) -> Peer:
        options: dict[str, object] = {} if receive_buffer is None else {"recbuf": receive_buffer}
        try:
            return SimulatedPeer(self._network.connect(("127.0.0.1", port), options))
        except SocketError as error:
            raise ConnectionRefusedError(error.reason) from None


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

    def reset(self) -> None:
        if not self.socket.closed:
            self.socket.abort()


class LoopbackNode(ReferenceNode):
    """The reference on real loopback sockets, with the real clock."""

    name = "reference-loopback"
    clock = "real"
    _kernel: LoopbackKernel | None = None

    def _fresh(self) -> Machine:
        if self._kernel is not None:
            self._kernel.close()
        self._kernel = LoopbackKernel()
        self.pace = waiting.Pace()
        return Machine(self._kernel, self._driver)  # type: ignore[arg-type]

    @property
    def stops(self) -> int:
        return self.pace.stops

    @property
    def network(self) -> Network:
        return LoopbackNetwork()

    def _turn(self, seconds: float = 0.0) -> bool:
        """Let the VM do what it can, waiting at most ``seconds`` for a socket; whether anything happened."""
        assert self._kernel is not None
        interrupts.check()
        self._vm.tell_time(int(time.monotonic() * 1000))
        ran = bool(self._vm.run_queue)
        self._vm.run()
        return self._kernel.turn(0.0 if ran else seconds) or ran or bool(self._vm.run_queue)

    def settle(self) -> bool:
        return waiting.settle(self)

    def advance(self, milliseconds: int) -> None:
        until = time.monotonic() + milliseconds / 1000
        while (left := until - time.monotonic()) > 0:
            self._turn(min(left, 0.001))
        self.settle()

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        return waiting.Wait(self, condition, owed, progress)()

    def pump(self, seconds: float) -> bool:
        return self._turn(seconds)

    def echo(self) -> bool:
        began, quiet = time.monotonic(), 0
        for _ in range(SETTLING_TURNS):
            quiet = 0 if self._turn() else quiet + 1
            if quiet == SETTLED_ROUNDS:
                break
        self.pace.note("settle", time.monotonic() - began)
        return quiet == SETTLED_ROUNDS

    def look(self) -> tuple[Status, ...]:
        return tuple([process.status() for process in self._processes])

    def close(self) -> None:
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = None


def open_simulated() -> SimulatedNode:
    """A reference node on a simulated network."""
    return SimulatedNode()


def open_loopback() -> LoopbackNode:
    """A reference node on real loopback sockets."""
    return LoopbackNode()


Transition: TypeAlias = tuple[str, str, bool]
"""A transition of a socket: its life, the event, and whether it was active."""
Passage: TypeAlias = tuple[Transition | None, Transition]
"""A transition that a socket went through, after the one that it had gone through before."""

TRANSITIONS: tuple[Transition, ...] = tuple((life.value, event, active) for life, event, active in TABLE)
"""All that the reference's table speaks of."""


class ObservedNode(SimulatedNode):
    """A simulated node that notes every transition its sockets go through."""

    def __init__(self, driver: type[TcpDriver] = TcpDriver, functions: Functions = FUNCTIONS) -> None:
        self.passages: list[Passage] = []
        """The transitions of all sockets since the last ``clear``, oldest first."""
        self.drivers: list[Any] = []
        """The drivers of all sockets since the last ``clear``, also of those that are closed."""
        note, made = self.passages.append, self.drivers.append
        named = {(life, event, active): (life.value, event, active) for life, event, active in driver.table}

        class Observed(driver):  # type: ignore[valid-type, misc]
            last: Transition | None = None

            def __init__(self, *args: Any) -> None:
                super().__init__(*args)
                made(self)

            def happens(self, event: str, detail: Any = None) -> None:
                before, self.last = self.last, named[self.life, event, self.active is not a.false]
                note((before, self.last))
                super().happens(event, detail)

            def watches(self) -> bool:
                return bool(self._wants_input() or self.output)

        super().__init__(Observed, functions)

    def clear(self) -> None:
        self.passages.clear()
        self.drivers.clear()
        super().clear()

    @property
    def machine(self) -> Machine:
        """The VM as it is now."""
        return self._vm

    def input_is_awaited(self) -> bool:
        """Whether any socket of the reference reads what comes, or waits for room to write."""
        return any(port.driver.watches() for port in self._vm.ports.values())  # type: ignore[attr-defined]

    def time_is_awaited(self) -> bool:
        """Whether anything would happen if only time passed."""
        return self._vm.next_timer() is not None
