"""Commands sent to a port as messages."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import expect, ok, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.port_command.busy import busy, reply
from gen_tck.spec.terms import Atom, Term


def command(owner: Actor, data: object) -> tuple[object, ...]:
    """``{Owner, {command, Data}}``."""
    return (owner.pid, ("command", data))


def badsig(socket: Term) -> tuple[Term, ...]:
    """``{'EXIT', Socket, badsig}``."""
    return (Atom("EXIT"), socket, Atom("badsig"))


@clause("port_command/command-may-be-a-message")
def test_message_is_not_sent(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.erlang.send(socket, command(owner, b"hello")), command(owner, b"hello"))
    peer.receives(b"hello")
    owner.receives(reply(socket))


@clause("port_command/message-is-answered-to-its-sender")
def test_owner_gets_the_reply_of_a_message(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    expect(other.erlang.send(socket, command(owner, b"hello")), command(owner, b"hello"))
    peer.receives(b"hello")
    other.receives(reply(socket))
    owner.receives_nothing()


@clause("port_command/message-names-the-owner")
def test_stranger_commands_in_its_own_name(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    owner.erlang.process_flag("trap_exit", True)
    other.erlang.send(socket, command(other, b"stolen"))
    owner.receives(badsig(socket))
    other.receives_nothing()
    expect(owner.erlang.port_command(socket, b"good"), True)
    owner.receives(reply(socket))
    peer.receives(b"good")


@clause("port_command/message-names-the-owner")
def test_stranger_closes_in_its_own_name(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    owner.erlang.process_flag("trap_exit", True)
    other.erlang.send(socket, (other.pid, "close"))
    owner.receives(badsig(socket))
    peer.sees_nothing()


@clause("port_command/bad-message-is-an-exit-signal")
def test_bad_data_in_a_message_are_ignored(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    owner.erlang.process_flag("trap_exit", True)
    owner.erlang.send(socket, command(owner, "bad"))
    owner.receives(badsig(socket))
    owner.erlang.send(socket, "nonsense")
    owner.receives(badsig(socket))
    peer.sees_nothing()


@clause("port_command/bad-message-is-an-exit-signal")
def test_owner_survives_a_bad_message(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    other.erlang.send(socket, "nonsense")
    owner.is_ended()
    peer.sees_end()


@clause("port_command/message-to-a-closed-port-is-nothing")
def test_message_to_a_closed_port_raises(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.erlang.send(socket, command(owner, b"x")), command(owner, b"x"))
    owner.receives_nothing()


@clause("port_command/message-suspends-its-sender")
def test_message_to_a_busy_port_does_not_wait(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    port = busy(scenario, owner)
    pending = other.begin.erlang.send(port.socket, command(owner, b"m"))
    other.is_suspended()
    port.drains(b"m")
    expect(pending.result(), command(owner, b"m"))
    other.receives(reply(port.socket))


@clause("port_command/message-without-suspension")
def test_message_is_suspended_nonetheless(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(owner.erlang.send(port.socket, command(owner, b"m"), ["nosuspend"]), "nosuspend")
    port.drains()
    port.peer.sees_nothing()
    expect(owner.erlang.send(port.socket, command(owner, b"m"), ["nosuspend"]), ok())
    port.peer.receives(b"m")
    owner.receives(reply(port.socket))


@clause("port_command/port-connect-hands-the-port-over")
def test_port_connect_keeps_the_owner(scenario: Scenario) -> None:
    owner, new = scenario.processes("owner", "new")
    socket, peer = scenario.connect(owner, active=True)
    expect(owner.erlang.port_connect(socket, new), True)
    expect(owner.erlang.port_info(socket, "connected"), ("connected", new.pid))
    peer.send(b"hello")
    new.receives(tcp(socket, b"hello"))
    owner.receives_nothing()
