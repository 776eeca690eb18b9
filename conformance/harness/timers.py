"""How long the timers are that a call sets in the subject: what may come only when they end has to be waited for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gen_tck.spec.terms import Atom, List, Term

LIMITS = (20, 200, 2000)
"""Timeouts in milliseconds, to be tried in turn where a slow machine may not do in a short one what a test is about."""

SLOW = 6000
"""Milliseconds: a timeout of which only slow cases see the end."""

LONGEST = LIMITS[-1] / 1000
"""Longer timers, in seconds, are there to be never met: no test waits for their end."""

TIMEOUTS: Mapping[str, int] = {
    "gen_tcp.connect/4": 3,
    "gen_tcp.accept/2": 1,
    "gen_tcp.recv/3": 2,
    "prim_inet.recv/3": 2,
    "prim_inet.async_recv/3": 2,
    "prim_inet.async_accept/2": 1,
}
"""Which argument of a call, counted from 0, is a timeout in milliseconds."""
OPTIONS = frozenset(["send_timeout"])
"""The options that are one, in milliseconds. ``linger`` has one in seconds."""


def owed_by(call: str, args: Sequence[Term]) -> float:
    """The longest timer, in seconds, that ``call`` (``module.function/arity``) sets with ``args``; 0 for none."""
    milliseconds = [each for each in _timers(call, args) if isinstance(each, int) and 0 < each <= 1000 * LONGEST]
    return max(milliseconds, default=0) / 1000


def _timers(call: str, args: Sequence[Term]) -> Iterator[Term]:
    if call in TIMEOUTS:
        yield args[TIMEOUTS[call]]
    for each in args:
        for option in each if isinstance(each, List) else ():
            match option:
                case (Atom(name=name), value) if name in OPTIONS:
                    yield value
                case (Atom(name="linger"), (Atom(name="true"), int(seconds))):
                    yield 1000 * seconds
