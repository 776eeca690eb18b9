"""A node behind the wire protocol: a child process of the kit, seen as the interface has a node.

What is said to it and what comes back goes by :class:`~gen_tck.adapters.client.WireClient`; how it introduces itself is
:mod:`~gen_tck.adapters.handshake`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from gen_tck.adapters import waiting, wire
from gen_tck.adapters.channel import Channel
from gen_tck.adapters.client import ChildCall, WireClient
from gen_tck.adapters.handshake import shake_hands
from gen_tck.adapters.interface import Status, Waited
from gen_tck.adapters.json_terms import to_json
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.adapters.listener import LOOPBACK, Listener
from gen_tck.adapters.loopback import LoopbackNetwork
from gen_tck.adapters.program import Program
from gen_tck.spec.terms import Pid, Term


class ChildProcess:
    """A process of a child node."""

    def __init__(self, client: WireClient, pid: Pid) -> None:
        self._client = client
        self._call: ChildCall | None = None
        self.pid = pid

    @property
    def is_in_call(self) -> bool:
        """Whether a call of it is under way, as far as the kit has been told."""
        return self._call is not None and self._call.outcome is None

    def call(self, module: str, function: str, args: Sequence[Term]) -> ChildCall:
        if self.is_in_call:
            raise RuntimeError(f"{self.pid!r} has a call under way already")
        self._call = self._client.call(self.pid.number, module, function, args)
        return self._call

    def mailbox(self) -> tuple[Term, ...]:
        answer = self._client.ask(wire.MailboxRequest(self._client.next_id(), self.pid.number))
        messages, most = self._client.present(answer, "messages"), self._client.limits.mailbox
        if len(messages) > most:
            raise self._client.over(f"a mailbox with over {most} messages", "mailbox")
        return tuple([self._client.term(each) for each in messages])

    def take(self, count: int) -> None:
        self._client.post(wire.TakeRequest(self._client.next_id(), self.pid.number, count))

    def exit(self, reason: Term) -> None:
        self._client.post(wire.ExitRequest(self._client.next_id(), self.pid.number, to_json(reason)))

    def status(self) -> Status:
        answer = self._client.ask(wire.StatusRequest(self._client.next_id(), self.pid.number))
        status: Status = self._client.present(answer, "status")
        return status


class ChildNode:
    """A node (:class:`gen_tck.adapters.interface.Node`) that a connected child process plays."""

    command: tuple[str, ...] = ()
    """The words that started it, if the kit compiled something for it."""

    def __init__(self, child: Program, channel: Channel, token: str, what: str, limits: Limits = DEFAULTS) -> None:
        """Shake hands over ``channel``. ``what`` names the node in messages. Raises ``NodeError``."""
        self.pid = child.pid
        """The process id of the child."""
        self.network = LoopbackNetwork()
        self._client = WireClient(child, channel, what, limits, self.network.close)
        self._processes: dict[int, ChildProcess] = {}
        self.pace = self._client.pace
        try:
            self.capabilities = shake_hands(self._client, token)
        except BaseException:
            self._client.end()
            raise

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
        self._processes[pid.number] = made = ChildProcess(self._client, pid)
        return made

    @property
    def stops(self) -> int:
        return self.pace.stops

    def settle(self) -> bool:
        return waiting.settle(self)

    def advance(self, milliseconds: int) -> None:
        until = time.monotonic() + milliseconds / 1000
        while (left := until - time.monotonic()) > 0:
            self._client.pump(left)
        self.settle()

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        return waiting.Wait(self, condition, owed, progress)()

    def run_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Let the node run until ``condition()`` holds; false after ``seconds``. For what no quiet round can show."""
        until = time.monotonic() + seconds
        while not condition():
            left = until - time.monotonic()
            self._client.pump(max(0.0, min(left, 0.002)))
            if left <= 0:
                return condition()
        return True

    def pump(self, seconds: float) -> bool:
        return self._client.pump(seconds)

    def echo(self) -> bool:
        answer = self._client.ask(wire.SettleRequest(self._client.next_id()))
        self._client.present(answer, "ok")
        return answer.rest is not False

    def look(self) -> tuple[Status, ...]:
        return tuple([process.status() for process in self._processes.values() if process.is_in_call])

    def clear(self) -> None:
        self._client.ask(wire.ClearRequest(self._client.next_id()))
        self._client.forget_calls()
        self._processes.clear()


def open_child(
    command: Sequence[str], environment: Mapping[str, str] | None = None, what: str = "", limits: Limits = DEFAULTS
) -> ChildNode:
    """Start ``command``, which dials back and speaks the wire protocol (``PROTOCOL.md``).

    It finds ``GEN_TCK_HOST``, ``GEN_TCK_PORT`` and ``GEN_TCK_TOKEN`` in its environment. Raises ``NodeUnavailable`` if
    it does not come up, ``NodeError`` if it breaks the protocol.
    """
    what = what or f"`{command[0]}`"
    listener = Listener(limits)
    try:
        dial = {"GEN_TCK_HOST": LOOPBACK, "GEN_TCK_PORT": str(listener.port), "GEN_TCK_TOKEN": listener.token}
        child = Program(command, {**(environment or {}), **dial}, output=limits.output)
        try:
            channel = listener.admit(child, what)
        except BaseException:
            child.end()
            raise
    finally:
        listener.close()
    return ChildNode(child, channel, listener.token, what, limits)
