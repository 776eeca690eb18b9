"""Processes that wait in accept: their order, their timeouts, their end."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor, Pending
from gen_tck.conformance.harness.expect import Inconclusive, error, expect, matches, ok, raised, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.harness.timers import LIMITS, SLOW

SOON = 20
"""Milliseconds after which an accept that is bound to time out does so. On OTP's socket backend its server has begun by
then: a timeout that strikes while it begins leaves what it says, ``{ack, Pid, {ok, Pid}}``, with the caller. One of 0
always may: whoever accepts with it has nothing else to do, and ends."""


def _accepts(acceptor: Actor, accepted: object, peer: RemotePeer) -> None:
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
def test_dead_acceptor_gets_the_connection(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner)
    _waiting(acceptor, listener)
    acceptor.kill()
    peer = scenario.dial(port)
    _accepts(owner, owner.gen_tcp.accept(listener, 5000), peer)


@clause("ownership/killed-acceptor-loses-no-connection")
def test_dead_acceptor_blocks_the_line(scenario: Scenario) -> None:
    owner, first, second, third = scenario.processes("owner", "first", "second", "third")
    listener, port = scenario.listen(owner)
    accepts = {each: _waiting(each, listener) for each in (first, second, third)}
    first.kill()
    third.kill()
    peer = scenario.dial(port)
    _accepts(second, accepts[second].result(), peer)
    late_peer = scenario.dial(port)
    _accepts(owner, owner.gen_tcp.accept(listener, 5000), late_peer)


@clause("ownership/killed-acceptor-loses-no-connection")
def test_listener_is_deaf_when_all_acceptors_are_dead(scenario: Scenario) -> None:
    owner, first, second = scenario.processes("owner", "first", "second")
    listener, port = scenario.listen(owner)
    for each in (first, second):
        _waiting(each, listener)
    first.kill()
    second.kill()
    accepting = _waiting(owner, listener)
    peer = scenario.dial(port)
    _accepts(owner, accepting.result(), peer)


@clause("ownership/killed-acceptor-loses-no-connection")
def test_timeout_outlives_its_acceptor(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner)
    acceptor.begin.gen_tcp.accept(listener, SOON)
    scenario.settle()
    acceptor.kill()
    accepting = _waiting(owner, listener)
    scenario.advance(2 * SOON)
    accepting.is_blocked()
    peer = scenario.dial(port)
    _accepts(owner, accepting.result(), peer)


@clause("ownership/killed-acceptor-loses-no-connection")
def test_timeouts_outlive_their_acceptors(scenario: Scenario) -> None:
    owner, *acceptors = scenario.processes("owner", "first", "second", "third")
    listener, port = scenario.listen(owner)
    for each in acceptors:
        each.begin.gen_tcp.accept(listener, LIMITS[1])
    scenario.settle()
    for each in (acceptors[1], acceptors[0], acceptors[2]):
        each.kill()
    accepting = _waiting(owner, listener)
    scenario.advance(2 * LIMITS[1])
    accepting.is_blocked()
    peer = scenario.dial(port)
    _accepts(owner, accepting.result(), peer)


@clause("ownership/acceptors-are-served-in-order")
def test_last_acceptor_is_served_first(scenario: Scenario) -> None:
    owner, *acceptors = scenario.processes("owner", "first", "second", "third")
    listener, port = scenario.listen(owner)
    accepts = [_waiting(each, listener) for each in acceptors]
    for acceptor, accepting in zip(acceptors, accepts, strict=True):
        peer = scenario.dial(port)
        _accepts(acceptor, accepting.result(), peer)


@clause("ownership/acceptors-are-served-in-order")
def test_burst_of_connections_serves_one_acceptor(scenario: Scenario) -> None:
    owner, *acceptors = scenario.processes("owner", "first", "second", "third")
    listener, port = scenario.listen(owner)
    accepts = [_waiting(each, listener) for each in acceptors]
    peers = [scenario.dial(port) for _ in acceptors]
    for acceptor, accepting, peer in zip(acceptors, accepts, peers, strict=True):
        _accepts(acceptor, accepting.result(), peer)


@clause("ownership/accept-times-out")
def test_accept_never_times_out(scenario: Scenario) -> None:
    owner, hasty = scenario.processes("owner", "hasty")
    listener, port = scenario.listen(owner)
    expect(hasty.gen_tcp.accept(listener, 0), error("timeout"))
    hasty.kill()
    expect(owner.gen_tcp.accept(listener, SOON), error("timeout"))
    peer = scenario.dial(port)
    _accepts(owner, owner.gen_tcp.accept(listener, 5000), peer)


@clause("ownership/long-accept-timeout-is-kept")
def test_long_accept_is_cut(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner)
    accepting = owner.begin.gen_tcp.accept(listener, SLOW)
    scenario.half_of(SLOW)
    accepting.is_blocked()
    expect(accepting.result(), error("timeout"))


@clause("ownership/each-acceptor-has-its-own-timeout")
def test_first_in_line_keeps_the_others_waiting(scenario: Scenario) -> None:
    owner, patient, hasty = scenario.processes("owner", "patient", "hasty")
    listener, _ = scenario.listen(owner)
    accepting = _waiting(patient, listener)
    expect(hasty.gen_tcp.accept(listener, SOON), error("timeout"))
    accepting.is_blocked()


@clause("ownership/each-acceptor-has-its-own-timeout")
def test_first_in_line_times_out_for_all(scenario: Scenario) -> None:
    owner, hasty, patient = scenario.processes("owner", "hasty", "patient")
    listener, _ = scenario.listen(owner)
    giving_up = hasty.begin.gen_tcp.accept(listener, SOON)
    waiting = patient.begin.gen_tcp.accept(listener)
    expect(giving_up.result(), error("timeout"))
    waiting.is_blocked()


@clause("ownership/each-acceptor-has-its-own-timeout", "ownership/accept-times-out")
def test_listener_ends_with_its_acceptors_timeouts(scenario: Scenario) -> None:
    owner, *acceptors = scenario.processes("owner", "first", "second", "third")
    listener, port = scenario.listen(owner)
    for accepting in [each.begin.gen_tcp.accept(listener, SOON) for each in acceptors]:
        expect(accepting.result(), error("timeout"))
    waiting = _waiting(owner, listener)
    peer = scenario.dial(port)
    _accepts(owner, waiting.result(), peer)


@clause("ownership/served-acceptor-has-no-timeout-left")
def test_timeout_outlives_its_accept(scenario: Scenario) -> None:
    owner, *acceptors = scenario.processes("owner", "first", "second")
    for limit in LIMITS:
        listener, port = scenario.listen(owner)
        accepts = [each.begin.gen_tcp.accept(listener, limit) for each in acceptors]
        scenario.settle()
        for _ in acceptors:
            scenario.dial(port)
        results = [each.result() for each in accepts]
        if not any(matches(each, error("timeout")) for each in results):
            break
    else:
        raise Inconclusive(f"timeouts of {LIMITS} ms were over before the connections came")
    accepts = [_waiting(each, listener) for each in acceptors]
    scenario.advance(2 * limit)
    for acceptor, accepting in zip(acceptors, accepts, strict=True):
        accepting.is_blocked()
        peer = scenario.dial(port)
        _accepts(acceptor, accepting.result(), peer)


@clause("ownership/timed-out-acceptor-takes-no-connection")
def test_second_in_line_takes_a_connection_too_late(scenario: Scenario) -> None:
    owner, patient, hasty = scenario.processes("owner", "patient", "hasty")
    listener, port = scenario.listen(owner)
    accepting = _waiting(patient, listener)
    expect(hasty.gen_tcp.accept(listener, SOON), error("timeout"))
    peer = scenario.dial(port)
    _accepts(patient, accepting.result(), peer)


@clause("ownership/timed-out-acceptor-takes-no-connection")
def test_timed_out_acceptor_blocks_the_line(scenario: Scenario) -> None:
    owner, hasty, patient = scenario.processes("owner", "hasty", "patient")
    listener, port = scenario.listen(owner)
    giving_up = hasty.begin.gen_tcp.accept(listener, SOON)
    waiting = patient.begin.gen_tcp.accept(listener)
    expect(giving_up.result(), error("timeout"))
    peer = scenario.dial(port)
    _accepts(patient, waiting.result(), peer)


@clause("ownership/accept-takes-a-waiting-connection-at-once")
def test_accept_without_patience_never_succeeds(scenario: Scenario) -> None:
    owner, hasty = scenario.processes("owner", "hasty")
    listener, port = scenario.listen(owner)
    peer = scenario.dial(port)
    peer.send(b"here I am")
    _accepts(hasty, hasty.gen_tcp.accept(listener, 0), peer)
    hasty.kill()


@clause("ownership/negative-accept-timeout")
def test_negative_accept_timeout_times_out(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    accepting = owner.begin.gen_tcp.accept(listener, -1)
    scenario.settle()
    peer = scenario.dial(port)
    result = accepting.result()
    outcome = result[:1] if isinstance(result, tuple) else result
    if scenario.varies(outcome, waits=("ok",), badarg=raised("error", "badarg")) == "waits":
        _accepts(owner, result, peer)


@clause("ownership/accept-timeout-must-be-a-number")
def test_accept_timeout_may_be_anything(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner)
    scenario.varies(
        owner.gen_tcp.accept(listener, "soon"),
        function_clause=raised("error", "function_clause"),
        badarg=raised("error", "badarg"),
    )


@clause("ownership/accept-on-no-socket-raises")
def test_atom_accepts(scenario: Scenario) -> None:
    expect(scenario.process("caller").gen_tcp.accept("foo"), raised("error", "function_clause"))
