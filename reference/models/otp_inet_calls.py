"""Calls of OTP's inet backend as they are, with the faults of ``inet.erl`` and ``gen_tcp.erl``: transfer and send."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference import gen_tcp, inet, inet_db, prim_inet
from gen_tck.reference.driver.opening import opening
from gen_tck.reference.driver.options import is_spent
from gen_tck.reference.driver.socket_vm import SocketVm
from gen_tck.reference.driver.states import CONNECTED
from gen_tck.reference.errors import ErlangError
from gen_tck.reference.functions import Function
from gen_tck.reference.links import DOWN
from gen_tck.reference.net.addresses import UNNAMED
from gen_tck.reference.net.local import LocalSocket
from gen_tck.reference.net.network import SimulatedNetwork
from gen_tck.reference.prim_inet import is_socket
from gen_tck.reference.vm import Process
from gen_tck.spec.scope import settings_of
from gen_tck.spec.terms import Atom, List, Pid, Port, Reference, Term


async def controlling_process(process: Process, socket: Term, new_owner: Term, replies: bool = True) -> Term:
    """``inet:tcp_controlling_process/2``: what is done before something fails is done."""
    found = prim_inet.find(process, socket)
    if found is None or found[0].owner != process.pid or not isinstance(new_owner, Pid) or new_owner == process.pid:
        return await inet.tcp_controlling_process(process, socket, new_owner)
    port, driver = found
    mode = driver.active
    if mode is not a.false:
        driver.set_options([("active", a.false)])
    if _forward(process, socket, new_owner, replies):
        return a.ok
    if new_owner not in process.vm.processes:
        return prim_inet.error(a.badarg)
    port.connect(new_owner)
    process.vm.unlink(process.pid, socket)
    if mode is not a.false:
        driver.set_options([("active", mode)])
    return a.ok


def _forward(process: Process, socket: Term, new_owner: Pid, replies: bool) -> bool:
    """``inet:tcp_sync_input/3``: whether a ``tcp_closed`` was among the messages, of which it knows some kinds."""
    kept, closed = [], False
    for message in process.mailbox:
        match message:
            case (a.tcp, port, _) | (a.inet_async, port, _, _) if port == socket:
                process.vm.send(new_owner, message)
            case (a.inet_reply, port, _) if port == socket and replies:
                process.vm.send(new_owner, message)
            case (port, (a.data, _)) if port == socket:
                process.vm.send(new_owner, message)
            case (a.tcp_closed, port) if port == socket:
                closed = True
                process.vm.send(new_owner, message)
            case _:
                kept.append(message)
    process.mailbox[:] = kept
    return closed


async def later_controlling_process(process: Process, socket: Term, new_owner: Term) -> Term:
    """From OTP 26 on replies repeat the reference of their command, and those are not known to it."""
    return await controlling_process(process, socket, new_owner, replies=False)


async def earlier_send(process: Process, socket: Term, data: Term) -> Term:
    """``prim_inet:send/2`` up to OTP 25 takes any reply, and looks only after five seconds whether the port lives."""
    return await _send(process, socket, data, own=False, looks_after=5000)


async def later_send(process: Process, socket: Term, data: Term) -> Term:
    """From OTP 26 on it waits for the reply to its own command."""
    return await _send(process, socket, data, own=True, looks_after=0)


def of_gen_tcp(send: Function) -> Function:
    """``gen_tcp:send/2``, which goes there."""

    async def changed(process: Process, socket: Term, data: Term) -> Term:
        served = inet_db.is_served(process, socket)
        return await send(process, socket, data) if served else prim_inet.error(a.closed)

    return changed


async def _send(process: Process, socket: Term, data: Term, *, own: bool, looks_after: int) -> Term:
    found = prim_inet.find(process, socket)
    if found is None:
        return await prim_inet.send(process, socket, data)
    port, driver = found
    watch = None if looks_after else process.vm.monitor(process, socket)
    try:
        await port.command(process, data)
        replies = [each for each in process.mailbox if isinstance(each, tuple) and each[:2] == (a.inet_reply, socket)]
        others = [] if not own else replies if process.pid in driver.waiting_senders else replies[:-1]

        def reply(message: Term) -> Term:
            match message:
                case (a.inet_reply, port, status) if port == socket:
                    return None if any(message is each for each in others) else status
            return None

        def end(message: Term) -> Term:
            match message:
                case (down, reference, _, _, _) if down is DOWN and reference == watch:
                    return prim_inet.error(a.closed)
            return reply(message)

        if watch is None:
            if (first := await process.receive(reply, looks_after)) is not None:
                return first
            watch = process.vm.monitor(process, socket)
        return await process.receive(end)
    except ErlangError:
        return prim_inet.error(a.einval)
    finally:
        if watch is not None:
            prim_inet.demonitor(process, watch)


def says_that_it_is_passive(call: Function) -> Function:
    """``gen_tcp:connect``: options are set before there is a connection, and a mode whose count is spent is told of."""

    async def changed(process: Process, *args: Term) -> Term:
        answer = await call(process, *args)
        _, options = settings_of(f"gen_tcp.connect/{len(args)}", args) or ("connect", List())
        if answer[0] is a.error and is_spent(opening(options, listening=False).settings):
            process.deliver((a.tcp_passive, Port(process.vm.number())))
        return answer

    return changed


def takes_no_room_for_a_delay(call: Function) -> Function:
    """``gen_tcp:connect`` to a path where too many wait: there is no connection, and none will come."""

    async def changed(process: Process, *args: Term) -> Term:
        answer = await call(process, *args)
        vm = process.vm
        if answer != prim_inet.error(a.eagain) or not isinstance(vm, SocketVm):
            return answer
        if not isinstance(vm.kernel, SimulatedNetwork):
            return answer
        _, options = settings_of(f"gen_tcp.connect/{len(args)}", args) or ("connect", List())
        nowhere = LocalSocket(vm.kernel, (UNNAMED, 0), {})
        return gen_tcp.open_port(process, nowhere, CONNECTED, opening(options, listening=False).settings)

    return changed


def knows_no_reuseport(call: Function) -> Function:
    """A call that takes options, or tells them: ``reuseport`` and ``reuseport_lb`` are none."""

    async def changed(process: Process, target: Term, *args: Term) -> Term:
        named = [_name(each) for options in args if isinstance(options, List) for each in options]
        if not _REUSEPORT.isdisjoint(named):
            if is_socket(target):
                return prim_inet.error(a.einval)
            raise ErlangError("exit", a.badarg)
        return await call(process, target, *args)

    return changed


_REUSEPORT = frozenset(["reuseport", "reuseport_lb"])


def _name(option: Term) -> str:
    name = option[0] if type(option) is tuple and option else option
    return name.name if isinstance(name, Atom) else ""


def remembers(function: Function) -> Function:
    """``inet:monitor/1``, which has ``inet_db`` remember what it is that is monitored."""

    async def monitor(process: Process, socket: Term) -> Term:
        reference = await function(process, socket)
        if isinstance(reference, Reference):
            process.vm.remembered.add(reference)
        return reference

    return monitor


def forgets(function: Function) -> Function:
    """``inet:cancel_monitor/1``, the only one who has it forgotten."""

    async def cancel_monitor(process: Process, reference: Term) -> Term:
        answer = await function(process, reference)
        process.vm.remembered = {each for each in process.vm.remembered if each != reference}
        return answer

    return cancel_monitor
