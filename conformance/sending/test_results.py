"""What a send returns, and what arrives."""

from __future__ import annotations

from itertools import permutations

from gen_tck.conformance.harness.expect import Unexpected, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import FLOOD, slow, stalled, until_refused
from gen_tck.spec.terms import Improper, List, string, term


@clause("sending/sends-the-bytes")
def test_sent_bytes_get_lost_or_doubled(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.send(socket, b"hello"), ok())
    peer.receives(b"hello")
    peer.sees_nothing()


@clause("sending/sends-the-bytes")
def test_accepted_socket_does_not_send(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, _ = scenario.accepted(owner)
    expect(owner.gen_tcp.send(socket, b"hello"), ok())
    peer.receives(b"hello")
    peer.sees_nothing()


@clause("sending/takes-any-iodata")
def test_string_is_not_sent_as_its_bytes(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.send(socket, string(b"\x00abc\xff")), ok())
    peer.receives(b"\x00abc\xff")
    peer.sees_nothing()


@clause("sending/takes-any-iodata")
def test_nested_iolist_arrives_in_another_order(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    data = [string("ab"), [b"cd", [101, List(), b""]], Improper((102,), b"gh")]
    expect(owner.gen_tcp.send(socket, data), ok())
    peer.receives(b"abcdefgh")
    peer.sees_nothing()


@clause("sending/takes-any-iodata")
def test_binary_tail_is_dropped(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.send(socket, Improper((b"head", 45), b"tail")), ok())
    peer.receives(b"head-tail")
    peer.sees_nothing()


@clause("sending/empty-data-sends-nothing")
def test_empty_data_is_refused_or_sends_something(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for empty in ([], b"", [[], b""]):
        expect(owner.gen_tcp.send(socket, empty), ok())
    peer.sees_nothing()
    expect(owner.gen_tcp.send(socket, b"x"), ok())
    peer.receives(b"x")


@clause("sending/sends-arrive-in-order")
def test_sends_overtake_each_other(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    parts = [b"%d," % number for number in range(20)]
    for part in parts:
        expect(owner.gen_tcp.send(socket, part), ok())
    peer.receives(b"".join(parts))
    peer.sees_nothing()


@clause("sending/large-data-arrives-whole")
def test_large_data_is_cut(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, sndbuf=8192, peer_buffer=8192)
    data = FLOOD * 4
    sending = owner.begin.gen_tcp.send(socket, data)
    peer.receives(data)
    expect(sending.result(), ok())
    peer.sees_nothing()


@clause("sending/small-sends-do-not-wait-for-the-reader")
def test_send_waits_for_the_reader(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.send(socket, b"one"), ok())
    expect(owner.gen_tcp.send(socket, b"two"), ok())
    peer.receives(b"onetwo")


@clause("sending/leaves-no-message")
def test_send_leaves_a_message(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, peer = scenario.connect(owner)
    expect(sender.gen_tcp.send(socket, b"a"), ok())
    expect(owner.gen_tcp.send(socket, b"b"), ok())
    peer.receives(b"ab")
    sender.receives_nothing()
    owner.receives_nothing()


@clause("sending/leaves-no-message")
def test_send_leaves_a_message_for_the_close(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, _ = scenario.connect(owner)
    expect(sender.gen_tcp.send(socket, b"a"), ok())
    expect(owner.gen_tcp.close(socket), ok())
    sender.receives_nothing()


@clause("sending/leaves-no-message")
def test_failed_send_leaves_a_message(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, peer = scenario.connect(owner)
    peer.reset()
    until_refused(sender, socket, b"x")
    sender.receives_nothing()
    owner.receives_nothing()


@clause("sending/taken-data-outlives-its-sender")
def test_data_dies_with_its_sender(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, peer = scenario.connect(owner)
    expect(sender.gen_tcp.send(socket, b"last words"), ok())
    sender.kill()
    peer.receives(b"last words")
    peer.sees_nothing()


@clause("sending/concurrent-sends-do-not-mix")
def test_concurrent_sends_are_mixed(scenario: Scenario) -> None:
    owner, *others = scenario.processes("owner", "a", "b", "c")
    stall = stalled(scenario, owner)
    blocks = [letter * 20_000 for letter in (b"a", b"b", b"c")]
    sends = [other.begin.gen_tcp.send(stall.socket, block) for other, block in zip(others, blocks, strict=True)]
    stall.peer.receives(stall.given)
    seen = stall.peer.reads(60_000)
    if seen not in {b"".join(order) for order in permutations(blocks)}:
        raise Unexpected("three unbroken blocks in any order", "something else", "bytes at the peer")
    for each in (stall.blocked, *sends):
        expect(each.result(), ok())
    stall.peer.sees_nothing()


@clause("sending/concurrent-sends-do-not-mix")
def test_first_sends_are_mixed(scenario: Scenario) -> None:
    owner, *senders = scenario.processes("owner", "a", "b", "c", "d", "e")
    socket, peer = slow(scenario, owner)
    blocks = [bytes([number]) * 20_000 for number in range(len(senders))]
    sends = [each.begin.gen_tcp.send(socket, block) for each, block in zip(senders, blocks, strict=True)]
    read = [peer.reads(20_000) for _ in blocks]
    for each in sends:
        expect(each.result(), ok())
    expect(term(sorted(read)), blocks, "blocks at the peer")
    peer.sees_nothing()


@clause("sending/delayed-sends-arrive")
def test_delayed_data_stays_behind(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, delay_send=True)
    expect(owner.gen_tcp.send(socket, b"one"), ok())
    expect(owner.gen_tcp.send(socket, b"two"), ok())
    peer.receives(b"onetwo")
    peer.sees_nothing()
