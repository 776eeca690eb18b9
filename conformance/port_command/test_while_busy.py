"""What goes through a busy port, and what does not: ``nosuspend``, ``force`` and other calls."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import Unexpected, error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.port_command.busy import FLOOD, busy, filled, reply
from gen_tck.spec.terms import Atom


@clause("port_command/nosuspend-returns-false")
def test_nosuspend_waits(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    pending = owner.begin.erlang.port_command(port.socket, b"x", ["nosuspend"])
    if not pending.has_returned():
        raise Unexpected("false", "it was suspended")
    expect(pending.result(), False)


@clause("port_command/refused-command-leaves-nothing")
def test_refused_command_is_sent_later(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(owner.erlang.port_command(port.socket, b"x", ["nosuspend"]), False)
    port.drains()
    owner.receives_nothing()
    port.peer.sees_nothing()


@clause("port_command/options-do-nothing-while-not-busy")
def test_nosuspend_stays_false(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(owner.erlang.port_command(port.socket, b"x", ["nosuspend"]), False)
    port.drains()
    expect(owner.erlang.port_command(port.socket, b"y", ["nosuspend"]), True)
    owner.receives(reply(port.socket))
    port.peer.receives(b"y")


@clause("port_command/force-goes-through")
def test_force_waits(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    pending = port.maker.begin.erlang.port_command(port.socket, b"forced", ["force"])
    if not pending.has_returned():
        raise Unexpected("true", "it was suspended")
    expect(pending.result(), True)
    port.maker.kill()  # what replies it gets is another matter
    port.peer.receives(port.given + b"forced")


@clause("port_command/forced-command-keeps-its-place")
def test_forced_command_overtakes(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    port = busy(scenario, owner)
    waiting = other.begin.erlang.port_command(port.socket, b"later")
    other.is_suspended()
    expect(port.maker.erlang.port_command(port.socket, b"1", ["force"]), True)
    expect(port.maker.erlang.port_command(port.socket, b"2", ["force"]), True)
    port.maker.kill()  # what replies it gets is another matter
    port.peer.receives(port.given + b"12later")
    expect(waiting.result(), True)
    other.receives(reply(port.socket))


@clause("port_command/force-beats-nosuspend")
def test_nosuspend_beats_force(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(port.maker.erlang.port_command(port.socket, b"1", ["force", "nosuspend"]), True)
    expect(port.maker.erlang.port_command(port.socket, b"2", ["nosuspend", "force"]), True)
    port.maker.kill()
    port.peer.receives(port.given + b"12")


@clause("port_command/socket-allows-force")
@pytest.mark.parametrize(
    "options", [["force"], ["force", "nosuspend"], ["nosuspend", "force"]], ids=["force", "both", "turned"]
)
def test_socket_does_not_support_force(scenario: Scenario, options: list[str]) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(port.maker.erlang.port_command(port.socket, b"x", options), True)
    port.maker.kill()  # what replies it gets is another matter
    listener, _ = scenario.listen(owner)
    expect(owner.erlang.port_command(listener, b"x", options), True)
    owner.receives(reply(listener, error("enotconn")))
    socket, peer = scenario.connect(owner)
    expect(owner.erlang.port_command(socket, b"x", options), True)
    owner.receives(reply(socket))
    peer.receives(b"x")


@clause("port_command/force-leaves-the-port-busy")
def test_forced_command_ends_busy(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(port.maker.erlang.port_command(port.socket, b"1", ["force"]), True)
    expect(owner.erlang.port_command(port.socket, b"2", ["nosuspend"]), False)
    port.maker.kill()
    port.peer.receives(port.given + b"1")


@clause("port_command/every-accepted-command-is-answered")
def test_forced_command_takes_the_reply_of_another(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(owner.erlang.port_command(port.socket, b"x", ["force"]), True)
    port.peer.receives(port.given + b"x")
    owner.receives(reply(port.socket))
    port.maker.receives(reply(port.socket))


@clause("port_command/every-accepted-command-is-answered")
def test_several_forced_commands_get_one_reply(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    for _ in range(3):
        expect(owner.erlang.port_command(port.socket, b"x", ["force"]), True)
    port.peer.receives(port.given + b"xxx")
    owner.receives(*[reply(port.socket)] * 3)
    port.maker.receives(reply(port.socket))


@clause("port_command/every-accepted-command-is-answered")
def test_command_after_a_shutdown_gets_no_reply(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(owner.gen_tcp.shutdown(port.socket, "write"), ok())
    expect(owner.erlang.port_command(port.socket, b"x", ["force"]), True)
    owner.receives(reply(port.socket, ("error", "closed")))
    port.maker.receives(reply(port.socket, ("error", "closed")))


@clause("port_command/busy-stops-commands-only")
def test_option_calls_wait(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    port = busy(scenario, owner)
    expect(other.inet.setopts(port.socket, [("active", False)]), ok())
    expect(other.inet.getopts(port.socket, ["active"]), ok([("active", False)]))
    expect(other.erlang.port_info(port.socket, "connected"), ("connected", owner.pid))
    expect(other.erlang.port_command(port.socket, b"x", ["nosuspend"]), False)


@clause("port_command/busy-stops-commands-only")
def test_receive_waits(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    port.peer.send(b"in")
    expect(owner.gen_tcp.recv(port.socket, 0), ok(b"in"))
    expect(owner.erlang.port_command(port.socket, b"x", ["nosuspend"]), False)


@clause("port_command/busy-stops-commands-only")
def test_port_connect_waits(scenario: Scenario) -> None:
    owner, new = scenario.processes("owner", "new")
    port = busy(scenario, owner)
    expect(owner.erlang.port_connect(port.socket, new), True)
    expect(owner.erlang.unlink(port.socket), True)
    owner.kill()
    expect(new.erlang.port_info(port.socket, "connected"), ("connected", new.pid))
    expect(new.erlang.port_command(port.socket, b"x", ["nosuspend"]), False)
    port.drains()


@clause("port_command/refused-commands-leave-no-busy-port")
def test_refused_commands_keep_the_port_busy(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    crowd = scenario.processes("1", "2", "3", "4")
    port = filled(scenario, owner)
    taken = dict.fromkeys(crowd, 0)
    read = b""
    for _ in range(20):
        pending = [(each, each.begin.erlang.port_command(port.socket, bytes(500), ["nosuspend"])) for each in crowd]
        read += port.peer.reads(2000)
        for each, call in pending:
            taken[each] += call.result() == Atom("true")
    total = 500 * sum(taken.values())
    read += port.peer.reads(len(FLOOD) + total - len(read))
    expect(read[len(FLOOD) :], bytes(total))
    for each, count in taken.items():
        each.receives(*[reply(port.socket)] * count)
    expect(owner.erlang.port_command(port.socket, b"", ["nosuspend"]), True)
    owner.receives(reply(port.socket))
