"""What the owner and its watchers hear of the end of a socket."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, one_of, raised, tcp_closed
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Actor, World
from gen_tck.spec.terms import Atom, Term


def _trapping(world: World, name: str) -> Actor:
    """A process that traps exits."""
    process = world.process(name)
    process.erlang.process_flag("trap_exit", True)
    return process


@clause("ownership/peers-end-is-a-message-and-nothing-else")
@pytest.mark.parametrize("trap_exit", [False, True], ids=["plain", "trapping"])
@pytest.mark.parametrize("end", ["close", "reset"])
def test_peers_end_signals_an_exit(world: World, end: str, trap_exit: bool) -> None:
    owner = world.process("owner")
    owner.erlang.process_flag("trap_exit", trap_exit)
    socket, peer = world.connect(owner, active=True)
    getattr(peer, end)()
    owner.holds(tcp_closed(socket))
    owner.receives_nothing()
    owner.is_alive()


@clause("ownership/peers-end-is-a-message-and-nothing-else")
def test_peers_end_reaches_a_passive_owner(world: World) -> None:
    owner = _trapping(world, "owner")
    socket, peer = world.connect(owner)
    peer.close()
    owner.receives_nothing()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    owner.receives_nothing()


@clause("ownership/closing-ones-own-socket-is-silent")
@pytest.mark.parametrize("mode", [False, True], ids=["passive", "active"])
def test_own_close_is_reported(world: World, mode: bool) -> None:
    owner = _trapping(world, "owner")
    socket, peer = world.connect(owner, active=mode)
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()
    owner.receives_nothing()


def _exit_message(socket: Term, reason: str) -> Term:
    return (Atom("EXIT"), socket, Atom(reason))


@clause("ownership/strangers-close-may-reach-a-trapping-owner")
@pytest.mark.parametrize("transferred", [False, True], ids=["creator", "heir"])
def test_strangers_close_has_odd_effects_on_a_trapping_owner(world: World, transferred: bool) -> None:
    creator, heir, stranger = _trapping(world, "creator"), _trapping(world, "heir"), world.process("stranger")
    socket, peer = world.connect(creator)
    owner, other = (heir, creator) if transferred else (creator, heir)
    if transferred:
        creator.gen_tcp.controlling_process(socket, heir)
    expect(stranger.gen_tcp.close(socket), ok())
    peer.sees_fin()
    world.settle()
    exit_message = _exit_message(socket, "normal")
    variant = world.varies(owner.mailbox(), exit_message=(exit_message,), silent=())
    owner.receives(*([exit_message] if variant == "exit_message" else []))
    other.receives_nothing()


@clause("ownership/accept-of-a-trapping-owner-is-answered-once")
def test_closed_listener_leaves_an_answer_behind(world: World) -> None:
    owner, stranger = _trapping(world, "owner"), world.process("stranger")
    listener, _ = world.listen(owner)
    accept = owner.begin.gen_tcp.accept(listener)
    accept.is_blocked()
    expect(stranger.gen_tcp.close(listener), ok())
    expect(accept.result(), error("closed"))
    world.settle()
    exit_message = _exit_message(listener, "normal")
    variant = world.varies(owner.mailbox(), exit_message=(exit_message,), silent=())
    owner.receives(*([exit_message] if variant == "exit_message" else []))


@clause("ownership/strangers-close-may-reach-an-active-owner")
def test_strangers_close_has_odd_effects_on_an_active_owner(world: World) -> None:
    owner, stranger = world.processes("owner", "stranger")
    socket, peer = world.connect(owner, active=True)
    expect(stranger.gen_tcp.close(socket), ok())
    peer.sees_fin()
    world.settle()
    variant = world.varies(owner.mailbox(), silent=(), tcp_closed=(tcp_closed(socket),))
    owner.receives(*([tcp_closed(socket)] if variant == "tcp_closed" else []))


@clause("ownership/strangers-close-may-reach-an-active-owner")
def test_strangers_close_reaches_a_passive_owner(world: World) -> None:
    owner, stranger = world.processes("owner", "stranger")
    socket, peer = world.connect(owner)
    expect(stranger.gen_tcp.close(socket), ok())
    peer.sees_fin()
    owner.receives_nothing()
    owner.is_alive()


@clause("ownership/exit-signals-may-close-a-socket")
@pytest.mark.parametrize("reason", ["normal", "boom"])
def test_exit_signal_has_odd_effects_on_a_socket(world: World, reason: str) -> None:
    owner, stranger = _trapping(world, "owner"), world.process("stranger")
    socket, peer = world.connect(owner)
    sent = stranger.erlang.exit(socket, reason)
    if world.varies(sent, closes=True, refused=raised("error", "badarg")) == "closes":
        peer.sees_fin()
        owner.receives(_exit_message(socket, reason))
    else:
        peer.sees_nothing()
        expect(owner.gen_tcp.send(socket, b"still here"), ok())
        peer.receives(b"still here")


@clause("ownership/unlinking-may-orphan-a-socket")
def test_unlinked_socket_is_half_dead(world: World) -> None:
    owner, stranger = world.processes("owner", "stranger")
    socket, peer = world.connect(owner)
    owner.erlang.unlink(socket)
    owner.kill()
    world.settle()
    looked = stranger.gen_tcp.recv(socket, 0, 1)
    gone = one_of(error("closed"), error("einval"))
    if world.varies(looked, orphaned=error("timeout"), closed=gone) == "orphaned":
        peer.sees_nothing()
        expect(stranger.gen_tcp.send(socket, b"still here"), ok())
        peer.receives(b"still here")
    else:
        peer.sees_fin()
