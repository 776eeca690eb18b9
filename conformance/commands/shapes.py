"""What the commands that list things print with ``--json``: a shape each, documented in ``docs/json.md``.

A shape may get further fields; those that are there keep their names and meanings.
"""

from __future__ import annotations

import msgspec

__all__ = [
    "CallShape",
    "CaseShape",
    "ClauseShape",
    "FramingShape",
    "NodeShape",
    "OptionShape",
    "OptionsShape",
    "Shown",
]


class _Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all of them are. (That unknown fields are forbidden is for tests: the kit itself reads none of them.)"""


class NodeShape(_Shape, frozen=True):
    """``gen-tck nodes``: one of an array."""

    name: str
    """What ``certify`` takes."""
    description: str
    ready: bool
    """Whether it could be started."""
    missing: str
    """Why not, in one line; empty if it could."""
    implementation: str
    """What it calls itself; empty if it could not be started, like all that follows."""
    version: str
    profiles: list[str]
    """Those that it claims; ``core`` is written out."""


class CallShape(_Shape, frozen=True):
    """``gen-tck calls``: one of an array."""

    call: str
    """``module.name/arity``, as a node declares it."""
    profile: str
    clause: str
    """The clause that says that it answers; empty for a helper."""
    helper: bool
    """Whether every adapter offers it and no claim is made of it."""
    meaning: str


class OptionShape(_Shape, frozen=True):
    """An option of a socket. ``active`` is there twice, since its numbers are of a profile of their own."""

    name: str
    profile: str
    clause: str
    """The clause that says that it is taken."""
    values: str
    """What it may be: ``true | false``, ``0..255``, ``{true | false, 0..65535}``."""
    default: str | None
    """What it is if nobody says anything, in Erlang's notation; null if nobody knows."""
    places: list[str]
    """Where it may be named: of ``connect``, ``listen``, ``setopts``, ``getopts``."""
    exact: bool
    """Whether ``getopts`` tells what was set, to the letter."""


class FramingShape(_Shape, frozen=True):
    """A framing: what the option ``packet`` may ask for."""

    name: str
    profile: str
    clause: str
    values: str
    """The values of ``packet`` that ask for it."""
    meaning: str
    """How it cuts the stream."""


class OptionsShape(_Shape, frozen=True):
    """``gen-tck options``."""

    options: list[OptionShape]
    framings: list[FramingShape]


class ClauseShape(_Shape, frozen=True):
    """``gen-tck clauses``: one of an array, and ``gen-tck show``: one of its ``clauses``."""

    id: str
    level: str
    profile: str
    basis: str
    source: str
    builds_on: list[str]
    variants: list[str]
    chosen_by: str
    """Who chooses among the variants; empty if there are none."""
    reason: str
    """Why it is right although OTP does otherwise; empty unless the basis is ``intended``."""
    cost: str
    """``slow``, or empty."""
    sentence: str
    """The first sentence of the text."""
    text: str
    """Markdown."""
    intent: str
    example: str
    """Erlang; empty if there is none."""
    cases: list[CaseShape]
    """Those that check it."""
    untested: str
    """What there is in the place of a test, with the reason; empty if there are tests."""


class CaseShape(_Shape, frozen=True):
    """A case that checks a clause."""

    id: str
    file: str
    """Below ``conformance``."""
    line: int
    """From 1: where its function begins."""


class Shown(_Shape, frozen=True):
    """``gen-tck show``."""

    became: str
    """What became of the clause that was asked for, if its id is retired; else empty."""
    clauses: list[ClauseShape]
    """The clause, or those that stand for it now."""
