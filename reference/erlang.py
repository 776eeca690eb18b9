"""``erlang``: the built-in functions that sockets are used with."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import ErlangError, OutOfScope, badarg
from gen_tck.reference.port import OpenPort, find_port
from gen_tck.reference.prim_inet import demonitor as _demonitor
from gen_tck.reference.spawn import DeafProgram
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
    return a.true


async def send(process: Process, to: Term, message: Term, *options: Term) -> Term:
    """``To ! Message``; to a port: ``{Owner, {command, Data}}``, ``{Owner, close}`` or ``{Owner, {connect, Pid}}``.

    The message; with options ``ok``, or ``nosuspend`` if that is one of them and the port is busy.

    Errors: ``error:badarg`` for a name that is not registered, for what nothing can be sent to, and for options that
        are none. A message that a port does not take is no error of this call. Out of scope: other nodes.
    Clauses: port_command/send-with-options-answers, port_command/command-may-be-a-message,
        port_command/message-names-the-owner, port_command/bad-message-is-an-exit-signal,
        port_command/message-to-a-closed-port-is-nothing, port_command/message-suspends-its-sender,
        port_command/message-without-suspension
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
        case (owner, request) if owner == port.owner:
            match request:
                case (a.command, data):
                    try:
                        return await port.command(process, data, nosuspend=nosuspend)
                    except ErlangError:
                        _bad_signal(process, port)
                    return True
                case a.close:
                    port.close(a.normal)
                    return True
                case (a.connect, pid) if pid in process.vm.processes:
                    port.connect(pid)
                    return True
    _bad_signal(process, port)
    return True


def _bad_signal(process: Process, port: OpenPort) -> None:
    process.vm.signal_exit(port.owner, port.id, a.badsig, linked=True)


async def link(process: Process, other: Term) -> Term:
    """Link to a process or port; an exit signal ``noproc`` comes if it is gone.

    Errors: ``error:badarg`` for what is no pid or port.
    Clauses: none, as it is a helper
    OTP: erlang:link/1
    """
    if not isinstance(other, (Pid, Port)):
        raise badarg()
    if other != process.pid and not process.vm.link(process.pid, other):
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
    """Forget a monitor.

    Errors: ``error:badarg`` for what is no reference.
    Clauses: none, as it is a helper
    OTP: erlang:demonitor/1
    """
    if not isinstance(reference, Reference):
        raise badarg()
    _demonitor(process, reference)
    return a.true


def _atoms(names: str) -> frozenset[Atom]:
    return frozenset([Atom(each) for each in names.split()])


OTHER_FLAGS = _atoms(
    "async_dist error_handler fullsweep_after max_heap_size message_queue_data min_bin_vheap_size min_heap_size "
    "priority save_calls sensitive"
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
    return process.vm.now


# Ports


def _open_port(process: Process, name_or_port: Term) -> OpenPort:
    port = find_port(process.vm, process.vm.find(name_or_port))
    if port is None:
        raise badarg()
    return port


async def open_port(process: Process, name: Term, options: Term) -> Term:
    """A port to an external program, ``{spawn, Command}``: whatever the command, one that never reads.

    Errors: none. Out of scope: other ports.
    Clauses: port_command/open-port-answers, port_command/driver-decides-when-it-is-busy,
        port_command/force-needs-a-driver-that-allows-it
    OTP: erlang:open_port/2; erl_bif_port.c: erts_internal_open_port_2
    """
    match name:
        case (a.spawn, List() as command) if options == List([a.binary]) and all(map(_is_character, command)):
            port = OpenPort(process.vm, process)
            port.driver = DeafProgram(port, "".join(map(chr, command)))
            return port.id
    raise OutOfScope("a port of another kind than {spawn,Command} with [binary]")


def _is_character(value: Term) -> bool:
    return isinstance(value, int) and 32 <= value < 127


async def port_command(process: Process, name_or_port: Term, data: Term, options: Term = List()) -> Term:
    """Send data to a port: ``true``, or ``false`` if ``nosuspend`` and it is busy.

    Errors: ``error:badarg`` for wrong options, for what is no open port, and for data that are none; ``error:notsup``
        for ``force`` where the driver does not allow it.
    Clauses: port_command/port-command-answers, port_command/port-command-with-options-answers,
        port_command/wrong-options-come-first, port_command/closed-port-is-badarg, port_command/bad-data-is-badarg,
        port_command/nosuspend-returns-false, port_command/force-goes-through,
        port_command/busy-port-suspends-its-caller
    OTP: erlang:port_command/2; erlang:port_command/3; erl_bif_port.c: erts_internal_port_command_3
    """
    if not isinstance(options, List) or not all(each in (a.force, a.nosuspend) for each in options):
        raise badarg()
    port = _open_port(process, name_or_port)
    done = await port.command(process, data, force=a.force in options, nosuspend=a.nosuspend in options)
    return a.true if done else a.false


async def port_close(process: Process, name_or_port: Term) -> Term:
    """Close a port; queued output is flushed.

    Errors: ``error:badarg`` for what is no open port.
    Clauses: port_command/port-close-answers, port_command/port-close-does-not-wait,
        port_command/port-close-sends-what-was-taken
    OTP: erlang:port_close/1; erl_bif_port.c: erts_internal_port_close_1
    """
    port = _open_port(process, name_or_port)
    port.close(a.normal)
    process.check_doom()
    return a.true


async def port_connect(process: Process, name_or_port: Term, pid: Term) -> Term:
    """Give a port another owner, linked; the old owner stays linked.

    Errors: ``error:badarg`` for what is no open port, and for who is no living process.
    Clauses: port_command/port-connect-answers, port_command/port-connect-hands-the-port-over
    OTP: erlang:port_connect/2; io.c: erts_port_connect
    """
    port = _open_port(process, name_or_port)
    if pid not in process.vm.processes:
        raise badarg()
    port.connect(pid)
    return a.true


async def port_info(process: Process, name_or_port: Term, *items: Term) -> Term:
    """``{Item, Value}`` of an open port (``/2``), or all of them (``/1``); ``undefined`` if it is not open.

    Errors: ``error:badarg`` for what is no port or name, and for an item that is none. Out of scope: items that say
        nothing of sockets.
    Clauses: port_command/port-info-answers, port_command/port-info-of-an-item-answers,
        port_command/port-info-describes-a-socket, port_command/port-info-of-a-closed-port,
        port_command/queue-size-is-told
    OTP: erlang:port_info/1; erlang:port_info/2
    """
    if not isinstance(name_or_port, (Atom, Port)):
        raise badarg()
    if any(each in OTHER_ITEMS for each in items):
        raise OutOfScope(f"the item {items[0]} of a port")
    port = find_port(process.vm, process.vm.find(name_or_port))
    if port is None:
        return a.undefined
    values = _port_values(process, port)
    if not items:
        return List((name, values[name]) for name in (a.name, a.links, a.connected))
    (item,) = items
    if item not in values:
        raise badarg()
    return (item, values[item]) if values[item] != List() or item is a.links else List()


OTHER_ITEMS = _atoms("id input locking memory monitored_by monitors os_pid output parallelism")
"""What else ports tell of themselves."""


def _port_values(process: Process, port: OpenPort) -> dict[Term, Term]:
    return {
        a.name: List(port.driver.name.encode()),
        a.connected: port.owner,
        a.links: List(sorted(port.links, key=lambda each: each.number)),
        a.queue_size: port.driver.queued,
        a.registered_name: next((name for name, holder in process.vm.names.items() if holder == port.id), List()),
    }


# The system monitor

MONITOR_FLAGS = (a.busy_dist_port, a.busy_port)
MONITOR_LIMITS = {a.large_heap: 16384, a.long_schedule: 1, a.long_gc: 1}
"""Options that take a number, in the order in which settings show them, with the least it may be."""


async def system_monitor(process: Process, *args: Term) -> Term:
    """Read (``/0``) or replace (``/1``, ``/2``) the settings; the previous ones.

    Errors: ``error:badarg`` for a monitor that is no living process, and for options that are none; nothing is changed
        then.
    Clauses: system_monitor/reading-answers, system_monitor/setting-answers,
        system_monitor/setting-for-a-process-answers, system_monitor/setting-returns-the-previous,
        system_monitor/pair-is-two-arguments, system_monitor/one-order-in-settings,
        system_monitor/monitor-is-a-living-process, system_monitor/refused-settings-change-nothing
    OTP: erlang:system_monitor/0; erlang:system_monitor/1; erlang:system_monitor/2; erl_bif_trace.c: system_monitor
    """
    vm = process.vm
    previous = vm.monitor_settings if vm.monitor_settings is not None else a.undefined
    if not args:
        return previous
    if len(args) == 1:
        if args[0] is not a.undefined and not _is_pair(args[0]):
            raise badarg()
        args = args[0] if args[0] is not a.undefined else (a.undefined, List())
    pid, options = args
    if pid is a.undefined or options == List():
        vm.monitor_settings = None
        return previous
    if not isinstance(pid, Pid) or pid not in vm.processes:
        raise badarg()
    vm.monitor_settings = (pid, _monitor_options(options))
    return previous


def _is_pair(value: Term) -> bool:
    return isinstance(value, tuple) and not isinstance(value, List) and len(value) == 2


def _monitor_options(options: Term) -> List:
    """Options in normal form: fixed order, no duplicates, numbers raised to their least."""
    if not isinstance(options, List):
        raise badarg()
    numbers: dict[Term, int] = {}
    for option in options:
        if option in MONITOR_FLAGS:
            continue
        if not _is_pair(option) or option[0] not in MONITOR_LIMITS:
            raise badarg()
        if not isinstance(option[1], int) or not 0 <= option[1] < 1 << 64:
            raise badarg()
        numbers[option[0]] = max(option[1], MONITOR_LIMITS[option[0]])
    flags = [flag for flag in MONITOR_FLAGS if flag in options]
    return List([*flags, *((name, numbers[name]) for name in MONITOR_LIMITS if name in numbers)])
