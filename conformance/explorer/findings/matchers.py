"""What the rules of :mod:`~gen_tck.conformance.explorer.findings.attribution` ask of a cause and of differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gen_tck.adapters.interface import Ended, Outcome, Raised, Returned
from gen_tck.conformance.explorer.findings.differences import (
    Called,
    Cause,
    Difference,
    EndDiffers,
    Function,
    LeftBehind,
    MessageDiffers,
    OutcomeDiffers,
    PeerDid,
    Signalled,
    StatusDiffers,
    TimePassed,
)
from gen_tck.spec.terms import Atom, Improper, Map, Term


@dataclass(frozen=True)
class Said:
    """What the rules ask of differences, of all of them together."""

    functions: frozenset[Function]
    """Calls that differ in what they came to."""
    missing: frozenset[Function]
    """Those of them that should have come back, and have not."""
    atoms: frozenset[str]
    """What messages and outcomes that are allowed or seen are made of."""
    statuses: frozenset[str]
    leaves: bool
    """Whether something is there after the script that was not before it."""
    instead: bool
    """Whether an outcome or a message is there in place of another one."""
    stream_ends: bool
    """Whether a stream ended in another way."""


def said_by(differences: Sequence[Difference]) -> Said:
    """What there is to ask of ``differences``."""
    outcomes = [each for each in differences if isinstance(each, OutcomeDiffers)]
    both = [each for each in differences if isinstance(each, (OutcomeDiffers, MessageDiffers))]
    return Said(
        functions=frozenset([each.function for each in outcomes if each.function is not None]),
        missing=frozenset([each.function for each in outcomes if each.function is not None and each.seen is None]),
        atoms=frozenset(atom for each in both for term in (each.allowed, each.seen) for atom in _atoms(term)),
        statuses=frozenset([each.status for each in differences if isinstance(each, StatusDiffers)]),
        leaves=any(isinstance(each, LeftBehind) for each in differences),
        instead=any(each.allowed is not None and each.seen is not None for each in both),
        stream_ends=any(isinstance(each, EndDiffers) for each in differences),
    )


def _atoms(value: Outcome | Term) -> Iterator[str]:
    """The names of all atoms in ``value``."""
    if isinstance(value, Atom):
        yield value.name
    elif isinstance(value, tuple):
        for each in value:
            yield from _atoms(each)
    elif isinstance(value, Returned):
        yield from _atoms(value.value)
    elif isinstance(value, (Raised, Ended)):
        yield from _atoms(value.reason)
    elif isinstance(value, Improper):
        yield from _atoms((*value.heads, value.tail))
    elif isinstance(value, Map):
        yield from _atoms((*value.pairs.keys(), *value.pairs.values()))


# What a rule asks of the cause

OfCause: TypeAlias = Callable[[Cause], bool]


def anything(_: object) -> bool:
    """Whatever it is."""
    return True


def calls(*functions: Function, of_listener: bool = False, naming: Sequence[str] = ()) -> OfCause:
    """A call of one of ``functions``: of the listener, or of whatever socket; with one of the atoms ``naming`` in its
    arguments, or with whatever arguments."""
    wanted, names = frozenset(functions), frozenset(naming)

    def fits(cause: Cause) -> bool:
        return (
            isinstance(cause, Called)
            and cause.function in wanted
            and (cause.of_listener or not of_listener)
            and (not names or not names.isdisjoint(_atoms(cause.arguments)))
        )

    return fits


def signals(*reasons: str, of_owner: bool = False) -> OfCause:
    """An exit signal, with one of ``reasons`` if they are given; to the owner, or to whomever."""
    return lambda cause: (
        isinstance(cause, Signalled)
        and (cause.of_owner or not of_owner)
        and (not reasons or cause.reason.name in reasons)
    )


def peer(*does: str) -> OfCause:
    """A peer does one of these things."""
    return lambda cause: isinstance(cause, PeerDid) and cause.what in does


def time_passes(cause: Cause) -> bool:
    """Time passes."""
    return isinstance(cause, TimePassed)


def any_cause(*matchers: OfCause) -> OfCause:
    """What one of ``matchers`` fits."""
    return lambda cause: any(fits(cause) for fits in matchers)


# What a rule asks of the differences

OfDifferences: TypeAlias = Callable[[Said], bool]


def outcome(*functions: Function) -> OfDifferences:
    """A call of one of ``functions`` came to something else, or to nothing."""
    wanted = frozenset(functions)
    return lambda said: not wanted.isdisjoint(said.functions)


def blocks(*functions: Function) -> OfDifferences:
    """A call of one of ``functions`` should have come back, and has not."""
    wanted = frozenset(functions)
    return lambda said: not wanted.isdisjoint(said.missing)


def says(*atoms: str) -> OfDifferences:
    """One of ``atoms`` is in a message or an outcome that is allowed or seen."""
    wanted = frozenset(atoms)
    return lambda said: not wanted.isdisjoint(said.atoms)


def status(name: str) -> OfDifferences:
    """A process has got this status, or should have got it."""
    return lambda said: name in said.statuses


def leaves(said: Said) -> bool:
    """Something is left of the script."""
    return said.leaves


def instead(said: Said) -> bool:
    """Something came in place of something else."""
    return said.instead


def stream_ends(said: Said) -> bool:
    """A stream ended in another way."""
    return said.stream_ends


def either(*matchers: OfDifferences) -> OfDifferences:
    """What one of ``matchers`` fits."""
    return lambda said: any(fits(said) for fits in matchers)
