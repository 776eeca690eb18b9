"""Steps that the tests of this chapter share."""

from __future__ import annotations

from gen_tck.adapters.interface import Raised
from gen_tck.conformance.harness.actor import Actor, Pending
from gen_tck.conformance.harness.expect import (
    Inconclusive,
    Unexpected,
    describe,
    expect,
    fields,
    ok,
    port_number,
    value_of,
)
from gen_tck.conformance.harness.scenario import LOOPBACK
from gen_tck.spec.terms import Atom, List, Term, term

OTHER, THIRD = (127, 0, 0, 2), (127, 0, 0, 3)
"""Further addresses of loopback. Nobody but tests uses their ports, so that one that was free a moment ago still is; of
127.0.0.1 that cannot be said, where everybody's sockets are. They are the same in each run: a trace is held against the
test."""

__tracebackhide__ = True


def settings(*options: object) -> List:
    """A list of options."""
    return List(map(term, options))


def listener_at(owner: Actor, address: object, *options: object, number: int = 0) -> tuple[Term, int]:
    """``owner`` listens at ``address``: the listener and its port."""
    listener = value_of(owner.gen_tcp.listen(number, settings(("ip", address), *options)), f"listen by {owner.name}")
    return listener, port_number(value_of(owner.inet.port(listener)))


def free_port(owner: Actor) -> int:
    """A port of :data:`OTHER` where nobody listens."""
    listener, port = listener_at(owner, OTHER)
    expect(owner.gen_tcp.close(listener), ok())
    return port


def is_at(name: object, address: object, port: int | None = None) -> None:
    """Expect ``{ok, {Address, Port}}``: what ``sockname`` and ``peername`` answer."""
    found, number = fields(value_of(name), 2)
    expect(found, address, "the address")
    if port is not None:
        expect(number, port, "the port")


def blocked_connect(connector: Actor, port: int) -> tuple[Pending, int]:
    """``connector`` connects until there is no room in the backlog at ``port``.

    The call that waits for some, and how many connections were made before.
    """
    for made in range(8):
        pending = connector.begin.gen_tcp.connect(LOOPBACK, port, [])
        if not pending.has_returned():
            return pending, made
        value_of(pending.result(), f"connect by {connector.name}")
    raise Inconclusive("whoever connects finds room in a backlog of 0")


def refusal(result: object, where: str) -> Atom:
    """How a call refuses its arguments: ``raises`` or ``error``. Raises :class:`Unexpected` if it does not."""
    match result:
        case Raised(kind="exit" | "error", reason=Atom(name="badarg" | "function_clause")):
            return Atom("raises")
        case Raised(kind="exit", reason=(Atom(name="function_clause"), _)):  # with the place where it was raised
            return Atom("raises")
        case (Atom(name="error"), _):
            return Atom("error")
    raise Unexpected("exit:badarg, function_clause or {error,_}", describe(result), where)
