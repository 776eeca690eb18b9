"""In which state a script has left the reference: scripts that leave it in the same one go on in the same way."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from hashlib import blake2b
from typing import Any, TypeAlias

from gen_tck.adapters.reference import ObservedNode, SimulatedPeer
from gen_tck.conformance.explorer.script.runner import Stage
from gen_tck.conformance.explorer.script.script import Call

State: TypeAlias = Hashable
LONG = 64
"""Bytes that are kept as they are."""


def state(node: ObservedNode, stage: Stage, calls: Mapping[int, Call]) -> State:
    """All that what happens next depends on, with names for handles. ``calls``: the last call of each actor.

    * Of each process: whether it has ended, its call, whether it is suspended, its mailbox, links and monitors.
    * Of each socket: its life, mode and options; the receive and the accepts that are asked for, and by whom; what it
      has read and queued; who waits for what to be sent; what it has still to tell; its port's owner and links, and
      whether that is busy or closed; what is under way to it and from it, and how that direction has ended.
    * Of each peer: whether it can write and read, and whether it does.
    * How soon a timer is due, who is the system monitor, and which transition each socket went through last, as
      coverage counts pairs of them.

    Requests are not told apart by their numbers, nor timers by when they were set: what is left out is what no step can
    show. No two people of a script are alike (the owner has the sockets, *trapper* traps exits, *other* does not), so
    none are exchanged for each other; what there is of symmetry between them has gone into the alphabet.
    """
    vm = node.machine
    name = stage.normal
    due = vm.next_timer()
    people: list[Any] = []
    for index, actor in enumerate(stage.actors):
        process = vm.processes.get(actor.pid)
        if process is None:
            people.append(None)
            continue
        call = None if process.idle else calls[index]
        mailbox = tuple([name(each) for each in process.mailbox])
        links = frozenset([name(each) for each in process.links])
        monitoring = tuple([name(each) for each in process.monitoring.values()])
        people.append((call, process.suspended_by is not None, mailbox, links, monitoring))
    sockets: list[Any] = []
    for each in node.drivers:
        port, slot = each.port, each.receiving
        sockets.append(
            (
                (each.life.value, each.active, tuple(each.options.values()), each.last),
                None if slot is None else (name(slot.caller.pid), slot.timer is not None),
                tuple([name(request.caller.pid) for request in each.accepting]),
                (_content(each.input), each.needed, each.room, _content(each.output)),
                tuple([name(pid) for pid in each.waiting_senders]),
                tuple([name(pid) for pid in each.when_flushed]),
                (each.send_timer is not None, each.pending_shutdown, each.write_ended, each.told_closed, each.deaf),
                tuple(sorted(each.remembered.items())),
                (port.closed, port.busy, name(port.owner), frozenset([name(pid) for pid in port.links])),
                tuple([name(process.pid) for process in port.suspended]),
                tuple([name(pid) for pid in port.monitored_by.values()]),
                _direction(each.socket),
            )
        )
    peers: list[Any] = []
    for end in stage.ends:
        assert isinstance(end.peer, SimulatedPeer)
        peers.append((end.reading, end.can_send, end.can_read, end.end, _direction(end.peer.socket)))
    monitor = vm.monitor_settings
    return (
        tuple(people),
        tuple(sockets),
        tuple(peers),
        None if due is None else due - vm.now,
        None if monitor is None else (name(monitor[0]), monitor[1]),
    )


def _content(data: bytearray) -> bytes:
    """What stands for ``data``: many states are kept, and a stalled one has a great lot in it."""
    return bytes(data) if len(data) <= LONG else blake2b(data).digest()


def _direction(socket: Any) -> tuple[object, ...]:
    return (
        _content(socket.received),
        _content(socket.sending),
        (socket.finishing, socket.ended, socket.reset, socket.untold_reset, socket.deaf, socket.closed),
    )
