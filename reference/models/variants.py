"""Variants that clauses allow and the reference does not have, and choices that no clause speaks of.

What an implementation may choose is no fault of it. So that a script which shows such a choice is judged by what is
allowed, and by nothing wider, the choice is made in the reference: what was seen must be exactly what that does.
"""

from __future__ import annotations

from collections.abc import Iterable

from gen_tck.reference.models.departure import Model, build
from gen_tck.reference.models.variant import Name, Variant
from gen_tck.reference.models.variants_closing import (
    BAD_PACKET_IS_DROPPED,
    BAD_PACKET_STAYS,
    CLOSED_TO_RECEIVERS,
    CLOSING,
    HALF_OPEN_IS_PASSIVE,
)
from gen_tck.reference.models.variants_ownership import OWNERSHIP
from gen_tck.reference.models.variants_receiving import (
    BUFFER_IS_DROPPED,
    FRAMING_LOOKS_ANEW,
    LENGTH_IS_IGNORED,
    QUEUED,
    RECEIVER_FIRST,
    RECEIVING,
)
from gen_tck.reference.models.variants_sending import EMPTY_SEND_FAILS, FAILED_SEND_IS_ALL, SENDING

__all__ = ["TOGETHER", "VARIANTS", "Name", "model"]

VARIANTS: dict[Name, Variant] = {each.of: each for each in (*OWNERSHIP, *RECEIVING, *SENDING, *CLOSING)}
"""Those that a generated script can show, in the order in which they are put together."""

TOGETHER: tuple[tuple[Name, Name], ...] = tuple(
    [
        (one.of, other.of)
        for one, other in (
            (QUEUED, LENGTH_IS_IGNORED),
            (HALF_OPEN_IS_PASSIVE, LENGTH_IS_IGNORED),
            (BAD_PACKET_STAYS, LENGTH_IS_IGNORED),
            (BAD_PACKET_IS_DROPPED, LENGTH_IS_IGNORED),
            (CLOSED_TO_RECEIVERS, LENGTH_IS_IGNORED),
            (EMPTY_SEND_FAILS, FAILED_SEND_IS_ALL),
            (RECEIVER_FIRST, BUFFER_IS_DROPPED),
            (RECEIVER_FIRST, FRAMING_LOOKS_ANEW),
        )
    ]
)
"""Variants that one step may show together."""


def model(names: Iterable[Name]) -> Model:
    """The reference with the variants of these ``names``. Raises ``KeyError``."""
    wanted = [VARIANTS[name] for name in names]
    return build([each for each in VARIANTS.values() if each in wanted])
