"""What each implementation was seen to do, clause by clause: ``observed.toml``, which a command writes.

    [nodes.otp-25]
    version = "OTP 25, erts 13.1.5"

    [clauses]
    "ownership/creator-owns-the-socket" = { keeps = ["otp-25", "otp-27", "otp-29"] }
    "closing/second-close-is-ok" = { breaks = ["otp-socket-25"], keeps = ["otp-25", "otp-27"] }
    "receiving/second-receive" = { ealready = ["otp-25"], waits = ["otp-socket-27"] }

A node is named by the name that it has for the kit, and its release. What a node does not claim is not there. This is
no source of a clause: a clause says what is right, this says who does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from gen_tck.spec import toml

__all__ = ["BREAKS", "FILE", "KEEPS", "NodeSeen", "Observed", "load", "releases"]

FILE = Path(__file__).with_name("observed.toml")
KEEPS, BREAKS = "keeps", "breaks"
"""What is said of a clause that a node keeps, and that it breaks; of one that varies, the variants are."""


class NodeSeen(msgspec.Struct, forbid_unknown_fields=True):
    """A node that was looked at."""

    version: str
    """By its own account."""


class Observed(msgspec.Struct, forbid_unknown_fields=True):
    """What all nodes were seen to do."""

    nodes: dict[str, NodeSeen]
    clauses: dict[str, dict[str, list[str]]]
    """By clause, and what was seen: the nodes."""

    def of(self, clause: str) -> Mapping[str, list[str]]:
        """What was seen of ``clause``; nothing, if nobody claims it or it has no test."""
        return self.clauses.get(clause, {})


@cache
def load(file: Path = FILE) -> Observed:
    """What ``file`` says. Raises ``TomlError``, ``FileNotFoundError``."""
    return toml.table(file, Observed)


def releases(node: str) -> list[int]:
    """The releases in which ``node`` was looked at, the oldest first. Of others nobody knows."""
    named = [name.rpartition("-") for name in load().nodes]
    return sorted([int(release) for name, _, release in named if name == node])
