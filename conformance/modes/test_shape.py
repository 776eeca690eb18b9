"""What data looks like."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, tcp, tcp_closed
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.modes.steps import set_mode
from gen_tck.spec.terms import Atom, Improper, List, string, term


@clause("modes/mode-shapes-the-data")
@pytest.mark.parametrize("spelling", ["list", ("mode", "list")])
def test_list_mode_gives_a_binary(scenario: Scenario, spelling: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, spelling, active="once")
    peer.send(b"a\xff")
    owner.receives(tcp(socket, string(b"a\xff")))
    peer.send(b"\x00c")
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(string(b"\x00c")))


@clause("modes/mode-shapes-the-data")
@pytest.mark.parametrize("spelling", ["binary", ("mode", "binary")])
def test_binary_mode_gives_a_list(scenario: Scenario, spelling: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, "list", spelling, active="once")
    peer.send(b"a\xff")
    owner.receives(tcp(socket, b"a\xff"))
    peer.send(b"\x00c")
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"\x00c"))


@clause("modes/mode-shapes-the-data")
def test_data_come_in_the_other_form(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, "list")
    peer.send(b"ab")
    expect(owner.gen_tcp.recv(socket, 2), ok(string("ab")))
    expect(owner.inet.setopts(socket, ["binary"]), ok())
    peer.send(b"cd")
    expect(owner.gen_tcp.recv(socket, 2), ok(b"cd"))


@clause("modes/mode-applies-to-what-waits")
def test_form_of_data_is_settled_on_arrival(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, "list", active=False)
    peer.send(b"abcdef")
    expect(owner.gen_tcp.recv(socket, 2, 5000), ok(string("ab")))
    expect(owner.inet.setopts(socket, ["binary"]), ok())
    expect(owner.gen_tcp.recv(socket, 2, 5000), ok(b"cd"))
    expect(owner.inet.setopts(socket, [("mode", "list")]), ok())
    set_mode(owner, socket, True)
    owner.receives(tcp(socket, string("ef")))


@clause("modes/deliver-port-shapes-data-messages")
def test_messages_do_not_look_like_a_ports(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, deliver="port")
    peer.send(b"abc")
    owner.receives((socket, (Atom("data"), b"abc")))


@clause("modes/deliver-term-restores-the-form")
def test_messages_look_like_a_ports_for_good(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, deliver="port")
    peer.send(b"abc")
    owner.receives((socket, (Atom("data"), b"abc")))
    expect(owner.inet.setopts(socket, [("deliver", "term")]), ok())
    peer.send(b"def")
    owner.receives(tcp(socket, b"def"))


@clause("modes/deliver-port-leaves-the-end-alone", "modes/deliver-port-shapes-data-messages")
def test_end_of_stream_is_reshaped(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, "list", active=True, deliver="port")
    peer.send(b"abc")
    owner.receives((socket, (Atom("data"), string("abc"))))
    peer.close()
    owner.receives(tcp_closed(socket))


@clause("modes/deliver-port-leaves-receives-alone")
def test_receive_is_answered_with_a_message(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, deliver="port")
    peer.send(b"abc")
    receiving = owner.begin.gen_tcp.recv(socket, 0, 5000)
    owner.receives_nothing()
    expect(receiving.result(), ok(b"abc"))


@clause("modes/header-comes-as-list-elements")
def test_header_stays_in_the_binary(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once", header=2)
    peer.send(b"abcd")
    owner.receives(tcp(socket, Improper((97, 98), b"cd")))
    peer.send(b"efg")
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(Improper((101, 102), b"g")))


LONG = bytes(range(250)) * 240
"""Longer than what is usual for a buffer: OTP delivers it in another way, without copying it."""
PACKET = len(LONG).to_bytes(2, "big") + LONG


@clause("modes/mode-shapes-the-data")
def test_long_data_come_in_the_other_form(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, "list", packet=2)
    peer.send(PACKET)
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(string(LONG)))
    set_mode(owner, socket, True)
    peer.send(PACKET)
    owner.receives(tcp(socket, string(LONG)))


@clause("modes/deliver-port-shapes-data-messages")
@pytest.mark.parametrize("mode", ["binary", "list"])
def test_long_messages_do_not_look_like_a_ports(scenario: Scenario, mode: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, mode, packet=2, active=True, deliver="port")
    peer.send(PACKET)
    owner.receives((socket, (Atom("data"), LONG if mode == "binary" else string(LONG))))


@clause("modes/header-comes-as-list-elements")
def test_header_of_long_data_stays_in_the_binary(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=2, header=2)
    peer.send(PACKET)
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(Improper((0, 1), LONG[2:])))
    set_mode(owner, socket, True)
    peer.send(PACKET)
    owner.receives(tcp(socket, Improper((0, 1), LONG[2:])))


@clause("modes/deliver-port-shapes-data-messages", "modes/header-comes-as-list-elements")
def test_long_message_of_a_port_has_no_header(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=2, active=True, deliver="port", header=2)
    peer.send(PACKET + b"\0\3abc")
    owner.receives(
        (socket, (Atom("data"), Improper((0, 1), LONG[2:]))), (socket, (Atom("data"), Improper((97, 98), b"c")))
    )


@clause("modes/data-that-is-all-header-has-an-empty-tail")
def test_packet_that_is_all_header_has_no_tail(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, header=2)
    peer.send(b"ab")
    owner.receives(tcp(socket, Improper((97, 98), b"")))


@clause("modes/data-shorter-than-the-header-is-delivered")
def test_short_packet_kills_the_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, header=2, packet=1)
    peer.send(b"\x01a")
    owner.receives(tcp(socket, List([97])))
    peer.send(b"\x00\x03bcd")
    owner.receives(tcp(socket, List()), tcp(socket, Improper((98, 99), b"d")))


@clause("modes/bad-form-of-data-is-refused")
def test_form_of_data_that_does_not_exist_is_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    expect(owner.inet.setopts(socket, [("mode", "foo")]), error("einval"))
    peer.send(b"abc")
    owner.receives(tcp(socket, b"abc"))


@clause("modes/bad-form-of-messages-is-refused")
def test_form_of_messages_that_does_not_exist_is_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    expect(owner.inet.setopts(socket, [("deliver", "foo")]), error("einval"))
    peer.send(b"abc")
    owner.receives(tcp(socket, b"abc"))


@clause("modes/header-leaves-lists-alone")
@pytest.mark.parametrize("size", [2, 9], ids=["shorter", "longer"])
def test_list_is_cut_at_the_header(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, "list", header=size)
    peer.send(b"abcd")
    expect(owner.gen_tcp.recv(socket, 0), ok(string("abcd")))
    set_mode(owner, socket, True)
    peer.send(b"efgh")
    owner.receives(tcp(socket, string("efgh")))


@clause("modes/header-applies-to-what-waits")
def test_header_is_settled_on_arrival(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=1)
    peer.send(b"\3abc" * 4)
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))
    expect(owner.inet.setopts(socket, [("header", 1)]), ok())
    expect(owner.gen_tcp.recv(socket, 0), ok(Improper((97,), b"bc")))
    expect(owner.inet.setopts(socket, [("header", 2)]), ok())
    expect(owner.gen_tcp.recv(socket, 0), ok(Improper((97, 98), b"c")))
    expect(owner.inet.setopts(socket, [("header", 0), ("active", True)]), ok())
    owner.receives(tcp(socket, b"abc"))


@clause("modes/deliver-port-shapes-data-messages")
@pytest.mark.parametrize(
    ("settings", "data"),
    [([("header", 2)], Improper((97, 98), b"cd")), (["list"], string("abcd"))],
    ids=["header", "list"],
)
def test_messages_of_a_port_have_another_form(scenario: Scenario, settings: list[object], data: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, *settings, active=True, deliver="port")
    peer.send(b"abcd")
    owner.receives((socket, (Atom("data"), term(data))))


@clause("modes/deliver-applies-to-what-waits")
def test_form_of_messages_is_settled_on_arrival(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line")
    peer.send(b"1\n2\n3\n")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"1\n"))
    expect(owner.inet.setopts(socket, [("deliver", "port")]), ok())
    set_mode(owner, socket, "once")
    owner.receives((socket, (Atom("data"), b"2\n")))
    expect(owner.inet.setopts(socket, [("deliver", "term")]), ok())
    set_mode(owner, socket, "once")
    owner.receives(tcp(socket, b"3\n"))


@clause("modes/mode-shapes-the-data")
def test_long_list_is_cut_or_mangled(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, "list", packet=4)
    data = bytes(range(256)) * 250
    peer.pour(len(data).to_bytes(4, "big") + data)
    expect(owner.gen_tcp.recv(socket, 0), ok(string(data)))
    set_mode(owner, socket, True)
    peer.pour(len(data).to_bytes(4, "big") + data)
    owner.receives(tcp(socket, string(data)))
