"""One exchange: what is said to a program, which sentence of the protocol it must keep, and what to mend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gen_tck.conformance.check.conversation import Conversation
from gen_tck.conformance.check.ways import Way

Verdict = Literal["ok", "broken", "skipped"]


@dataclass(frozen=True)
class Exchange:
    """An exchange."""

    name: str
    """Permanent."""
    says: str
    """The sentence of ``PROTOCOL.md`` that is kept or broken, word for word."""
    mend: str
    """What whoever wrote the program is to do about it."""
    play: Callable[[Conversation], None]
    """Play it. Raises ``Broken``, ``Skipped``."""
    needs: tuple[str, ...]
    """Exchanges without which this one tells nothing."""
    quick: bool
    """Whether it is so cheap that ``certify`` plays it first."""
    way: Way | None = None
    """The only way in which a node must be reached for it, if there is one."""


@dataclass(frozen=True)
class Finding:
    """What became of an exchange."""

    exchange: str
    verdict: Verdict
    saw: str = ""
    """What the program said, or why the exchange was skipped, in one line; empty if it is ok."""
    says: str = ""
    """What the protocol says; of a broken one alone, like..."""
    mend: str = ""
    """...what to mend."""


def exchange(
    name: str,
    says: str,
    mend: str,
    *,
    needs: tuple[str, ...] = ("answers-each-request-once",),
    quick: bool = False,
    way: Way | None = None,
) -> Callable[[Callable[[Conversation], None]], Exchange]:
    """Make an exchange of the function that plays it."""

    def made(play: Callable[[Conversation], None]) -> Exchange:
        return Exchange(name, says, mend, play, needs, quick, way)

    return made
