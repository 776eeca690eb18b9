"""Senders that a stalled peer holds up."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import Unexpected, expect, ok, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import END, FLOOD, MOST, slow, stalled
from gen_tck.spec.terms import Atom


@clause("sending/stalled-peer-blocks-the-sender")
def test_sender_is_never_blocked(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = slow(scenario, owner)
    for _ in range(MOST):
        sending = owner.begin.gen_tcp.send(socket, FLOOD)
        if not sending.has_returned():
            return
        expect(sending.result(), ok())
    raise Unexpected("a send to block", f"{MOST * len(FLOOD)} bytes that were taken")


@clause("sending/large-send-to-a-stalled-peer")
def test_large_send_fails(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = slow(scenario, owner)
    sending = owner.begin.gen_tcp.send(socket, FLOOD)
    scenario.varies(Atom("returned" if sending.has_returned() else "blocked"), queued="returned", waits="blocked")
    peer.receives(FLOOD)
    expect(sending.result(), ok())


@clause("sending/blocked-sends-resume")
def test_blocked_sender_is_forgotten(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    stall.peer.receives(stall.given)
    expect(stall.blocked.result(), ok())
    expect(stall.sender.gen_tcp.send(stall.socket, END), ok())
    stall.peer.receives(END)
    stall.peer.sees_nothing()


@clause("sending/blocked-sends-resume")
def test_senders_behind_are_forgotten(scenario: Scenario) -> None:
    owner, second, third = scenario.processes("owner", "second", "third")
    stall = stalled(scenario, owner)
    waiting = [each.begin.gen_tcp.send(stall.socket, END) for each in (second, third)]
    for each in waiting:
        each.is_blocked()
    stall.peer.receives(stall.given + END + END)
    for each in (stall.blocked, *waiting):
        expect(each.result(), ok())
    stall.peer.sees_nothing()


@clause("sending/blocked-send-hinders-no-other-call")
def test_receive_waits_for_the_sender(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    stall.peer.send(b"in")
    expect(owner.gen_tcp.recv(stall.socket, 0), ok(b"in"))
    stall.blocked.is_blocked()


@clause("sending/blocked-send-hinders-no-other-call")
def test_options_wait_for_the_sender(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    expect(owner.inet.setopts(stall.socket, [("active", "once")]), ok())
    expect(owner.inet.getopts(stall.socket, ["active"]), ok([("active", "once")]))
    stall.peer.send(b"in")
    owner.receives(tcp(stall.socket, b"in"))
    stall.blocked.is_blocked()


@clause("sending/blocked-send-lets-messages-in")
def test_messages_wait_for_the_sender(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner, active=True, packet=4)
    stall.peer.send(b"\0\0\0\x01a\0\0\0\x01b")
    owner.receives(tcp(stall.socket, b"a"), tcp(stall.socket, b"b"))
    stall.blocked.is_blocked()


@clause("sending/killed-sender-leaves-the-stream-whole", "sending/data-of-a-killed-sender")
def test_killed_sender_breaks_the_stream(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    stall.sender.kill()
    sending = owner.begin.gen_tcp.send(stall.socket, END)
    seen = stall.peer.reads_until(END)[: -len(END)]
    if not stall.given.startswith(seen):
        raise Unexpected("an unbroken beginning of the data", f"{len(seen)} bytes that are none", "bytes at the peer")
    expect(sending.result(), ok())
    stall.peer.sees_nothing()


@clause("sending/data-of-a-killed-sender")
def test_killed_senders_data_is_sent_twice(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    stall.sender.kill()
    sending = owner.begin.gen_tcp.send(stall.socket, END)
    seen = stall.peer.reads_until(END)[: -len(END)]
    expect(sending.result(), ok())
    size = len(seen) - len(stall.given)
    scenario.varies(Atom("all" if size == 0 else "less" if size < 0 else "more"), whole="all", part="less")
