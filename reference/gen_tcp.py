"""``gen_tcp``: the documented calls."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference import inet, inet_db, prim_inet
from gen_tck.reference.driver.opening import LOCAL, Opening, is_port_number, opening
from gen_tck.reference.driver.options import KERNEL_OPTIONS, BadOption
from gen_tck.reference.driver.raw import kernel_options
from gen_tck.reference.driver.settings import default_options
from gen_tck.reference.driver.socket_vm import SocketVm
from gen_tck.reference.driver.states import CONNECTED, LISTENING, ConnectionState
from gen_tck.reference.errors import ErlangError, OutOfScope, badarg, function_clause
from gen_tck.reference.net.addresses import host_of, is_known, is_local, is_six, local_host_of, of_text
from gen_tck.reference.net.os_tcp import Address, KernelSocket, SocketError
from gen_tck.reference.prim_inet import error, find
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, List, Map, Term


def _machine(process: Process) -> SocketVm:
    vm = process.vm
    if not isinstance(vm, SocketVm):
        raise TypeError("only a VM with a kernel opens sockets: make it with gen_tck.reference.system")
    return vm


def _opening(options: Term, *, listening: bool = False, local: bool = False) -> Opening:
    """What ``options`` say of a socket, which is ``local`` if they say so, or what it connects to is."""
    try:
        found = opening(options, listening=listening)
        if local or found.is_local:
            found.check_local()
        return found
    except BadOption:
        raise ErlangError("exit", a.badarg) from None


def _kernel_options(pairs: list[tuple[str, Term]]) -> dict[str, object]:
    return kernel_options(pairs, KERNEL_OPTIONS)


def open_port(process: Process, socket: KernelSocket, state: ConnectionState, pairs: list[tuple[str, Term]]) -> Term:
    """``{ok, Socket}``, with the options that are valid for it; ``exit:badarg``, or an error, if one is not."""
    driver = _machine(process).attach(process, socket, state, default_options())
    driver.port.module = a.inet_tcp
    try:
        driver.set_opening_options(_after_opening(pairs))
    except BadOption:
        driver.port.close(a.normal)
        raise ErlangError("exit", a.badarg) from None
    except SocketError as reason:
        driver.port.close(a.normal)
        return error(Atom(reason.reason))
    return (a.ok, driver.port.id)


async def listen(process: Process, port: Term, options: Term) -> Term:
    """``{ok, ListenSocket}``; the caller is its controlling process.

    Errors: ``exit:badarg`` for options or a port number that are none, ``{error, eaddrinuse}`` for a port that is
        taken, ``{error, emfile}`` without a descriptor for it; ``error:function_clause`` for a number other than 0 of
        a local socket, ``{error, einval}`` for one without a path. Out of scope: options and addresses that no clause
        speaks of.
    Clauses: ownership/listen-answers, ownership/listener-belongs-to-its-creator, modes/bad-mode-at-creation-is-refused,
        modes/last-mode-at-creation-rules, opening/listener-is-at-its-address, opening/port-option-goes-first,
        opening/taken-port-is-refused, opening/backlog-bounds-who-waits, opening/no-room-is-an-error,
        opening/local-sockets-connect, opening/taken-path-is-refused, opening/wrong-local-arguments-open-nothing,
        opening/local-backlog-bounds-who-waits
    OTP: gen_tcp:listen/2; inet_tcp.erl: listen/2
    """
    found = _opening(options, listening=True)
    if found.is_local and port != 0:
        raise function_clause()
    if not is_port_number(port):
        raise ErlangError("exit", a.badarg)
    if found.is_local and found.host is None:
        return error(a.einval)
    if _machine(process).is_full:
        return error(a.emfile)
    try:
        socket = _machine(process).listen(found.own(port), _kernel_options(found.settings), found.backlog)
    except SocketError as reason:
        return error(Atom(reason.reason))
    return open_port(process, socket, LISTENING, found.settings)


async def connect(process: Process, address: Term, *args: Term) -> Term:
    """``connect(Address, Port, Options[, Timeout])``, or ``connect(Map, Options[, Timeout])``: ``{ok, Socket}``.

    The caller is its controlling process.

    Errors: ``exit:badarg`` for options and addresses that are none, ``exit:function_clause`` for a number that is no
        port's, ``error:badarg`` for a timeout that is none, ``{error, econnrefused}`` where nobody listens,
        ``{error, timeout}``, ``{error, eaddrinuse}`` for a port of its own that is taken, ``{error, eaddrnotavail}`` if
        that connection is there already, ``{error, eafnosupport}`` for an address of another family,
        ``{error, emfile}`` without a descriptor for it, ``{error, enoent}`` for a path where there is no file,
        ``{error, eagain}`` where too many wait at one. Out of scope: addresses other than loopback, names of hosts.
    Clauses: ownership/connect-answers, ownership/connect-with-a-timeout-answers, ownership/creator-owns-the-socket,
        modes/active-by-default, modes/bad-mode-at-creation-is-refused, modes/last-mode-at-creation-rules,
        opening/connect-to-a-map-answers, opening/nobody-listens, opening/connect-times-out,
        opening/connect-without-room, opening/local-sockets-connect, opening/nobody-listens-at-a-path,
        opening/missing-path-is-told, opening/wrong-local-arguments-open-nothing
    OTP: gen_tcp:connect/2; gen_tcp:connect/3; gen_tcp:connect/4; inet.erl: con_opt/3
    """
    if isinstance(address, Map):
        address, port = _of_map(address)
        options, timeout = (*args, a.infinity)[:2]
    else:
        port, options, timeout = (*args, a.infinity)[:3]
    limit = _limit(timeout)
    where, found = _destination(address, port, options)
    six = is_six(where[0])
    if not is_local(where[0]) and found.family is not None and six != (found.family is _INET6):
        return error(a.eafnosupport)
    if _machine(process).is_full:
        return error(a.emfile)
    source = found.own(six=six) if found.is_bound else None
    try:
        socket = _machine(process).connect(where, _kernel_options(found.settings), source)
        await _connected(process, socket, limit)
    except SocketError as reason:
        return error(Atom(reason.reason))
    return open_port(process, socket, CONNECTED, found.settings)


_INET6 = Atom("inet6")


def _destination(address: Term, port: Term, options: Term) -> tuple[Address, Opening]:
    """Where to connect to, and what the options say. Raises what ``connect`` raises."""
    local = type(address) is tuple and address[:1] == (LOCAL,)
    found = _opening(options, local=local)
    if port != 0 if local else found.is_local:
        raise ErlangError("exit", a.function_clause)
    host = local_host_of(address) if local else _host(address, six=found.family is _INET6)
    if not is_port_number(port):
        raise ErlangError("exit", a.function_clause if isinstance(port, int | float | List) else a.badarg)
    if host is None:
        raise ErlangError("exit", a.badarg)
    return (host, port), found


def _of_map(address: Map) -> tuple[Term, Term]:
    """Address and port of ``#{family => inet, addr => Address, port => Port}``."""
    found = {key.name: value for key, value in address.pairs.items() if isinstance(key, Atom)}
    if found.keys() != {"family", "addr", "port"} or found["family"] not in (a.inet, _INET6):
        raise OutOfScope("a map that is no address of family inet or inet6 with addr and port")
    return found["addr"], found["port"]


def _limit(timeout: Term) -> int | None:
    if timeout is a.infinity:
        return None
    if isinstance(timeout, int) and timeout >= 0:
        if timeout >= 1 << 32:
            raise OutOfScope("a timeout beyond 32 bits")
        return timeout
    raise badarg()


def _host(address: Term, *, six: bool) -> str | None:
    """``None`` for what is no address. Raises ``OutOfScope`` for other machines, and for names."""
    host = host_of(address) if type(address) is tuple else None if six else of_text(address)
    if host is None and isinstance(address, (Atom, List)):
        raise OutOfScope("the name of a host")
    if host is not None and not is_known(host):
        raise OutOfScope(f"{host}, which is no address of loopback,")
    return host


async def _connected(process: Process, socket: KernelSocket, limit: int | None) -> None:
    """Wait until it is, ``limit`` milliseconds at most; it is closed if it will not be. Raises ``SocketError``."""
    timer = None if limit is None else process.vm.timers.start(limit, process.wake)
    socket.ready = lambda reading: process.wake()
    try:
        if limit == 0 and not process.vm.choose("a connection comes at once", 2):
            raise SocketError("timeout")
        while not socket.is_connected():
            if timer is not None and not timer.active:
                raise SocketError("timeout")
            socket.watch(False, True)
            await process.give_way()
    except BaseException:
        socket.close()
        raise
    finally:
        if timer is not None:
            timer.cancel()
    socket.watch(False, False)


def _after_opening(pairs: list[tuple[str, Term]]) -> list[tuple[str, Term]]:
    """What is left to set on the open socket: of several modes only the last, and its count starts from nothing.

    Not what it can only be opened with.
    """
    modes = [value for name, value in pairs if name == "active"] or [a.true]
    return [pair for pair in pairs if pair[0] not in ("active", "ipv6_v6only")] + [("active", modes[-1])]


async def accept(process: Process, socket: Term, timeout: Term = Atom("infinity")) -> Term:
    """``{ok, Socket}``: the caller, whoever it is, becomes the controlling process of the new socket.

    Errors: ``error:function_clause`` for what is no socket, ``error:undef`` for one that nobody has registered,
        ``{error, closed}`` for a listener that is closed, and those of :func:`prim_inet.accept`.
    Clauses: ownership/accept-answers, ownership/accept-with-a-timeout-answers, ownership/anyone-may-accept,
        ownership/acceptor-owns-the-accepted-socket, ownership/closed-listener-accepts-nothing,
        modes/accepted-socket-inherits-the-mode, modes/listener-is-asked-at-accept
    OTP: gen_tcp:accept/1; gen_tcp:accept/2; prim_inet.erl: accept_opts/3
    """
    if not inet_db.is_served(process, socket):
        return error(a.closed)
    accepted = await prim_inet.accept(process, socket, timeout)
    if accepted[0] is a.ok:
        await inet_db.register_socket(process, accepted[1], a.inet_tcp)
        above, found = find(process, socket), find(process, accepted[1])
        if above is not None and found is not None:
            found[1].inherit(above[1])
    return accepted


async def recv(process: Process, socket: Term, length: Term, timeout: Term = Atom("infinity")) -> Term:
    """``{ok, Data}``: ``length`` bytes, or with 0 what is there; ``{error, Reason}``.

    Errors: ``error:function_clause`` for what is no socket, ``error:undef`` for one that nobody has registered,
        ``{error, closed}`` for one that is closed, and those of :func:`prim_inet.recv`.
    Clauses: receiving/recv-answers, receiving/recv-with-a-timeout-answers, closing/recv-after-close,
        receiving/recv-from-no-socket-raises, async_recv/accepted-socket-is-not-registered
    OTP: gen_tcp:recv/2; gen_tcp:recv/3; inet_db.erl: lookup_socket/1
    """
    if not inet_db.is_served(process, socket):
        return error(a.closed)
    return await prim_inet.recv(process, socket, length, timeout)


async def send(process: Process, socket: Term, data: Term) -> Term:
    """``ok`` when the driver has taken the data, or ``{error, Reason}``.

    Errors: ``error:function_clause`` for what is no socket, ``error:undef`` for one that nobody has registered,
        ``{error, closed}`` for one that is closed, and those of :func:`prim_inet.send`.
    Clauses: sending/send-answers, sending/send-after-close-is-closed, sending/send-to-no-socket-raises,
        ownership/non-owner-may-send, async_recv/accepted-socket-is-not-registered
    OTP: gen_tcp:send/2; gen_tcp.erl: send/2; inet_db.erl: lookup_socket/1
    """
    if not inet_db.is_served(process, socket):
        return error(a.closed)
    return await prim_inet.send(process, socket, data)


async def close(process: Process, socket: Term) -> Term:
    """``ok``, always.

    Errors: ``error:function_clause`` for what is no socket.
    Clauses: closing/close-answers, closing/second-close-is-ok, closing/close-of-no-socket-raises,
        ownership/non-owner-may-close
    OTP: gen_tcp:close/1; inet.erl: tcp_close/1
    """
    return await inet.tcp_close(process, socket)


async def shutdown(process: Process, socket: Term, how: Term) -> Term:
    """Half-close: ``read``, ``write`` or ``read_write``.

    Errors: ``error:function_clause`` for what is no socket, ``error:undef`` for one that nobody has registered,
        ``{error, closed}`` for one that is closed, and those of :func:`prim_inet.shutdown`.
    Clauses: closing/shutdown-answers, closing/shutdown-after-close, closing/shutdown-of-no-socket-raises,
        ownership/non-owner-may-shut-down, async_recv/accepted-socket-is-not-registered
    OTP: gen_tcp:shutdown/2; gen_tcp.erl: shutdown/2; inet_db.erl: lookup_socket/1
    """
    if not inet_db.is_served(process, socket):
        return error(a.closed)
    return await prim_inet.shutdown(process, socket, how)


async def controlling_process(process: Process, socket: Term, new_owner: Term) -> Term:
    """Hand the socket over to another process.

    Errors: those of :func:`inet.tcp_controlling_process`.
    Clauses: ownership/controlling-process-answers, ownership/owner-may-transfer
    OTP: gen_tcp:controlling_process/2; inet.erl: tcp_controlling_process/2
    """
    return await inet.tcp_controlling_process(process, socket, new_owner)


async def unrecv(process: Process, socket: Term, data: Term) -> Term:
    """Put data back in front of what is to be received.

    Errors: ``error:function_clause`` for what is no socket, ``error:undef`` for one that nobody has registered,
        ``{error, closed}`` for one that is closed, and those of :func:`prim_inet.unrecv`.
    Clauses: receiving/unrecv-answers, receiving/unrecv-puts-bytes-in-front, receiving/unrecv-of-a-closed-socket,
        receiving/unrecv-to-no-socket-raises, async_recv/accepted-socket-is-not-registered
    OTP: gen_tcp.erl: unrecv/2; inet_db.erl: lookup_socket/1
    """
    if not inet_db.is_served(process, socket):
        return error(a.closed)
    return await prim_inet.unrecv(process, socket, data)
