"""The kit's end of the wire protocol: requests with ids go out, answers and events come in, within limits.

Whoever plays the other end is a stranger. What it says wrong, too late or too often ends it, and is an ``AdapterError``
that says so; that it ended by itself is ``NodeDied``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET, UnsetType

from gen_tck.adapters import interrupts, tap, waiting, wire
from gen_tck.adapters.bounded import TooMuch
from gen_tck.adapters.channel import Channel
from gen_tck.adapters.interface import (
    AdapterError,
    CallFailed,
    Ended,
    NodeDied,
    Outcome,
    OverLimit,
    Raised,
    Returned,
)
from gen_tck.adapters.json_terms import WireError, from_json, to_json
from gen_tck.adapters.limits import Limits
from gen_tck.adapters.program import Program
from gen_tck.adapters.starting import LOOK_SECONDS, Deadline
from gen_tck.spec.terms import Term

_LACKING = "; if it lacks that, leave it out of `calls` (or `helpers`), or write it"
_EVENTS_SECONDS = 60.0
"""Events may come in bursts, and all at once when the kit stood still: so many seconds' worth of them."""


class Refused(AdapterError):
    """It answered that a request cannot be done at all. It goes on."""


class ChildCall:
    """A call under way or done in a child."""

    outcome: Outcome | None = None


class WireClient:
    """Requests to, and answers of, the program ``child`` over ``channel``. ``what`` names the two in messages."""

    def __init__(self, child: Program, channel: Channel, what: str, limits: Limits, on_end: Callable[[], None]) -> None:
        self.child, self.channel, self.what = child, channel, what
        self.limits = limits
        """What it may cost."""
        self.pace = waiting.Pace()
        """How long it takes to answer."""
        self.minor = 0
        """The minor of the protocol that it speaks, once it has said so."""
        self._on_end = on_end  # closes what is of no use without the child
        self._closed = False
        self._events = _Events()
        self._last_id = 0
        self._answers: dict[int, wire.Answer | None] = {}
        self._posted: set[int] = set()
        self._calls: dict[int, ChildCall] = {}

    # Ending

    def close(self) -> None:
        """End the child: it is asked to, has a moment, and is killed. Idempotent."""
        if not self._closed:
            self.channel.send(wire.write_request(wire.StopRequest(self.next_id())))
            self.end(0.5)

    def end(self, grace: float = 0) -> None:
        """End the child, at once or after ``grace`` seconds in which it may do so itself."""
        self._closed = True
        self.channel.close()
        self.child.end(grace)
        self._on_end()

    def broke(self, how: str) -> AdapterError:
        """The error for a child that breaks the protocol. It is ended, because nothing it says can be trusted."""
        self.end()
        return AdapterError(f"{self.what} broke the wire protocol: {how}")

    def over(self, what: str, limit: str) -> OverLimit:
        """The error for a child of which something passed a limit. It is ended."""
        self.end()
        return OverLimit(f"{self.what} went too far: {what}", limit)

    def check_unfinished(self, what: str, limit: str, most: int) -> None:
        """Raise the error of a child whose line has no end."""
        if self.channel.unfinished > most:
            raise self.over(f"{what} has over {most} bytes", limit)

    # Asking

    def next_id(self) -> int:
        """A fresh request id."""
        self._last_id += 1
        return self._last_id

    def ask(self, request: wire.Request, *, may_fail: bool = False) -> wire.Answer:
        """Send ``request`` and wait for its answer, so long as the limit ``answer`` says.

        ``may_fail``: that it is answered ``failed`` is no error of the adapter, but ``CallFailed``.
        """
        do = str(type(request).__struct_config__.tag)
        self._send(request)
        self._answers[request.id] = None
        began, deadline = time.monotonic(), Deadline(self.child.pid, self.limits.answer)
        while (answer := self._answers[request.id]) is None:
            if deadline.passed():
                self.end()
                took = f"`{do}` took over {self.limits.answer:g} s"
                more = "(--limit answer=N allows more)"
                raise AdapterError(f"{self.what} does not answer: {took}, so it was killed {more}")
            self.pump(LOOK_SECONDS)
        del self._answers[request.id]
        self.pace.note(do, time.monotonic() - began)
        if may_fail and answer.failed is not UNSET:
            raise CallFailed(f"{self.what} cannot `{do}` now: {wire.describe(answer)}")
        self._check(answer)
        return answer

    def post(self, request: wire.Request) -> None:
        """Send ``request``, of which nothing is awaited but that it does not fail."""
        self._send(request)
        self._posted.add(request.id)

    def call(self, process: int, module: str, function: str, args: Sequence[Term]) -> ChildCall:
        """Send a call, and give what will hold its outcome."""
        request = wire.CallRequest(self.next_id(), process, module, function, [self.json(each) for each in args])
        self._send(request)
        self._calls[request.id] = call = ChildCall()
        return call

    def outcome(self, call: ChildCall) -> Outcome | None:
        """What comes of ``call`` within the limit ``answer``, if anything does."""
        deadline = Deadline(self.child.pid, self.limits.answer)
        while call.outcome is None and not deadline.passed():
            self.pump(LOOK_SECONDS)
        return call.outcome

    def forget_calls(self) -> None:
        """No call is under way any more."""
        self._calls.clear()

    def _check(self, answer: wire.Answer) -> None:
        if answer.failed is not UNSET:
            raise Refused(f"{self.what}: {wire.describe(answer)}")

    def present(self, answer: wire.Answer, field: str) -> Any:
        """The ``field`` that ``answer`` must have."""
        value = getattr(answer, field)
        if value is UNSET:
            raise self.broke(f"an answer without `{field}` where it is due: {wire.describe(answer)}")
        return value

    def json(self, term: Term) -> Any:
        """A term as this child reads it: from minor 1 on, floats are tagged."""
        return to_json(term, tag_floats=self.minor >= 1)

    def term(self, value: Any) -> Term:
        """The term for decoded JSON."""
        try:
            return from_json(value)
        except WireError as reason:
            raise self.broke(str(reason)) from None

    def _send(self, request: wire.Request) -> None:
        if self._closed:
            raise NodeDied(f"{self.what} is closed")
        line = wire.write_request(request)
        self.channel.send(line)
        tap.tell("sent", line)

    # Taking in what comes

    def pump(self, seconds: float) -> bool:
        """Take in what arrives within ``seconds``; whether something did."""
        if self._closed:
            raise NodeDied(f"{self.what} is closed")
        interrupts.check()
        arrived = self.channel.pump(seconds)
        while (line := self.channel.line()) is not None:
            if len(line) > self.limits.line:
                raise self.over(f"a line has over {self.limits.line} bytes", "line")
            tap.tell("received", line)
            self._handle(line)
        self.check_unfinished("a line", "line", self.limits.line)
        if self.channel.ended:
            try:
                self.child.check_output(self.what)
                raise NodeDied(f"{self.what} ended: {self.child.ending()}")
            finally:
                self.end()
        return arrived

    def _handle(self, line: bytes) -> None:
        try:
            answer = wire.read_answer(line, self.limits, self.minor)
        except TooMuch as reason:
            raise self.over(f"a line: {reason.what}", reason.limit) from None
        except WireError as reason:
            raise self.broke(str(reason)) from None
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
            raise self.broke(f"an answer to request {answer.id}, which is not open: {wire.describe(answer)}")

    def _outcome(self, answer: wire.Answer) -> Outcome:
        if answer.returned is not UNSET:
            return Returned(self.term(answer.returned))
        if not isinstance(answer.raised, UnsetType):
            kind, reason = answer.raised
            return Raised(kind, self.term(reason))
        if answer.ended is not UNSET:
            return Ended(self.term(answer.ended))
        if not isinstance(answer.failed, UnsetType):
            raise CallFailed(f"{self.what} could not make a call: {wire.describe(answer)}{_LACKING}")
        raise self.broke(f"a call's answer without `returned`, `raised` or `ended`: {wire.describe(answer)}")


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
