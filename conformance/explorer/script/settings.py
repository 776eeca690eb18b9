"""The options that scripts set beside those that a :class:`~gen_tck.conformance.explorer.script.script.Setting` names.

They are those of the catalogue, :mod:`gen_tck.spec.options`, each with its words, the least numbers that it takes, and
its example.
"""

from __future__ import annotations

from collections.abc import Iterator

from gen_tck.conformance.explorer.script.script import Setting
from gen_tck.spec.options import OPTIONS, Option, Place
from gen_tck.spec.terms import Term, term
from gen_tck.spec.values import Value

__all__ = ["FURTHER", "FURTHER_LATER", "FURTHER_LISTENING", "LAST_OF_EACH", "NOT_TO_COMPARE", "TOLD"]

NOT_TO_COMPARE = {
    "recbuf": "how much the operating system keeps is its own matter",
    "sndbuf": "how much the operating system keeps is its own matter",
    "port": "a number that is given may be taken",
    "inet6": "the address of the peer is one of IPv4",
    "buffer": "what a buffer smaller than the header of a packet does, no model says yet",
    "low_watermark": "OTP 25's socket backend takes it for SO_RCVLOWAT, of which the model has no effect",
    "reuseport": "no script has two listeners, and not every release of OTP takes it",
    "reuseport_lb": "no script has two listeners, and not every release of OTP takes it",
    "raw": "the numbers and bytes are those of one system",
    "local": "scripts connect to peers of the kit, which are reached by TCP",
    "backlog": "who connects to a full one waits, and no client of scripts does",
}
"""Options that no script sets, and why."""


def _further(place: Place) -> tuple[Term, ...]:
    """The settings at ``place`` that a script may have beside those that its setting names."""
    left_out = {*Setting._fields, *NOT_TO_COMPARE}
    there = [each for each in OPTIONS if place in each.places and left_out.isdisjoint((each.name, each.profile))]
    return tuple(dict.fromkeys(setting for each in there for setting in _settings(each)))


def _settings(option: Option) -> Iterator[Term]:
    if option.flag:
        yield term(option.name)
    else:
        yield from [term((option.name, value)) for value in (*_least(option.values), *option.examples)]


def _least(values: tuple[Value, ...]) -> Iterator[object]:
    for each in values:
        if isinstance(each, range):
            yield from each[:2]


FURTHER, FURTHER_LATER = _further("connect"), _further("setopts")
"""Those that a socket may be opened with, and those that it may get later."""
LAST_OF_EACH = tuple({each[0] if type(each) is tuple else each: each for each in FURTHER}.values())
"""One setting of each option that a socket may be opened with."""
FURTHER_LISTENING = tuple([each for each in FURTHER if each in _further("listen")])
"""Those that a socket and a listener may be opened with."""
_KNOWN = [each for each in OPTIONS if "getopts" in each.places and each.default is not None]
TOLD = tuple(dict.fromkeys(each.name for each in _KNOWN if each.name not in NOT_TO_COMPARE))
"""Those that every socket tells, and that are the same everywhere if nobody has said anything."""
