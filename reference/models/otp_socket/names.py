"""``gen_tcp_socket``: what a socket of this backend is made of, and the addresses of its ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import function_clause
from gen_tck.reference.models.otp_socket.answers import error
from gen_tck.reference.models.otp_socket.esock import SOCKET, esock_of
from gen_tck.reference.net.addresses import term_of
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, List, Pid, Reference, Term

__all__ = ["Names", "parts"]


def parts(socket: Term) -> tuple[Pid, Reference]:
    """The server and the inner socket of ``socket``. ``error:function_clause`` for what is none of this backend."""
    match socket:
        case (Atom(name="$inet"), a.gen_tcp_socket, (Pid() as server, (kind, Reference() as inner))) if kind is SOCKET:
            return server, inner
    raise function_clause()


class Names:
    """The functions that tell addresses: they ask the inner socket, and no server."""

    async def sockname(self, process: Process, socket: Term) -> Term:
        """OTP: gen_tcp_socket.erl: sockname/1"""
        return self._address(process, socket, lambda kernel: kernel.address)

    async def peername(self, process: Process, socket: Term) -> Term:
        """OTP: gen_tcp_socket.erl: peername/1"""
        return self._address(process, socket, lambda kernel: kernel.peername())

    async def socknames(self, process: Process, socket: Term) -> Term:
        """OTP: gen_tcp_socket.erl: socknames/1"""
        answer = await self.sockname(process, socket)
        return (a.ok, List((answer[1],))) if answer[0] is a.ok else answer

    async def peernames(self, process: Process, socket: Term) -> Term:
        """Sockets of this backend are none to it.

        OTP: inet.erl: peernames/1
        """
        raise function_clause()

    async def port(self, process: Process, socket: Term) -> Term:
        """OTP: inet.erl: port/1"""
        answer = await self.sockname(process, socket)
        return (a.ok, answer[1][1]) if answer[0] is a.ok else answer

    def _address(self, process: Process, socket: Term, which: Callable[[Any], Any]) -> Term:
        sock = esock_of(process.vm, parts(socket)[1])
        if sock is None:
            return error(a.closed)
        found = which(sock.kernel)
        return error(a.enotconn) if found is None else (a.ok, (term_of(found[0]), found[1]))
