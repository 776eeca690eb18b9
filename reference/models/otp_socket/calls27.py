"""``gen_tcp_socket`` since OTP 27, as far as its functions differ."""

from __future__ import annotations

from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import ErlangError, function_clause
from gen_tck.reference.models.otp_socket import statem
from gen_tck.reference.models.otp_socket.answers import error
from gen_tck.reference.models.otp_socket.calls import INFINITY, Backend, parts
from gen_tck.reference.models.otp_socket.esock import esock_of
from gen_tck.reference.models.otp_socket.waiting import Failed
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import List, Term


class Backend27(Backend):
    """The functions of OTP 27."""

    gone = a.einval

    async def recv(self, process: Process, socket: Term, length: Term, timeout: Term = INFINITY) -> Term:
        """OTP: gen_tcp_socket.erl: recv/3"""
        parts(socket)
        fits = isinstance(length, int) and length >= 0
        if not (fits and (timeout is a.infinity or (isinstance(timeout, int) and timeout >= 0))):
            raise function_clause()
        return await super().recv(process, socket, length, timeout)

    async def send_failed(
        self, process: Process, socket: Term, data: bytes, meta: dict[str, Any], failed: Failed
    ) -> Term:
        """A send that failed lets the server close the socket.

        OTP: gen_tcp_socket.erl: send_result/4
        """
        if failed.reason is a.timeout:
            if meta["send_timeout_close"] is a.true:
                await self.close(process, socket)
                return error(a.timeout)
            if meta["packet"] in (1, 2, 4) and failed.data:
                return error((a.timeout, List((failed.data,))))
            return error((a.timeout, failed.data or data))
        reason = a.econnreset if failed.reason is a.epipe else failed.reason
        return await self.call(process, socket, "send_error", reason)

    async def shutdown(self, process: Process, socket: Term, how: Term) -> Term:
        """It is the caller who shuts down.

        OTP: gen_tcp_socket.erl: shutdown/2
        """
        sock = esock_of(process.vm, parts(socket)[1])
        if how not in (a.read, a.write, a.read_write):
            raise ErlangError("error", (a.invalid, (a.how, how)))
        if sock is None:
            return error(a.closed)
        try:
            sock.shutdown(how.name)
        except Failed as failed:
            return error(failed.reason)
        return a.ok

    async def close(self, process: Process, socket: Term) -> Term:
        """Whatever the server says: ``ok``.

        OTP: gen_tcp_socket.erl: close_server/1
        """
        await super().close(process, socket)
        return a.ok

    async def setopts(self, process: Process, socket: Term, options: Term) -> Term:
        """OTP: gen_tcp_socket.erl: setopts/2"""
        server = parts(socket)[0]
        match options:
            case List(((a.active, mode),)):
                return await statem.call(process, server, self.gone, "setopt_active", mode)
        try:
            return await super().setopts(process, socket, options)
        except ErlangError as raised:
            if raised.reason is a.badarg:
                return error(a.einval)
            raise
