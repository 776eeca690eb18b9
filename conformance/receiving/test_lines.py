"""Framing by lines."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("receiving/line-ends-with-its-delimiter")
def test_line_is_edited_or_merged(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line")
    peer.send(b"a\nbc\r\n\nd\n")
    for line in (b"a\n", b"bc\r\n", b"\n", b"d\n"):
        expect(owner.gen_tcp.recv(socket, 0), ok(line))


@clause("receiving/waits-for-the-end-of-a-line")
def test_part_of_a_line_is_received(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line")
    peer.send(b"one\ntw")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"one\n"))
    receive = owner.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    peer.send(b"o\nthree\n")
    expect(receive.result(), ok(b"two\n"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"three\n"))


@clause("receiving/waits-for-the-end-of-a-line")
def test_timeout_loses_part_of_a_line(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line")
    peer.send(b"on")
    expect(owner.gen_tcp.recv(socket, 0, 1), error("timeout"))
    peer.send(b"e\n")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"one\n"))


@clause("receiving/line-over-its-size-limit")
def test_line_limit_is_of_what_waits(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line", packet_size=10)
    peer.send(b"one\ntwo\nthree\nfour\n")
    for line in (b"one\n", b"two\n", b"three\n", b"four\n"):
        expect(owner.gen_tcp.recv(socket, 0), ok(line))


@clause("receiving/line-delimiter-can-be-chosen")
def test_line_still_ends_at_a_newline(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line", line_delimiter=ord(";"))
    peer.send(b"a;b\n;c")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"a;"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"b\n;"))
    expect(owner.gen_tcp.recv(socket, 0, 1), error("timeout"))


@clause("receiving/line-longer-than-the-buffer")
def test_long_line_loses_bytes(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line", buffer=16)
    line = b"0123456789abcdefghijklmnopqrstuvwxyz\n"
    peer.send(line + b"next\n")
    if scenario.varies(owner.gen_tcp.recv(socket, 0), pieces=ok(line[:16]), whole=ok(line)) == "pieces":
        expect(owner.gen_tcp.recv(socket, 0), ok(line[16:32]))
        expect(owner.gen_tcp.recv(socket, 0), ok(line[32:]))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"next\n"))


@clause("receiving/line-longer-than-the-buffer")
@pytest.mark.parametrize("length", [16, 20])
def test_begun_line_that_fills_the_buffer_is_cut_later(scenario: Scenario, length: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line", buffer=16)
    begun = b"0123456789abcdefghijklmnopqrstuvwxyz"[:length]
    peer.send(begun)
    scenario.settle()
    pending = owner.begin.gen_tcp.recv(socket, 0)
    if pending.has_returned():
        scenario.varies(pending.result(), pieces=ok(begun[:16]))
    else:  # it waits for the end of the line
        peer.send(b"\n")
        scenario.varies(pending.result(), whole=ok(begun + b"\n"))


@clause("receiving/lines-come-whole-wherever-the-buffer-ends")
@pytest.mark.parametrize("times", [1, 300])
@pytest.mark.parametrize("mode", [False, True])
def test_end_of_the_buffer_cuts_lines(scenario: Scenario, mode: bool, times: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line", buffer=16 * times)
    lengths = (6, 12, 15, 3, 1, 16, 10, 7, 14, 16, 2, 5, 5, 5, 16, 1)
    lines = [bytes([64 + number]) * (length * times - 1) + b"\n" for number, length in enumerate(lengths)]
    peer.send(b"".join(lines))
    if mode:
        expect(owner.inet.setopts(socket, [("active", True)]), ok())
        owner.receives(*(tcp(socket, each) for each in lines))
        return
    for each in lines:
        expect(owner.gen_tcp.recv(socket, 0), ok(each))


@clause("receiving/expired-receive-cuts-no-line")
def test_expired_receive_cuts_a_line(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.recv(socket, 2, 1), error("timeout"))
    expect(owner.inet.setopts(socket, [("packet", "line")]), ok())
    peer.send(b"line\n")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"line\n"))


@clause("receiving/line-over-its-size-limit")
def test_line_limit_is_ignored_or_off_by_one(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line", packet_size=10)
    peer.send(b"012345678\n")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"012345678\n"))
    peer.send(b"0123456789\n")
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))


@clause("receiving/line-delimiter-can-be-chosen")
def test_line_that_waits_ends_at_the_old_delimiter(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line")
    peer.send(b"a\nb;c\n")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"a\n"))
    expect(owner.inet.setopts(socket, [("line_delimiter", ord(";"))]), ok())
    expect(owner.gen_tcp.recv(socket, 0), ok(b"b;"))
    expect(owner.inet.setopts(socket, [("line_delimiter", ord("\n"))]), ok())
    expect(owner.gen_tcp.recv(socket, 0), ok(b"c\n"))
