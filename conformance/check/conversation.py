"""The kit's end of a connection, when the other end is on trial: each line is looked at as it comes.

:class:`~gen_tck.adapters.client.WireClient` ends a program that breaks the protocol, and is done. Here the breach is
what is looked for, so the requests are made by hand, also wrong ones, and what comes back is kept by id.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from msgspec import UNSET, UnsetType

from gen_tck.adapters import interrupts, wire
from gen_tck.adapters.bounded import TooMuch
from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.interface import OverLimit
from gen_tck.adapters.json_terms import WireError, from_json
from gen_tck.adapters.program import FLUSH
from gen_tck.adapters.restarting import RestartingNode
from gen_tck.adapters.starting import LOOK_SECONDS, Clock
from gen_tck.conformance.check import breaches
from gen_tck.conformance.check.breaches import Broken, Skipped
from gen_tck.conformance.check.ways import ways_of
from gen_tck.spec.calls import CALLS
from gen_tck.spec.printable import shown
from gen_tck.spec.terms import Pid, Term, show

_ANSWERS = ("pid", "returned", "raised", "ended", "messages", "status", "ok", "failed")


class Conversation:
    """Requests to the program that plays ``node``, and its answers."""

    node: ChildNode
    """The program."""

    def __init__(self, node: ChildNode | RestartingNode) -> None:
        self._restarting = node if isinstance(node, RestartingNode) else None
        self._talk_to(node if isinstance(node, ChildNode) else node.program())
        self.ways = ways_of(node)
        """How the node is reached."""
        self.drains = "drain" in self.ways
        """Whether mailboxes can only be drained."""

    def _talk_to(self, node: ChildNode) -> None:
        self.node = node
        self._client = node.client
        self._open: set[int] = set()
        self._came: dict[int, wire.Answer] = {}
        self._order: list[int] = []
        """The requests that were answered, as the answers came."""
        self._kept: dict[int, list[Term]] = {}
        """What was taken out of mailboxes that can only be drained, by process."""

    def start_anew(self) -> None:
        """Have the program ended and started anew, as at a clear, by way of a spare."""
        assert self._restarting is not None
        self._restarting.clear()
        if self._restarting.lost:
            raise Broken(f"a spare was of no use when it was wanted: {self._restarting.lost}")
        self._talk_to(self._restarting.program())

    def end(self) -> None:
        """End the program, and a spare if there is one."""
        self._client.end()
        if self._restarting is not None:
            self._restarting.close()

    @property
    def patience(self) -> float:
        """How many seconds an answer is waited for: the limit ``answer``."""
        return self._client.limits.answer

    # Asking

    def new_id(self) -> int:
        """An id for a request."""
        return self._client.next_id()

    def line(self, do: str, number: int, **fields: Any) -> bytes:
        """A request as a line, for whoever sends it in a way of his own. Its answer is due from now on."""
        self._open.add(number)
        return json.dumps({"do": do, "id": number, **fields}, ensure_ascii=False).encode() + b"\n"

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._client.channel.send(data)

    def begin(self, do: str, **fields: Any) -> int:
        """Send a request, and give its id."""
        number = self.new_id()
        self.write(self.line(do, number, **fields))
        return number

    def ask(self, do: str, **fields: Any) -> wire.Answer:
        """Send a request and wait for its answer."""
        return self.answer(self.begin(do, **fields), f"`{do}`")

    def answer(self, number: int, what: str) -> wire.Answer:
        """The answer to request ``number``, which ``what`` names."""
        self.until(lambda: number in self._came, f"{what} was not answered in {self.patience:g} s")
        return self._came.pop(number)

    def has_come(self, number: int) -> bool:
        """Whether request ``number`` is answered, as far as was read."""
        return number in self._came

    def came_before(self, number: int, other: int) -> bool:
        """Whether request ``number`` was answered before ``other``, which is answered."""
        return number in self._order[: self._order.index(other)]

    def until(self, condition: Callable[[], bool], complaint: str) -> None:
        """Take in what comes until ``condition()`` holds. Raises ``Broken(complaint)`` if it does not in time."""
        if not self.waited(condition):
            silent = not self._order
            raise Broken(complaint + FLUSH if silent else complaint, breaches.SILENT if silent else None)

    def waited(self, condition: Callable[[], bool], seconds: float | None = None) -> bool:
        """The same, within ``seconds``: whether it came to hold.

        They are those of the program: while it waits for a processor, none passes.
        """
        limit = self.patience if seconds is None else seconds
        began, clock = time.monotonic(), None
        while not condition():
            if clock is not None or time.monotonic() - began >= LOOK_SECONDS:  # a clock takes time itself
                clock = clock or Clock(self._client.child.pid)
                if clock() >= limit:
                    return False
            self.pump(LOOK_SECONDS)
        return True

    # What comes

    def pump(self, seconds: float) -> None:
        """Take in what comes within ``seconds``."""
        interrupts.check()
        channel, limits = self._client.channel, self._client.limits
        channel.pump(seconds)
        while (line := channel.line()) is not None:
            if len(line) > limits.line:
                raise Broken(f"a line has over {limits.line} bytes (limit line)")
            self._take(line)
        if channel.unfinished > limits.line:
            raise Broken(f"a line has over {limits.line} bytes (limit line)")
        if channel.ended:
            raise Broken(f"the program ended: {self._ending()}")

    def _ending(self) -> str:
        try:
            self._client.child.check_output("it")
        except OverLimit as reason:
            return str(reason)
        return self._client.child.ending()

    def _take(self, line: bytes) -> None:
        try:
            answer = wire.read_answer(line, self._client.limits, self._client.minor)
        except (TooMuch, WireError) as reason:
            raise Broken(f"a line that is none of the protocol: {reason}", breaches.NO_LINE) from None
        if isinstance(answer.id, UnsetType):
            return  # an event
        if answer.id not in self._open:
            raise Broken(f"an answer to request {answer.id}, which is not open: {wire.describe(answer)}")
        if not any(getattr(answer, each) is not UNSET for each in _ANSWERS):
            raise Broken(f"an answer to request {answer.id} that says nothing")
        self._open.remove(answer.id)
        self._came[answer.id] = answer
        self._order.append(answer.id)

    # Requests by name, of which the answer must be the right one

    def spawn(self) -> int:
        """A new process, by the number of its pid."""
        return self._spawned(self.begin("spawn"))

    def spawn_several(self, count: int) -> list[int]:
        """So many, asked for together."""
        numbers = [self.new_id() for _ in range(count)]
        self.write(b"".join([self.line("spawn", each) for each in numbers]))
        return [self._spawned(each) for each in numbers]

    def _spawned(self, number: int) -> int:
        pid = self.term(_field(self.answer(number, "`spawn`"), "pid", "`spawn`"))
        if not isinstance(pid, Pid):
            raise Broken(f"`spawn` was answered with the pid {show(pid)}, which is none")
        return pid.number

    def status(self, process: int) -> str:
        """What the process is doing."""
        return str(_field(self.ask("status", process=process), "status", "`status`"))

    def mailbox(self, process: int) -> list[Term]:
        """The messages of the process, which are drained if they cannot be looked at."""
        if not self.drains:
            return self._messages(self.ask("mailbox", process=process), "`mailbox`")
        kept = self._kept.setdefault(process, [])
        kept += self.drained(self.ask("take", process=process))
        return list(kept)

    def drained(self, answer: wire.Answer) -> list[Term]:
        """What a `take` without a `count` was answered."""
        return self._messages(answer, "`take` without a `count`")

    def _messages(self, answer: wire.Answer, what: str) -> list[Term]:
        messages: list[Any] = _field(answer, "messages", what)
        return [self.term(each) for each in messages]

    def take(self, process: int, count: int) -> None:
        """Remove the oldest messages of the process; what is drained is gone already."""
        if self.drains:
            del self._kept.setdefault(process, [])[:count]
        else:
            self.do("take", process=process, count=count)

    def do(self, do: str, **fields: Any) -> None:
        """Make a request that is answered ``ok``."""
        _field(self.ask(do, **fields), "ok", f"`{do}`")

    def settle(self) -> int:
        """Let the program come to rest; the id of the request."""
        number = self.begin("settle")
        _field(self.answer(number, "`settle`"), "ok", "`settle`")
        return number

    def exit(self, process: int, reason: Term) -> None:
        """Send an exit signal."""
        self.do("exit", process=process, reason=self._client.json(reason))

    # Calls

    def begin_call(self, process: int, call: str, *args: Term) -> int:
        """Begin a call, ``module.function/arity``, and give its id. Skips the exchange if the call is not claimed."""
        self._see_claimed(call)
        module, _, rest = call.partition(".")
        function = rest.partition("/")[0]
        said = [self._client.json(each) for each in args]
        return self.begin("call", process=process, module=module, function=function, args=said)

    def call(self, process: int, call: str, *args: Term) -> wire.Answer:
        """Make a call, and wait for what comes of it."""
        return self.answer(self.begin_call(process, call, *args), f"a call of `{call}`")

    def returned(self, answer: wire.Answer, call: str) -> Term:
        """What a call returned that is only made so that something else can be looked at."""
        if answer.returned is UNSET:
            raise Skipped(f"it takes {call}, which was answered: {wire.describe(answer)}")
        return self.term(answer.returned)

    def _see_claimed(self, call: str) -> None:
        known = self.node.capabilities
        row = CALLS.get(call)
        if row is None or row.is_helper:
            return
        if row.profile not in known.profiles or (known.calls is not None and call not in known.calls):
            raise Skipped(f"it takes {call}, which the node does not claim")

    def term(self, value: Any) -> Term:
        """The term for decoded JSON."""
        try:
            return from_json(value)
        except WireError as reason:
            raise Broken(str(reason), breaches.NO_TERM) from None


def _field(answer: wire.Answer, name: str, what: str) -> Any:
    value = getattr(answer, name)
    if value is UNSET:
        raise Broken(f"{what} was answered without `{name}`: {_said(answer)}")
    return value


def _said(answer: wire.Answer) -> str:
    return f"failed, {shown(answer.failed)}" if isinstance(answer.failed, str) else wire.describe(answer)


def expect_failed(answer: wire.Answer, what: str) -> None:
    """Raise ``Broken`` unless ``what`` was answered ``failed``."""
    if answer.failed is UNSET:
        raise Broken(f"{what} was answered: {wire.describe(answer)}")


def expect(seen: object, wanted: object, what: str) -> None:
    """Raise ``Broken`` unless ``what`` is as wanted."""
    if seen != wanted:
        raise Broken(f"{what} is {seen}, not {wanted}")


def described(answer: wire.Answer) -> str:
    """What an answer says, for people."""
    return _said(answer)
