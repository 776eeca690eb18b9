"""``erlang``'s functions of ports: to close them, to give them away, to command them, to ask them."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import badarg
from gen_tck.reference.port import OpenPort, find_port
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, List, Port, Term


def _open_port(process: Process, name_or_port: Term) -> OpenPort:
    port = find_port(process.vm, process.vm.find(name_or_port))
    if port is None:
        raise badarg()
    return port


async def port_command(process: Process, name_or_port: Term, data: Term, options: Term = List()) -> Term:
    """Send data to a port: ``true``, or ``false`` if ``nosuspend`` and it is busy.

    Errors: ``error:badarg`` for wrong options, for what is no open port, and for data that are none.
    Clauses: port_command/port-command-answers, port_command/port-command-with-options-answers,
        port_command/wrong-options-come-first, port_command/closed-port-is-badarg, port_command/bad-data-is-badarg,
        port_command/nosuspend-returns-false, port_command/force-goes-through, port_command/socket-allows-force,
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
    Clauses: port_command/port-close-answers, port_command/port-close-returns-at-once,
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
    Clauses: port_command/port-connect-answers, port_command/port-connect-hands-the-port-over,
        port_command/port-connect-keeps-the-link, port_command/port-connect-takes-a-living-process
    OTP: erlang:port_connect/2; io.c: erts_port_connect
    """
    port = _open_port(process, name_or_port)
    if pid not in process.vm.processes:
        raise badarg()
    port.connect(pid)
    return a.true


async def is_port(process: Process, value: Term) -> Term:
    """Whether it is a port, open or not.

    Errors: none.
    Clauses: port_command/is-port-answers, port_command/closed-port-is-a-port, port_command/is-port-of-all-else
    OTP: erlang:is_port/1
    """
    return a.true if isinstance(value, Port) else a.false


async def ports(process: Process) -> Term:
    """All open ports.

    Errors: none.
    Clauses: port_command/ports-answers, port_command/closed-port-is-listed-no-more
    OTP: erlang:ports/0
    """
    return List(process.vm.ports)


async def port_info(process: Process, name_or_port: Term, *items: Term) -> Term:
    """``{Item, Value}`` of an open port (``/2``), or all of them (``/1``); ``undefined`` if it is not open.

    Errors: ``error:badarg`` for what is no port or name, and for an item that is none.
    Clauses: port_command/port-info-answers, port_command/port-info-of-an-item-answers,
        port_command/port-info-tells-seven-things, port_command/port-info-names-who-watches,
        port_command/port-info-counts-commands, port_command/port-info-counts-what-is-told-as-of-a-port,
        port_command/port-info-of-an-unknown-item, port_command/port-info-names-the-driver,
        port_command/port-info-of-a-closed-port,
        port_command/port-info-tells-the-queue-size
    OTP: erlang:port_info/1; erlang:port_info/2
    """
    if not isinstance(name_or_port, (Atom, Port)):
        raise badarg()
    if any(each not in ITEMS for each in items):
        raise badarg()
    port = find_port(process.vm, process.vm.find(name_or_port))
    if port is None:
        return a.undefined
    values = _port_values(process, port)
    if not items:
        named = (a.registered_name,) if values[a.registered_name] != List() else ()
        return List((name, values[name]) for name in (*named, *ALL_ITEMS))
    (item,) = items
    return List() if item is a.registered_name and values[item] == List() else (item, values[item])


ALL_ITEMS = (a.name, a.links, a.id, a.connected, a.input, a.output, a.os_pid)
"""What is told if nobody says of what, in this order."""
FURTHER_ITEMS = (a.monitored_by, a.monitors, a.queue_size, a.registered_name, a.memory, a.parallelism, a.locking)
ITEMS = frozenset([*ALL_ITEMS, *FURTHER_ITEMS])


def _port_values(process: Process, port: OpenPort) -> dict[Term, Term]:
    return {
        a.name: List(port.driver.name.encode()),
        a.connected: port.owner,
        a.id: port.id.number,
        a.input: port.told,
        a.output: port.commanded,
        a.os_pid: a.undefined,
        a.memory: 0,
        a.parallelism: a.false,
        a.locking: a.port_level,
        a.monitors: List(),
        a.monitored_by: List(port.monitored_by.values()),
        a.links: List(sorted(port.links, key=lambda each: each.number)),
        a.queue_size: port.driver.queued,
        a.registered_name: next((name for name, holder in process.vm.names.items() if holder == port.id), List()),
    }
