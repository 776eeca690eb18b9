"""Lines of HTTP that are as long as a limit, or longer."""

from __future__ import annotations

import pytest

from gen_tck.conformance.framing.test_http import GET, GOT, header, receives
from gen_tck.conformance.harness.expect import error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("framing/http-line-over-its-size-limit")
@pytest.mark.parametrize(
    "line",
    [b"A: 34567890123456\r\nB", b"A: 34567890123456\r\n", b"A: 3456789012345"],
    ids=["ended", "at-the-end", "not-ended"],
)
def test_size_limit_of_a_line_is_off_by_one(scenario: Scenario, line: bytes) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin", packet_size=16)
    peer.send(GET + b"A: 34567890123\r\n" + line[:15])
    receives(owner, socket, GOT, header(0, b"A", b"A", b"34567890123"))
    receive = owner.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    peer.send(line[15:])
    expect(receive.result(), error("emsgsize"))


@clause("framing/http-line-over-its-size-limit")
def test_header_of_just_the_size_limit_may_not_go_on(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin", packet_size=16)
    peer.send(GET + b"A: 34567890123\r\n")
    receives(owner, socket, GOT)
    receive = owner.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    peer.send(b"\r\n")
    expect(receive.result(), ok(header(0, b"A", b"A", b"34567890123")))


@clause("framing/http-line-within-its-size-limit-is-whole")
@pytest.mark.parametrize("size", [16, 20, 64])
def test_line_within_its_limit_is_cut_at_the_buffer(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin", packet_size=200, buffer=size)
    value = b"v" * 190
    peer.send(GET)
    receives(owner, socket, GOT)
    peer.send(b"A: " + value + b"\r\n\r\n")
    receives(owner, socket, header(0, b"A", b"A", value), "http_eoh")


@clause("framing/http-line-longer-than-the-buffer")
def test_long_line_of_http_is_cut(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin", buffer=16)
    peer.send(GET)
    receives(owner, socket, GOT)
    peer.send(b"12345: 890123456\r\n\r\n")
    whole = header(0, b"12345", b"12345", b"890123456")
    scenario.varies(owner.gen_tcp.recv(socket, 0), whole=ok(whole), emsgsize=error("emsgsize"))
