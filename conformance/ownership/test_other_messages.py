"""Whatever else waits in a caller's mailbox."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import expect, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.spec.terms import Term


def _others(other: Term) -> list[object]:
    """Messages of no socket, some that look like a socket's, and those of another."""
    shapeless: list[object] = ["word", 7, b"bytes", [1, 2], ()]
    like_a_sockets: list[object] = [("tcp_closed",), ("inet_reply", 7, "ok"), ("DOWN", 7, "port", 7, "normal")]
    of_another = [
        ("inet_reply", "ok"),
        ("inet_async", 0, ok(b"x")),
        ("empty_out_q",),
        ("tcp_closed",),
        ("EXIT", "normal"),
    ]
    return [*shapeless, *like_a_sockets, *[(name, other, *rest) for name, *rest in of_another]]


def _make(call: str, owner: Actor, socket: Term, peer: RemotePeer, scenario: Scenario) -> None:
    """``owner`` makes one call that comes back well."""
    match call:
        case "connect":
            value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), []))
        case "recv":
            peer.send(b"in")
            expect(owner.gen_tcp.recv(socket, 2), ok(b"in"))
        case "send":
            expect(owner.gen_tcp.send(socket, b"out"), ok())
            peer.receives(b"out")
        case "setopts":
            expect(owner.inet.setopts(socket, [("active", "once")]), ok())
        case "shutdown":
            expect(owner.gen_tcp.shutdown(socket, "write"), ok())
        case "close":
            expect(owner.gen_tcp.close(socket), ok())
        case _:
            expect(owner.gen_tcp.controlling_process(socket, scenario.process("new owner")), ok())


@clause("ownership/calls-leave-other-messages")
@pytest.mark.parametrize("call", ["connect", "recv", "send", "setopts", "shutdown", "close", "controlling_process"])
def test_call_takes_what_is_not_for_it(scenario: Scenario, call: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    other, _ = scenario.connect(owner)
    messages = _others(other)
    for each in messages:
        owner.erlang.send(owner, each)
    _make(call, owner, socket, peer, scenario)
    owner.receives(*messages)


@clause("ownership/calls-leave-other-messages")
@pytest.mark.parametrize("call", ["accept", "recv"])
def test_waiting_call_takes_what_is_not_for_it(scenario: Scenario, call: str) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    listener, port = scenario.listen(owner)
    other, _ = scenario.connect(owner)
    socket, peer = scenario.connect(owner)
    messages = _others(other)
    if call == "accept":
        waiting = owner.begin.gen_tcp.accept(listener, 3_600_000)
    else:
        waiting = owner.begin.gen_tcp.recv(socket, 2, 3_600_000)
    waiting.is_blocked()
    for each in messages:
        stranger.erlang.send(owner, each)
    waiting.is_blocked()
    if call == "accept":
        scenario.dial(port)
    else:
        peer.send(b"in")
    value_of(waiting.result())
    owner.receives(*messages)
