"""What a step was, and what differs after it, as values: judged, grouped and recognised by these, never by words.

A :class:`~gen_tck.conformance.explorer.findings.judge.Finding` is the cause and its differences, which
:mod:`~gen_tck.conformance.explorer.findings.comparison` makes.
:mod:`~gen_tck.conformance.explorer.findings.attribution` finds the clause that speaks of them;
:mod:`~gen_tck.conformance.explorer.findings.words` says them to people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from gen_tck.adapters.interface import Ended, Outcome, Raised, Returned
from gen_tck.conformance.explorer.script.script import ACCEPTED, LISTENER, SECOND, SOCKET
from gen_tck.spec.counted import Counted
from gen_tck.spec.exhaustive import assert_never
from gen_tck.spec.terms import Atom, List, Term


class Function(NamedTuple):
    """A function that was called."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


# What is the same in all findings of one kind


class Some(Enum):
    """Stands in an abstract term for what one script happens to hold."""

    DATA = "DATA"
    """A binary that is not empty."""
    NUMBER = "N"
    """An integer above 0."""


def abstract(value: Term) -> Term:
    """``value`` without the data, numbers and the choice of a socket that are of one script alone."""
    if isinstance(value, bytes):
        return Some.DATA if value else value
    if isinstance(value, Atom):
        return SOCKET if value in (SECOND, LISTENER, *ACCEPTED) else value
    if isinstance(value, (List, tuple)):
        return type(value)([abstract(each) for each in value])
    return Some.NUMBER if isinstance(value, int) and value > 0 else value


# Causes


@dataclass(frozen=True)
class Called:
    """A function was called."""

    function: Function
    arguments: tuple[Term, ...]
    """Abstract, without the socket that comes first."""
    of_listener: bool
    """Whether that socket is the listener."""


@dataclass(frozen=True)
class Signalled:
    """An exit signal came from outside."""

    of_owner: bool
    """To the owner, or to another process."""
    reason: Atom


@dataclass(frozen=True)
class PeerDid:
    """A peer did something."""

    what: str
    """As in :class:`~gen_tck.conformance.explorer.script.script.Peer`."""


@dataclass(frozen=True)
class TimePassed:
    """Time passed."""


@dataclass(frozen=True)
class ScriptOver:
    """All steps had been done, and the last looks taken."""


Cause: TypeAlias = Called | Signalled | PeerDid | TimePassed | ScriptOver


# Differences


@dataclass(frozen=True)
class OutcomeDiffers:
    """A call should have come back and did not, came back to something else, or came back unasked."""

    step: int
    actor: int
    function: Function | None
    """What the actor called last; ``None`` if it called nothing."""
    allowed: Outcome | None
    """``None``: it should not have come back."""
    seen: Outcome | None
    """``None``: it has not come back."""


@dataclass(frozen=True)
class MessageDiffers:
    """A message is missing, is another one, or should not be there."""

    step: int
    actor: int
    allowed: Term | None
    """``None``: there should be none."""
    seen: Term | None
    """``None``: there is none."""


@dataclass(frozen=True)
class MailboxDiffers:
    """A mailbox holds as many messages of each kind as it should, in another order or with other data."""

    step: int
    actor: int
    allowed: tuple[Term, ...]
    seen: tuple[Term, ...]


@dataclass(frozen=True)
class StatusDiffers:
    """A process should have got a status and did not, or has got one that it should not have."""

    step: int
    actor: int
    allowed: str | None
    """As :data:`~gen_tck.conformance.explorer.script.script.Change` has it; ``None``: it should not have changed."""
    seen: str | None
    """``None``: it has not changed."""

    @property
    def status(self) -> str:
        """The one that it is about: the one that is missing, if one is."""
        return self.allowed or self.seen or ""


@dataclass(frozen=True)
class LeftBehind:
    """The script is over, and something is there that was not before it."""

    step: int
    left: tuple[tuple[Counted, int], ...]
    """How many there are of what."""


@dataclass(frozen=True)
class EndDiffers:
    """A peer's stream has ended in another way: ``open``, ``fin`` or ``reset``."""

    step: int
    peer: str
    allowed: str
    seen: str


@dataclass(frozen=True)
class DataDiffers:
    """A peer has read something else, and its stream is as open as it should be."""

    step: int
    peer: str
    allowed: tuple[object, ...]
    """As :data:`~gen_tck.conformance.explorer.script.script.Change` has it."""
    seen: tuple[object, ...]


Difference: TypeAlias = (
    OutcomeDiffers | MessageDiffers | MailboxDiffers | StatusDiffers | LeftBehind | EndDiffers | DataDiffers
)
Shape: TypeAlias = tuple[object, ...]
"""What is the same in differences of one kind: neither step nor subject, and all that is left is abstract."""


def shape_of(difference: Difference) -> Shape:
    """By what two differences are of one kind."""
    match difference:
        case OutcomeDiffers(function=function, allowed=allowed, seen=seen):
            return (OutcomeDiffers, function, abstract_outcome(allowed), abstract_outcome(seen))
        case MessageDiffers(allowed=allowed, seen=seen):
            return (MessageDiffers, abstract(allowed), abstract(seen))
        case StatusDiffers(allowed=allowed, status=status):
            return (StatusDiffers, allowed is not None, status)
        case LeftBehind(left=left):
            return (LeftBehind, left)
        case EndDiffers(allowed=allowed, seen=seen):
            return (EndDiffers, allowed, seen)
        case MailboxDiffers() | DataDiffers():
            return (type(difference),)
        case _:
            return assert_never(difference)


def abstract_outcome(outcome: Outcome | None) -> Outcome | None:
    """``outcome`` with an abstract term."""
    match outcome:
        case None:
            return None
        case Returned(value):
            return Returned(abstract(value))
        case Raised(kind, reason):
            return Raised(kind, abstract(reason))
        case Ended(reason):
            return Ended(abstract(reason))
        case _:
            return assert_never(outcome)


def distinct(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """The first difference of each shape."""
    first: dict[Shape, Difference] = {}
    for each in differences:
        first.setdefault(shape_of(each), each)
    return tuple(first.values())
