"""Modes ``true`` and ``false``: messages, or none."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import expect, ok, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.modes.steps import mode_is, packets


@clause("modes/active-delivers-messages")
def test_active_socket_keeps_data_to_itself(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.send(b"hello")
    owner.receives(tcp(socket, b"hello"))


@clause("modes/active-stays-active")
def test_active_mode_wears_off(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    for body in (b"one", b"two", b"three"):
        peer.send(body)
        owner.receives(tcp(socket, body))
        mode_is(owner, socket, True)


@clause("modes/messages-keep-the-order")
def test_messages_come_in_another_order(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=1)
    bodies = bytes(range(100))
    peer.send(packets(bodies))
    owner.receives(*[tcp(socket, bytes([each])) for each in bodies])


@clause("modes/passive-delivers-nothing")
def test_passive_socket_sends_messages(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False)
    peer.send(b"hello")
    owner.receives_nothing()
    mode_is(owner, socket, False)


@clause("modes/passive-keeps-data-for-receives")
def test_passive_socket_loses_what_nobody_received_yet(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet=1)
    peer.send(packets(b"ab"))
    owner.receives_nothing()
    peer.send(packets(b"c"))
    for body in (b"a", b"b", b"c"):
        expect(owner.gen_tcp.recv(socket, 0, 5000), ok(body))


@clause("modes/incomplete-packet-is-not-delivered")
def test_part_of_a_packet_is_delivered(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=4)
    peer.send(b"\x00\x00")
    owner.receives_nothing()
    peer.send(b"\x00\x02c")
    owner.receives_nothing()
    peer.send(b"d\x00")
    owner.receives(tcp(socket, b"cd"))
    owner.receives_nothing()
    peer.send(b"\x00\x00\x01e")
    owner.receives(tcp(socket, b"e"))


@clause("modes/incomplete-packet-is-not-delivered")
def test_part_of_a_line_is_delivered(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet="line")
    peer.send(b"ab")
    owner.receives_nothing()
    peer.send(b"c\nd")
    owner.receives(tcp(socket, b"abc\n"))
    owner.receives_nothing()
    peer.send(b"\n")
    owner.receives(tcp(socket, b"d\n"))


@clause("modes/incomplete-packet-is-not-delivered")
def test_part_of_a_packet_uses_up_once(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once", packet=1)
    peer.send(b"\x02a")
    owner.receives_nothing()
    mode_is(owner, socket, "once")
    peer.send(b"b")
    owner.receives(tcp(socket, b"ab"))
    mode_is(owner, socket, False)


@clause("modes/empty-packet-is-a-message")
def test_empty_packet_is_no_message(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=2)
    peer.send(b"\x00\x00\x00\x01a\x00\x00")
    owner.receives(tcp(socket, b""), tcp(socket, b"a"), tcp(socket, b""))
