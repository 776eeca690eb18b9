"""``gen_tcp:unrecv/2``."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import error, expect, ok, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("receiving/unrecv-puts-bytes-in-front")
def test_bytes_given_back_come_in_the_wrong_place(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abcdef")
    expect(owner.gen_tcp.recv(socket, 2), ok(b"ab"))
    seen = owner.gen_tcp.unrecv(socket, b"xyz")
    rest = b"cdef" if scenario.varies(seen, in_front=ok(), enotsup=error("enotsup")) == "enotsup" else b"xyzcdef"
    expect(owner.gen_tcp.recv(socket, len(rest)), ok(rest))
    expect(owner.gen_tcp.recv(socket, 0, 1), error("timeout"))


@clause("receiving/unrecv-of-a-closed-socket")
def test_bytes_are_given_back_to_a_closed_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    scenario.varies(owner.gen_tcp.unrecv(socket, b"x"), closed=error("closed"), enotsup=error("enotsup"))


@clause("receiving/unrecv-to-no-socket-raises")
def test_atom_takes_bytes_back(scenario: Scenario) -> None:
    expect(scenario.process("caller").gen_tcp.unrecv("foo", b"x"), raised("error", "function_clause"))
