"""``erlang``: the built-in functions of processes that sockets are used with."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import ErlangError, OutOfScope, badarg
from gen_tck.reference.port import OpenPort, find_port
from gen_tck.reference.prim_inet import forget_monitor
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, List, Pid, Port, Reference, Term


async def exit(process: Process, *args: Term) -> Term:
    """``exit(Reason)`` ends the caller; ``exit(PidOrPort, Reason)`` sends an exit signal.

    Errors: ``/1`` raises ``exit:Reason``; ``/2`` ``error:badarg`` for what is no pid or port.
    Clauses: ownership/exit-signals-may-close-a-socket, ownership/normal-signal-leaves-the-owner-alone
    OTP: erlang:exit/1; erlang:exit/2; io.c: erts_port_exit
    """
    if len(args) == 1:
        raise ErlangError("exit", args[0])
    to, reason = args
    if not isinstance(to, (Pid, Port)):
        raise badarg()
    process.vm.signal_exit(to, process.pid, reason)
    if to == process.pid:
        process.check_doom()  # it has come when the call would return; a port ends its links later
    return a.true


async def send(process: Process, to: Term, message: Term, *options: Term) -> Term:
    """``To ! Message``; to a port: ``{Owner, {command, Data}}``, ``{Owner, close}`` or ``{Owner, {connect, Pid}}``.

    The message; with options ``ok``, or ``nosuspend`` if that is one of them and the port is busy.

    Errors: ``error:badarg`` for a name that is not registered, for what nothing can be sent to, and for options that
        are none. A message that a port does not take is no error of this call. Out of scope: other nodes.
    Clauses: port_command/send-with-options-answers, port_command/command-may-be-a-message,
        port_command/close-message-is-answered, port_command/connect-message-names-another-owner,
        port_command/message-names-the-owner, port_command/bad-message-is-an-exit-signal,
        port_command/message-to-a-closed-port-is-nothing, port_command/message-suspends-its-sender,
        port_command/message-of-a-stranger-waits-too, port_command/message-without-suspension
    OTP: erlang:send/2; erlang:send/3; bif.c: do_send
    """
    allowed = options[0] if options else List()
    if not isinstance(allowed, List) or not all(each in (a.nosuspend, a.noconnect) for each in allowed):
        raise badarg()
    target = process.vm.find(to)
    taken = True
    if isinstance(target, Port):
        taken = await _signal_port(process, target, message, a.nosuspend in allowed)
    elif isinstance(target, Pid):
        process.vm.send(target, message)
    elif _names_a_node(to):
        raise OutOfScope("a message to another node")
    elif not isinstance(to, (Port, Reference)):
        raise badarg()
    if not options:
        return message
    return a.ok if taken else a.nosuspend


def _names_a_node(to: Term) -> bool:
    return type(to) is tuple and len(to) == 2 and all(isinstance(each, Atom) for each in to)


async def _signal_port(process: Process, target: Port, message: Term, nosuspend: bool) -> bool:
    """``False`` if it was a command that was aborted because the port is busy."""
    port = find_port(process.vm, target)
    if port is None:
        return True
    match message:
        case (Pid() as owner, (a.command, data)):
            try:
                return await port.command(process, data, nosuspend=nosuspend, owner=owner)
            except ErlangError:
                if not port.closed:  # else it is a message to nobody
                    _bad_signal(process, port)
        case (owner, a.close) if owner == port.owner:
            port.close_by_message()
        case (owner, (a.connect, Pid() as pid)) if owner == port.owner:
            port.connect_by_message(pid)
        case _:
            _bad_signal(process, port)
    return True


def _bad_signal(process: Process, port: OpenPort) -> None:
    process.vm.signal_exit(port.owner, port.id, a.badsig, linked=True)


async def link(process: Process, other: Term) -> Term:
    """Link to a process or port. If it is gone, whoever traps exits gets an exit signal ``noproc``.

    Errors: ``error:badarg`` for what is no pid or port, ``error:noproc`` for one that is gone if exits are not trapped.
    Clauses: none, as it is a helper
    OTP: erlang:link/1
    """
    if not isinstance(other, (Pid, Port)):
        raise badarg()
    if other != process.pid and not process.vm.link(process.pid, other):
        if not process.trap_exit:
            raise ErlangError("error", a.noproc)
        process.exit_signal(other, a.noproc, linked=True)
    return a.true


async def unlink(process: Process, other: Term) -> Term:
    """Remove the link.

    Errors: ``error:badarg`` for what is no pid or port.
    Clauses: ownership/unlinking-may-orphan-a-socket
    OTP: erlang:unlink/1; io.c: port_sig_unlink
    """
    if not isinstance(other, (Pid, Port)):
        raise badarg()
    process.vm.unlink(process.pid, other)
    return a.true


async def monitor(process: Process, kind: Term, target: Term) -> Term:
    """A reference; ``{'DOWN', Ref, Kind, Target, Reason}`` comes when the target ends.

    Errors: ``error:badarg`` for another kind, and for a target that is not of it. Out of scope: names.
    Clauses: none, as it is a helper
    OTP: erlang:monitor/2
    """
    if kind not in (a.process, a.port):
        raise badarg()
    if isinstance(target, Atom):
        raise OutOfScope("a monitor of a name")
    if not isinstance(target, Pid if kind is a.process else Port):
        raise badarg()
    return process.vm.monitor(process, target)


async def demonitor(process: Process, reference: Term) -> Term:
    """Forget a monitor; what it has told stays where it is.

    Errors: ``error:badarg`` for what is no reference.
    Clauses: none, as it is a helper
    OTP: erlang:demonitor/1
    """
    if not isinstance(reference, Reference):
        raise badarg()
    forget_monitor(process, reference)
    return a.true


OTHER_FLAGS = frozenset(
    [
        a.async_dist,
        a.error_handler,
        a.fullsweep_after,
        a.max_heap_size,
        a.message_queue_data,
        a.min_bin_vheap_size,
        a.min_heap_size,
        a.priority,
        a.save_calls,
        a.sensitive,
    ]
)
"""Flags of processes that have nothing to do with sockets."""


async def process_flag(process: Process, flag: Term, value: Term) -> Term:
    """``trap_exit``: the old value.

    Errors: ``error:badarg`` for another flag or value. Out of scope: flags that have nothing to do with sockets.
    Clauses: none, as it is a helper
    OTP: erlang:process_flag/2
    """
    if flag in OTHER_FLAGS:
        raise OutOfScope(f"the flag {flag}")
    if flag is not a.trap_exit or value not in (a.true, a.false):
        raise badarg()
    old = process.trap_exit
    process.trap_exit = value is a.true
    return a.true if old else a.false


async def register(process: Process, name: Term, target: Term) -> Term:
    """Give a process or port a name.

    Errors: ``error:badarg`` for what is no name, for one that is taken, and for who is gone or has one.
    Clauses: port_command/registered-name-stands-for-the-port
    OTP: erlang:register/2
    """
    vm = process.vm
    known = target in vm.processes or target in vm.ports
    if not isinstance(name, Atom) or name is a.undefined or name in vm.names:
        raise badarg()
    if not known or target in vm.names.values():
        raise badarg()
    vm.names[name] = target
    return a.true


async def unregister(process: Process, name: Term) -> Term:
    """Take a name away.

    Errors: ``error:badarg`` for a name that is not registered.
    Clauses: port_command/name-ends-with-the-registration
    OTP: erlang:unregister/1
    """
    if process.vm.names.pop(name, None) is None:
        raise badarg()
    return a.true


async def monotonic_time(process: Process, unit: Term) -> Term:
    """The time since some point of the past; only ``millisecond``.

    Errors: none. Out of scope: other units.
    Clauses: none, as it is a helper
    OTP: erlang:monotonic_time/1
    """
    if unit is not a.millisecond:
        raise OutOfScope("a unit of time other than millisecond")
    return process.vm.timers.now
