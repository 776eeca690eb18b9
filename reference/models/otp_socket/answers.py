"""What the functions of a socket answer, and what the socket is to who gets one."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.models.otp_socket.esock import ESock
from gen_tck.spec.terms import Atom, List, Map, Pid, Term

INET = Atom("$inet")
CLOSED_SOCKET = Map({a.rstates: List((a.closed,)), a.wstates: List((a.closed,))})
"""What ``info`` says of a closed one."""


def error(reason: Term) -> Term:
    """``{error, Reason}``."""
    return (a.error, reason)


def named(server: Pid, socket: ESock) -> Term:
    """``{'$inet', gen_tcp_socket, {Server, Socket}}``."""
    return (INET, a.gen_tcp_socket, (server, socket.term))
