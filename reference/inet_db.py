"""``inet_db``: which module serves a socket. ``gen_tcp`` asks it before it does anything with one.

``gen_tcp`` itself registers what it opens and accepts. A socket that :func:`prim_inet.async_accept` gave is not
registered: that is for its program to do.
"""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import ErlangError, OutOfScope, function_clause
from gen_tck.reference.port import find_port
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Port, Term


async def register_socket(process: Process, socket: Term, module: Term) -> Term:
    """Have ``module`` serve ``socket`` from now on: ``true``, or ``false`` if it is closed.

    Errors: ``error:function_clause`` for what is no socket and for a module that is no atom. Out of scope: modules
        other than ``inet_tcp``.
    Clauses: async_recv/register-socket-answers, async_recv/registered-socket-is-served,
        async_recv/anybody-may-register, async_recv/closed-socket-is-not-registered,
        async_recv/registering-takes-a-socket-and-a-module
    OTP: inet_db.erl: register_socket/2
    """
    if not (isinstance(socket, Port) and isinstance(module, Atom)):
        raise function_clause()
    if module is not a.inet_tcp:
        raise OutOfScope(f"a socket that {module} serves")
    port = find_port(process.vm, socket)
    if port is None:
        return a.false
    port.module = module
    return a.true


async def unregister_socket(process: Process, socket: Term) -> Term:
    """``ok``; nothing comes of it, since what is kept of a socket goes with it.

    Errors: ``error:function_clause`` for what is no socket.
    Clauses: async_recv/unregister-socket-answers, async_recv/unregistering-changes-nothing,
        async_recv/registering-takes-a-socket-and-a-module
    OTP: inet_db.erl: unregister_socket/1
    """
    if not isinstance(socket, Port):
        raise function_clause()
    return a.ok


def is_served(process: Process, socket: Term) -> bool:
    """Whether ``socket`` is open, and somebody serves it; ``False`` if it is closed.

    Raises ``error:function_clause`` for what is no socket, and ``error:undef`` for one that nobody has registered: its
    module is ``undefined``, and there is no such module.
    """
    if not isinstance(socket, Port):
        raise function_clause()
    port = find_port(process.vm, socket)
    if port is not None and port.module is a.undefined:
        raise ErlangError("error", a.undef)
    return port is not None
