"""``inet``: options, names and ownership of sockets."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference import prim_inet
from gen_tck.reference.counters import NAMES, tell
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.options import BadOption, normal, refuse
from gen_tck.reference.driver.states import DISCONNECTED
from gen_tck.reference.errors import OutOfScope, badarg, function_clause
from gen_tck.reference.net.addresses import name_of
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.port import OpenPort
from gen_tck.reference.prim_inet import error, find, is_socket
from gen_tck.reference.vm import Process
from gen_tck.spec import scope
from gen_tck.spec.errors import MEANINGS, UNKNOWN
from gen_tck.spec.terms import Atom, List, Map, Pid, Reference, Term, string


def _find(process: Process, socket: Term) -> tuple[OpenPort, TcpDriver] | None:
    if not is_socket(socket):
        raise function_clause()
    return find(process, socket)


async def setopts(process: Process, socket: Term, options: Term) -> Term:
    """Set options: all are checked before the first is applied.

    Errors: ``error:function_clause`` for what is no socket, ``{error, einval}`` for one that is closed and for options
        that are none. Out of scope: options that are no list, or that no clause speaks of.
    Clauses: modes/setopts-answers, async_recv/setopts-answers, modes/bad-option-in-a-list, modes/bad-mode-is-refused,
        modes/count-overflow-is-refused, closing/options-after-close, ownership/non-owner-may-set-options
    OTP: inet:setopts/2; prim_inet.erl: setopts/2; inet_drv.c: inet_set_opts
    """
    found = _find(process, socket)
    if found is None:
        return error(a.einval)
    if not isinstance(options, List):
        raise OutOfScope("options that are no list")
    try:
        found[1].set_options(normal(options))
    except BadOption:
        return error(a.einval)
    except SocketError as reason:
        return error(Atom(reason.reason))
    process.check_doom()  # that may have ended the socket, and with it who is linked to it
    return a.ok


async def getopts(process: Process, socket: Term, names: Term) -> Term:
    """``{ok, [{Name, Value}]}`` or ``{error, einval}``.

    Errors: ``error:function_clause`` for what is no socket or no list, ``{error, einval}`` for a socket that is closed
        and for an option that is none. Out of scope: options that no clause speaks of.
    Clauses: modes/getopts-answers, async_recv/getopts-answers, closing/options-after-close,
        closing/kernel-options-after-a-noticed-end, ownership/non-owner-may-ask
    OTP: inet:getopts/2; prim_inet.erl: getopts/2; inet_drv.c: inet_fill_opts
    """
    if not (is_socket(socket) and isinstance(names, List)):
        raise function_clause()
    found = find(process, socket)
    if found is None:
        return error(a.einval)
    refuse(map(scope.outside_name, names))
    try:
        return (a.ok, found[1].get_options(names))
    except BadOption:
        return error(a.einval)
    except SocketError as reason:
        return error(Atom(reason.reason))


async def port(process: Process, socket: Term) -> Term:
    """``{ok, PortNumber}``; of a local socket ``{ok, Path}``.

    Errors: ``error:function_clause`` for what is no socket, ``{error, einval}`` for one that is closed.
    Clauses: ownership/port-answers, closing/names-after-close, closing/names-after-a-noticed-end,
        opening/port-of-a-local-socket-is-its-path
    OTP: inet:port/1
    """
    found = _find(process, socket)
    return (a.ok, found[1].port_number) if found is not None else error(a.einval)


async def sockname(process: Process, socket: Term) -> Term:
    """``{ok, {Address, PortNumber}}`` of this end; of a local socket ``{ok, {local, Path}}``.

    Errors: ``error:function_clause`` for what is no socket, ``{error, einval}`` for one that is closed,
        ``{error, ebadf}`` when the connection is gone.
    Clauses: ownership/sockname-answers, closing/names-after-close, closing/names-after-a-noticed-end,
        opening/local-names-are-paths
    OTP: inet:sockname/1
    """
    found = _find(process, socket)
    if found is None:
        return error(a.einval)
    address = found[1].address
    return (a.ok, name_of(address)) if address is not None else error(a.ebadf)


async def peername(process: Process, socket: Term) -> Term:
    """``{ok, {Address, PortNumber}}`` of the other end; of a local socket ``{ok, {local, Path}}``.

    Errors: ``error:function_clause`` for what is no socket, ``{error, einval}`` for one that is closed,
        ``{error, enotconn}`` without a connection.
    Clauses: ownership/peername-answers, closing/names-after-close, closing/names-after-a-noticed-end,
        closing/reset-takes-the-peers-name, opening/local-names-are-paths, opening/local-peer-keeps-its-name
    OTP: inet:peername/1; prim_inet.erl: peername/1
    """
    found = _find(process, socket)
    if found is None:
        return error(a.einval)
    address = found[1].remote
    return (a.ok, name_of(address)) if address is not None else error(a.enotconn)


async def socknames(process: Process, socket: Term) -> Term:
    """``{ok, [{Address, PortNumber}]}``: all names of this end. TCP has one, other transports more.

    Errors: ``error:function_clause`` for what is no socket, ``{error, einval}`` for one that is closed,
        ``{error, exbadport}`` when the connection is gone.
    Clauses: opening/socknames-answers, opening/socknames-lists-what-sockname-tells,
        opening/socknames-after-close, opening/lists-of-names-after-a-noticed-end,
        opening/names-of-no-socket-raise
    OTP: inet:socknames/1; inet_drv.c: inet_ctl
    """
    return _names(process, socket, await sockname(process, socket))


async def peernames(process: Process, socket: Term) -> Term:
    """``{ok, [{Address, PortNumber}]}``: all names of the other end.

    Errors: ``error:function_clause`` for what is no socket, ``{error, einval}`` for one that is closed,
        ``{error, exbadport}`` when the connection is gone, ``{error, enotconn}`` where there never was one.
    Clauses: opening/peernames-answers, opening/peernames-lists-what-peername-tells,
        opening/peernames-after-close, opening/names-of-no-socket-raise
    OTP: inet:peernames/1; inet_drv.c: inet_ctl
    """
    return _names(process, socket, await peername(process, socket))


def _names(process: Process, socket: Term, name: Term) -> Term:
    """A list with the name in ``name``, what ``sockname`` or ``peername`` says; or the error."""
    if name[0] is a.ok:
        return (a.ok, List((name[1],)))
    found = _find(process, socket)
    return error(a.exbadport) if found is not None and found[1].state is DISCONNECTED else name


async def getstat(process: Process, socket: Term, names: Term = List(NAMES)) -> Term:
    """``{ok, [{Name, Number}]}`` of those ``names``, which are :data:`gen_tck.spec.counters.COUNTERS`.

    Errors: ``error:function_clause`` for what is no socket or no list, ``{error, einval}`` for a socket that is closed,
        and for a name that is none.
    Clauses: sending/getstat-answers, sending/getstat-of-some-answers, sending/all-counters-are-told,
        sending/counters-come-as-asked-for, sending/unknown-counter-is-einval, sending/each-socket-counts-for-itself,
        sending/counts-what-is-sent, receiving/counts-what-it-hands-over, sending/mean-of-what-is-sent,
        receiving/mean-of-what-is-received, receiving/deviation-of-what-is-received,
        port_command/send-pend-tells-the-queue-size
    OTP: inet:getstat/1; inet:getstat/2; prim_inet.erl: getstat/2
    """
    found = _find(process, socket)
    if not isinstance(names, List):
        raise function_clause()
    if found is None or any(each not in NAMES for each in names):
        return error(a.einval)
    driver = found[1]
    return (a.ok, List([(name, tell(name, driver.received, driver.sent, driver.queued)) for name in names]))


async def format_error(process: Process, reason: Term) -> Term:
    """What the reason of an error means, as a string.

    Errors: none for an atom. Out of scope: what is no atom.
    Clauses: opening/format-error-answers, opening/errors-have-their-words, opening/unknown-errors-have-words
    OTP: inet:format_error/1; erl_posix_msg.erl: message/1
    """
    if not isinstance(reason, Atom):
        raise OutOfScope("an error that is no atom")
    return string(MEANINGS.get(reason.name, UNKNOWN))


async def info(process: Process, socket: Term) -> Term:
    """A map with the ``owner`` of an open socket, or ``states => [closed]``.

    Errors: ``error:function_clause`` for what is no socket.
    Clauses: ownership/info-answers, ownership/info-names-the-owner, ownership/info-of-a-closed-socket-says-closed
    OTP: inet:info/1; inet.erl: port_info/1
    """
    found = _find(process, socket)
    if found is None:
        return Map({a.states: List((a.closed,))})
    state = a.listen if found[1].listening else a.connected
    return Map({a.owner: found[0].owner, a.states: List((a.open, state))})


async def monitor(process: Process, socket: Term) -> Term:
    """A reference; ``{'DOWN', Ref, port, Socket, Reason}`` comes when the socket closes.

    Errors: ``error:badarg`` for what is no socket; of a closed one the message comes at once.
    Clauses: ownership/monitor-answers, ownership/monitor-takes-only-sockets,
        ownership/monitor-tells-of-the-close, ownership/monitor-of-a-closed-socket-fires-at-once
    OTP: inet:monitor/1
    """
    if not is_socket(socket):
        raise badarg()
    return process.vm.monitor(process, socket)


async def cancel_monitor(process: Process, reference: Term) -> Term:
    """Forget a monitor; whether there was one.

    Errors: ``error:badarg`` for what is no reference.
    Clauses: ownership/cancel-monitor-answers, ownership/cancelled-monitor-never-fires,
        ownership/monitor-can-be-cancelled-once, ownership/fired-monitor-is-over,
        ownership/cancelling-leaves-other-monitors
    OTP: inet:cancel_monitor/1
    """
    if not isinstance(reference, Reference):
        raise badarg()
    return a.true if prim_inet.forget_monitor(process, reference) else a.false


async def tcp_controlling_process(process: Process, socket: Term, new_owner: Term) -> Term:
    """Hand ``socket`` over: its messages that are already here, in order, then everything that follows.

    While the old owner's mailbox is emptied of them the socket is passive, so that none can overtake another; the mode,
    the count of ``{active, N}`` included, is put back afterwards.

    Errors: ``error:function_clause`` for what is no socket or no pid, ``{error, closed}`` for a socket that is closed,
        ``{error, not_owner}`` for a stranger, ``{error, badarg}`` for a process that has ended.
    Clauses: ownership/only-the-owner-may-transfer, ownership/heir-must-be-a-pid,
        ownership/only-sockets-can-be-transferred, ownership/closed-socket-cannot-be-transferred,
        ownership/dead-process-cannot-inherit, ownership/naming-the-present-owner-moves-nothing,
        ownership/messages-move-to-the-heir, ownership/transfer-keeps-the-mode, ownership/transfer-keeps-the-count,
        ownership/no-message-is-lost-between-owners, ownership/former-owners-end-changes-nothing
    OTP: gen_tcp:controlling_process/2; inet.erl: tcp_controlling_process/2; inet.erl: tcp_sync_input/3
    """
    if not (is_socket(socket) and isinstance(new_owner, Pid)):
        raise function_clause()
    found = find(process, socket)
    if found is None:
        return error(a.closed)
    port, driver = found
    if port.owner == new_owner:
        return a.ok
    if port.owner != process.pid:
        return error(a.not_owner)
    if new_owner not in process.vm.processes:
        return error(a.badarg)
    mode = driver.pause()
    _move_messages(process, socket, new_owner)
    port.connect(new_owner)
    process.vm.unlink(process.pid, socket)
    driver.go_on(mode)
    return a.ok


def _move_messages(process: Process, socket: Term, new_owner: Pid) -> None:
    """Send on every message of ``socket``, in order."""
    kept = []
    for message in process.mailbox:
        match message:
            case (a.tcp | a.tcp_closed | a.tcp_error | a.tcp_passive | a.inet_async | a.inet_reply, port, *_):
                mine = port == socket
            case (port, (a.data, _)):
                mine = port == socket
            case _:
                mine = False
        if mine:
            process.vm.send(new_owner, message)
        else:
            kept.append(message)
    process.mailbox[:] = kept


async def tcp_close(process: Process, socket: Term) -> Term:
    """Close; a ``tcp_closed`` that is already here is taken out.

    Errors: ``error:function_clause`` for what is no socket.
    Clauses: ownership/closing-ones-own-socket-is-silent, closing/close-and-the-closed-message,
        closing/close-leaves-data-messages
    OTP: inet.erl: tcp_close/1
    """
    await prim_inet.close(process, socket)
    await process.receive(lambda message: True if message == (a.tcp_closed, socket) else None, 0)
    return a.ok
