"""Framings that read the header of a protocol."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.bad_packets import reports
from gen_tck.conformance.harness.expect import error, expect, ok, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario

PROTOCOLS = ("asn1", "tpkt", "cdr", "sunrm", "fcgi")

protocols = pytest.mark.parametrize("kind", ["asn1", "tpkt", "cdr", "sunrm", "fcgi"])


def packet(kind: str, data: bytes) -> bytes:
    """A packet of a protocol with ``data`` behind its header."""
    size = len(data)
    return {
        "asn1": b"\x04\x84" + size.to_bytes(4, "big"),
        "tpkt": b"\3\0" + (size + 4).to_bytes(2, "big"),
        "cdr": b"GIOP\1\0\0\0" + size.to_bytes(4, "big"),
        "sunrm": (0x80000000 + size).to_bytes(4, "big"),
        "fcgi": b"\1\5\0\1" + size.to_bytes(2, "big") + b"\0\0",
    }[kind] + data


def all_received(scenario: Scenario, kind: str, *packets: bytes, wire: bytes = b"") -> None:
    """Expect ``packets`` one by one, of a peer that sends them, or ``wire``, at once."""
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=kind)
    peer.send(wire or b"".join(packets))
    for each in packets:
        expect(owner.gen_tcp.recv(socket, 0), ok(each))
    expect(owner.gen_tcp.recv(socket, 0, 0), error("timeout"))


@clause("framing/asn1-cuts-at-values")
def test_value_is_cut_elsewhere(scenario: Scenario) -> None:
    values = (
        *(b"\x30\3abc", b"\x04\0", b"\x02\x81\1a", b"\x02\x82\0\2ab", b"\x02\x83\0\0\1a", b"\x02\x84\0\0\0\1a"),
        *(b"\x1f\x01\1a", b"\xbf\x81\x02\2ab", b"\x3f\xff\xff\x7f\x81\1a", b"\x04\x80", b"\x04\x7f" + bytes(127)),
    )
    all_received(scenario, "asn1", *values)


@clause("framing/asn1-cuts-at-values")
@pytest.mark.parametrize(
    "value", [b"\x1f\x81\x82\2\1a", b"\x30\x82\0\1a", b"\x04\x84\0\0\0\1a"], ids=["tag", "two-bytes", "four-bytes"]
)
def test_value_that_comes_byte_by_byte_is_cut_elsewhere(scenario: Scenario, value: bytes) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="asn1")
    receive = owner.begin.gen_tcp.recv(socket, 0)
    for byte in value[:-1]:
        peer.send(bytes([byte]))
        receive.is_blocked()
    peer.send(value[-1:])
    expect(receive.result(), ok(value))


@clause("framing/fcgi-leaves-padding-off")
def test_record_without_its_last_byte_is_received(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="fcgi")
    receive = owner.begin.gen_tcp.recv(socket, 0)
    record = b"\1\5\0\1\0\0\0\0"
    for byte in record[:-1]:
        peer.send(bytes([byte]))
        receive.is_blocked()
    peer.send(record[-1:])
    expect(receive.result(), ok(record))


@clause("framing/tpkt-cuts-at-its-length")
def test_tpkt_is_cut_elsewhere(scenario: Scenario) -> None:
    all_received(scenario, "tpkt", b"\3\xff\0\6ab", b"\3\0\0\4", b"\3\0\1\3" + bytes(255), b"\3\0\1\4" + bytes(256))


@clause("framing/cdr-cuts-at-its-length")
def test_byte_order_is_ignored(scenario: Scenario) -> None:
    little = b"GIOP\1\2\1\0\1\1\0\0" + bytes(257)
    all_received(scenario, "cdr", b"GIOP\1\2\xfe\0\0\0\0\2ab", little, b"GIOP\1\2\xff\7\0\0\0\0")


@clause("framing/sunrm-cuts-at-fragments")
def test_fragments_are_put_together(scenario: Scenario) -> None:
    all_received(scenario, "sunrm", b"\0\0\0\1a", b"\x80\0\0\2bc", b"\0\0\0\0", b"\x80\0\1\0" + bytes(256))


@clause("framing/fcgi-leaves-padding-off")
def test_padding_is_delivered(scenario: Scenario) -> None:
    records = (b"\1\5\0\1\0\1\2\0a", b"\1\5\0\1\0\0\3\0", b"\1\6\1\0\1\0\0\xff" + bytes(256))
    all_received(scenario, "fcgi", *records, wire=records[0] + b"pp" + records[1] + b"ppp" + records[2])


@clause("framing/part-of-a-packet-waits")
@protocols
def test_part_of_a_packet_of_a_protocol_is_received(scenario: Scenario, kind: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=kind)
    whole = packet(kind, b"abc")
    receive = owner.begin.gen_tcp.recv(socket, 0)
    peer.send(whole[:3])
    receive.is_blocked()
    peer.send(whole[3:-1])
    receive.is_blocked()
    peer.send(whole[-1:] + whole[:-1])
    expect(receive.result(), ok(whole))
    peer.send(whole[-1:])
    expect(owner.gen_tcp.recv(socket, 0), ok(whole))


@clause("framing/packet-may-exceed-the-buffer")
@protocols
def test_packet_of_a_protocol_is_cut_at_the_buffer(scenario: Scenario, kind: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=kind, buffer=16)
    packets = [packet(kind, bytes([size]) * size) for size in (100, 0, 16, 200)]
    peer.send(b"".join(packets))
    for each in packets:
        expect(owner.gen_tcp.recv(socket, 0), ok(each))


@clause("framing/packets-are-messages")
@protocols
def test_messages_are_cut_elsewhere(scenario: Scenario, kind: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=kind, active=True)
    one, two, three = (packet(kind, each) for each in (b"one", b"", b"three"))
    peer.send(one + two + three[:-1])
    owner.receives(tcp(socket, one), tcp(socket, two))
    owner.receives_nothing()
    peer.send(three[-1:])
    owner.receives(tcp(socket, three))


MALFORMED = pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("asn1", b"\4\x85\0\0\0\0\1"),
        ("asn1", b"\4\x84\x7f\xff\xff\xff"),
        ("tpkt", b"\2\0\0\6ab"),
        ("tpkt", b"\3\0\0\3"),
        ("tpkt", b"\3\xff\0\3a"),
        ("tpkt", b"\3\0\0\0"),
        ("cdr", b"giop\1\0\0\0\0\0\0\1a"),
        ("fcgi", b"\2\5\0\1\0\1\0\0a"),
    ],
    ids=[
        "asn1-five-bytes",
        "asn1-2GB",
        "tpkt-version",
        "tpkt-length",
        "tpkt-more",
        "tpkt-nothing",
        "cdr-magic",
        "fcgi-version",
    ],
)


@clause("framing/malformed-header-is-emsgsize")
@MALFORMED
def test_malformed_header_is_received(scenario: Scenario, kind: str, data: bytes) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=kind)
    peer.send(data)
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))


@clause("framing/malformed-header-is-told")
@MALFORMED
def test_malformed_header_is_not_told(scenario: Scenario, kind: str, data: bytes) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=kind, active=True)
    peer.send(data)
    reports(scenario, owner, socket)


@clause("framing/size-limit-is-what-follows-the-header")
@protocols
def test_size_limit_counts_the_header(scenario: Scenario, kind: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=kind, packet_size=10)
    full, longer = packet(kind, bytes(10)), packet(kind, bytes(11))
    peer.send(full)
    expect(owner.gen_tcp.recv(socket, 0), ok(full))
    peer.send(longer[:-11])
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))


@clause("framing/size-limit-is-what-follows-the-header")
def test_size_limit_forgets_the_padding(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="fcgi", packet_size=10)
    peer.send(b"\1\5\0\1\0\7\4\0")
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))


@clause("framing/framing-changes-between-packets")
def test_old_framing_cuts_what_is_left(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="tpkt")
    peer.send(packet("tpkt", b"a") + b"".join(packet(kind, b"b") for kind in PROTOCOLS) + b"rest")
    expect(owner.gen_tcp.recv(socket, 0), ok(packet("tpkt", b"a")))
    for kind in PROTOCOLS:
        expect(owner.inet.setopts(socket, [("packet", kind)]), ok())
        expect(owner.gen_tcp.recv(socket, 0), ok(packet(kind, b"b")))
    expect(owner.inet.setopts(socket, [("packet", "raw")]), ok())
    expect(owner.gen_tcp.recv(socket, 4), ok(b"rest"))


@clause("framing/other-framings-send-no-header")
@protocols
def test_header_of_a_protocol_is_made_up(scenario: Scenario, kind: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=kind)
    expect(owner.gen_tcp.send(socket, b"abc"), ok())
    peer.receives(b"abc")
    peer.sees_nothing()
