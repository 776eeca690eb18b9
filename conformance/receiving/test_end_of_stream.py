"""Receives that meet the end of the stream."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import error, expect, ok, tcp, tcp_closed
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("receiving/too-few-bytes-before-the-end")
def test_receive_gives_part_of_its_length_at_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    peer.close()
    expect(owner.gen_tcp.recv(socket, 5), error("closed"))


@clause("receiving/too-few-bytes-before-the-end")
def test_pending_receive_gives_part_of_its_length_at_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    receive = owner.begin.gen_tcp.recv(socket, 5)
    peer.send(b"abc")
    receive.is_blocked()
    peer.finish()
    expect(receive.result(), error("closed"))


@clause("receiving/too-few-bytes-before-the-end", "receiving/bytes-short-of-a-length-at-the-end")
def test_short_bytes_at_the_end_come_back_wrong(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    # So the socket stays what it is, and the second receive shows what became of the bytes.
    socket, peer = scenario.connect(owner, exit_on_close=False)
    peer.send(b"abc")
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 5), error("closed"))
    scenario.varies(owner.gen_tcp.recv(socket, 0), discarded=error("closed"), kept=ok(b"abc"))


@clause("receiving/kept-bytes-outlive-the-end")
def test_end_discards_kept_bytes(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, 5, 1), error("timeout"))
    peer.close()
    expect(owner.gen_tcp.recv(socket, 2), ok(b"ab"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"c"))
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("receiving/kept-bytes-outlive-the-end", "modes/leftover-of-a-receive-is-delivered")
def test_end_discards_kept_bytes_of_an_active_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, 5, 1), error("timeout"))
    peer.close()
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    owner.receives(tcp(socket, b"abc"), tcp_closed(socket))
