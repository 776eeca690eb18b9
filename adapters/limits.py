"""What a node, a file and a run may cost at most: one table, for all who have anything to do with what is not ours.

Each row is set by ``--limit NAME=VALUE``, or for one node under ``[limits]`` in its ``node.toml``; the command line
wins. ``PROTOCOL.md`` shows the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import msgspec

Settings = Mapping[str, object]
"""Limits that are to be others, by name: text, as the command line has them, or numbers."""

MOST_NESTING = 200
"""How far :attr:`Limits.nesting` can be raised. What reads, compares and shows terms calls itself at each level."""


class LimitError(ValueError):
    """No such limit, or no such value; the message says which there are."""


@dataclass(frozen=True)
class Limits:
    """The limits and their defaults. Times are in seconds; 0 is no limit where it says so."""

    start: float = 10.0
    """How long a node may take to dial back, and then to shake hands, by :class:`gen_tck.adapters.starting.Clock`.

    A BEAM takes 0.2 s on an idle machine.
    """
    answer: float = 5.0
    """How long a node may take to answer a request, other than a call, before it is ended."""
    total: float = 3600.0
    """How long a run may take before no further case is begun; 0: without end."""
    unanswered: int = 10
    """How often a node may leave a request unanswered, or break the protocol, before it is given up."""
    failures: int = 100
    """How often a node may die, hang or break the protocol before it is given up."""
    failures_in_a_row: int = 20
    """The same without a case in between that it survived."""
    handshake: int = 16_384
    """How many bytes the handshake may have: with it, what a node claims and says of itself in every trace."""
    line: int = 64 * 2**20
    """How many bytes any other line of a node may have, and a line of a trace."""
    nesting: int = 100
    """How deep a line may be nested; a tuple takes two levels, a list one."""
    message: int = 1_000_000
    """How many values (numbers, atoms, elements of lists...) a line may hold."""
    mailbox: int = 100_000
    """How many messages a process may have in its mailbox when the kit looks."""
    events: int = 10_000
    """How many events a node may send a second, over any minute."""
    output: int = 2**30
    """How many bytes a node may print before it is ended; the last few thousand are kept, and shown if it dies."""
    descriptors: int = 256
    """How many descriptors a program may have. They are few, since tests use them up."""
    trace: int = 16 * 2**20
    """How many bytes the trace of a case may have."""
    repeats: int = 64 * 2**20
    """How many bytes the runs of one byte (``$r``) may come to that a trace or a script says in a few characters."""

    def as_dict(self) -> dict[str, float]:
        """By name."""
        return {name: float(value) for name, value in asdict(self).items()}

    def changed(self, settings: Settings) -> Limits:
        """These limits with some of them set. Raises :class:`LimitError`."""
        known = asdict(self)
        for name, given in settings.items():
            if name not in known:
                raise LimitError(f"there is no limit {name!r}: they are {', '.join(known)}")
            _check(name, type(known[name]), given)
        return msgspec.convert(known | dict(settings), Limits, strict=False)


DEFAULTS = Limits()


@dataclass(frozen=True)
class About:
    """A limit, for people."""

    unit: str
    bounds: str
    """What it is a limit of."""
    reached: str
    """What happens when it is passed."""
    more: str
    """What a higher one costs."""


_ENDED = "`adapter-error`; the program is ended, and started again for the next case"
_GIVEN_UP = "the node is given up: what is left is `not-run`, and the kit could not tell"
_OF_TRACE = "`adapter-error`; a trace or script that has more is refused when it is read"

ABOUT = {
    "start": About(
        "seconds",
        "to dial back, then to shake hands; none passes while the program lacks a processor",
        "the program is ended, which is a failure of the node; if it is the first start, no case is run",
        "a program that never comes up is waited for as long",
    ),
    "answer": About(
        "seconds",
        "to answer a request, other than a `call`, which may take as long as it likes",
        _ENDED,
        "a program that hangs is waited for as long, each time",
    ),
    "total": About(
        "seconds",
        "of a run, after which no further case begins; 0: without end",
        "what is left is `not-run`, and the kit could not tell",
        "the time of whoever waits",
    ),
    "unanswered": About(
        "times", "that a request is left unanswered or the protocol is broken", _GIVEN_UP, "`answer` seconds each time"
    ),
    "failures": About(
        "times", "that the node dies, hangs or breaks the protocol", _GIVEN_UP, "a start of the program each time"
    ),
    "failures_in_a_row": About(
        "times", "the same, without a case in between that it survived", _GIVEN_UP, "a start of the program each time"
    ),
    "handshake": About(
        "bytes",
        "of the handshake",
        "the program is ended, as by `start`; of what is not the node the connection is closed",
        "memory; room in each trace",
    ),
    "line": About("bytes", "of any other line", _ENDED, "several times as much memory while a line is read"),
    "nesting": About(
        "levels", "of arrays and objects in a line; a tuple takes two, a list one; 200 at most", _ENDED, "stack"
    ),
    "message": About("values", "in a line: numbers, atoms, elements", _ENDED, "some hundred bytes of memory each"),
    "mailbox": About("messages", "of one process, when the kit looks", _ENDED, "time, as each look takes all of them"),
    "events": About("events a second", "lines with an `event`, over any minute", _ENDED, "time to read them"),
    "output": About(
        "bytes", "printed by the program, of which the last few thousand are kept", _ENDED, "nothing but time"
    ),
    "descriptors": About(
        "descriptors",
        "of the program, and of each that it starts",
        "the system gives it no more; clauses on that are judged only where sockets take them all",
        "what the program does with them; beyond 1,000 or so no test runs out of them",
    ),
    "trace": About("bytes", "of the recorded trace of a case", _OF_TRACE, "memory, and a file as big"),
    "repeats": About(
        "bytes",
        "of runs of one byte in a trace or script, which a few characters stand for",
        _OF_TRACE,
        "as much memory when it is read",
    ),
}
"""By the names of the limits."""


def _check(name: str, kind: type[float], given: object) -> None:
    """Raise :class:`LimitError` unless ``given`` is, or says, a value of the limit ``name``."""
    try:
        value = msgspec.convert(given, kind, strict=False)
    except (msgspec.ValidationError, OverflowError):
        raise LimitError(f"the limit {name} is a {'whole ' * (kind is int)}number, not {given!r}") from None
    if not (value > 0 or (value == 0 and name == "total")) or value > _MOST.get(name, 2**53):
        raise LimitError(f"the limit {name} cannot be {given}")


_MOST = {"nesting": MOST_NESTING}


def settings(texts: Iterable[str]) -> dict[str, str]:
    """What is set by ``texts``, each ``NAME=VALUE``; of one name the last."""
    return {name: value for name, _, value in (each.partition("=") for each in texts)}


def parse(texts: Iterable[str]) -> Limits:
    """The limits with ``texts`` (``NAME=VALUE``) applied. Raises :class:`LimitError`."""
    return DEFAULTS.changed(settings(texts))
