"""What is said of a script that a node did not play as the reference has it."""

from __future__ import annotations

from typing import NamedTuple

from gen_tck.conformance.explorer.oracle.oracle import Prediction
from gen_tck.conformance.explorer.script.script import Changes

__all__ = ["Report"]


class Report(NamedTuple):
    """A script that a node played another way than the reference."""

    prediction: Prediction
    step: int
    """The first step at which something differs; one more than the script has: something came after the end."""
    seen: Changes
    late: bool = False
    """Whether the script has timeouts, and what it shows may only be that the steps before took too long."""
    refused: str = ""
    """Why the script could not be played, if the node refused something of it: then nothing of it was seen."""
