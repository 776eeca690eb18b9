"""What is said of a script that was played."""

from __future__ import annotations

from typing import NamedTuple

from gen_tck.conformance.explorer.oracle.oracle import Prediction
from gen_tck.conformance.explorer.script.trace import ScriptTrace

__all__ = ["Report"]


class Report(NamedTuple):
    """A script that a node was seen to play another way than was predicted, or of which all was recorded."""

    prediction: Prediction
    step: int = 0
    """The first step at which something differs; one more than the script has: something came after the end."""
    trace: ScriptTrace | None = None
    """What was seen, if it was recorded."""
    refused: str = ""
    """Why the script could not be played, if the node refused something of it: then nothing of it was seen."""
