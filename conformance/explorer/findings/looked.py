"""What a script showed that was given, not drawn."""

from __future__ import annotations

from typing import Literal

import msgspec

Verdict = Literal["seen", "not seen", "differs", "impossible", "inconclusive", "no script"]
"""``seen``: as recorded. ``not seen``: as it is where nothing departs. ``differs``: in another way. ``impossible``: not
all steps of the script can be done. ``inconclusive``: steps took so long that timers may have gone off between them.
``no script``: none shows it; the tests of its clauses do."""


class Looked(msgspec.Struct, kw_only=True):
    """What a given script showed."""

    name: str
    """By which its trace is known: ``known:2``, or ``given`` for one from a file."""
    clause: str
    """Empty if no clause speaks of it, or nothing differs."""
    departure: str = ""
    """What it shows, if the model of the node is made of departures."""
    clauses: list[str] = []
    """Those that the departure breaks."""
    reason: str = ""
    """Why it is a known difference."""
    variant: str = ""
    sometimes: str = ""
    """Why it is not shown every time, if it is not."""
    script: str
    verdict: Verdict
    words: str = ""
    """What was seen, or why nothing could be."""
    trace: str | None = None
    """The recorded trace, relative to the folder of the results; ``None`` if it is not seen step by step."""

    @property
    def right(self) -> bool:
        """Whether it is as recorded; where nothing is, as the reference has it."""
        return self.verdict in ("seen", "no script") or (
            self.verdict == "not seen" and bool(self.sometimes or not self.reason)
        )
