"""Who holds up the peer, and who does not."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import Unexpected, describe, expect, ok, tcp_passive
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import FLOOD, SMALL, slow
from gen_tck.spec.terms import Atom, List, Term


@clause("sending/passive-socket-stalls-its-peer")
def test_passive_socket_swallows_everything(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, peer = scenario.connect(owner, recbuf=SMALL)
    peer.fill()
    owner.receives_nothing()


@clause("sending/stalled-peer-loses-nothing")
def test_stalled_bytes_get_lost(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, recbuf=SMALL)
    stalled = peer.fill()
    receiving = owner.begin.gen_tcp.recv(socket, stalled + len(FLOOD))
    peer.pour(FLOOD)
    result = receiving.result()
    if result != ok(bytes(stalled) + FLOOD):
        raise Unexpected(f"{{ok,_}} with the {stalled + len(FLOOD)} bytes that were sent", describe(result))


@clause("sending/once-stalls-after-one-message")
def test_once_swallows_everything(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once", recbuf=SMALL)
    peer.fill()
    messages = owner.mailbox()
    expect(_kinds(messages), [("tcp", socket)])
    owner.receives(*messages)


@clause("sending/active-n-stalls-after-n-messages")
def test_active_n_swallows_everything(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=3, recbuf=SMALL)
    peer.fill()
    messages = owner.mailbox()
    expect(_kinds(messages), [("tcp", socket)] * 3 + [tcp_passive(socket)])
    owner.receives(*messages)


@clause("sending/active-socket-never-stalls-its-peer")
def test_full_mailbox_stalls_the_peer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, recbuf=SMALL)
    data = FLOOD * 3
    peer.send(data)  # returns when all of it is at the subject's side, which holds little unless it is read
    owner.receives_bytes(socket, data)


def _kinds(messages: tuple[Term, ...]) -> List:
    """The messages without their data."""
    return List(each[:2] if isinstance(each, tuple) and each[:1] == (Atom("tcp"),) else each for each in messages)


@clause("sending/high-watermark-lets-sends-queue")
@pytest.mark.parametrize("later", [False, True], ids=["at-creation", "later"])
def test_queue_takes_another_number_of_sends(scenario: Scenario, later: bool) -> None:
    owner, sender = scenario.processes("owner", "sender")
    watermark = ("high_watermark", 10 * len(FLOOD))
    socket, peer = slow(scenario, owner, **({} if later else dict([watermark])))
    if later:
        expect(owner.inet.setopts(socket, [watermark]), ok())
    sends = [sender.begin.gen_tcp.send(socket, FLOOD)]
    while len(sends) < 6 and sends[-1].has_returned():
        expect(sends[-1].result(), ok())
        sends.append(sender.begin.gen_tcp.send(socket, FLOOD))
    scenario.varies(len(sends), queued=6, no_queue=1)
    peer.receives(FLOOD * len(sends))
    expect(sends[-1].result(), ok())


@clause("sending/send-timeout-may-be-zero")
def test_zero_is_no_limit(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.setopts(socket, [("send_timeout", 0)]), ok())
    expect(owner.inet.getopts(socket, ["send_timeout"]), ok([("send_timeout", 0)]))
