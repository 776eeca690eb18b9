"""A port that ends, or loses its connection, while it is busy."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gen_tck.adapters.interface import Ended
from gen_tck.conformance.harness.expect import (
    Unexpected,
    describe,
    error,
    expect,
    ok,
    raised,
    tcp_closed,
    tcp_error,
)
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.port_command.busy import Busy, busy, filled, reply
from gen_tck.spec.terms import Atom, List

BADARG = raised("error", "badarg")

Loss = Callable[[Scenario, Busy], None]
"""How a passive socket loses its connection."""


@clause("port_command/closed-under-a-suspended-caller")
def test_port_close_leaves_a_caller_suspended(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    expect(owner.erlang.port_close(port.socket), True)
    expect(pending.result(), BADARG)
    caller.receives_nothing()


@clause("port_command/closed-under-a-suspended-caller")
def test_exit_signal_leaves_a_caller_suspended(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    owner.erlang.unlink(port.socket)
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    owner.erlang.exit(port.socket, "kill")
    expect(pending.result(), BADARG)
    caller.receives_nothing()


@clause("port_command/closed-under-a-suspended-caller")
def test_owners_end_leaves_a_caller_suspended(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    owner.kill()
    expect(pending.result(), BADARG)
    caller.receives_nothing()


@clause("port_command/closed-under-a-suspended-caller")
def test_lost_connection_leaves_a_caller_suspended(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner, active=True)
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    port.peer.reset()
    owner.receives(tcp_closed(port.socket))
    expect(pending.result(), BADARG)
    port.maker.receives(reply(port.socket, error("closed")))


@clause("port_command/lost-connection-answers-the-busy-maker")
@pytest.mark.parametrize("end", ["finish", "reset", "bad packet"])
def test_end_of_an_active_socket_leaves_a_command_unanswered(scenario: Scenario, end: str) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner, active=True, packet=4, packet_size=10)
    if end == "bad packet":
        port.peer.send(b"\0\0\1\0")
        owner.receives(tcp_error(port.socket, "emsgsize"), tcp_closed(port.socket))
    else:
        getattr(port.peer, end)()
        owner.receives(tcp_closed(port.socket))
    port.maker.receives(reply(port.socket, error("closed")))


@clause("port_command/exit-signal-comes-before-badarg")
def test_badarg_comes_before_the_exit_signal(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    owner.erlang.unlink(port.socket)
    caller.erlang.link(port.socket)
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    owner.erlang.exit(port.socket, "boom")
    expect(pending.result(), Ended(Atom("boom")))


@clause("port_command/exit-signal-comes-before-badarg")
def test_badarg_comes_before_the_exit_message(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    caller.erlang.process_flag("trap_exit", True)
    caller.erlang.link(port.socket)
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    owner.erlang.port_close(port.socket)
    expect(pending.result(), BADARG)
    # It must be there already, so nothing is waited for.
    expect(caller.mailbox(), (("EXIT", port.socket, "normal"),))
    caller.receives(("EXIT", port.socket, "normal"))


def _reset(_: Scenario, port: Busy) -> None:
    port.peer.reset()


def _noticed_end(scenario: Scenario, port: Busy) -> None:
    receiving = scenario.process("reader").begin.gen_tcp.recv(port.socket, 0)
    receiving.is_blocked()
    port.peer.finish()
    expect(receiving.result(), error("closed"))


losses = pytest.mark.parametrize("lose", [_reset, _noticed_end], ids=["reset", "noticed-end"])


@losses
@clause("port_command/lost-connection-answers-the-busy-maker")
def test_lost_connection_leaves_the_busy_maker_without_an_answer(scenario: Scenario, lose: Loss) -> None:
    port = busy(scenario, scenario.process("owner"))
    lose(scenario, port)
    port.maker.receives(reply(port.socket, error("closed")))


@losses
@clause("port_command/lost-connection-answers-the-suspended")
def test_lost_connection_leaves_a_caller_without_an_answer(scenario: Scenario, lose: Loss) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    lose(scenario, port)
    expect(pending.result(), True)
    caller.receives(reply(port.socket, error("enotconn")))
    port.maker.kill()  # what it is told is another matter


@clause("port_command/lost-connection-is-not-busy")
def test_port_stays_busy_without_a_connection(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    port.peer.reset()
    port.maker.receives(reply(port.socket, error("closed")))
    expect(owner.erlang.port_command(port.socket, b"x", ["nosuspend"]), True)
    owner.receives(reply(port.socket, error("enotconn")))


@clause("port_command/port-close-returns-at-once")
def test_port_close_waits_for_the_queue(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    closing = owner.begin.erlang.port_close(port.socket)
    if not closing.has_returned():
        raise Unexpected("true", "it blocked")
    expect(closing.result(), True)
    expect(owner.erlang.port_command(port.socket, b"x"), BADARG)


@clause("port_command/port-close-tells-who-is-linked")
def test_port_close_tells_nobody(scenario: Scenario) -> None:
    owner, linked = scenario.processes("owner", "linked")
    port = busy(scenario, owner)
    for each in (owner, linked):
        each.erlang.process_flag("trap_exit", True)
    linked.erlang.link(port.socket)
    expect(owner.erlang.port_close(port.socket), True)
    expect(List(owner.mailbox()), [("EXIT", port.socket, "normal")], f"messages to {owner.name}")
    owner.receives(("EXIT", port.socket, "normal"))
    linked.receives(("EXIT", port.socket, "normal"))


@clause("port_command/closing-port-may-answer-about-options")
def test_closing_port_answers_by_halves(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    port = filled(scenario, owner)
    expect(owner.erlang.port_close(port.socket), True)
    asked = (
        stranger.inet.getopts(port.socket, ["active"]),
        stranger.inet.setopts(port.socket, [("active", "once")]),
        stranger.inet.getopts(port.socket, ["active"]),
    )
    answers = (ok([("active", False)]), ok(), ok([("active", "once")]))
    scenario.varies(asked, answers=answers, einval=(error("einval"),) * 3)


@clause("port_command/closing-port-neither-sends-nor-receives")
def test_closing_port_goes_on(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    port = filled(scenario, owner)
    expect(owner.erlang.port_close(port.socket), True)
    expect(stranger.gen_tcp.recv(port.socket, 0), error("closed"))
    expect(stranger.gen_tcp.send(port.socket, b"x"), error("closed"))


@clause("port_command/closing-port-neither-sends-nor-receives")
@pytest.mark.parametrize("does", ["sends", "resets"])
def test_closing_port_tells_what_the_peer_does(scenario: Scenario, does: str) -> None:
    owner = scenario.process("owner")
    port = filled(scenario, owner, active=True)
    expect(owner.erlang.port_close(port.socket), True)
    port.peer.send(b"in") if does == "sends" else port.peer.reset()
    owner.receives_nothing()


@clause("port_command/port-close-sends-what-was-taken")
def test_port_close_drops_the_queue(scenario: Scenario) -> None:
    owner, caller = scenario.processes("owner", "caller")
    port = busy(scenario, owner)
    port.maker.kill()  # whether it gets a reply is another matter
    pending = caller.begin.erlang.port_command(port.socket, b"x")
    caller.is_suspended()
    expect(owner.erlang.port_close(port.socket), True)
    expect(pending.result(), BADARG)
    port.peer.receives(port.given)
    port.peer.sees_fin()


@clause("port_command/kill-drops-what-is-queued")
@pytest.mark.parametrize("reason", ["kill", "shutdown"])
def test_killed_port_sends_what_is_queued(scenario: Scenario, reason: str) -> None:
    owner = scenario.process("owner")
    owner.erlang.process_flag("trap_exit", True)
    port = filled(scenario, owner)
    expect(owner.erlang.exit(port.socket, reason), True)
    owner.receives(("EXIT", port.socket, "killed" if reason == "kill" else reason))
    data, _ = port.peer.reads_to_the_end()
    if (data == port.given) is (reason == "kill") or not port.given.startswith(data):
        raise Unexpected("a part of what was sent" if reason == "kill" else "all that was sent", describe(data))


@clause("port_command/kill-answers-who-receives")
def test_receive_outlives_a_busy_port(scenario: Scenario) -> None:
    owner, receiver = scenario.processes("owner", "receiver")
    owner.erlang.process_flag("trap_exit", True)
    port = busy(scenario, owner)
    pending = receiver.begin.gen_tcp.recv(port.socket, 0)
    pending.is_blocked()
    expect(owner.erlang.exit(port.socket, "kill"), True)
    owner.receives(("EXIT", port.socket, "killed"))
    expect(pending.result(), error("closed"))
