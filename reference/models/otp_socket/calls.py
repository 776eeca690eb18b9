"""``gen_tcp_socket``: what a process does that calls a function on a socket of this backend.

Most ask the socket's server. Sending does not: it waits in the caller, for the kernel.
"""

from __future__ import annotations

from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.counters import NAMES
from gen_tck.reference.driver.opening import Opening, opening
from gen_tck.reference.driver.options import KERNEL_OPTIONS, BadOption, is_spent
from gen_tck.reference.driver.raw import kernel_option
from gen_tck.reference.errors import ErlangError, OutOfScope, badarg, function_clause
from gen_tck.reference.models.otp_socket import statem
from gen_tck.reference.models.otp_socket.answers import CLOSED_SOCKET, INET, error, named
from gen_tck.reference.models.otp_socket.esock import SOCKET, esock_of
from gen_tck.reference.models.otp_socket.names import Names, parts
from gen_tck.reference.models.otp_socket.reading import Reading
from gen_tck.reference.models.otp_socket.sending import send_all
from gen_tck.reference.models.otp_socket.settings import DEFAULTS
from gen_tck.reference.models.otp_socket.states import ACCEPT, CONNECT
from gen_tck.reference.models.otp_socket.waiting import Failed
from gen_tck.reference.net.addresses import host_of, is_known
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.port import iodata
from gen_tck.reference.tables import State
from gen_tck.reference.vm import Process
from gen_tck.spec.raw_options import USER_TIMEOUT, asked_raw, raw_setting
from gen_tck.spec.terms import Atom, List, Map, Pid, Reference, Term

INFINITY = Atom("infinity")
_BY_NUMBER = "options by number, in this model"


def _by_number(raw: tuple[int, int, bytes]) -> tuple[str, Term]:
    """The only one that the model has."""
    named = kernel_option(raw) if raw[:2] == USER_TIMEOUT else None
    if named is None:
        raise OutOfScope(_BY_NUMBER)
    return named


class Backend(Names):
    """The functions of one release."""

    gone = a.closed
    """What a call answers when there is no server any more."""

    def __init__(self, server: type[Reading]) -> None:
        self.server = server

    async def call(self, process: Process, socket: Term, *request: Any) -> Term:
        """``gen_tcp_socket:call/2``: ask the server."""
        return await statem.call(process, parts(socket)[0], self.gone, *request)

    # Opening

    def options(self, given: Term, *, listening: bool = False) -> Opening:
        """Those that a socket is opened with. ``exit:badarg`` for those that are none."""
        try:
            found = opening(given, listening=listening)
        except BadOption:
            raise ErlangError("exit", a.badarg) from None
        if found.is_local:
            raise OutOfScope("a local socket, in this model")
        found.settings[:] = [_by_number(value) if name == "raw" else (name, value) for name, value in found.settings]
        return found

    def start(self, process: Process, state: State, options: dict[str, Any]) -> Reading:
        """A new server of ``process``.

        OTP: gen_tcp_socket.erl: start_server/3
        """
        vm = process.vm
        below = vm.spawn()
        server = self.server(below, process, state, options)
        below.start(server.run())
        return server

    def open(self, process: Process, kernel: Any, pairs: list[tuple[str, Term]]) -> Reading:
        """A server with a socket, and its options."""
        server = self.start(process, CONNECT, dict(DEFAULTS))
        server.sock = server.esock(process.vm, kernel)
        modes = [value for name, value in pairs if name == "active"] or [a.true]
        for name, value in [*(pair for pair in pairs if pair[0] != "active"), ("active", modes[-1])]:
            server.set_option(name, value)
        server.store()
        return server

    async def connect(
        self, process: Process, address: Term, port: Term, options: Term, timeout: Term = INFINITY
    ) -> Term:
        """OTP: gen_tcp_socket.erl: connect/4"""
        host = host_of(address)
        if host is None or not is_known(host):
            raise OutOfScope("an address other than {127,_,_,_}")
        found = self.options(options)
        if found.family is a.inet6:
            return error(a.eafnosupport)
        where, source = (host, port), found.own() if found.is_bound else None
        try:
            kernel = process.vm.kernel.connect(where, kernel_options(found.settings), source)  # type: ignore[attr-defined]
        except SocketError as reason:
            if is_spent(found.settings):  # the mode was set before: the socket tells of it
                process.deliver((a.tcp_passive, (INET, a.gen_tcp_socket, (Pid(0), (SOCKET, Reference(0))))))
            return error(Atom(reason.reason))
        if not kernel.is_connected():
            kernel.close()
            raise OutOfScope("connecting where there is no room in the backlog")
        server = self.open(process, kernel, found.settings)
        await statem.call(process, server.process.pid, self.gone, "connect")
        return (a.ok, server.named)

    async def listen(self, process: Process, port: Term, options: Term) -> Term:
        """OTP: gen_tcp_socket.erl: listen/2"""
        found = self.options(options, listening=True)
        if not (isinstance(port, int) and 0 <= port <= 65535):
            raise ErlangError("exit", a.badarg)
        try:
            where, settings = found.own(port), kernel_options(found.settings)
            kernel = process.vm.kernel.listen(where, settings, found.backlog)  # type: ignore[attr-defined]
        except SocketError as reason:
            return error(Atom(reason.reason))
        server = self.open(process, kernel, found.settings)
        await statem.call(process, server.process.pid, self.gone, "listen")
        return (a.ok, server.named)

    async def accept(self, process: Process, socket: Term, timeout: Term = INFINITY) -> Term:
        """Start the server of the socket that is to come, in no more than ``timeout``, then let it accept.

        One that is given no time is killed, and may have said just before that it has begun: that stays behind.

        OTP: gen_tcp_socket.erl: accept/2; proc_lib.erl: sync_start/2
        """
        inner = parts(socket)[1]
        if not (timeout is a.infinity or (isinstance(timeout, int) and timeout >= 0)):
            raise badarg()
        inherited = await self.call(process, socket, "get_server_opts")
        if inherited[0] is not a.ok:
            return inherited
        if timeout == 0:
            if process.vm.choose("a server that is given no time has begun", 2):
                begun = Pid(process.vm.number())
                process.deliver((a.ack, begun, (a.ok, begun)))
            return error(a.timeout)
        server = self.start(process, ACCEPT, inherited[1])
        listener = esock_of(process.vm, inner)
        answer = await statem.call(process, server.process.pid, self.gone, "accept", listener, timeout)
        if answer[0] is a.ok:
            return (a.ok, named(server.process.pid, server.socket))
        await statem.stop(process, server.process.pid, (a.shutdown, a.closed))
        return answer

    # Sending

    async def send(self, process: Process, socket: Term, data: Term) -> Term:
        """OTP: gen_tcp_socket.erl: send/2; gen_tcp_socket.erl: send_result/4"""
        inner = parts(socket)[1]
        sock = esock_of(process.vm, inner)
        if sock is None:
            return error(a.closed)
        meta = sock.meta
        packet = meta["packet"]
        raw = iodata(data)
        if packet in (1, 2, 4):
            raw = (len(raw) % 256**packet).to_bytes(packet, "big") + raw
        try:
            await send_all(process, sock, raw, meta["send_timeout"])
        except Failed as failed:
            return await self.send_failed(process, socket, raw, meta, failed)
        return a.ok

    async def send_failed(
        self, process: Process, socket: Term, data: bytes, meta: dict[str, Any], failed: Failed
    ) -> Term:
        """What a send answers that failed.

        OTP: gen_tcp_socket.erl: send_result/4; gen_tcp_socket.erl: socket_send/3
        """
        if failed.reason is a.timeout:
            if meta["send_timeout_close"] is a.true:
                await self.close(process, socket)
                return error(a.timeout)
            return error((a.timeout, failed.data or data))
        if failed.reason in (a.epipe, a.econnreset) or failed.data:
            return error(a.econnreset if meta["show_econnreset"] is a.true else a.closed)
        return error(failed.reason)

    # The rest

    async def recv(self, process: Process, socket: Term, length: Term, timeout: Term = INFINITY) -> Term:
        """OTP: gen_tcp_socket.erl: recv/3"""
        return await self.call(process, socket, "recv", length, timeout)

    async def shutdown(self, process: Process, socket: Term, how: Term) -> Term:
        """OTP: gen_tcp_socket.erl: shutdown/2"""
        return await self.call(process, socket, "shutdown", how)

    async def close(self, process: Process, socket: Term) -> Term:
        """Close, then end the server.

        OTP: gen_tcp_socket.erl: close_server/1
        """
        answer = await self.call(process, socket, "close")
        await statem.stop(process, parts(socket)[0], (a.shutdown, a.closed))
        return answer

    async def controlling_process(self, process: Process, socket: Term, new_owner: Term) -> Term:
        """OTP: gen_tcp_socket.erl: controlling_process/2; gen_tcp_socket.erl: controlling_process/3"""
        parts(socket)
        if not isinstance(new_owner, Pid):
            raise function_clause()
        answer = await self.call(process, socket, "transfer", new_owner)
        if answer is not a.transfer:
            return answer

        def select(message: Term) -> Term:
            match message:
                case (a.tcp, its, _) | (a.tcp_closed, its) | (its, (a.data, _)) if its == socket:
                    return message
            return None

        while (message := await process.receive(select, 0)) is not None:
            process.vm.send(new_owner, message)
        return await self.call(process, socket, "transferred")

    async def setopts(self, process: Process, socket: Term, options: Term) -> Term:
        """OTP: gen_tcp_socket.erl: setopts/2; gen_tcp_socket.erl: internalize_setopts/1"""
        parts(socket)
        if not isinstance(options, List):
            raise function_clause()
        return await self.call(process, socket, "setopts", self.pairs(options))

    def pairs(self, options: Term) -> list[tuple[str, Term]]:
        """Options as the server takes them. ``exit:badarg`` for what is none."""
        pairs: list[tuple[str, Term]] = []
        for option in options:
            if option in (a.binary, a.list):
                pairs.append(("mode", option))
            elif raw := raw_setting(option):
                pairs.append(_by_number(raw))
            elif type(option) is tuple and len(option) == 2 and isinstance(option[0], Atom):
                pairs.append((option[0].name, option[1]))
            else:
                raise ErlangError("exit", a.badarg)
        return pairs

    async def getopts(self, process: Process, socket: Term, names: Term) -> Term:
        """OTP: gen_tcp_socket.erl: getopts/2"""
        parts(socket)
        if not isinstance(names, List):
            raise function_clause()
        if any(map(asked_raw, names)):
            raise OutOfScope(_BY_NUMBER)
        if not all(isinstance(each, Atom) for each in names):
            raise ErlangError("exit", a.badarg)
        return await self.call(process, socket, "getopts", [each.name for each in names])

    async def getstat(self, process: Process, socket: Term, names: Term = List(NAMES)) -> Term:
        """OTP: gen_tcp_socket.erl: getstat/2"""
        parts(socket)
        if not isinstance(names, List):
            raise function_clause()
        return await self.call(process, socket, "getstat", names)

    async def info(self, process: Process, socket: Term) -> Term:
        """OTP: gen_tcp_socket.erl: info/1"""
        answer = await self.call(process, socket, "info")
        return answer if isinstance(answer, Map) else CLOSED_SOCKET

    async def unrecv(self, process: Process, socket: Term, data: Term) -> Term:
        """OTP: gen_tcp_socket.erl: unrecv/2"""
        parts(socket)
        return error(a.enotsup)


def kernel_options(pairs: list[tuple[str, Term]]) -> dict[str, object]:
    """What the kernel keeps of them."""
    return {name: value for name, value in pairs if name in KERNEL_OPTIONS}


__all__ = ["Backend", "parts"]
