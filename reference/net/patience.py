"""How long a simulated machine waits for another that says nothing."""

from __future__ import annotations

from collections.abc import Callable

from gen_tck.reference.timers import Timer, Timers

KNOCKING = 131_000
"""So long, in milliseconds, somebody who connects waits for room (tcp(7), ``tcp_syn_retries``)."""
KNOCKING_APART = 3_000
"""So long on a machine of the kit's own, where that is set to 1."""
SENDING = 924_600
"""So long is waited for a peer that acknowledges nothing (tcp(7), ``tcp_retries2``)."""
PROBING = 1
"""A peer that has had no room is asked again 200 ms later (``TCP_RTO_MIN``), and a full socket may have room then; so
long is still to wait, at least, for who comes to a socket that has been full."""


class Patience:
    """The patience of one socket: it waits for one thing at a time."""

    def __init__(self) -> None:
        self._timer: Timer | None = None

    def begin(self, timers: Timers, milliseconds: int, give_up: Callable[[], None]) -> None:
        """Call ``give_up`` when it has waited so long; who waits already goes on with that."""
        if self._timer is None:
            self._timer = timers.start(milliseconds, give_up)

    def end(self) -> None:
        """It waits no more: what it waited for has come, or never will."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
