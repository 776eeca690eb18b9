"""A process of the subject, and the calls that a test makes in it.

The attribute chain of a call is its module and function; arguments may be loose (``str`` is an atom). A call gives back
the term it returned, or a :class:`Raised` or :class:`Ended` value.
"""

from __future__ import annotations

from collections.abc import Sequence

from gen_tck.adapters.interface import Call, Process, Raised, Returned
from gen_tck.conformance.harness.expect import Unexpected, data_in, describe, matches, note, noted, term_of
from gen_tck.conformance.harness.timers import owed_by
from gen_tck.conformance.harness.waits import Waits
from gen_tck.conformance.results.outcomes import Place
from gen_tck.spec.terms import Atom, Pid, Term, show, term

# A failure is reported at the line of the test that expected something, not in here.
__tracebackhide__ = True


class Pending:
    """A call that was begun and may not have come back yet."""

    def __init__(self, waits: Waits, what: str, call: Call) -> None:
        self._waits = waits
        self._what = what
        self._call = call

    def is_blocked(self) -> None:
        """Fail unless the call is still under way when everything that can happen has happened."""
        self._waits.settle()
        if self._call.outcome is not None:
            raise Unexpected("the call to block", describe(_value(self._call)), self._what)
        note("the call to block", "it blocked", self._what)

    def has_returned(self) -> bool:
        """Whether the call has come back when everything that can happen has happened: for calls that may do either."""
        self._waits.settle()
        return self._call.outcome is not None

    def result(self) -> object:
        """Wait for the call to come back; its value, as if it had been called plainly."""
        self._waits.wait_for(lambda: self._call.outcome is not None, "the call to return", "it blocked", self._what)
        return _value(self._call)


def _value(call: Call) -> object:
    outcome = call.outcome
    return outcome.value if isinstance(outcome, Returned) else outcome


class _BegunFunction:
    def __init__(self, actor: Actor, module: str, function: str) -> None:
        self._actor, self._module, self._function = actor, module, function

    def __call__(self, *args: object) -> Pending:
        terms = [term_of(each.pid if isinstance(each, Actor) else each) for each in args]
        name, waits = f"{self._module}.{self._function}/{len(terms)}", self._actor.waits
        waits.check_offered(name, terms)
        waits.owe(owed_by(name, terms))
        what = f"{self._module}:{self._function}({', '.join(show(each) for each in terms)}) by {self._actor.name}"
        return self._actor.start(self._module, self._function, terms, what)


class _Function:
    def __init__(self, begun: _BegunFunction) -> None:
        self._begun = begun

    def __call__(self, *args: object) -> object:
        return self._begun(*args).result()


class _BegunModule:
    def __init__(self, actor: Actor, module: str) -> None:
        self._actor, self._module = actor, module

    def __getattr__(self, function: str) -> _BegunFunction:
        return _BegunFunction(self._actor, self._module, function)


class _Module:
    def __init__(self, actor: Actor, module: str) -> None:
        self._actor, self._module = actor, module

    def __getattr__(self, function: str) -> _Function:
        return _Function(_BegunFunction(self._actor, self._module, function))


class _Begin:
    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def __getattr__(self, module: str) -> _BegunModule:
        return _BegunModule(self._actor, module)


class Actor:
    """A process of the subject, played by the test. ``actor.gen_tcp.recv(socket, 0)`` calls in its context."""

    def __init__(self, waits: Waits, name: str, process: Process) -> None:
        self.waits = waits
        self.name = name
        self.process = process
        self.pid: Pid = process.pid
        self._held: tuple[Term, ...] = ()
        self._pending: Pending | None = None

    def __repr__(self) -> str:
        return self.name

    def __getattr__(self, module: str) -> _Module:
        if module.startswith("_"):
            raise AttributeError(module)
        return _Module(self, module)

    @property
    def begin(self) -> _Begin:
        """``actor.begin.gen_tcp.recv(socket, 0)`` starts a call without waiting for it and gives a :class:`Pending`."""
        return _Begin(self)

    def start(self, module: str, function: str, args: Sequence[Term], what: str) -> Pending:
        """Begin a call, when the one before has come back. ``what`` says it in words."""
        if self._pending is not None:
            self._pending.result()
        self._pending = Pending(self.waits, what, self.process.call(module, function, args))
        return self._pending

    def mailbox(self) -> tuple[object, ...]:
        """The messages now in the mailbox, undisturbed and unjudged."""
        return self.process.mailbox()

    @property
    def messages(self) -> Place:
        """Its mailbox, as the place where something was seen."""
        return Place(f"messages to {self.name}", mailbox=self.name)

    def holds(self, *messages: object) -> None:
        """Expect the mailbox to become exactly ``messages`` and leave them there (even while it is in a call)."""
        wanted = tuple(messages)
        seen: tuple[Term, ...] = ()

        def arrived() -> bool:
            nonlocal seen
            seen = self.process.mailbox()
            return len(seen) >= len(wanted) or not _agree(seen, wanted)

        waited = self.waits.wait(arrived, lambda: len(seen))
        if len(seen) != len(wanted) or not _agree(seen, wanted):
            if waited.met:
                self.waits.settle()  # all of what came instead
                seen = self.process.mailbox()
            self.waits.accuse(waited, _messages(wanted), _messages(seen), self.messages)
        self._held = seen
        if noted():
            note(_messages(wanted), _messages(seen), str(self.messages))

    def receives(self, *messages: object) -> None:
        """Expect the mailbox to become exactly ``messages``, in this order, and take them out."""
        self.holds(*messages)
        self.process.take(len(messages))
        self._held = ()

    def receives_nothing(self) -> None:
        """Expect that, when everything that can happen has happened, no message is there beyond those it holds."""
        self.waits.settle()
        seen = self.process.mailbox()
        if seen != self._held:
            raise Unexpected(_messages(self._held), _messages(seen), self.messages)
        if noted():
            note(_messages(self._held), _messages(seen), str(self.messages))

    def receives_bytes(self, socket: Term, data: bytes, *, then: Sequence[object] = ()) -> int:
        """Expect ``data`` in ``{tcp, Socket, _}`` messages cut in any way, then exactly ``then``; take them all out.

        Gives the number of data messages.
        """
        seen: tuple[Term, ...] = ()
        got = bytearray()

        def complete() -> bool:
            nonlocal seen
            seen = self.process.mailbox()
            got.clear()
            chunks = 0
            for message in seen:
                if (more := data_in(message, socket)) is None:
                    break
                chunks += 1
                got.extend(more)
            rest = seen[chunks:]
            enough = len(got) >= len(data) and len(rest) >= len(then)
            return enough or not data.startswith(bytes(got)) or (bool(rest) and not _agree(rest, tuple(then)))

        waited = self.waits.wait(complete, lambda: len(seen))
        if waited.met and (bytes(got) != data or len(seen) - len(then) != _data_messages(seen, socket)):
            self.waits.settle()  # all of what came instead
            complete()
        chunks = _data_messages(seen, socket)
        rest = seen[chunks:]
        if bytes(got) != data or len(rest) != len(then) or not _agree(rest, tuple(then)):
            wanted = f"{len(data)} bytes as data messages, then {_messages(tuple(then))}"
            others = "" if data.startswith(bytes(got)) else " (others)"
            found = f"{len(got)} bytes{others} in {chunks} messages, then {_messages(rest)}"
            self.waits.accuse(waited, wanted, found, self.messages)
        self.process.take(len(seen))
        self._held = ()
        return chunks

    def exits(self, reason: object = "normal") -> None:
        """End this idle process from within: ``exit(Reason)``."""
        self.process.call("erlang", "exit", [term(reason)])
        self.is_ended()

    def kill(self) -> None:
        """End this process from outside, whatever it is doing: ``exit(Pid, kill)``."""
        self.process.exit(Atom("kill"))
        self.is_ended()

    def is_ended(self) -> None:
        """Expect that the process has ended or ends."""
        self.waits.wait_for(lambda: self.process.status() == "ended", f"{self.name} to end", "it lives", "")
        self._held = ()

    def is_alive(self) -> None:
        """Expect that, when everything that can happen has happened, the process lives."""
        self.waits.settle()
        if self.process.status() == "ended":
            raise Unexpected(f"{self.name} to live", "it ended")

    def is_suspended(self) -> None:
        """Expect that the call under way gets suspended by a busy port."""
        self.waits.wait_for(
            lambda: self.process.status() == "suspended", f"{self.name} to be suspended", "it is not", ""
        )

    def check_leftovers(self) -> None:
        """Fail if a message came that nobody expected. (After the scenario has settled.)"""
        seen = self.process.mailbox()
        if seen != self._held:
            place = Place(f"left over at {self.name}", mailbox=self.name)
            raise Unexpected(f"no message beyond {_messages(self._held)}", _messages(seen), place)


def _data_messages(seen: Sequence[Term], socket: Term) -> int:
    return sum(1 for each in seen if data_in(each, socket) is not None)


def _agree(seen: Sequence[Term], wanted: Sequence[object]) -> bool:
    return all(matches(one, other) for one, other in zip(seen, wanted, strict=False))


def _messages(messages: Sequence[object]) -> str:
    return ", ".join(describe(each if isinstance(each, Raised) else term_or(each)) for each in messages) or "no message"


def term_or(value: object) -> object:
    """``value`` as a term where it is one; an expectation such as ``one_of`` stays what it is."""
    try:
        return term(value)
    except TypeError:
        return value
