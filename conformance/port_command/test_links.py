"""Who is linked to a port, and what ends with whom."""

from __future__ import annotations

import pytest

from gen_tck.adapters.interface import Ended
from gen_tck.conformance.harness.expect import (
    expect,
    ok,
    tcp_closed,
    tcp_error,
)
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom


@clause("port_command/links-are-told-why")
@pytest.mark.parametrize(("happening", "reason"), [("finish", "normal"), ("reset", "econnreset"), ("bad", "emsgsize")])
def test_link_is_told_another_reason(scenario: Scenario, happening: str, reason: str) -> None:
    owner, friend = scenario.processes("owner", "friend")
    socket, peer = scenario.connect(owner, active=True, show_econnreset=True, packet=4, packet_size=10)
    friend.erlang.process_flag("trap_exit", True)
    expect(friend.erlang.link(socket), True)
    if happening == "bad":
        peer.send(b"\0\0\1\0")
    else:
        getattr(peer, happening)()
    friend.receives((Atom("EXIT"), socket, Atom(reason)))
    told = [] if reason == "normal" else [tcp_error(socket, reason)]
    owner.receives(*told, tcp_closed(socket))


@clause("port_command/links-are-told-why")
def test_hidden_reset_ends_a_link(scenario: Scenario) -> None:
    owner, friend = scenario.processes("owner", "friend")
    socket, peer = scenario.connect(owner, active=True)
    expect(friend.erlang.link(socket), True)
    peer.reset()
    owner.receives(tcp_closed(socket))
    friend.is_alive()


@clause("port_command/linked-stranger-may-end-normally")
@pytest.mark.parametrize("former", [False, True], ids=["friend", "former owner"])
def test_linked_stranger_takes_the_port_along(scenario: Scenario, former: bool) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    linked, heir = (owner, other) if former else (other, owner)
    expect(linked.erlang.port_connect(socket, other) if former else linked.erlang.link(socket), True)
    expect(linked.erlang.exit("normal"), Ended(Atom("normal")))
    peer.sees_nothing()
    expect(heir.gen_tcp.send(socket, b"still open"), ok())
    peer.receives(b"still open")
    expect(heir.erlang.exit("normal"), Ended(Atom("normal")))
    peer.sees_end()


@clause("port_command/linked-stranger-may-end-normally")
def test_port_outlives_a_linked_stranger_that_fails(scenario: Scenario) -> None:
    owner, friend = scenario.processes("owner", "friend")
    socket, peer = scenario.connect(owner)
    expect(friend.erlang.link(socket), True)
    expect(friend.erlang.exit("boom"), Ended(Atom("boom")))
    peer.sees_end()
    owner.is_ended()


@clause("port_command/linked-caller-ends-in-its-call")
def test_linked_caller_returns_from_the_call_that_ends_it(scenario: Scenario) -> None:
    owner, friend = scenario.processes("owner", "friend")
    socket, peer = scenario.connect(owner, packet=4, packet_size=10)
    expect(friend.erlang.link(socket), True)
    peer.send(b"\0\0\0\1a\0\0\1\0")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"a"))
    expect(friend.inet.setopts(socket, [("active", "once")]), Ended(Atom("emsgsize")))
    owner.receives(tcp_error(socket, "emsgsize"), tcp_closed(socket))


@clause("port_command/links-are-told-why")
def test_one_linked_process_is_left(scenario: Scenario) -> None:
    owner, first, second = scenario.processes("owner", "first", "second")
    socket, _ = scenario.connect(owner)
    for each in (first, second):
        expect(each.erlang.link(socket), True)
    expect(owner.erlang.unlink(socket), True)
    expect(owner.erlang.exit(socket, "boom"), True)
    first.is_ended()
    second.is_ended()
    owner.is_alive()
