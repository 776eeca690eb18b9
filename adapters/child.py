"""A node behind the wire protocol: a child process of the kit, seen as the interface has a node.

What is said to it and what comes back goes by :class:`~gen_tck.adapters.client.WireClient`; how it introduces itself is
:mod:`~gen_tck.adapters.handshake`.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, TypeAlias

from gen_tck.adapters import waiting, wire
from gen_tck.adapters.channel import Channel
from gen_tck.adapters.client import WireClient
from gen_tck.adapters.descriptors import Descriptors
from gen_tck.adapters.handshake import shake_hands
from gen_tck.adapters.interface import Census, NodeUnavailable, Status, Waited
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.adapters.listener import LOOPBACK, Listener
from gen_tck.adapters.loopback import LoopbackNetwork
from gen_tck.adapters.namespace import Namespace
from gen_tck.adapters.processes import ChildProcess, DrainedProcess
from gen_tck.adapters.program import Program
from gen_tck.adapters.starting import Deadline
from gen_tck.spec.counted import Counted
from gen_tck.spec.terms import Pid

Transport: TypeAlias = Literal["dial", "stdio"]
"""How a program is talked to: it dials back, or over its standard input and output."""
_NO_DIAL = {"GEN_TCK_HOST": None, "GEN_TCK_PORT": None, "GEN_TCK_TOKEN": None}
"""What an outer kit's node must not pass on: a program may tell by them how it is talked to."""


class ChildNode:
    """A node (:class:`gen_tck.adapters.interface.Node`) that a connected child process plays."""

    command: tuple[str, ...] = ()
    """The words that started it, if the kit compiled something for it."""

    def __init__(
        self,
        child: Program,
        channel: Channel,
        token: str | None,
        what: str,
        limits: Limits = DEFAULTS,
        namespace: Namespace | None = None,
    ) -> None:
        """Shake hands over ``channel``. ``what`` names the node in messages, ``namespace`` is where it is.

        Raises ``NodeError``.
        """
        self.pid = child.pid
        """The process id of the child."""
        self.network = LoopbackNetwork(namespace)
        self._client = WireClient(child, channel, what, limits, self.network.close)
        self._processes: dict[int, ChildProcess] = {}
        self.pace = self._client.pace
        try:
            if namespace is not None:
                namespace.check(self.pid)
            self.capabilities = shake_hands(self._client, token)
        except BaseException:
            self._client.end()
            raise
        self._descriptors = Descriptors(self.pid)

    @property
    def client(self) -> WireClient:
        """The kit's end of the wire, for whoever looks at how the protocol is spoken."""
        return self._client

    @property
    def limits(self) -> Limits:
        """What it may cost. Whoever holds a node may set it."""
        return self._client.limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._client.limits = limits

    def close(self) -> None:
        """End the child: it is asked to, has a moment, and is killed. Idempotent."""
        self._client.close()

    def spawn(self) -> ChildProcess:
        answer = self._client.ask(wire.SpawnRequest(self._client.next_id()))
        pid = self._client.term(self._client.present(answer, "pid"))
        if not isinstance(pid, Pid):
            raise self._client.broke(f"`pid` is {pid!r}, which is no pid")
        if pid.number in self._processes:
            raise self._client.broke(f"two processes have the number {pid.number}")
        drains = self.capabilities.mailbox == "drain"
        made = DrainedProcess(self._client, pid, self._processes) if drains else ChildProcess(self._client, pid)
        self._processes[pid.number] = made
        return made

    @property
    def stops(self) -> int:
        return self.pace.stops

    @property
    def _only_echoes(self) -> bool:
        return self.capabilities.settle == "echo"

    def settle(self) -> bool:
        return waiting.settle_by_echo(self) if self._only_echoes else waiting.settle(self)

    def advance(self, milliseconds: int) -> None:
        until = time.monotonic() + milliseconds / 1000
        while (left := until - time.monotonic()) > 0:
            self._client.pump(left)
        self.settle()

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        pauses = waiting.ECHO_PAUSES if self._only_echoes else waiting.PAUSES
        return waiting.Wait(self, condition, owed, progress, pauses=pauses)()

    def run_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Let the node run until ``condition()`` holds; false after ``seconds``. For what no quiet round can show.

        What counts is time that the node had: none passes while it waits for a processor.
        """
        deadline = Deadline(self._client.child.pid, seconds)
        while not condition():
            over = seconds <= 0 or deadline.passed()
            self._client.pump(0.0 if over else 0.002)
            if over:
                return condition()
        return True

    def pump(self, seconds: float) -> bool:
        return self._client.pump(seconds)

    def echo(self) -> bool:
        answer = self._client.ask(wire.SettleRequest(self._client.next_id()))
        self._client.present(answer, "ok")
        return answer.rest is not False

    def look(self) -> tuple[Status | int, ...]:
        in_calls = [process.status() for process in self._processes.values() if process.is_in_call]
        if not self._only_echoes:
            return tuple(in_calls)
        # It may say that it is at rest while messages are still on their way.
        drains = self.capabilities.mailbox == "drain"
        seen = [each for each in self._processes.values() if not (drains and each.is_in_call)]
        return (*in_calls, *[len(process.mailbox()) for process in seen])

    def census(self) -> Census:
        answer = self._client.ask(wire.CensusRequest(self._client.next_id()))
        census: dict[Counted, int] = self._client.present(answer, "census")
        if "descriptors" not in census and (count := self._descriptors.count()) is not None:
            census["descriptors"] = count
        return census

    def descriptors(self) -> int | None:
        """How many descriptors it has got since it was started, or cleared; ``None`` where nobody can tell."""
        return self._descriptors.count()

    def clear(self) -> None:
        self._client.ask(wire.ClearRequest(self._client.next_id()))
        self._client.forget_calls()
        self._processes.clear()
        if "census" in self.capabilities.profiles:
            self._descriptors.count_anew()


class StartedChild:
    """A program that was started and has not been waited for yet. Whoever has one finishes or ends it."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        what: str = "",
        limits: Limits = DEFAULTS,
        transport: Transport = "dial",
        namespace: Namespace | None = None,
    ) -> None:
        """Start ``command``, of which :func:`open_child` says more, in ``namespace`` if there is one.

        Raises ``NodeUnavailable`` if it cannot be.
        """
        self._namespace = namespace
        if namespace is not None:
            command, what = namespace.command(command), what or f"`{command[0]}`"
        self._what = what or f"`{command[0]}`"
        self._limits = limits
        self._listener: Listener | None = None
        self._channel: Channel | None = None
        told: dict[str, str | None] = {**(environment or {}), "GEN_TCK_PROTOCOL": wire.PROTOCOL, **_NO_DIAL}
        if transport == "dial":
            self._listener = listener = Listener(limits, namespace)
            told |= {
                "GEN_TCK_HOST": LOOPBACK,
                "GEN_TCK_PORT": str(listener.port),
                "GEN_TCK_TOKEN": listener.token,
            }
            with _closed_on_error(listener.close):
                self._child = Program(command, told, output=limits.output, descriptors=limits.descriptors)
        else:
            ours, its = _pair()
            with its, _closed_on_error(ours.close):
                most = limits.descriptors
                self._child = child = Program(command, told, stdio=its, output=limits.output, descriptors=most)
            self._channel = Channel(ours, lambda: child.status() is not None)

    def finish(self) -> ChildNode:
        """Wait until it is there and has shaken hands. Raises ``NodeError`` if it is not, or does that wrong."""
        token = None
        channel = self._channel
        if self._listener is not None:
            try:
                with _closed_on_error(self._child.end):
                    channel = self._listener.admit(self._child, self._what)
            finally:
                self._listener.close()
            token = self._listener.token
        assert channel is not None
        return ChildNode(self._child, channel, token, self._what, self._limits, self._namespace)

    def end(self) -> None:
        """End it, if nobody wants it any more."""
        for each in (self._listener, self._channel):
            if each is not None:
                each.close()
        self._child.end()


@contextmanager
def _closed_on_error(close: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        close()
        raise


def _pair() -> tuple[socket.socket, socket.socket]:
    try:
        return socket.socketpair()
    except OSError as reason:
        raise NodeUnavailable(f"the kit cannot talk to a node: {reason.strerror or reason}") from None


def open_child(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    what: str = "",
    limits: Limits = DEFAULTS,
    transport: Transport = "dial",
    namespace: Namespace | None = None,
) -> ChildNode:
    """Start ``command``, which speaks the wire protocol (``PROTOCOL.md``), and shake hands with it.

    Either it dials back, and finds ``GEN_TCK_HOST``, ``GEN_TCK_PORT`` and ``GEN_TCK_TOKEN`` in its environment, or it
    talks over its standard input and output. ``GEN_TCK_PROTOCOL`` is what the kit speaks. It is in ``namespace``, if
    there is one. Raises ``NodeUnavailable`` if it does not come up, ``NodeError`` if it breaks the protocol.
    """
    return StartedChild(command, environment, what, limits, transport, namespace).finish()
