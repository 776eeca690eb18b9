"""What calls answer on a socket that its own side closed."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Actor, World
from gen_tck.spec.terms import Term


def closed_socket(world: World, owner: Actor) -> Term:
    socket, _peer = world.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    return socket


@clause("closing/shutdown-after-close")
@pytest.mark.parametrize("how", ["read", "write", "read_write"])
def test_closed_socket_is_shut_down(world: World, how: str) -> None:
    owner = world.process("owner")
    expect(owner.gen_tcp.shutdown(closed_socket(world, owner), how), error("closed"))


@clause("closing/recv-after-close")
@pytest.mark.parametrize("length", [0, 5])
def test_recv_waits_on_a_closed_socket(world: World, length: int) -> None:
    owner = world.process("owner")
    seen = owner.gen_tcp.recv(closed_socket(world, owner), length)
    world.varies(seen, closed=error("closed"), einval=error("einval"))


@clause("closing/options-after-close")
def test_closed_socket_has_options(world: World) -> None:
    owner = world.process("owner")
    socket = closed_socket(world, owner)
    seen = (owner.inet.setopts(socket, [("active", True)]), owner.inet.getopts(socket, ["active"]))
    world.varies(seen, einval=(error("einval"),) * 2, closed=(error("closed"),) * 2)


@clause("closing/names-after-close")
def test_closed_socket_has_addresses(world: World) -> None:
    owner = world.process("owner")
    socket = closed_socket(world, owner)
    seen = (owner.inet.peername(socket), owner.inet.sockname(socket), owner.inet.port(socket))
    world.varies(seen, einval=(error("einval"),) * 3, closed=(error("closed"),) * 3)
