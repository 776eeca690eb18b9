"""Monitors of sockets."""

from __future__ import annotations

from gen_tck.conformance.expect import expect, ok, one_of, tcp_closed
from gen_tck.conformance.marks import clause
from gen_tck.conformance.world import Actor, World
from gen_tck.spec.terms import Atom, Term


def down(reference: Term, kind: str, socket: Term, reason: str) -> Term:
    return (Atom("DOWN"), reference, Atom(kind), socket, Atom(reason))


def first_message(world: World, actor: Actor) -> Term:
    """The message that comes to ``actor``, whatever it is; it is left in the mailbox."""
    world.wait_for(lambda: bool(actor.mailbox()), "a message", "none", f"messages to {actor.name}")
    return actor.mailbox()[0]


@clause("closing/monitor-tells-of-the-close")
def test_close_is_kept_from_a_monitor(world: World) -> None:
    owner, watcher = world.processes("owner", "watcher")
    socket, _peer = world.connect(owner)
    reference = watcher.inet.monitor(socket)
    watcher.receives_nothing()
    expect(owner.gen_tcp.close(socket), ok())
    seen = first_message(world, watcher)
    world.varies(
        seen, port=down(reference, "port", socket, "normal"), socket=down(reference, "socket", socket, "closed")
    )
    watcher.receives(seen)
    owner.receives_nothing()


@clause("closing/monitor-tells-of-the-close")
def test_second_monitor_replaces_the_first(world: World) -> None:
    owner, watcher, other = world.processes("owner", "watcher", "other")
    socket, _peer = world.connect(owner)
    first, second, third = watcher.inet.monitor(socket), watcher.inet.monitor(socket), other.inet.monitor(socket)
    expect(owner.gen_tcp.close(socket), ok())
    seen = first_message(world, other)
    kind = world.varies(
        seen, port=down(third, "port", socket, "normal"), socket=down(third, "socket", socket, "closed")
    )
    reason = {"port": "normal", "socket": "closed"}[kind]
    other.receives(seen)
    either = one_of(down(first, kind, socket, reason), down(second, kind, socket, reason))
    watcher.holds(either, either)
    if len(set(watcher.mailbox())) == 1:
        watcher.receives(down(first, kind, socket, reason), down(second, kind, socket, reason))
    watcher.receives(either, either)


@clause("closing/monitor-tells-of-the-owners-death")
def test_owners_death_is_kept_from_a_monitor(world: World) -> None:
    owner, watcher = world.processes("owner", "watcher")
    socket, _peer = world.connect(owner)
    reference = watcher.inet.monitor(socket)
    owner.kill()
    seen = first_message(world, watcher)
    world.varies(
        seen, port=down(reference, "port", socket, "killed"), socket=down(reference, "socket", socket, "closed")
    )
    watcher.receives(seen)


@clause("closing/end-triggers-the-monitor")
def test_end_is_kept_from_a_monitor(world: World) -> None:
    owner = world.process("owner")
    socket, peer = world.connect(owner, active=True)
    reference = owner.inet.monitor(socket)
    peer.close()
    message = one_of(down(reference, "port", socket, "normal"), down(reference, "socket", socket, "closed"))
    owner.receives(tcp_closed(socket), message)


@clause("closing/monitor-of-a-closed-socket")
def test_monitor_of_a_closed_socket_waits(world: World) -> None:
    owner, watcher = world.processes("owner", "watcher")
    socket, _peer = world.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    reference = watcher.inet.monitor(socket)
    seen = first_message(world, watcher)
    world.varies(
        seen, noproc=down(reference, "port", socket, "noproc"), nosock=down(reference, "socket", socket, "nosock")
    )
    watcher.receives(seen)


@clause("closing/cancelled-monitor-is-silent")
def test_cancelled_monitor_speaks(world: World) -> None:
    owner, watcher = world.processes("owner", "watcher")
    socket, peer = world.connect(owner)
    reference = watcher.inet.monitor(socket)
    expect(watcher.inet.cancel_monitor(reference), True)
    expect(watcher.inet.cancel_monitor(reference), False)
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()
    watcher.receives_nothing()
