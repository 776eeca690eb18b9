"""Steps that the tests of asynchronous receives share."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, describe
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Port, Term, term

FOR_EVER = -1
"""The timeout of a request that waits for ever."""
LONG = 3_600_000
"""An hour, in milliseconds: a timeout that no test sees the end of."""


def asks(actor: Actor, socket: Term, length: object = 0, timeout: object = FOR_EVER) -> int:
    """``actor`` asks for ``length`` bytes within ``timeout`` milliseconds: the reference of its request."""
    return reference_in(actor.prim_inet.async_recv(socket, length, timeout), f"async_recv by {actor}")


def asks_to_accept(actor: Actor, listener: Term, timeout: object = FOR_EVER) -> int:
    """``actor`` asks for a connection within ``timeout`` milliseconds: the reference of its request."""
    return reference_in(actor.prim_inet.async_accept(listener, timeout), f"async_accept by {actor}")


def reference_in(asked: object, where: str = "") -> int:
    """``Ref`` of the ``{ok, Ref}`` that a request returned."""
    match asked:
        case (Atom(name="ok"), int(reference)) if type(asked) is tuple and 0 <= reference <= 65535:
            return reference
    raise Unexpected("{ok, Ref} with an integer from 0 to 65535", describe(asked), where)


def answer(socket: Term, reference: int, status: object) -> Term:
    """``{inet_async, Socket, Ref, Status}``."""
    return (Atom("inet_async"), socket, reference, term(status))


def gets_connection(scenario: Scenario, actor: Actor, listener: Term, reference: int) -> Term:
    """Expect ``{inet_async, Listener, Ref, {ok, Socket}}`` as the only message of ``actor`` and take it: the socket."""
    scenario.wait_while(lambda: not actor.mailbox())
    match actor.mailbox():
        case ((_, _, _, (_, Port() as socket)),):
            actor.receives(answer(listener, reference, ("ok", socket)))
            return socket
    raise Unexpected("one answer with a socket", describe(term(list(actor.mailbox()))), actor.messages)


def accepted(scenario: Scenario, owner: Actor, **options: object) -> tuple[Term, RemotePeer, Term]:
    """A socket of ``owner`` that ``async_accept`` gave, not registered; its peer, and the listener."""
    listener, port = scenario.listen(owner, **options)
    request = asks_to_accept(owner, listener)
    peer = scenario.dial(port)
    return gets_connection(scenario, owner, listener, request), peer, listener
