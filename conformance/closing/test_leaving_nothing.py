"""What is left of sockets and calls when they are over: nothing, by a census before and after."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Inconclusive, describe, error, expect, ok, tcp_closed, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.spec.terms import Reference, Term

SOON, LATE = 20, 100_000
"""Timeouts in milliseconds: one that passes, and one that never does."""

Use = Callable[[Scenario, Actor, Actor], None]
"""What the owner, and another process, do with a socket from its opening to its end."""


def _closed_by_its_owner(scenario: Scenario, owner: Actor, _: Actor) -> None:
    socket, _peer = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())


def _closed_by_another(scenario: Scenario, owner: Actor, other: Actor) -> None:
    socket, _peer = scenario.connect(owner)
    expect(other.gen_tcp.close(socket), ok())


def _closed_by_its_new_owner(scenario: Scenario, owner: Actor, other: Actor) -> None:
    socket, _peer = scenario.connect(owner)
    expect(owner.gen_tcp.controlling_process(socket, other), ok())
    expect(other.gen_tcp.close(socket), ok())


def _closed_while_somebody_receives(scenario: Scenario, owner: Actor, other: Actor) -> None:
    socket, _peer = scenario.connect(owner)
    receiving = other.begin.gen_tcp.recv(socket, 0, LATE)
    receiving.is_blocked()
    expect(owner.gen_tcp.close(socket), ok())
    expect(receiving.result(), error("closed"))


def _closed_with_unread_data(scenario: Scenario, owner: Actor, _: Actor) -> None:
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"one")
    scenario.settle()
    peer.send(b"two")
    expect(owner.gen_tcp.close(socket), ok())
    owner.process.take(len(owner.mailbox()))


def _ended_by_its_peer(scenario: Scenario, owner: Actor, _: Actor) -> None:
    socket, peer = scenario.connect(owner, active=True)
    peer.close()
    owner.receives(tcp_closed(socket))


def _ended_and_closed(scenario: Scenario, owner: Actor, _: Actor) -> None:
    socket, peer = scenario.connect(owner)
    peer.close()
    expect(owner.gen_tcp.recv(socket, 0, LATE), error("closed"))
    expect(owner.gen_tcp.close(socket), ok())


def _reset_and_closed(scenario: Scenario, owner: Actor, _: Actor) -> None:
    socket, peer = scenario.connect(owner)
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    expect(owner.gen_tcp.close(socket), ok())


def _accepted_and_closed(scenario: Scenario, owner: Actor, other: Actor) -> None:
    listener, port = scenario.listen(owner)
    accepting = other.begin.gen_tcp.accept(listener, LATE)
    scenario.settle()
    scenario.dial(port)
    expect(other.gen_tcp.close(value_of(accepting.result())), ok())
    expect(owner.gen_tcp.close(listener), ok())


def _listened_in_vain(scenario: Scenario, owner: Actor, other: Actor) -> None:
    listener, port = scenario.listen(owner)
    accepting = other.begin.gen_tcp.accept(listener, LATE)
    accepting.is_blocked()
    expect(owner.gen_tcp.close(listener), ok())
    expect(accepting.result(), error("closed"))
    scenario.is_refused(port)


def _ended_with_its_owner(scenario: Scenario, owner: Actor, other: Actor) -> None:
    socket, _peer = scenario.connect(other)
    receiving = owner.begin.gen_tcp.recv(socket, 0, LATE)
    receiving.is_blocked()
    other.kill()
    expect(receiving.result(), error("closed"))


@clause("closing/nothing-outlives-its-socket")
@pytest.mark.parametrize(
    "end",
    [
        _closed_by_its_owner,
        _closed_by_another,
        _closed_by_its_new_owner,
        _closed_while_somebody_receives,
        _closed_with_unread_data,
        _ended_by_its_peer,
        _ended_and_closed,
        _reset_and_closed,
        _accepted_and_closed,
        _listened_in_vain,
        _ended_with_its_owner,
    ],
    ids=[
        "closed-by-its-owner",
        "closed-by-another",
        "closed-by-its-new-owner",
        "closed-while-somebody-receives",
        "closed-with-unread-data",
        "ended-by-its-peer",
        "ended-and-closed",
        "reset-and-closed",
        "accepted-and-closed",
        "listened-in-vain",
        "ended-with-its-owner",
    ],
)
def test_something_outlives_its_socket(scenario: Scenario, end: Use) -> None:
    owner, other = scenario.processes("owner", "other")
    before = scenario.census()
    end(scenario, owner, other)
    scenario.is_left_with({**before, "processes": 1 if end is _ended_with_its_owner else 2})


Call = Callable[[Actor, Term, RemotePeer, int], None]
"""A call of a process with its socket, whose peer is there; and a port where nobody listens."""


def _send(owner: Actor, socket: Term, _peer: RemotePeer, _port: int) -> None:
    expect(owner.gen_tcp.send(socket, b"data"), ok())


def _receive(owner: Actor, socket: Term, peer: RemotePeer, _port: int) -> None:
    receiving = owner.begin.gen_tcp.recv(socket, 4, LATE)
    receiving.is_blocked()
    peer.send(b"data")
    expect(receiving.result(), ok(b"data"))


def _receive_in_vain(owner: Actor, socket: Term, _peer: RemotePeer, _port: int) -> None:
    expect(owner.gen_tcp.recv(socket, 4, SOON), error("timeout"))


def _accept_in_vain(owner: Actor, _socket: Term, _peer: RemotePeer, _port: int) -> None:
    listener = value_of(owner.gen_tcp.listen(0, [("ip", LOOPBACK)]))
    expect(owner.gen_tcp.accept(listener, SOON), error("timeout"))
    expect(owner.gen_tcp.close(listener), ok())


def _connect_in_vain(owner: Actor, _socket: Term, _peer: RemotePeer, port: int) -> None:
    expect(owner.gen_tcp.connect(LOOPBACK, port, [], LATE), error("econnrefused"))


def _listen_in_vain(owner: Actor, socket: Term, _peer: RemotePeer, _port: int) -> None:
    taken = value_of(owner.inet.port(socket))
    expect(owner.gen_tcp.listen(taken, [("ip", LOOPBACK)]), error("eaddrinuse"))


def _connect_wrongly(owner: Actor, _socket: Term, _peer: RemotePeer, port: int) -> None:
    owner.gen_tcp.connect(LOOPBACK, port, ["no_option"])


def _look_at_options(owner: Actor, socket: Term, _peer: RemotePeer, _port: int) -> None:
    expect(owner.inet.setopts(socket, [("nodelay", True)]), ok())
    expect(owner.inet.getopts(socket, ["nodelay"]), ok([("nodelay", True)]))


def _watch(owner: Actor, socket: Term, _peer: RemotePeer, _port: int) -> None:
    expect(owner.inet.cancel_monitor(owner.inet.monitor(socket)), True)


@clause("closing/nothing-outlives-its-call")
@pytest.mark.parametrize(
    "call",
    [
        _send,
        _receive,
        _receive_in_vain,
        _accept_in_vain,
        _connect_in_vain,
        _listen_in_vain,
        _connect_wrongly,
        _look_at_options,
        _watch,
    ],
    ids=[
        "send",
        "receive",
        "receive-in-vain",
        "accept-in-vain",
        "connect-in-vain",
        "listen-in-vain",
        "connect-wrongly",
        "options",
        "watch",
    ],
)
def test_something_outlives_its_call(scenario: Scenario, call: Call) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    listener, nobody = scenario.listen(owner)
    expect(owner.gen_tcp.close(listener), ok())
    scenario.is_refused(nobody)
    before = scenario.census()
    call(owner, socket, peer, nobody)
    scenario.is_left_with(before)


@clause("closing/nothing-outlives-its-processes")
def test_something_outlives_its_processes(scenario: Scenario) -> None:
    owner, receiver, acceptor = scenario.processes("owner", "receiver", "acceptor")
    socket, peer = scenario.connect(owner, packet=2)
    listener, port = scenario.listen(owner)
    peer.send(b"\0\7some")
    receiver.begin.gen_tcp.recv(socket, 0, LATE).is_blocked()
    acceptor.begin.gen_tcp.accept(listener, LATE).is_blocked()
    scenario.dial(port)
    scenario.connect(acceptor, active=True)
    expect(owner.inet.getopts(socket, ["packet"]), ok([("packet", 2)]))
    for each in (owner, receiver, acceptor):
        each.kill()
    scenario.is_left_with({})


@clause("closing/nothing-outlives-its-processes")
@pytest.mark.parametrize("first", ["owner", "watcher"])
def test_monitor_outlives_its_processes(scenario: Scenario, first: str) -> None:
    owner, watcher = scenario.processes("owner", "watcher")
    socket, _peer = scenario.connect(owner)
    value = watcher.inet.monitor(socket)
    if not isinstance(value, Reference):
        raise Inconclusive(f"inet:monitor/1 returned {describe(value)}")
    for each in (owner, watcher) if first == "owner" else (watcher, owner):
        each.kill()
        scenario.settle()
    scenario.is_left_with({})
