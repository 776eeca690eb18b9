"""``{active, N}``: as many messages as were asked for."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import expect, ok, tcp, tcp_passive
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.modes.steps import counted, mode_is, packets, set_mode
from gen_tck.spec.terms import Atom, term


@clause("modes/count-delivers-its-number-of-messages")
@pytest.mark.parametrize("count", [1, 3])
def test_count_delivers_fewer_or_more(scenario: Scenario, count: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=count, packet=1)
    bodies = b"abcdef"
    peer.send(packets(bodies))
    expect(term(counted(owner, socket, count)), [bytes([each]) for each in bodies[:count]])


@clause("modes/count-turns-passive-when-used-up")
@pytest.mark.parametrize("count", [1, 3])
def test_used_up_count_leaves_the_socket_active(scenario: Scenario, count: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=count, packet=1)
    peer.send(packets(b"abcdef"))
    counted(owner, socket, count)
    mode_is(owner, socket, False)


@clause("modes/last-counted-message-is-followed-by-tcp-passive", "modes/count-delivers-its-number-of-messages")
@pytest.mark.parametrize("count", [1, 3])
def test_passive_notice_comes_at_another_place(scenario: Scenario, count: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=count, packet=1)
    bodies = b"abcdef"
    peer.send(packets(bodies))
    owner.receives(*[tcp(socket, bytes([each])) for each in bodies[:count]], tcp_passive(socket))
    owner.receives_nothing()


@clause("modes/count-leaves-the-rest-for-receives")
def test_count_loses_the_packets_behind_its_own(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=2, packet=1)
    peer.send(packets(b"abcd"))
    expect(term(counted(owner, socket, 2)), [b"a", b"b"])
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"c"))
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"d"))


@clause("modes/last-counted-message-is-followed-by-tcp-passive")
def test_passive_notice_waits_for_more_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=2)
    peer.send(b"one")
    owner.receives(tcp(socket, b"one"))
    owner.receives_nothing()
    peer.send(b"two")
    owner.receives(tcp(socket, b"two"), tcp_passive(socket))
    peer.send(b"three")
    owner.receives_nothing()


@clause("modes/count-goes-down-with-each-message")
def test_count_stands_still(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=3, packet=1)
    mode_is(owner, socket, 3)
    peer.send(packets(b"a"))
    owner.receives(tcp(socket, b"a"))
    mode_is(owner, socket, 2)
    peer.send(packets(b"b"))
    owner.receives(tcp(socket, b"b"))
    mode_is(owner, socket, 1)


@clause("modes/count-is-of-packets")
def test_empty_packets_are_not_counted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=2, packet=1)
    peer.send(b"\x00\x00\x00")
    owner.receives(tcp(socket, b""), tcp(socket, b""), tcp_passive(socket))
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b""))


@clause("modes/count-is-of-packets")
def test_several_lines_count_as_one(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=2, packet="line")
    peer.send(b"1\n2\n3\n")
    owner.receives(tcp(socket, b"1\n"), tcp(socket, b"2\n"), tcp_passive(socket))
    mode_is(owner, socket, False)
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"3\n"))


@clause("modes/count-is-of-packets", "modes/incomplete-packet-is-not-delivered")
def test_pieces_of_a_packet_are_counted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=2, packet=1)
    for piece in (b"\x03", b"a", b"b"):
        peer.send(piece)
        owner.receives_nothing()
        mode_is(owner, socket, 2)
    peer.send(b"c")
    owner.receives(tcp(socket, b"abc"))
    mode_is(owner, socket, 1)


@clause("modes/count-renewed-delivers-the-next")
def test_renewed_count_skips_or_repeats(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=10, packet=1)
    bodies = bytes(range(30))
    peer.send(packets(bodies))
    for start in (0, 10, 20):
        messages = [tcp(socket, bytes([each])) for each in bodies[start : start + 10]]
        owner.receives(*messages, tcp_passive(socket))
        set_mode(owner, socket, 10)
    mode_is(owner, socket, 10)


@clause("modes/port-messages-are-counted")
def test_messages_of_a_port_do_not_count(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=2, packet=1, deliver="port")
    peer.send(packets(b"abc"))
    owner.receives((socket, (Atom("data"), b"a")), (socket, (Atom("data"), b"b")), tcp_passive(socket))
    owner.receives_nothing()
    set_mode(owner, socket, 1)
    owner.receives((socket, (Atom("data"), b"c")), tcp_passive(socket))
