"""How long a wait is that may have to see the end of a timer: as long as the longest that was set."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import term_of
from gen_tck.conformance.harness.timers import LIMITS, owed_by

SOCKET = "$socket"


@pytest.mark.parametrize(
    ("call", "args", "seconds"),
    [
        ("gen_tcp.recv/3", (SOCKET, 0, 250), 0.25),
        ("gen_tcp.connect/4", ((127, 0, 0, 1), 80, ["binary", ("send_timeout", 200)], 20), 0.2),
        ("gen_tcp.connect/3", ((127, 0, 0, 1), 80, ["binary", ("send_timeout", 200)]), 0.2),
        ("inet.setopts/2", (SOCKET, [("active", False), ("send_timeout", 20), ("send_timeout", 30)]), 0.03),
        ("gen_tcp.listen/2", (0, [("send_timeout", "infinity")]), 0),
        ("gen_tcp.recv/3", (SOCKET, 0, 3_600_000), 0),
        ("gen_tcp.recv/2", (SOCKET, 200), 0),
        ("gen_tcp.send/2", (SOCKET, b"send_timeout"), 0),
        ("prim_inet.async_recv/3", (SOCKET, 0, LIMITS[-1]), LIMITS[-1] / 1000),
    ],
)
def test_timer_is_not_waited_for(call: str, args: tuple[object, ...], seconds: float) -> None:
    assert owed_by(call, [term_of(each) for each in args]) == seconds
