"""What the owner and its watchers hear of the end of a socket."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, one_of, raised, tcp_closed
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Term


def _trapping(scenario: Scenario, name: str) -> Actor:
    """A process that traps exits."""
    process = scenario.process(name)
    process.erlang.process_flag("trap_exit", True)
    return process


@clause("ownership/peers-end-is-a-message-and-nothing-else")
@pytest.mark.parametrize("trap_exit", [False, True], ids=["plain", "trapping"])
@pytest.mark.parametrize("end", ["close", "reset"])
def test_peers_end_signals_an_exit(scenario: Scenario, end: str, trap_exit: bool) -> None:
    owner = scenario.process("owner")
    owner.erlang.process_flag("trap_exit", trap_exit)
    socket, peer = scenario.connect(owner, active=True)
    getattr(peer, end)()
    owner.holds(tcp_closed(socket))
    owner.receives_nothing()
    owner.is_alive()


@clause("ownership/peers-end-is-a-message-and-nothing-else")
def test_peers_end_reaches_a_passive_owner(scenario: Scenario) -> None:
    owner = _trapping(scenario, "owner")
    socket, peer = scenario.connect(owner)
    peer.close()
    owner.receives_nothing()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    owner.receives_nothing()


@clause("ownership/closing-ones-own-socket-is-silent")
@pytest.mark.parametrize("mode", [False, True], ids=["passive", "active"])
def test_own_close_is_reported(scenario: Scenario, mode: bool) -> None:
    owner = _trapping(scenario, "owner")
    socket, peer = scenario.connect(owner, active=mode)
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()
    owner.receives_nothing()


@clause("ownership/closing-ones-own-socket-is-silent")
def test_closer_is_told_in_active_mode(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()
    owner.receives_nothing()


@clause("ownership/closing-ones-own-socket-is-silent")
def test_closer_is_told_in_once_mode(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()
    owner.receives_nothing()


def _exit_message(socket: Term, reason: str) -> Term:
    return (Atom("EXIT"), socket, Atom(reason))


@clause("ownership/strangers-close-may-reach-a-trapping-owner")
@pytest.mark.parametrize("transferred", [False, True], ids=["creator", "new owner"])
def test_strangers_close_has_odd_effects_on_a_trapping_owner(scenario: Scenario, transferred: bool) -> None:
    creator, new_owner, stranger = (
        _trapping(scenario, "creator"),
        _trapping(scenario, "new owner"),
        scenario.process("stranger"),
    )
    socket, peer = scenario.connect(creator)
    owner, other = (new_owner, creator) if transferred else (creator, new_owner)
    if transferred:
        creator.gen_tcp.controlling_process(socket, new_owner)
    expect(stranger.gen_tcp.close(socket), ok())
    peer.sees_fin()
    scenario.settle()
    exit_message = _exit_message(socket, "normal")
    variant = scenario.varies(owner.mailbox(), exit_message=(exit_message,), silent=())
    owner.receives(*([exit_message] if variant == "exit_message" else []))
    other.receives_nothing()


@clause("ownership/accept-of-a-trapping-owner-is-answered-once")
def test_closed_listener_leaves_an_answer_behind(scenario: Scenario) -> None:
    owner, stranger = _trapping(scenario, "owner"), scenario.process("stranger")
    listener, _ = scenario.listen(owner)
    accept = owner.begin.gen_tcp.accept(listener)
    accept.is_blocked()
    expect(stranger.gen_tcp.close(listener), ok())
    expect(accept.result(), error("closed"))
    scenario.settle()
    exit_message = _exit_message(listener, "normal")
    variant = scenario.varies(owner.mailbox(), exit_message=(exit_message,), silent=())
    owner.receives(*([exit_message] if variant == "exit_message" else []))


@clause("ownership/strangers-close-and-an-active-owner")
def test_strangers_close_has_odd_effects_on_an_active_owner(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner, active=True)
    expect(stranger.gen_tcp.close(socket), ok())
    peer.sees_fin()
    scenario.settle()
    variant = scenario.varies(owner.mailbox(), silent=(), tcp_closed=(tcp_closed(socket),))
    owner.receives(*([tcp_closed(socket)] if variant == "tcp_closed" else []))


@clause("ownership/strangers-close-and-a-passive-owner")
def test_strangers_close_reaches_a_passive_owner(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner)
    expect(stranger.gen_tcp.close(socket), ok())
    peer.sees_fin()
    owner.receives_nothing()
    owner.is_alive()


@clause("ownership/exit-signals-may-close-a-socket")
@pytest.mark.parametrize("reason", ["normal", "boom"])
def test_exit_signal_has_odd_effects_on_a_socket(scenario: Scenario, reason: str) -> None:
    owner, stranger = _trapping(scenario, "owner"), scenario.process("stranger")
    socket, peer = scenario.connect(owner)
    sent = stranger.erlang.exit(socket, reason)
    if scenario.varies(sent, closes=True, refused=raised("error", "badarg")) == "closes":
        peer.sees_fin()
        owner.receives(_exit_message(socket, reason))
    else:
        peer.sees_nothing()
        expect(owner.gen_tcp.send(socket, b"still here"), ok())
        peer.receives(b"still here")


@clause("ownership/unlinking-may-orphan-a-socket")
def test_unlinked_socket_is_half_dead(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner)
    owner.erlang.unlink(socket)
    owner.kill()
    scenario.settle()
    looked = stranger.gen_tcp.recv(socket, 0, 1)
    gone = one_of(error("closed"), error("einval"))
    if scenario.varies(looked, orphaned=error("timeout"), closed=gone) == "orphaned":
        peer.sees_nothing()
        expect(stranger.gen_tcp.send(socket, b"still here"), ok())
        peer.receives(b"still here")
        expect(stranger.gen_tcp.close(socket), ok())
    else:
        peer.sees_fin()
