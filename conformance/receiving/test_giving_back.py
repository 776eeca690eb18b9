"""``gen_tcp:unrecv/2``."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import World


@clause("receiving/unrecv-puts-bytes-in-front")
def test_bytes_given_back_come_in_the_wrong_place(world: World) -> None:
    owner = world.process("owner")
    socket, peer = world.connect(owner)
    peer.send(b"abcdef")
    expect(owner.gen_tcp.recv(socket, 2), ok(b"ab"))
    seen = owner.gen_tcp.unrecv(socket, b"xyz")
    rest = b"cdef" if world.varies(seen, in_front=ok(), enotsup=error("enotsup")) == "enotsup" else b"xyzcdef"
    expect(owner.gen_tcp.recv(socket, len(rest)), ok(rest))
    expect(owner.gen_tcp.recv(socket, 0, 1), error("timeout"))


@clause("receiving/unrecv-of-a-closed-socket")
def test_bytes_are_given_back_to_a_closed_socket(world: World) -> None:
    owner = world.process("owner")
    socket, _ = world.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    world.varies(owner.gen_tcp.unrecv(socket, b"x"), closed=error("closed"), enotsup=error("enotsup"))
