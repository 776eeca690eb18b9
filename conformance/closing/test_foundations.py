"""The calls of this chapter come back, each in the simplest situation there is for it."""

from __future__ import annotations

from gen_tck.conformance.expect import expect, ok
from gen_tck.conformance.marks import clause
from gen_tck.conformance.modes.steps import made
from gen_tck.conformance.world import LOOPBACK, World


@clause("closing/close-answers")
def test_close_does_not_return_ok(world: World) -> None:
    owner = world.process("owner")
    expect(owner.gen_tcp.close(made(owner.gen_tcp.connect(LOOPBACK, world.port(), []))), ok())


@clause("closing/shutdown-answers")
def test_shutdown_does_not_return_ok(world: World) -> None:
    owner = world.process("owner")
    socket = made(owner.gen_tcp.connect(LOOPBACK, world.port(), []))
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
