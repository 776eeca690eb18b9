"""The profiles: the parts of the specification that an implementation may claim one by one; ``core`` is several."""

from __future__ import annotations

from collections.abc import Iterable

CORE = (
    "essentials",
    "packets",
    "receiving-extra",
    "modes-extra",
    "ownership-extra",
    "listeners",
    "sending-extra",
    "backpressure",
    "closing-extra",
    "half-open",
    "resets",
    "inspection",
)
"""The profiles that ``core`` stands for, in the order in which they can be reached: each needs no later one."""

PROFILES = (
    *CORE,
    "active-n",
    "async-recv",
    "port-command",
    "system-monitor",
    "port-messages",
    "opening",
    "framings",
    "http",
    "statistics",
    "sendfile",
    "local",
    "raw",
    "vanished-peers",
    "census",
    "unreachable",
)
"""The parts of the specification that an implementation may claim one by one."""


def expand(profiles: Iterable[str]) -> frozenset[str]:
    """``profiles`` with ``core`` replaced by its parts. Unknown names stay, for others to complain of."""
    return frozenset(part for each in profiles for part in (CORE if each == "core" else (each,)))


def shortened(profiles: Iterable[str]) -> list[str]:
    """``profiles`` in order, with ``core`` for its parts if all are there: for people."""
    names = frozenset(profiles)
    whole = names.issuperset(CORE)
    return [
        *(["core"] if whole else []),
        *(each for each in PROFILES if each in names and not (whole and each in CORE)),
    ]
