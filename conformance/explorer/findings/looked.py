"""What a script showed that was given, not drawn."""

from __future__ import annotations

from typing import Literal

import msgspec

Verdict = Literal["seen", "not seen", "differs", "impossible"]
"""``seen``: as recorded. ``not seen``: as the reference has it. ``differs``: in another way, or as recorded by another
entry. ``impossible``: not all steps of the script can be done."""


class Looked(msgspec.Struct, kw_only=True):
    """What a given script showed."""

    name: str
    """By which its trace is known: ``known:2``, or ``given`` for one from a file."""
    clause: str
    """Empty if no clause speaks of it, or nothing differs."""
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
        return self.verdict == "seen" or (self.verdict == "not seen" and bool(self.sometimes or not self.reason))
