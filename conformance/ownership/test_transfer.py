"""By whom and to whom a socket can be transferred."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, raised, tcp, tcp_closed
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import stalled


def _gone(scenario: Scenario) -> Actor:
    """A process that has ended."""
    gone = scenario.process("gone")
    gone.kill()
    return gone


@clause("ownership/owner-may-transfer")
def test_transfer_does_nothing(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True)
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    peer.send(b"data")
    new_owner.receives(tcp(socket, b"data"))
    owner.receives_nothing()


@clause("ownership/only-the-owner-may-transfer")
def test_stranger_takes_the_socket(scenario: Scenario) -> None:
    owner, thief = scenario.processes("owner", "thief")
    socket, peer = scenario.connect(owner, active=True)
    expect(thief.gen_tcp.controlling_process(socket, thief), error("not_owner"))
    peer.send(b"data")
    owner.receives(tcp(socket, b"data"))


@clause("ownership/only-the-owner-may-transfer")
def test_stranger_gives_the_socket_away(scenario: Scenario) -> None:
    owner, stranger, third = scenario.processes("owner", "stranger", "third")
    socket, peer = scenario.connect(owner, active=True)
    expect(stranger.gen_tcp.controlling_process(socket, third), error("not_owner"))
    peer.send(b"data")
    owner.receives(tcp(socket, b"data"))


@clause("ownership/only-the-owner-may-transfer")
def test_refused_transfer_moves_messages(scenario: Scenario) -> None:
    owner, thief, third = scenario.processes("owner", "thief", "third")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"data")
    owner.holds(tcp(socket, b"data"))
    owner.erlang.send(thief, tcp(socket, b"passed on"))
    thief.holds(tcp(socket, b"passed on"))
    for new_owner in (thief, third):
        expect(thief.gen_tcp.controlling_process(socket, new_owner), error("not_owner"))
        thief.receives_nothing()
    third.receives_nothing()
    owner.receives(tcp(socket, b"data"))


@clause("ownership/former-owner-may-not-transfer")
def test_former_owner_takes_the_socket_back(scenario: Scenario) -> None:
    owner, new_owner, third = scenario.processes("owner", "new owner", "third")
    socket, peer = scenario.connect(owner, active=True)
    owner.gen_tcp.controlling_process(socket, new_owner)
    expect(owner.gen_tcp.controlling_process(socket, third), error("not_owner"))
    expect(owner.gen_tcp.controlling_process(socket, owner), error("not_owner"))
    peer.send(b"data")
    new_owner.receives(tcp(socket, b"data"))


@clause("ownership/transfer-to-oneself-changes-nothing")
def test_transfer_to_oneself_stirs_the_mailbox(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=1)
    peer.send(b"\x01a")
    owner.holds(tcp(socket, b"a"))
    owner.erlang.send(owner, "later")
    owner.holds(tcp(socket, b"a"), "later")
    expect(owner.gen_tcp.controlling_process(socket, owner), ok())
    peer.send(b"\x01b")
    owner.receives(tcp(socket, b"a"), "later", tcp(socket, b"b"))
    expect(owner.inet.getopts(socket, ["active"]), ok([("active", True)]))


@clause("ownership/naming-the-present-owner-moves-nothing")
def test_repeated_transfer_moves_messages(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True, packet=1)
    owner.gen_tcp.controlling_process(socket, new_owner)
    peer.send(b"\x01a")
    new_owner.holds(tcp(socket, b"a"))
    scenario.varies(owner.gen_tcp.controlling_process(socket, new_owner), ok=ok(), not_owner=error("not_owner"))
    peer.send(b"\x01b")
    new_owner.receives(tcp(socket, b"a"), tcp(socket, b"b"))


@clause("ownership/listener-can-be-transferred")
def test_listener_stops_at_a_transfer(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    listener, port = scenario.listen(owner)
    expect(owner.gen_tcp.controlling_process(listener, new_owner), ok())
    expect(owner.gen_tcp.controlling_process(listener, owner), error("not_owner"))
    for acceptor in (new_owner, owner):
        socket, peer = scenario.accept(acceptor, listener, port)
        expect(acceptor.gen_tcp.send(socket, b"welcome"), ok())
        peer.receives(b"welcome")


@clause("ownership/heir-must-be-a-pid")
@pytest.mark.parametrize("new_owner", ["nobody", "my_heir"], ids=["unregistered", "registered"])
def test_name_inherits_the_socket(scenario: Scenario, new_owner: str) -> None:
    owner, named = scenario.processes("owner", "named")
    socket, peer = scenario.connect(owner, active=True)
    expect(named.erlang.register("my_heir", named), True)
    expect(owner.gen_tcp.controlling_process(socket, new_owner), raised("error", "function_clause"))
    peer.send(b"data")
    owner.receives(tcp(socket, b"data"))


@clause("ownership/only-sockets-can-be-transferred")
def test_anything_can_be_transferred(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    for mistaken in ("socket", new_owner):
        expect(owner.gen_tcp.controlling_process(mistaken, new_owner), raised("error", "function_clause"))


@clause("ownership/closed-socket-cannot-be-transferred")
def test_closed_socket_finds_an_heir(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, _ = scenario.connect(owner)
    owner.gen_tcp.close(socket)
    variants = {"closed": error("closed"), "einval": error("einval")}
    variant = scenario.varies(owner.gen_tcp.controlling_process(socket, new_owner), **variants)
    expect(owner.gen_tcp.controlling_process(socket, owner), variants[variant])
    expect(new_owner.gen_tcp.controlling_process(socket, new_owner), variants[variant])


@clause("ownership/dead-process-cannot-inherit")
def test_dead_process_inherits_the_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.controlling_process(socket, _gone(scenario)), error("badarg"))
    peer.sees_nothing()
    expect(owner.gen_tcp.send(socket, b"here"), ok())
    peer.receives(b"here")
    expect(owner.gen_tcp.controlling_process(socket, scenario.process("new owner")), ok())


@clause("ownership/failed-transfer-keeps-the-mode")
@pytest.mark.parametrize("mode", [True, "once"], ids=["true", "once"])
def test_failed_transfer_makes_the_socket_passive(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=mode)
    expect(owner.gen_tcp.controlling_process(socket, _gone(scenario)), error("badarg"))
    expect(owner.inet.getopts(socket, ["active"]), ok([("active", mode)]))
    peer.send(b"data")
    owner.receives(tcp(socket, b"data"))


@clause("ownership/failed-transfer-keeps-the-messages")
def test_failed_transfer_loses_messages(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"data")
    owner.holds(tcp(socket, b"data"))
    expect(owner.gen_tcp.controlling_process(socket, _gone(scenario)), error("badarg"))
    owner.receives_nothing()


@clause("ownership/transfer-after-the-end-was-read")
def test_transfer_after_the_end_does_anything(scenario: Scenario) -> None:
    owner, new_owner, third = scenario.processes("owner", "new owner", "third")
    socket, peer = scenario.connect(owner)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    scenario.settle()  # the socket may take a moment to go
    variant = scenario.varies(owner.gen_tcp.controlling_process(socket, new_owner), ok=ok(), einval=error("einval"))
    if variant == "ok":
        expect(owner.gen_tcp.controlling_process(socket, third), error("not_owner"))
        expect(new_owner.gen_tcp.controlling_process(socket, third), ok())


@clause("ownership/transfer-after-tcp-closed")
def test_transfer_after_tcp_closed_loses_it(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.close()
    owner.holds(tcp_closed(socket))
    scenario.settle()
    result = owner.gen_tcp.controlling_process(socket, new_owner)
    variant = scenario.varies(result, closed=error("closed"), einval=error("einval"), moved=ok())
    if variant == "moved":
        owner.holds()
        new_owner.receives(tcp_closed(socket))
    else:
        owner.receives(tcp_closed(socket))


@clause("ownership/blocked-sender-does-not-delay-a-transfer")
def test_blocked_sender_holds_the_transfer_up(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    stall = stalled(scenario, owner, active=True)
    expect(owner.gen_tcp.controlling_process(stall.socket, new_owner), ok())
    stall.blocked.is_blocked()
    stall.peer.receives(stall.given)
    expect(stall.blocked.result(), ok())
    stall.peer.send(b"data")
    new_owner.receives(tcp(stall.socket, b"data"))


@clause("ownership/new-owners-end-closes-the-socket")
def test_socket_survives_its_new_owner(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True)
    owner.gen_tcp.controlling_process(socket, new_owner)
    new_owner.exits("boom")
    peer.sees_fin()


@clause("ownership/new-owners-end-is-not-told-to-the-former")
@pytest.mark.parametrize("trap_exit", [False, True], ids=["plain", "trapping"])
def test_new_owners_end_reaches_the_former_owner(scenario: Scenario, trap_exit: bool) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    owner.erlang.process_flag("trap_exit", trap_exit)
    socket, peer = scenario.connect(owner, active=True)
    owner.gen_tcp.controlling_process(socket, new_owner)
    new_owner.exits("boom")
    peer.sees_end()
    owner.is_alive()
    owner.receives_nothing()
