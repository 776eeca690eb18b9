"""What becomes of blocked senders when the connection ends."""

from __future__ import annotations

from gen_tck.conformance.expect import Unexpected, error, expect, ok, tcp_closed
from gen_tck.conformance.marks import clause
from gen_tck.conformance.sending.stall import END, stalled
from gen_tck.conformance.world import World
from gen_tck.spec.terms import Atom

ABORT = (True, 0)
"""The value of ``linger`` with which a close does not wait for pending output."""


@clause("sending/reset-releases-a-blocked-sender")
def test_reset_leaves_the_sender_blocked(world: World) -> None:
    owner = world.process("owner")
    stall = stalled(world, owner)
    stall.peer.reset()
    expect(stall.blocked.result(), error("closed"))


@clause("sending/reset-releases-a-blocked-sender")
def test_reset_is_not_named_to_the_blocked_sender(world: World) -> None:
    owner = world.process("owner")
    stall = stalled(world, owner, show_econnreset=True)
    stall.peer.reset()
    expect(stall.blocked.result(), error("econnreset"))


@clause("sending/reset-releases-the-senders-behind")
def test_reset_releases_only_the_first(world: World) -> None:
    owner, second, third = world.processes("owner", "second", "third")
    stall = stalled(world, owner)
    waiting = [each.begin.gen_tcp.send(stall.socket, END) for each in (second, third)]
    for each in waiting:
        each.is_blocked()
    stall.peer.reset()
    results = [each.result() for each in waiting]
    world.varies(results[0], enotconn=error("enotconn"), closed=error("closed"))
    expect(results[1], results[0])
    expect(stall.blocked.result(), error("closed"))


@clause("sending/reset-releases-senders-of-an-active-socket")
def test_reset_of_an_active_socket_leaves_senders_blocked(world: World) -> None:
    owner, second = world.processes("owner", "second")
    stall = stalled(world, owner, active=True)
    waiting = second.begin.gen_tcp.send(stall.socket, END)
    waiting.is_blocked()
    stall.peer.reset()
    owner.receives(tcp_closed(stall.socket))
    expect(stall.blocked.result(), error("closed"))
    world.varies(waiting.result(), einval=error("einval"), closed=error("closed"))
    owner.receives_nothing()


@clause("sending/fin-releases-senders-of-an-active-socket")
def test_fin_of_an_active_socket_leaves_the_sender_blocked(world: World) -> None:
    owner = world.process("owner")
    stall = stalled(world, owner, active=True)
    stall.peer.finish()
    owner.receives(tcp_closed(stall.socket))
    expect(stall.blocked.result(), error("closed"))
    owner.receives_nothing()


@clause("sending/fin-leaves-senders-of-a-passive-socket-alone")
def test_fin_breaks_off_a_blocked_send(world: World) -> None:
    owner = world.process("owner")
    stall = stalled(world, owner)
    stall.peer.finish()
    stall.blocked.is_blocked()
    stall.peer.receives(stall.given)
    expect(stall.blocked.result(), ok())


@clause("sending/noticed-fin-releases-senders-of-a-passive-socket")
def test_noticed_fin_leaves_the_sender_blocked(world: World) -> None:
    owner = world.process("owner")
    stall = stalled(world, owner)
    stall.peer.finish()
    expect(owner.gen_tcp.recv(stall.socket, 0), error("closed"))
    expect(stall.blocked.result(), error("closed"))


@clause("sending/fin-keeps-pending-output")
def test_fin_throws_pending_output_away(world: World) -> None:
    owner = world.process("owner")
    stall = stalled(world, owner, active=True, exit_on_close=False)
    stall.peer.finish()
    owner.receives(tcp_closed(stall.socket))
    stall.blocked.is_blocked()
    stall.peer.receives(stall.given)
    expect(stall.blocked.result(), ok())


@clause("sending/fin-keeps-pending-output")
def test_noticed_fin_throws_pending_output_away(world: World) -> None:
    owner = world.process("owner")
    stall = stalled(world, owner, exit_on_close=False)
    stall.peer.finish()
    expect(owner.gen_tcp.recv(stall.socket, 0), error("closed"))
    stall.blocked.is_blocked()
    stall.peer.receives(stall.given)
    expect(stall.blocked.result(), ok())


@clause("sending/close-releases-a-blocked-sender")
def test_close_leaves_the_sender_blocked(world: World) -> None:
    owner = world.process("owner")
    stall = stalled(world, owner, linger=ABORT)
    expect(owner.gen_tcp.close(stall.socket), ok())
    expect(stall.blocked.result(), error("closed"))


@clause("sending/close-releases-the-senders-behind")
def test_close_leaves_the_senders_behind_blocked(world: World) -> None:
    owner, second, third = world.processes("owner", "second", "third")
    stall = stalled(world, owner, linger=ABORT)
    waiting = [each.begin.gen_tcp.send(stall.socket, END) for each in (second, third)]
    for each in waiting:
        each.is_blocked()
    expect(owner.gen_tcp.close(stall.socket), ok())
    results = [each.result() for each in waiting]
    world.varies(results[0], einval=error("einval"), closed=error("closed"))
    expect(results[1], results[0])


@clause("sending/close-with-a-sender-blocked")
def test_close_lies_about_pending_output(world: World) -> None:
    owner = world.process("owner")
    stall = stalled(world, owner)
    closing = owner.begin.gen_tcp.close(stall.socket)
    world.settle()
    seen, _ = stall.peer.reads_to_the_end()
    if not stall.given.startswith(seen):
        raise Unexpected("an unbroken beginning of the data", f"{len(seen)} bytes that are none", "bytes at the peer")
    arrived = Atom("all" if len(seen) == len(stall.given) else "part")
    world.varies((arrived, stall.blocked.result()), flushes=("all", ok()), drops=("part", error("closed")))
    expect(closing.result(), ok())
