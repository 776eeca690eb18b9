"""The calls of this chapter come back, each in the simplest situation there is for it."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import Unexpected, describe, expect, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Actor, World
from gen_tck.spec.terms import Atom, Port, Term, string


def connected(world: World, owner: Actor) -> Term:
    """A socket for which no option was named."""
    return value_of(owner.gen_tcp.connect(LOOPBACK, world.port(), []))


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), marks=pytest.mark.clause("port_command/port-command-answers"), id="none"),
        pytest.param(([],), marks=pytest.mark.clause("port_command/port-command-with-options-answers"), id="empty"),
    ],
)
def test_port_command_does_not_return_true(world: World, options: tuple[object, ...]) -> None:
    owner = world.process("owner")
    socket = connected(world, owner)
    expect(owner.erlang.port_command(socket, b"a", *options), True)
    owner.receives(("inet_reply", socket, "ok"))


@clause("port_command/port-close-answers")
def test_port_close_does_not_return_true(world: World) -> None:
    owner = world.process("owner")
    expect(owner.erlang.port_close(connected(world, owner)), True)


@clause("port_command/port-connect-answers")
def test_port_connect_does_not_return_true(world: World) -> None:
    owner, heir = world.processes("owner", "heir")
    expect(owner.erlang.port_connect(connected(world, owner), heir), True)


@clause("port_command/port-info-answers")
def test_port_info_describes_nothing(world: World) -> None:
    owner = world.process("owner")
    info = owner.erlang.port_info(connected(world, owner))
    match info:
        case ((Atom(), _), *_):
            pass
        case _:
            raise Unexpected("[{Name,Value},...]", describe(info))


@clause("port_command/port-info-of-an-item-answers")
def test_port_info_describes_something_else(world: World) -> None:
    owner = world.process("owner")
    expect(owner.erlang.port_info(connected(world, owner), "connected"), ("connected", owner.pid))


@clause("port_command/open-port-answers")
def test_open_port_gives_no_port(world: World) -> None:
    port = world.process("owner").erlang.open_port(("spawn", string("sleep 20")), ["binary"])
    if not isinstance(port, Port):
        raise Unexpected("a port", describe(port))


@clause("port_command/send-with-options-answers")
def test_send_with_options_does_not_return_ok(world: World) -> None:
    owner = world.process("owner")
    expect(owner.erlang.send(owner, "hello", ["nosuspend"]), ok())
    owner.receives("hello")
