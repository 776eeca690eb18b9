"""What traces of earlier kits say in words only.

The words are those of these kits: they stay as they are here, whatever tests say today.
"""

from __future__ import annotations

from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.traces.events import Compared
from gen_tck.conformance.traces.fields import Looked

__all__ = ["looked"]

_MAILBOX = ("messages to ", "left over at ")


def looked(failed: Compared, case: Case) -> Looked:
    """What the comparison that ``failed`` in this case looked at."""
    mailbox = next((failed.where.removeprefix(each) for each in _MAILBOX if failed.where.startswith(each)), "")
    at_peer = failed.where.endswith("peer") and "open connection" in failed.seen
    return Looked(mailbox=mailbox, open=at_peer or "sees open" in case.where)
