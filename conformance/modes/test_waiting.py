"""A change of mode while data waits."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import (
    Unexpected,
    binary,
    data_in,
    describe,
    error,
    expect,
    ok,
    tcp,
    tcp_passive,
    value_of,
)
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.modes.steps import at_most, mode_is, packets, set_mode
from gen_tck.spec.terms import Term

LINES = b"1\n2\n3\n4\n"


@clause("modes/turning-active-delivers-what-waits")
def test_data_that_waits_is_forgotten(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False)
    peer.send(b"abc")
    owner.receives_nothing()
    set_mode(owner, socket, True)
    owner.receives(tcp(socket, b"abc"))
    mode_is(owner, socket, True)


@clause("modes/messages-keep-the-order", "modes/turning-active-delivers-what-waits")
def test_only_the_first_waiting_packet_is_delivered(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet=1)
    peer.send(packets(b"abc"))
    set_mode(owner, socket, True)
    owner.receives(tcp(socket, b"a"), tcp(socket, b"b"), tcp(socket, b"c"))


@clause("modes/turning-passive-stops-messages", "modes/turning-active-delivers-what-waits")
def test_packet_that_waits_for_the_old_mode_is_spoilt(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=1)
    set_mode(owner, socket, False)
    peer.send(packets(b"a"))
    owner.receives_nothing()
    set_mode(owner, socket, True)
    owner.receives(tcp(socket, b"a"))


@clause("modes/turning-once-delivers-one-of-what-waits")
def test_once_delivers_all_that_waits(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet="line")
    peer.send(LINES)
    for line in (b"1\n", b"2\n"):
        set_mode(owner, socket, "once")
        owner.receives(tcp(socket, line))
        owner.receives_nothing()
        mode_is(owner, socket, False)
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"3\n"))


@clause("modes/turning-to-a-count-delivers-that-many-of-what-waits")
def test_count_delivers_all_that_waits(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet="line")
    peer.send(LINES)
    set_mode(owner, socket, 2)
    owner.receives(tcp(socket, b"1\n"), tcp(socket, b"2\n"), tcp_passive(socket))
    mode_is(owner, socket, False)
    for line in (b"3\n", b"4\n"):
        expect(owner.gen_tcp.recv(socket, 0, 5000), ok(line))


@clause("modes/leftover-of-a-receive-is-delivered")
def test_bytes_behind_a_short_receive_are_forgotten(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False)
    peer.send(b"abcdef")
    expect(owner.gen_tcp.recv(socket, 2, 5000), ok(b"ab"))
    set_mode(owner, socket, True)
    owner.receives(tcp(socket, b"cdef"))
    peer.send(b"gh")
    owner.receives(tcp(socket, b"gh"))


@clause("modes/leftover-of-a-receive-is-delivered")
def test_kept_bytes_are_not_delivered(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, 8, 1), error("timeout"))
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    owner.receives(tcp(socket, b"abc"))
    peer.send(b"def")
    owner.receives(tcp(socket, b"def"))


@clause("modes/leftover-of-a-receive-is-delivered")
def test_bytes_of_a_timed_out_receive_are_forgotten(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False)
    peer.send(b"abcdef")
    expect(owner.gen_tcp.recv(socket, 10, 5), error("timeout"))
    set_mode(owner, socket, "once")
    owner.receives(tcp(socket, b"abcdef"))
    mode_is(owner, socket, False)


@clause("modes/leftover-of-a-receive-is-delivered", "modes/count-delivers-its-number-of-messages")
def test_bytes_of_a_timed_out_receive_are_not_counted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False)
    peer.send(b"abcdef")
    expect(owner.gen_tcp.recv(socket, 10, 5), error("timeout"))
    set_mode(owner, socket, 1)
    owner.receives(tcp(socket, b"abcdef"), tcp_passive(socket))


@clause("modes/leftover-of-a-receive-is-delivered")
def test_packets_behind_a_receive_are_forgotten(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet="line")
    peer.send(LINES)
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"1\n"))
    set_mode(owner, socket, "once")
    owner.receives(tcp(socket, b"2\n"))
    owner.receives_nothing()
    set_mode(owner, socket, True)
    owner.receives(tcp(socket, b"3\n"), tcp(socket, b"4\n"))


@clause("modes/leftover-of-a-receive-is-delivered", "modes/turning-to-a-count-delivers-that-many-of-what-waits")
def test_packets_behind_a_receive_are_not_counted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet="line")
    peer.send(LINES)
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"1\n"))
    set_mode(owner, socket, 2)
    owner.receives(tcp(socket, b"2\n"), tcp(socket, b"3\n"), tcp_passive(socket))
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"4\n"))


def _taken(owner: Actor, socket: Term) -> bytes:
    """Take all messages, which must be data messages, and give their data."""
    seen = owner.mailbox()
    found = [data_in(each, socket) for each in seen]
    owner.process.take(len(seen))
    for message, data in zip(seen, found, strict=True):
        if data is None:
            raise Unexpected("data messages", describe(message), owner.messages)
    return b"".join(filter(None, found))


@clause("modes/turning-passive-stops-messages")
def test_messages_follow_after_false(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, buffer=100)
    data = bytes(range(250)) * 60
    peer.send(data)
    # Far from all of it is delivered before the mode changes again, unless the node is very eager.
    set_mode(owner, socket, True)
    set_mode(owner, socket, False)
    got = _taken(owner, socket)
    expect(got, data[: len(got)], "the data delivered")
    owner.receives_nothing()
    if got != data:
        expect(owner.gen_tcp.recv(socket, len(data) - len(got), 5000), ok(data[len(got) :]))


@clause("modes/toggling-loses-nothing")
def test_toggling_loses_or_repeats_bytes(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, buffer=1000)
    data = bytes(range(250)) * 200
    peer.pour(data)
    got = b""
    while len(got) < len(data):
        set_mode(owner, socket, False)
        got += _taken(owner, socket)
        if len(got) < len(data):
            more = binary(value_of(owner.gen_tcp.recv(socket, 0, 5000)))
            at_most(1000, [more], "what a receive gives")
            got += more
        expect(got, data[: len(got)], "the bytes so far")
        set_mode(owner, socket, True)


@clause("modes/toggling-loses-nothing")
def test_toggling_loses_the_framing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=1)
    peer.send(b"\1a")
    owner.receives(tcp(socket, b"a"))
    set_mode(owner, socket, False)
    peer.send(b"\1b\1c")
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"b"))
    set_mode(owner, socket, True)
    owner.receives(tcp(socket, b"c"))


@clause("modes/incomplete-packet-survives-turning-active")
def test_half_a_packet_is_lost_with_the_receive(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet=4)
    peer.send(b"\x00\x00\x00\x04ab")
    expect(owner.gen_tcp.recv(socket, 0, 5), error("timeout"))
    set_mode(owner, socket, True)
    owner.receives_nothing()
    peer.send(b"cd\x00\x00\x00\x01e")
    owner.receives(tcp(socket, b"abcd"), tcp(socket, b"e"))


@clause("modes/incomplete-packet-survives-turning-active")
def test_half_a_packet_behind_a_receive_is_lost(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet=4)
    peer.send(b"\x00\x00\x00\x01a\x00\x00\x00\x02b")
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"a"))
    set_mode(owner, socket, "once")
    owner.receives_nothing()
    peer.send(b"c")
    owner.receives(tcp(socket, b"bc"))
    mode_is(owner, socket, False)


@clause("modes/packet-type-applies-to-what-waits")
def test_lines_are_cut_before_the_framing_changes(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet="line")
    peer.send(b"head\n\x00\x00\x00\x02x\n")
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"head\n"))
    expect(owner.inet.setopts(socket, [("packet", 4)]), ok())
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"x\n"))


@clause("modes/packet-type-applies-to-what-waits")
def test_waiting_line_is_out_of_reach_of_raw(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet="line")
    peer.send(b"head\nrest")
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"head\n"))
    expect(owner.inet.setopts(socket, [("packet", "raw")]), ok())
    expect(owner.gen_tcp.recv(socket, 2, 5000), ok(b"re"))
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"st"))


@clause("modes/packet-type-applies-to-what-waits")
def test_unfinished_line_is_out_of_reach_of_raw(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet="line")
    peer.send(b"ab")
    expect(owner.gen_tcp.recv(socket, 0, 5), error("timeout"))
    expect(owner.inet.setopts(socket, [("packet", "raw")]), ok())
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"ab"))
