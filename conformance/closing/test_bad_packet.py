"""Packets that break the framing."""

from __future__ import annotations

from typing import Any

import pytest

from gen_tck.conformance.harness.bad_packets import reports
from gen_tck.conformance.harness.expect import error, expect, ok, tcp, tcp_closed, tcp_error
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario

TOO_LONG = b"\0\0\0\x64abc"
"""The header of a packet of 100 bytes, and its first three."""

BAD = pytest.mark.parametrize(
    ("options", "data"),
    [
        ({"packet": 4, "packet_size": 10}, TOO_LONG),
        ({"packet": 4}, b"\x7f\xff\xff\xffabc"),
        ({"packet": 4}, b"\xff\xff\xff\xffabc"),
        ({"packet": "line", "packet_size": 8}, b"0123456789abcdef\n"),
    ],
    ids=["packet_size", "2GB", "4GB", "line"],
)


@clause("closing/bad-packet-is-told-to-the-owner")
@BAD
def test_active_owner_is_not_told_of_a_bad_packet(scenario: Scenario, options: dict[str, Any], data: bytes) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, **options)
    peer.send(data)
    reports(scenario, owner, socket)


@clause("closing/bad-packet-behind-a-good-one-is-reported")
def test_bad_packet_hides_behind_a_good_one(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=4, packet_size=10)
    peer.send(b"\0\0\0\x02ok" + TOO_LONG)
    reports(scenario, owner, socket, tcp(socket, b"ok"))


@clause("closing/bad-packet-behind-a-good-one-is-reported")
def test_bad_packet_hides_behind_a_good_one_from_recv(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4, packet_size=10)
    peer.send(b"\0\0\0\x02ok" + TOO_LONG)
    expect(owner.gen_tcp.recv(socket, 0), ok(b"ok"))
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))


@clause("closing/bad-packet-ends-the-connection")
def test_bad_packet_ends_the_connection_by_halves(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=4, packet_size=10)
    peer.send(TOO_LONG)
    scenario.wait_for(lambda: bool(owner.mailbox()), "a message", "no message", owner.messages)
    scenario.settle()
    if scenario.varies(owner.gen_tcp.send(socket, b"x"), closes=error("closed"), stays_open=ok()) == "closes":
        owner.receives(tcp_error(socket, "emsgsize"), tcp_closed(socket))
        peer.sees_end()
    else:
        owner.receives(tcp_error(socket, "emsgsize"))
        peer.receives(b"\0\0\0\x01x")
        peer.sees_nothing()


@clause("closing/recv-after-a-bad-packet")
def test_recv_waits_for_ever_after_a_bad_packet(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4, packet_size=10)
    peer.send(TOO_LONG)
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))
    seen = (owner.gen_tcp.recv(socket, 0, 5), owner.gen_tcp.send(socket, b"x"))
    scenario.varies(
        seen,
        enotconn=(error("enotconn"), error("enotconn")),
        emsgsize=(error("emsgsize"), ok()),
        timeout=(error("timeout"), ok()),
    )


@clause("closing/recv-after-a-bad-packet")
def test_send_is_told_of_a_bad_packet(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4, packet_size=10)
    peer.send(TOO_LONG)
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))
    seen = (owner.gen_tcp.send(socket, b"x"), owner.gen_tcp.recv(socket, 0, 5))
    scenario.varies(
        seen,
        enotconn=(error("enotconn"), error("enotconn")),
        emsgsize=(ok(), error("emsgsize")),
        timeout=(ok(), error("timeout")),
    )
