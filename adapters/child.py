"""A node behind the wire protocol: a child process of the kit."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from msgspec import UNSET, UnsetType

from gen_tck.adapters import interrupts, waiting, wire
from gen_tck.adapters.bounded import TooMuch
from gen_tck.adapters.channel import Channel
from gen_tck.adapters.interface import (
    AdapterError,
    CallFailed,
    Capabilities,
    Ended,
    NodeDied,
    NodeUnavailable,
    Outcome,
    OverLimit,
    Raised,
    Returned,
    Status,
    Waited,
)
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.adapters.listener import LOOPBACK, Listener
from gen_tck.adapters.loopback import LoopbackNetwork
from gen_tck.adapters.program import Program
from gen_tck.adapters.starting import LOOK_SECONDS, Clock
from gen_tck.spec.calls import CALLS
from gen_tck.spec.clauses import PROFILES, expand
from gen_tck.spec.terms import Pid, Term

_LONGEST_SLICE = 0.064
"""An answer is waited for in slices of so many seconds, so that a kit that was stopped counts none but the last."""
_EVENTS_SECONDS = 60.0
"""Events may come in bursts, and all at once when the kit stood still: so many seconds' worth of them."""


class ChildCall:
    """A call under way or done in a child."""

    outcome: Outcome | None = None


class ChildProcess:
    """A process of a child node."""

    def __init__(self, node: ChildNode, pid: Pid) -> None:
        self._node = node
        self._call: ChildCall | None = None
        self.pid = pid

    @property
    def is_in_call(self) -> bool:
        """Whether a call of it is under way, as far as the kit has been told."""
        return self._call is not None and self._call.outcome is None

    def call(self, module: str, function: str, args: Sequence[Term]) -> ChildCall:
        if self.is_in_call:
            raise RuntimeError(f"{self.pid!r} has a call under way already")
        self._call = self._node.start_call(self.pid.number, module, function, args)
        return self._call

    def mailbox(self) -> tuple[Term, ...]:
        answer = self._node.ask(wire.MailboxRequest(self._node.next_id(), self.pid.number))
        messages, most = self._node.present(answer, "messages"), self._node.limits.mailbox
        if len(messages) > most:
            raise self._node.over(f"a mailbox with over {most} messages", "mailbox")
        return tuple([self._node.term(each) for each in messages])

    def take(self, count: int) -> None:
        self._node.post(wire.TakeRequest(self._node.next_id(), self.pid.number, count))

    def exit(self, reason: Term) -> None:
        self._node.post(wire.ExitRequest(self._node.next_id(), self.pid.number, wire.to_json(reason)))

    def status(self) -> Status:
        answer = self._node.ask(wire.StatusRequest(self._node.next_id(), self.pid.number))
        status: Status = self._node.present(answer, "status")
        return status


class ChildNode:
    """A node (:class:`gen_tck.adapters.interface.Node`) that a connected child process plays."""

    command: tuple[str, ...] = ()
    """The words that started it, if the kit compiled something for it."""

    def __init__(self, child: Program, channel: Channel, token: str, what: str, limits: Limits = DEFAULTS) -> None:
        """Shake hands over ``channel``. ``what`` names the node in messages. Raises ``NodeError``."""
        self._child = child
        self._channel = channel
        self._what = what
        self.limits = limits
        """What it may cost. Whoever holds a node may set it."""
        self._events = _Events()
        self._last_id = 0
        self._answers: dict[int, wire.Answer | None] = {}
        self._posted: set[int] = set()
        self._calls: dict[int, ChildCall] = {}
        self._processes: dict[int, ChildProcess] = {}
        self._closed = False
        self.pace = waiting.Pace()
        self.network = LoopbackNetwork()
        try:
            self.capabilities = self._shake_hands(token)
        except BaseException:
            self._end(0)
            raise

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._child.pid

    # Starting and ending

    def _shake_hands(self, token: str) -> Capabilities:
        seconds = self.limits.start
        clock = Clock(self._child.pid)
        while (line := self._channel.line()) is None:
            self._check_unfinished("its handshake", "handshake", self.limits.handshake)
            if self._channel.ended:
                self._child.check_output(self._what)
                raise NodeUnavailable(f"{self._what} ended before the handshake ({self._child.ending()})")
            if clock() >= seconds:
                printed = f"it printed {self._child.output_tail()!r}"
                raise NodeUnavailable(f"{self._what} sent no handshake in {seconds:g} s; {printed}")
            interrupts.check()
            self._channel.pump(LOOK_SECONDS)
        if len(line) > self.limits.handshake:
            raise self.over(f"its handshake has over {self.limits.handshake} bytes", "handshake")
        try:
            hello = wire.read_hello(line, self.limits)
        except TooMuch as reason:
            raise self.over(f"its handshake: {reason.what}", reason.limit) from None
        except wire.WireError as reason:
            # It quotes the line, which may have the token in it.
            raise self._broke(f"its handshake: {str(reason).replace(token, '...')}") from None
        if hello.gen_tck != wire.VERSION:
            raise self._broke(f"it speaks version {hello.gen_tck}, this kit version {wire.VERSION}")
        if not hmac.compare_digest(hello.token.encode(), token.encode()):
            raise self._broke("its handshake does not repeat the token it was given")
        self._check_claims(hello)
        calls = None if hello.calls is None else frozenset(hello.calls)
        profiles = frozenset(hello.profiles)
        return Capabilities(hello.name, hello.version, profiles, hello.clock, hello.homepage, calls, hello.details)

    def _check_claims(self, hello: wire.Hello) -> None:
        """Raise the error of a child that claims what does not exist: its author meant something else."""
        for kind, claimed, known, where in (
            ("profile", expand(hello.profiles), PROFILES, "PROTOCOL.md has a table of them"),
            ("call", hello.calls or (), CALLS, "gen_tck.spec.calls has them all"),
        ):
            unknown = sorted(set(claimed) - set(known))
            if unknown:
                name = unknown[0]
                near = get_close_matches(name, known, 1) if len(name) < wire.MOST_SHOWN else ()
                hint = f"did you mean {near[0]}?" if near else where
                raise self._broke(f"its handshake claims an unknown {kind}, {wire.shown(repr(name))}: {hint}")

    def close(self) -> None:
        """End the child: it is asked to, has a moment, and is killed. Idempotent."""
        if not self._closed:
            self._channel.send(wire.write_request(wire.StopRequest(self.next_id())))
            self._end(0.5)

    def _broke(self, how: str) -> AdapterError:
        """The error for a child that breaks the protocol. It is ended, because nothing it says can be trusted."""
        self._end(0)
        return AdapterError(f"{self._what} broke the wire protocol: {how}")

    def over(self, what: str, limit: str) -> OverLimit:
        """The error for a child of which something passed a limit. It is ended."""
        self._end(0)
        return OverLimit(f"{self._what} went too far: {what}", limit)

    def _check_unfinished(self, what: str, limit: str, most: int) -> None:
        """Raise the error of a child whose line has no end."""
        if self._channel.unfinished > most:
            raise self.over(f"{what} has over {most} bytes", limit)

    def _end(self, grace: float) -> None:
        self._closed = True
        self._channel.close()
        self._child.end(grace)
        self.network.close()

    # Talking

    def next_id(self) -> int:
        """A fresh request id."""
        self._last_id += 1
        return self._last_id

    def ask(self, request: wire.Request) -> wire.Answer:
        """Send ``request`` and wait for its answer, so long as the limit ``answer`` says."""
        do = str(type(request).__struct_config__.tag)
        self._send(request)
        self._answers[request.id] = None
        began, left = time.monotonic(), self.limits.answer
        while (answer := self._answers[request.id]) is None:
            if left <= 0:
                self._end(0)
                took = f"`{do}` took over {self.limits.answer:g} s"
                more = "(--limit answer=N allows more)"
                raise AdapterError(f"{self._what} does not answer: {took}, so it was killed {more}")
            slept = time.monotonic()
            self._pump(min(left, _LONGEST_SLICE))
            left -= min(time.monotonic() - slept, _LONGEST_SLICE)
        del self._answers[request.id]
        self.pace.note(do, time.monotonic() - began)
        self._check(answer)
        return answer

    def post(self, request: wire.Request) -> None:
        """Send ``request``, of which nothing is awaited but that it does not fail."""
        self._send(request)
        self._posted.add(request.id)

    def _check(self, answer: wire.Answer) -> None:
        if answer.failed is not UNSET:
            raise AdapterError(f"{self._what}: {wire.describe(answer)}")

    def present(self, answer: wire.Answer, field: str) -> Any:
        """The ``field`` that ``answer`` must have."""
        value = getattr(answer, field)
        if value is UNSET:
            raise self._broke(f"an answer without `{field}` where it is due: {wire.describe(answer)}")
        return value

    def term(self, value: Any) -> Term:
        """The term for decoded JSON."""
        try:
            return wire.from_json(value)
        except wire.WireError as reason:
            raise self._broke(str(reason)) from None

    def _send(self, request: wire.Request) -> None:
        if self._closed:
            raise NodeDied(f"{self._what} is closed")
        self._channel.send(wire.write_request(request))

    def _pump(self, seconds: float) -> bool:
        """Take in what arrives within ``seconds``; whether something did."""
        if self._closed:
            raise NodeDied(f"{self._what} is closed")
        interrupts.check()
        arrived = self._channel.pump(seconds)
        while (line := self._channel.line()) is not None:
            if len(line) > self.limits.line:
                raise self.over(f"a line has over {self.limits.line} bytes", "line")
            self._handle(line)
        self._check_unfinished("a line", "line", self.limits.line)
        if self._channel.ended:
            try:
                self._child.check_output(self._what)
                raise NodeDied(f"{self._what} ended: {self._child.ending()}")
            finally:
                self._end(0)
        return arrived

    def _handle(self, line: bytes) -> None:
        try:
            answer = wire.read_answer(line, self.limits)
        except TooMuch as reason:
            raise self.over(f"a line: {reason.what}", reason.limit) from None
        except wire.WireError as reason:
            raise self._broke(str(reason)) from None
        if answer.id is UNSET:
            if not self._events.another(self.limits.events):
                raise self.over(f"over {self.limits.events} events a second", "events")
            return
        if answer.id in self._calls:
            self._calls.pop(answer.id).outcome = self._outcome(answer)
        elif self._answers.get(answer.id, answer) is None:
            self._answers[answer.id] = answer
        elif answer.id in self._posted:
            self._posted.remove(answer.id)
            self._check(answer)
        else:
            raise self._broke(f"an answer to request {answer.id}, which is not open: {wire.describe(answer)}")

    def _outcome(self, answer: wire.Answer) -> Outcome:
        if answer.returned is not UNSET:
            return Returned(self.term(answer.returned))
        if not isinstance(answer.raised, UnsetType):
            kind, reason = answer.raised
            return Raised(kind, self.term(reason))
        if answer.ended is not UNSET:
            return Ended(self.term(answer.ended))
        if not isinstance(answer.failed, UnsetType):
            raise CallFailed(f"{self._what} could not make a call: {wire.describe(answer)}")
        raise self._broke(f"a call's answer without `returned`, `raised` or `ended`: {wire.describe(answer)}")

    # The interface

    def spawn(self) -> ChildProcess:
        answer = self.ask(wire.SpawnRequest(self.next_id()))
        pid = self.term(self.present(answer, "pid"))
        if not isinstance(pid, Pid):
            raise self._broke(f"`pid` is {pid!r}, which is no pid")
        if pid.number in self._processes:
            raise self._broke(f"two processes have the number {pid.number}")
        self._processes[pid.number] = made = ChildProcess(self, pid)
        return made

    def start_call(self, process: int, module: str, function: str, args: Sequence[Term]) -> ChildCall:
        """Send a call, and give what will hold its outcome."""
        request = wire.CallRequest(self.next_id(), process, module, function, [wire.to_json(each) for each in args])
        self._send(request)
        self._calls[request.id] = call = ChildCall()
        return call

    @property
    def stops(self) -> int:
        return self.pace.stops

    def settle(self) -> bool:
        return waiting.settle(self)

    def advance(self, milliseconds: int) -> None:
        until = time.monotonic() + milliseconds / 1000
        while (left := until - time.monotonic()) > 0:
            self._pump(left)
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
            self._pump(max(0.0, min(left, 0.002)))
            if left <= 0:
                return condition()
        return True

    def pump(self, seconds: float) -> bool:
        return self._pump(seconds)

    def echo(self) -> bool:
        answer = self.ask(wire.SettleRequest(self.next_id()))
        self.present(answer, "ok")
        return answer.rest is not False

    def look(self) -> tuple[Status, ...]:
        return tuple([process.status() for process in self._processes.values() if process.is_in_call])

    def clear(self) -> None:
        self.ask(wire.ClearRequest(self.next_id()))
        self._calls.clear()
        self._processes.clear()


class _Events:
    """Counts events against what may come a second."""

    def __init__(self) -> None:
        self._last = time.monotonic() - _EVENTS_SECONDS
        self._seconds = 0.0

    def another(self, most: int) -> bool:
        """One more has come; whether ``most`` a second leave room for it."""
        now = time.monotonic()
        self._seconds = min(_EVENTS_SECONDS, self._seconds + now - self._last) - 1 / most
        self._last = now
        return self._seconds >= 0


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
