"""What a socket counts, as ``inet:getstat`` tells it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COUNTERS", "Counter"]


@dataclass(frozen=True)
class Counter:
    """Something that a socket counts."""

    name: str
    clause: str
    """The clause that says what it counts."""
    meaning: str
    """What it counts, in a few words."""


_RECEIVED, _SENT = "receiving/counts-what-it-hands-over", "sending/counts-what-is-sent"

COUNTERS: tuple[Counter, ...] = (
    Counter("recv_oct", _RECEIVED, "bytes received"),
    Counter("recv_cnt", _RECEIVED, "packets received"),
    Counter("recv_max", _RECEIVED, "bytes of the largest packet received"),
    Counter("recv_avg", "receiving/mean-of-what-is-received", "bytes of a packet received, on average"),
    Counter("recv_dvi", "receiving/deviation-of-what-is-received", "bytes by which packets received are off that"),
    Counter("send_oct", _SENT, "bytes sent"),
    Counter("send_cnt", _SENT, "packets sent"),
    Counter("send_max", _SENT, "bytes of the largest packet sent"),
    Counter("send_avg", "sending/mean-of-what-is-sent", "bytes of a packet sent, on average"),
    Counter("send_pend", "port_command/send-pend-tells-the-queue-size", "bytes that wait to be sent"),
)
"""In the order in which ``inet:getstat/1`` tells them. Headers of packets count."""
