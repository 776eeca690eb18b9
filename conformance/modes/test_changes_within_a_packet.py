"""Options that change when a part of a packet has come, and the rest has not."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import data_in, error, expect, ok, tcp, tcp_error
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Improper, Term, string

forms = pytest.mark.parametrize(
    ("setting", "data"),
    [(("mode", "list"), string("abcd")), (("header", 1), Improper((97,), b"bcd"))],
    ids=["mode", "header"],
)
"""A setting, and what a packet looks like that comes under it."""


def change(owner: Actor, socket: Term, *settings: tuple[str, object]) -> None:
    expect(owner.inet.setopts(socket, list(settings)), ok())


@clause("modes/form-may-change-within-a-packet")
@forms
def test_packet_is_told_in_the_form_of_its_beginning(
    scenario: Scenario, setting: tuple[str, object], data: object
) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=4)
    peer.send(b"\0\0\0\4ab")
    owner.receives_nothing()
    change(owner, socket, setting)
    peer.send(b"cd")
    owner.receives(tcp(socket, data))


@clause("modes/form-may-change-within-a-packet")
@forms
def test_packet_is_received_in_the_form_of_its_beginning(
    scenario: Scenario, setting: tuple[str, object], data: object
) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4)
    peer.send(b"\0\0\0\4ab")
    expect(owner.gen_tcp.recv(socket, 0, 5), error("timeout"))
    change(owner, socket, setting)
    peer.send(b"cd")
    expect(owner.gen_tcp.recv(socket, 0), ok(data))


@clause("modes/form-may-change-within-a-packet")
def test_packet_is_told_in_the_message_of_its_beginning(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=4)
    peer.send(b"\0\0\0\4ab")
    owner.receives_nothing()
    change(owner, socket, ("deliver", "port"))
    peer.send(b"cd")
    owner.receives((socket, (Atom("data"), b"abcd")))


@clause("modes/packet-type-applies-to-what-waits")
def test_begun_header_is_read_in_the_old_framing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4)
    peer.send(b"\0\1")
    expect(owner.gen_tcp.recv(socket, 0, 5), error("timeout"))
    change(owner, socket, ("packet", 2))
    peer.send(b"a")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"a"))


@clause("modes/packet-type-applies-to-what-waits", "modes/incomplete-packet-is-not-delivered")
def test_begun_header_is_told_in_the_old_framing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=4)
    peer.send(b"\0\1")
    owner.receives_nothing()
    change(owner, socket, ("packet", 2))
    owner.receives_nothing()
    peer.send(b"a")
    owner.receives(tcp(socket, b"a"))


@clause("modes/packet-type-applies-to-what-waits")
def test_header_of_a_timed_out_receive_is_out_of_reach_of_raw(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4)
    peer.send(b"\0\0\0\4")
    expect(owner.gen_tcp.recv(socket, 0, 5), error("timeout"))
    change(owner, socket, ("packet", "raw"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"\0\0\0\4"))


@clause("modes/packet-type-applies-to-what-waits")
def test_header_of_an_active_socket_is_out_of_reach_of_raw(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=4)
    peer.send(b"\0\0\0\4")
    owner.receives_nothing()
    change(owner, socket, ("active", False), ("packet", "raw"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"\0\0\0\4"))


@clause("modes/packet-type-applies-to-what-waits")
def test_begun_line_of_an_active_socket_waits_in_raw(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet="line")
    peer.send(b"begun")
    owner.receives_nothing()
    change(owner, socket, ("packet", "raw"))
    owner.receives(tcp(socket, b"begun"))


@clause("modes/new-framing-within-a-packet")
def test_new_framing_loses_a_begun_packet(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=4)
    peer.send(b"\0\0\0\4")
    owner.receives_nothing()
    change(owner, socket, ("packet", "raw"))
    peer.send(b"ab")
    scenario.settle()
    early = b"".join([data_in(each, socket) or b"" for each in owner.mailbox()])
    scenario.varies(early, looked_at=b"\0\0\0\4ab", held=b"")
    peer.send(b"cd")
    owner.receives_bytes(socket, b"\0\0\0\4abcd")


@clause("modes/smaller-limit-within-a-packet")
def test_limit_that_came_late_breaks_the_packet(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=4)
    peer.send(b"\0\0\0\x14")
    owner.receives_nothing()
    change(owner, socket, ("packet_size", 10))
    peer.send(bytes(20))
    scenario.settle()
    seen = owner.mailbox()
    scenario.varies(seen[:1], too_late=(tcp(socket, bytes(20)),), in_time=(tcp_error(socket, "emsgsize"),))
    owner.receives(*seen)  # what becomes of the socket is another matter
