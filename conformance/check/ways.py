"""How a node is reached, where there is more than one way: which exchanges are for it follows from that."""

from __future__ import annotations

from typing import Literal

from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.restarting import RestartingNode

Way = Literal["look", "drain", "clear", "spare"]
"""Its mailboxes can be looked at or only drained; its program clears, or there is a spare."""
LEFT_OUT: dict[Way | None, str] = {
    "look": "its mailboxes can only be drained",
    "clear": "it is started anew instead of a `clear`",
}
"""Why exchanges that most programs are asked for are not played; what few have is not missed."""


def ways_of(node: ChildNode | RestartingNode) -> frozenset[Way]:
    """How ``node`` is reached."""
    found: set[Way] = {"drain" if node.capabilities.mailbox == "drain" else "look"}
    if isinstance(node, ChildNode):
        found.add("clear")
    elif node.keeps_spare:
        found.add("spare")
    return frozenset(found)
