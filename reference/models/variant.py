"""Variants: departures that break nothing, as a clause leaves open which way an implementation goes."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import TypeAlias

from gen_tck.reference.models.departure import Departure

Name: TypeAlias = tuple[str, str]
"""The id of a clause, and the name of one of its variants; or of the clause that is nearest, and of a choice."""


@dataclass(frozen=True)
class Variant(Departure):
    """Another way than that of the reference, and as right. Where the situation chooses, it asks at a choice point.

    The clause has that variant then; a test looks. Cases of other clauses may know the way of the reference alone.
    """

    name: str = field(init=False)
    """The clause and the variant: ``closing/recv-after-the-end=closed``."""
    _: KW_ONLY
    of: Name
    is_open: bool = False
    """Whether no clause speaks of it: the reason says what may be chosen, and the clause is the nearest."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", "=".join(self.of))
