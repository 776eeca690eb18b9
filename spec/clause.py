"""What a clause is, and the words for its level, its basis and its chapter.

How one is written is told by :mod:`gen_tck.spec.directives`, all of them are in :mod:`gen_tck.spec.clauses`.
"""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("must", "should", "may")
"""How binding a clause is, in the sense of RFC 2119."""

BASES = ("documented", "observed", "intended", "varies")
"""Why a clause is believed: OTP's manual promises it, every OTP that offers it does it, it is right although OTP does
otherwise, or implementations differ."""

CHOOSERS = ("implementation", "situation")
"""Who chooses among the variants of a clause: an implementation, once and for all, or the situation, each time."""

COSTS = ("slow",)
"""What a clause may cost: more than about five seconds of a node with a real clock."""

CHAPTERS = (
    "opening",
    "ownership",
    "modes",
    "receiving",
    "framing",
    "sending",
    "closing",
    "async_recv",
    "port_command",
    "system_monitor",
)
"""The chapters in their order; each is a file ``chapters/NAME.md``."""


@dataclass(frozen=True)
class Clause:
    """One clause of the specification."""

    id: str
    """``chapter/slug``."""
    chapter: str
    slug: str
    level: str
    profile: str
    basis: str
    source: str
    builds_on: tuple[str, ...]
    """The ids of the clauses without which this one cannot hold."""
    variants: tuple[str, ...]
    """The names of the allowed behaviours, for a clause that varies."""
    text: str
    """The normative Markdown, without options and intent."""
    sentence: str
    """The first sentence of :attr:`text`."""
    intent: str
    file: str
    line: int
    """The line of :attr:`file` where the directive opens, from 1."""
    example: str = ""
    """Erlang expressions that show the clause, as ``EXAMPLES.md`` says; empty if there are none."""
    example_line: int = 0
    """The line of :attr:`file` where the example's first expression is, from 1; 0 if there is none."""
    chosen_by: str = ""
    """One of :data:`CHOOSERS`, for a clause that varies; else empty."""
    reason: str = ""
    """Why it is right although OTP does otherwise, for a clause that is intended; else empty."""
    cost: str = ""
    """One of :data:`COSTS`; else empty."""

    @property
    def is_slow(self) -> bool:
        """Whether it takes a node with a real clock long."""
        return self.cost == "slow"


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong in a file of the specification: where, what, and how to mend it."""

    file: str
    line: int
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}; {self.mend}"
