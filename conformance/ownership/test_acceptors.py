"""Processes that wait in accept: their order, their timeouts, their end."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import error, expect, ok, raised, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Actor, FarEnd, Pending, World


def _accepts(acceptor: Actor, accepted: object, peer: FarEnd) -> None:
    """Expect that ``accepted``, what an accept of ``acceptor`` returned, is a connection to ``peer``."""
    socket = value_of(accepted, f"accept by {acceptor}")
    greeting = f"welcome from {acceptor}".encode()
    expect(acceptor.gen_tcp.send(socket, greeting), ok())
    peer.receives(greeting)


def _waiting(acceptor: Actor, *args: object) -> Pending:
    """An accept of ``acceptor`` that is waiting for a connection."""
    accepting: Pending = acceptor.begin.gen_tcp.accept(*args)
    accepting.is_blocked()
    return accepting


@clause("ownership/killed-acceptor-loses-no-connection")
def test_dead_acceptor_gets_the_connection(world: World) -> None:
    owner, acceptor = world.processes("owner", "acceptor")
    listener, port = world.listen(owner)
    _waiting(acceptor, listener)
    acceptor.kill()
    peer = world.dial(port)
    _accepts(owner, owner.gen_tcp.accept(listener, 5000), peer)


@clause("ownership/killed-acceptor-loses-no-connection")
def test_dead_acceptor_blocks_the_line(world: World) -> None:
    owner, first, second, third = world.processes("owner", "first", "second", "third")
    listener, port = world.listen(owner)
    accepts = {each: _waiting(each, listener) for each in (first, second, third)}
    first.kill()
    third.kill()
    peer = world.dial(port)
    _accepts(second, accepts[second].result(), peer)
    late_peer = world.dial(port)
    _accepts(owner, owner.gen_tcp.accept(listener, 5000), late_peer)


@clause("ownership/killed-acceptor-loses-no-connection")
def test_listener_is_deaf_when_all_acceptors_are_dead(world: World) -> None:
    owner, first, second = world.processes("owner", "first", "second")
    listener, port = world.listen(owner)
    for each in (first, second):
        _waiting(each, listener)
    first.kill()
    second.kill()
    accepting = _waiting(owner, listener)
    peer = world.dial(port)
    _accepts(owner, accepting.result(), peer)


@clause("ownership/killed-acceptor-loses-no-connection")
def test_timeout_outlives_its_acceptor(world: World) -> None:
    owner, acceptor = world.processes("owner", "acceptor")
    listener, port = world.listen(owner)
    acceptor.begin.gen_tcp.accept(listener, 5)
    world.settle()
    acceptor.kill()
    accepting = _waiting(owner, listener)
    world.advance(10)
    accepting.is_blocked()
    peer = world.dial(port)
    _accepts(owner, accepting.result(), peer)


@clause("ownership/acceptors-are-served-in-order")
def test_last_acceptor_is_served_first(world: World) -> None:
    owner, *acceptors = world.processes("owner", "first", "second", "third")
    listener, port = world.listen(owner)
    accepts = [_waiting(each, listener) for each in acceptors]
    for acceptor, accepting in zip(acceptors, accepts, strict=True):
        peer = world.dial(port)
        _accepts(acceptor, accepting.result(), peer)


@clause("ownership/acceptors-are-served-in-order")
def test_burst_of_connections_serves_one_acceptor(world: World) -> None:
    owner, *acceptors = world.processes("owner", "first", "second", "third")
    listener, port = world.listen(owner)
    accepts = [_waiting(each, listener) for each in acceptors]
    peers = [world.dial(port) for _ in acceptors]
    for acceptor, accepting, peer in zip(acceptors, accepts, peers, strict=True):
        _accepts(acceptor, accepting.result(), peer)


@clause("ownership/accept-times-out")
def test_accept_never_times_out(world: World) -> None:
    owner = world.process("owner")
    listener, port = world.listen(owner)
    for timeout in (0, 1):
        expect(owner.gen_tcp.accept(listener, timeout), error("timeout"))
    peer = world.dial(port)
    _accepts(owner, owner.gen_tcp.accept(listener, 5000), peer)


@clause("ownership/timed-out-acceptor-leaves-the-line")
def test_first_in_line_keeps_the_others_waiting(world: World) -> None:
    owner, patient, hasty = world.processes("owner", "patient", "hasty")
    listener, port = world.listen(owner)
    accepting = _waiting(patient, listener)
    expect(hasty.gen_tcp.accept(listener, 1), error("timeout"))
    accepting.is_blocked()
    peer = world.dial(port)
    _accepts(patient, accepting.result(), peer)


@clause("ownership/timed-out-acceptor-leaves-the-line")
def test_timed_out_acceptor_blocks_the_line(world: World) -> None:
    owner, hasty, patient = world.processes("owner", "hasty", "patient")
    listener, port = world.listen(owner)
    giving_up = hasty.begin.gen_tcp.accept(listener, 10)
    waiting = patient.begin.gen_tcp.accept(listener)
    expect(giving_up.result(), error("timeout"))
    waiting.is_blocked()
    peer = world.dial(port)
    _accepts(patient, waiting.result(), peer)


@clause("ownership/accept-takes-a-waiting-connection-at-once")
def test_accept_without_patience_never_succeeds(world: World) -> None:
    owner = world.process("owner")
    listener, port = world.listen(owner)
    peer = world.dial(port)
    peer.send(b"here I am")
    _accepts(owner, owner.gen_tcp.accept(listener, 0), peer)


@clause("ownership/negative-accept-timeout")
def test_negative_accept_timeout_times_out(world: World) -> None:
    owner = world.process("owner")
    listener, port = world.listen(owner)
    accepting = owner.begin.gen_tcp.accept(listener, -1)
    world.settle()
    peer = world.dial(port)
    result = accepting.result()
    outcome = result[:1] if isinstance(result, tuple) else result
    if world.varies(outcome, waits=("ok",), badarg=raised("error", "badarg")) == "waits":
        _accepts(owner, result, peer)


@clause("ownership/accept-timeout-must-be-a-number")
def test_accept_timeout_may_be_anything(world: World) -> None:
    owner = world.process("owner")
    listener, _ = world.listen(owner)
    world.varies(
        owner.gen_tcp.accept(listener, "soon"),
        function_clause=raised("error", "function_clause"),
        badarg=raised("error", "badarg"),
    )
