"""Tables of the specification as parameters of tests: a row for each, with the clause that it is about.

Without pytest, since those who read the tests without running them (``run/listing.py``) need the rows, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gen_tck.spec.effects import EFFECTS
from gen_tck.spec.framings import FRAMINGS
from gen_tck.spec.options import OPTIONS, Place

__all__ = ["TABLES", "Row", "framings", "options_at"]


@dataclass(frozen=True)
class Row:
    """What one case of a test is given."""

    value: object
    clause: str
    id: str
    """What stands between brackets in the id of the case."""


CHAPTER = "modes"
NAMED_BY_NUMBER = "raw"
"""The option of which the value says which it is: whether it is taken has a test of its own."""


def options_at(place: Place) -> list[Row]:
    """The options (:class:`~gen_tck.spec.options.Option`) that may be named at ``place``, of the chapter on modes.

    They are those of which a clause says no more than that they are taken: another says what comes of them.
    """
    return [
        Row(each, each.clause, _in_short(each.clause))
        for each in OPTIONS
        if place in each.places
        and each.clause.startswith(f"{CHAPTER}/")
        and each.clause in EFFECTS
        and each.name != NAMED_BY_NUMBER
    ]


def _in_short(clause: str) -> str:
    """What a case of it is called: only a name, which nothing is read from."""
    return clause.removeprefix(f"{CHAPTER}/").removesuffix("-is-taken")


def framings() -> list[Row]:
    """All framings (:class:`~gen_tck.spec.framings.Framing`)."""
    return [Row(each, each.clause, each.name) for each in FRAMINGS]


TABLES: Mapping[str, Callable[..., list[Row]]] = {each.__name__: each for each in (options_at, framings)}
"""The tables by the names that tests have for them."""
