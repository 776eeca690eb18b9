"""Local sockets: both ends are the node's, since nobody else sees the folder where their files are."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Inconclusive, Unexpected, describe, value_of
from gen_tck.conformance.opening.steps import settings
from gen_tck.spec.terms import Term

PATH, SECOND = b"my_path", b"my_second_path"
TOO_LONG = b"my_" + b"a" * 200
"""No system takes a path of so many bytes: Linux 107, others fewer."""

__tracebackhide__ = True


def at(path: object) -> tuple[str, object]:
    """The address of a local socket."""
    return "local", path


def listening(owner: Actor, *options: object, path: object = PATH) -> Term:
    """``owner`` listens at ``path``."""
    every = settings("binary", ("active", False), *options, ("ifaddr", at(path)))
    return value_of(owner.gen_tcp.listen(0, every), f"listen by {owner.name}")


def connecting(client: Actor, *options: object, path: object = PATH) -> Term:
    """``client`` connects to ``path``."""
    every = settings("binary", ("active", False), *options)
    return value_of(client.gen_tcp.connect(at(path), 0, every), f"connect by {client.name}")


def pair(owner: Actor, *options: object) -> tuple[Term, Term]:
    """Both ends of a connection of ``owner`` with itself, with the same options: the accepted one, then the other."""
    try:
        listener = listening(owner, *options)
        client = connecting(owner, *options)
        return value_of(owner.gen_tcp.accept(listener, 5000), f"accept by {owner.name}"), client
    except Unexpected as reason:
        raise Inconclusive(f"there is no local connection: {describe(reason)}") from None
