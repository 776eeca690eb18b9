"""What is counted of the packets that go one way through a socket."""

from __future__ import annotations

from gen_tck.spec.counters import COUNTERS
from gen_tck.spec.terms import Atom

NAMES = tuple(Atom(each.name) for each in COUNTERS)
"""The names of all counters, in the order in which they are told."""


class Counts:
    """Packets of one direction, with their headers.

    OTP: inet_drv.c: inet_input_count; inet_drv.c: inet_output_count
    """

    __slots__ = ("deviation", "mean", "most", "octets", "packets")

    def __init__(self) -> None:
        self.packets = self.octets = self.most = 0
        self.mean = self.deviation = 0.0

    def add(self, length: int) -> None:
        """One more packet, of ``length`` bytes."""
        self.packets += 1
        self.octets += length
        self.most = max(self.most, length)
        self.mean += (length - self.mean) / self.packets
        self.deviation += (length - self.mean - self.deviation) / self.packets


def tell(name: Atom, received: Counts, sent: Counts, pending: int) -> int | None:
    """The number of that ``name``; ``None`` if nothing is called so."""
    which, _, what = name.name.partition("_")
    counts = {"recv": received, "send": sent}.get(which)
    if counts is None or name not in NAMES:
        return None
    told = {
        "oct": counts.octets,
        "cnt": counts.packets,
        "max": counts.most,
        "avg": int(counts.mean),
        "dvi": int(abs(counts.deviation)),
        "pend": pending,
    }
    return told[what]
