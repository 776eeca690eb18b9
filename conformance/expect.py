"""What a test expects, and what it says when it sees something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gen_tck.adapters.interface import Ended, Raised, Returned
from gen_tck.spec.terms import Atom, Term, show, term

__all__ = [
    "Inconclusive",
    "Unexpected",
    "Unsupported",
    "brief",
    "describe",
    "error",
    "expect",
    "ok",
    "one_of",
    "raised",
    "tcp",
    "tcp_closed",
    "tcp_error",
    "tcp_passive",
]


# A failure is reported at the line of the test that expected something, not in here.
__tracebackhide__ = True


class Unexpected(AssertionError):
    """The subject did something else than expected: the verdict is ``fail``."""

    def __init__(self, wanted: str, seen: str, where: str = "", waited: float | None = None) -> None:
        """``waited``: for so many seconds, of node and kit both running, something was waited for in vain."""
        super().__init__(f"{where + ': ' if where else ''}expected {wanted}, saw {seen}")
        self.wanted = wanted
        self.seen = seen
        self.where = where
        self.waited = waited


class Inconclusive(Exception):
    """The situation a test is about could not be set up: the verdict is ``inconclusive``."""


class Unsupported(Exception):
    """The node does not offer what a test calls: the verdict is ``unsupported``."""


class OneOf:
    """Several acceptable values."""

    def __init__(self, values: tuple[object, ...]) -> None:
        self.values = tuple(_wanted(each) for each in values)


def one_of(*values: object) -> OneOf:
    """Accept any of ``values``."""
    return OneOf(values)


def _wanted(value: object) -> object:
    return value if isinstance(value, (Raised, Ended, OneOf)) else term(value)


def describe(value: object) -> str:
    """A term, an outcome or a set of acceptable values, in Erlang syntax, for people."""
    if isinstance(value, OneOf):
        return " or ".join(describe(each) for each in value.values)
    if isinstance(value, (Returned, Raised, Ended)):
        return str(value)
    return show(value)


def matches(seen: object, wanted: object) -> bool:
    """Whether ``seen`` is ``wanted`` (any of it, for :func:`one_of`)."""
    wanted = _wanted(wanted)
    return seen in wanted.values if isinstance(wanted, OneOf) else seen == wanted


Note = Callable[[str, str, str, bool], None]

_notes: list[Note] = []


@contextmanager
def noting(keeper: Note) -> Iterator[None]:
    """Tell ``keeper`` (wanted, seen, where, whether they agree) what tests compare, for the time being."""
    _notes.append(keeper)
    try:
        yield
    finally:
        _notes.remove(keeper)


def noted() -> bool:
    """Whether anybody wants to know; words cost time."""
    return bool(_notes)


def note(wanted: str, seen: str, where: str = "", ok: bool = True) -> None:
    """Something was compared; :class:`Unexpected` is noted by whoever catches it."""
    for keeper in _notes:
        keeper(wanted, seen, where, ok)


def expect(seen: object, wanted: object, where: str = "") -> None:
    """Compare what a call returned (a term, :class:`Raised` or :class:`Ended`) with what the clause says.

    ``wanted`` may be loose (``("error", "closed")``), :func:`raised` or :func:`one_of`. Raises :class:`Unexpected`.
    """
    if not matches(seen, wanted):
        raise Unexpected(describe(_wanted(wanted)), describe(seen), where)
    if noted():
        note(describe(_wanted(wanted)), describe(seen), where)


def ok(*values: object) -> Term:
    """``ok``, or ``{ok, Value}``."""
    return term(("ok", *values)) if values else Atom("ok")


def error(reason: object) -> Term:
    """``{error, Reason}``."""
    return term(("error", reason))


def raised(kind: str, reason: object) -> Raised:
    """An exception of class ``kind`` (``error``, ``exit``, ``throw``) with ``reason``."""
    return Raised(kind, term(reason))


def brief(seen: object) -> object:
    """``seen``, without the stack trace that a crash leaves in the reason: it differs from release to release."""
    return raised(seen.kind, "crash") if isinstance(seen, Raised) and isinstance(seen.reason, tuple) else seen


def tcp(socket: Term, data: object) -> Term:
    """``{tcp, Socket, Data}``."""
    return (Atom("tcp"), socket, term(data))


def tcp_closed(socket: Term) -> Term:
    """``{tcp_closed, Socket}``."""
    return (Atom("tcp_closed"), socket)


def tcp_passive(socket: Term) -> Term:
    """``{tcp_passive, Socket}``."""
    return (Atom("tcp_passive"), socket)


def tcp_error(socket: Term, reason: object) -> Term:
    """``{tcp_error, Socket, Reason}``."""
    return (Atom("tcp_error"), socket, term(reason))
