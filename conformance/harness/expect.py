"""What a test expects, and what it says when it sees something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from gen_tck.adapters.interface import Ended, Raised, Returned
from gen_tck.conformance.results.outcomes import Inconclusive, Unexpected, Unsupported
from gen_tck.spec.terms import Atom, List, Term, show, term

__all__ = [
    "Inconclusive",
    "Unexpected",
    "Unsupported",
    "binary",
    "brief",
    "data_in",
    "describe",
    "elements",
    "error",
    "expect",
    "fields",
    "integer",
    "ok",
    "one_of",
    "only",
    "port_number",
    "raised",
    "returned",
    "tcp",
    "tcp_closed",
    "tcp_error",
    "tcp_passive",
    "term_of",
    "value_of",
]


# A failure is reported at the line of the test that expected something, not in here.
__tracebackhide__ = True


class OneOf:
    """Several acceptable values."""

    def __init__(self, values: tuple[object, ...]) -> None:
        self.values = tuple(_wanted(each) for each in values)


def one_of(*values: object) -> OneOf:
    """Accept any of ``values``."""
    return OneOf(values)


def _wanted(value: object) -> object:
    return value if isinstance(value, (Raised, Ended, OneOf)) else term_of(value)


def describe(value: object) -> str:
    """A term, an outcome or a set of acceptable values, in Erlang syntax, for people."""
    if isinstance(value, OneOf):
        return " or ".join(describe(each) for each in value.values)
    if isinstance(value, (Returned, Raised, Ended)):
        return str(value)
    if type(value) is tuple:  # of answers, perhaps
        return f"{{{','.join(map(describe, value))}}}"
    return show(value)


def matches(seen: object, wanted: object) -> bool:
    """Whether ``seen`` is ``wanted`` (any of it, for :func:`one_of`)."""
    wanted = _wanted(wanted)
    return seen in wanted.values if isinstance(wanted, OneOf) else seen == wanted


Note = Callable[[str, str, str], None]

_notes: list[Note] = []


@contextmanager
def noting(keeper: Note) -> Iterator[None]:
    """Tell ``keeper`` (wanted, seen, where) what tests compare and find to agree, for the time being."""
    _notes.append(keeper)
    try:
        yield
    finally:
        _notes.remove(keeper)


def noted() -> bool:
    """Whether anybody wants to know; words cost time."""
    return bool(_notes)


def note(wanted: str, seen: str, where: str = "") -> None:
    """Something was compared, and agrees; :class:`Unexpected` is noted by whoever catches it."""
    for keeper in _notes:
        keeper(wanted, seen, where)


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


# Taking answers apart. A node may answer anything, so nothing but these looks into what it said.


def returned(seen: object, where: str = "") -> Term:
    """What a call returned, to go on with. Raises :class:`Unexpected` if it did not return."""
    if isinstance(seen, (Raised, Ended)):
        raise Unexpected("the call to return", describe(seen), where)
    return seen


def term_of(value: object, where: str = "") -> Term:
    """``term(value)``, where answers may be in ``value``. Raises :class:`Unexpected` if one of them is no value."""
    try:
        return term(value)
    except TypeError:
        _only_values(value, where)
        raise


def _only_values(value: object, where: str) -> None:
    returned(value, where)
    if isinstance(value, (tuple, list)):
        for each in value:
            _only_values(each, where)


def value_of(seen: object, where: str = "") -> Term:
    """``Value`` of ``{ok, Value}``. Raises :class:`Unexpected`."""
    if type(seen) is tuple and len(seen) == 2 and seen[0] is Atom("ok"):
        return seen[1]
    raise Unexpected("{ok,_}", describe(seen), where)


def fields(seen: object, count: int, where: str = "") -> tuple[Term, ...]:
    """The elements of a tuple of ``count``. Raises :class:`Unexpected`."""
    if type(seen) is tuple and len(seen) == count:
        return seen
    raise Unexpected(f"{{{','.join('_' * count)}}}", describe(seen), where)


def elements(seen: object, where: str = "") -> List:
    """The elements of a proper list. Raises :class:`Unexpected`."""
    if isinstance(seen, List):
        return seen
    raise Unexpected("a list", describe(seen), where)


def integer(seen: object, where: str = "") -> int:
    """An integer. Raises :class:`Unexpected`."""
    if isinstance(seen, int):
        return seen
    raise Unexpected("an integer", describe(seen), where)


def port_number(seen: object, where: str = "") -> int:
    """The number of a TCP port. Raises :class:`Unexpected`."""
    if isinstance(seen, int) and 0 < seen < 65536:
        return seen
    raise Unexpected("a port number", describe(seen), where)


def binary(seen: object, where: str = "") -> bytes:
    """A binary. Raises :class:`Unexpected`."""
    if isinstance(seen, bytes):
        return seen
    raise Unexpected("a binary", describe(seen), where)


def only(seen: Sequence[object], where: str = "", what: str = "message") -> Term:
    """The only one of ``seen``; ``what`` they are, for the message. Raises :class:`Unexpected`."""
    if len(seen) == 1:
        return seen[0]
    raise Unexpected(f"one {what}", ", ".join(map(describe, seen)) or f"no {what}", where)


def data_in(message: object, socket: Term) -> bytes | None:
    """``Data`` of ``{tcp, Socket, Data}``, if that is what ``message`` is."""
    match message:
        case (Atom(name="tcp"), found, bytes(data)) if type(message) is tuple and found == socket:
            return data
    return None


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
