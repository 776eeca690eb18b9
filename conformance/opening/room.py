"""A node that has no room for another socket."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unsupported, error, expect, matches, ok, one_of, value_of
from gen_tck.conformance.harness.scenario import LOOPBACK
from gen_tck.spec.terms import Term

__all__ = ["FULL", "fill", "make_room", "variants"]

FULL = one_of(error("emfile"), error("system_limit"))
"""What a node says that has no room."""
_MOST = 1100
"""So many sockets are opened to find its end: OTP has 1024 ports at least."""

__tracebackhide__ = True


def fill(owner: Actor) -> list[Term]:
    """``owner`` opens sockets until the node has no room for another. Raises :class:`Unsupported` if it still has."""
    opened: list[Term] = []
    while not matches(answer := owner.gen_tcp.listen(0, [("ip", LOOPBACK)]), FULL):
        opened.append(value_of(answer))
        if len(opened) == _MOST:
            raise Unsupported(f"the node has room for {_MOST} more sockets; fewer descriptors would show this")
    return opened


def make_room(owner: Actor, opened: list[Term], count: int = 1) -> None:
    """``owner`` closes ``count`` of the sockets."""
    for _ in range(count):
        expect(owner.gen_tcp.close(opened.pop()), ok())


def variants() -> dict[str, object]:
    """What a call without room returns, by the variants that clauses have."""
    return {"descriptors": error("emfile"), "ports": error("system_limit")}
