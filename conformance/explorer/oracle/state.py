"""In which state a script has left the reference: scripts that leave it in the same one go on in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gen_tck.adapters.simulated import SimulatedPeer
from gen_tck.conformance.explorer.oracle.observed import ObservedNode
from gen_tck.conformance.explorer.script.runner import ScriptRunner
from gen_tck.conformance.explorer.script.script import Call
from gen_tck.reference.net.os_tcp import KernelSocket
from gen_tck.reference.net.simulated import SimulatedSocket
from gen_tck.reference.state_key import StateKey

State: TypeAlias = StateKey


def state(node: ObservedNode, runner: ScriptRunner, calls: Mapping[int, Call]) -> State:
    """All that what happens next depends on, with names for handles. ``calls``: the last call of each actor.

    * Of each process: whether it has ended, its call, whether it is suspended, its mailbox, links and monitors.
    * Of each socket: its state, mode and options; the receive and the accepts that are asked for, and by whom; what it
      has read and queued; who waits for what to be sent; what it has still to tell; its port's owner and links, and
      whether that is busy or closed; what is under way to it and from it, and how that direction has ended.
    * Of whatever else a model has sockets made of: all that it says of itself.
    * Of each peer: whether it can connect, write and read, and whether it does, or how much it has still to read.
    * How soon a timer is due, who is the system monitor, and which transition each socket went through last, as
      coverage counts pairs of them.

    Requests are not told apart by their numbers, nor timers by when they were set: what is left out is what no step can
    show. No two people of a script are alike (the owner has the sockets, *trapper* traps exits, *other* does not), so
    none are exchanged for each other; what there is of symmetry between them has gone into the alphabet.
    """
    vm, name = node.system.vm, runner.names.normal
    people: list[StateKey] = []
    for index, actor in enumerate(runner.actors):
        process = vm.processes.get(actor.pid)
        if process is None:
            people.append(None)
        else:
            people.append((None if process.idle else calls[index], process.state_key(name)))
    sockets = [(driver.state_key(name), last, _ways(driver.socket)) for driver, last in node.last.items()]
    others = [each.state_key(name) for each in vm.resources.values()]
    peers: list[StateKey] = []
    for end in runner.ends.values():
        assert end.peer is None or isinstance(end.peer, SimulatedPeer)
        own = None if end.peer is None else _both_ways(end.peer.socket)
        peers.append((end.reading, end.to_read, end.applies("connect"), end.can_send, end.can_read, end.end, own))
    return (tuple(people), tuple(sockets), tuple(others), tuple(peers), vm.state_key(name))


def _both_ways(socket: SimulatedSocket) -> StateKey:
    """The same of a peer's, and what is on its way to it: of that nobody else tells when the node's end is closed."""
    return socket.state_key(), None if socket.other is None else socket.other.state_key()


def _ways(socket: KernelSocket) -> StateKey:
    """What is on its way to a socket, and from it."""
    assert isinstance(socket, SimulatedSocket)
    return socket.state_key()
