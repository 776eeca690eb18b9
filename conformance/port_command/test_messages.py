"""Commands sent to a port as messages."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, brief, elements, expect, fields, ok, raised, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
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


@clause("port_command/message-to-a-closed-port-is-nothing")
def test_message_held_up_until_its_port_closes_is_an_error(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    port = busy(scenario, owner)
    owner.erlang.process_flag("trap_exit", True)
    pending = other.begin.erlang.send(port.socket, command(owner, b"m"))
    other.is_suspended()
    expect(owner.erlang.port_close(port.socket), True)
    owner.receives(("EXIT", port.socket, "normal"))
    expect(pending.result(), command(owner, b"m"))
    owner.receives_nothing()


@clause("port_command/message-of-a-stranger-waits-too")
def test_message_of_a_stranger_is_refused_at_once(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    port = busy(scenario, owner)
    owner.erlang.process_flag("trap_exit", True)
    pending = other.begin.erlang.send(port.socket, command(other, b"m"))
    other.is_suspended()
    owner.receives_nothing()
    port.drains()
    expect(pending.result(), command(other, b"m"))
    owner.receives(badsig(port.socket))
    port.peer.sees_nothing()


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


def shut(socket: Term) -> tuple[Term, ...]:
    """``{Socket, closed}``."""
    return (socket, Atom("closed"))


def links(asker: Actor, socket: Term) -> set[Term]:
    """Who is linked to the port."""
    return set(elements(fields(asker.erlang.port_info(socket, "links"), 2)[1]))


def hand_over(scenario: Scenario, sender: Actor, owner: Actor, new: Actor) -> tuple[Term, RemotePeer]:
    """``sender`` makes ``new`` the owner in the place of ``owner``, by a message."""
    socket, peer = scenario.connect(owner, active=True)
    sender.erlang.send(socket, (owner.pid, ("connect", new.pid)))
    owner.receives((socket, "connected"))
    return socket, peer


@clause("port_command/close-message-is-answered")
@pytest.mark.parametrize("sender", ["owner", "other"])
def test_close_by_a_message_is_not_answered(scenario: Scenario, sender: str) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    (owner if sender == "owner" else other).erlang.send(socket, (owner.pid, "close"))
    owner.receives(shut(socket))
    other.receives_nothing()
    peer.sees_end()
    expect(owner.erlang.port_info(socket, "connected"), "undefined")


@clause("port_command/exit-signal-comes-before-closed")
def test_answer_overtakes_the_exit_signal(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    owner.erlang.process_flag("trap_exit", True)
    socket, _ = scenario.connect(owner)
    owner.erlang.send(socket, (owner.pid, "close"))
    owner.receives(("EXIT", socket, "normal"), shut(socket))


@clause("port_command/close-message-is-answered")
def test_close_by_a_call_is_answered(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.port_close(socket), True)
    owner.receives_nothing()


@clause("port_command/closed-comes-when-all-is-sent")
def test_answer_comes_before_the_output(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    owner.erlang.send(port.socket, (owner.pid, "close"))
    owner.receives_nothing()
    port.peer.receives(port.given)
    owner.receives(shut(port.socket))
    port.peer.sees_fin()


@clause("port_command/connect-message-names-another-owner")
@pytest.mark.parametrize("sender", ["owner", "other"])
def test_owner_stays_the_owner(scenario: Scenario, sender: str) -> None:
    owner, new, other = scenario.processes("owner", "new", "other")
    socket, peer = hand_over(scenario, owner if sender == "owner" else other, owner, new)
    expect(other.erlang.port_info(socket, "connected"), ("connected", new.pid))
    peer.send(b"hello")
    new.receives(tcp(socket, b"hello"))
    owner.receives_nothing()


@clause("port_command/connect-message-links-nobody")
def test_new_owner_of_a_message_is_linked(scenario: Scenario) -> None:
    owner, new = scenario.processes("owner", "new")
    socket, peer = hand_over(scenario, owner, owner, new)
    if links(owner, socket) != {owner.pid}:
        raise Unexpected("the former owner to be linked", str(links(owner, socket)))
    new.kill()
    peer.sees_nothing()
    owner.kill()
    peer.sees_end()


@clause("port_command/connect-message-needs-a-pid")
def test_what_is_no_pid_is_made_the_owner(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    owner.erlang.process_flag("trap_exit", True)
    socket, _ = scenario.connect(owner)
    owner.erlang.send(socket, (owner.pid, ("connect", "nobody")))
    owner.receives(badsig(socket))
    expect(owner.erlang.port_info(socket, "connected"), ("connected", owner.pid))


@clause("port_command/former-owner-is-a-stranger")
def test_former_owner_is_obeyed(scenario: Scenario) -> None:
    owner, new = scenario.processes("owner", "new")
    new.erlang.process_flag("trap_exit", True)
    socket, peer = scenario.connect(owner)
    expect(owner.erlang.port_connect(socket, new), True)
    for request in (("command", b"x"), "close", ("connect", owner.pid)):
        owner.erlang.send(socket, (owner.pid, request))
        new.receives(badsig(socket))
    peer.sees_nothing()
    expect(owner.erlang.port_info(socket, "connected"), ("connected", new.pid))


@clause("port_command/port-connect-keeps-the-link")
@pytest.mark.parametrize("ended", ["owner", "new"])
def test_end_of_one_of_two_owners_leaves_the_port_open(scenario: Scenario, ended: str) -> None:
    owner, new = scenario.processes("owner", "new")
    socket, peer = scenario.connect(owner)
    expect(owner.erlang.port_connect(socket, new), True)
    if links(owner, socket) != {owner.pid, new.pid}:
        raise Unexpected("both owners to be linked", str(links(owner, socket)))
    (owner if ended == "owner" else new).kill()
    peer.sees_end()
    (new if ended == "owner" else owner).is_ended()


@clause("port_command/port-connect-takes-a-living-process")
def test_nobody_is_made_the_owner(scenario: Scenario) -> None:
    owner, dead = scenario.processes("owner", "dead")
    socket, _ = scenario.connect(owner)
    dead.exits()
    for nobody in (dead.pid, Atom("nobody")):
        expect(brief(owner.erlang.port_connect(socket, nobody)), raised("error", "badarg"))
    expect(owner.erlang.port_info(socket, "connected"), ("connected", owner.pid))
