"""The options of ``port_command/3`` on a port that is not busy, and wrong ones."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import expect, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.port_command.busy import busy, reply
from gen_tck.spec.terms import Atom, Improper, show, term


@clause("port_command/options-do-nothing-while-not-busy")
def test_option_is_refused(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for options in ([], ["force"], ["nosuspend"], ["force", "nosuspend"], ["nosuspend", "force"], ["force", "force"]):
        expect(owner.erlang.port_command(socket, b"hello", options), True, show(term(options)))
        owner.receives(reply(socket))
        peer.receives(b"hello")


WRONG_OPTIONS: list[object] = [
    ["suspend"],
    ["nosuspend", "suspend"],
    [("force", True)],
    [["force"]],
    "force",
    b"",
    Improper((Atom("force"),), Atom("nosuspend")),
]


@clause("port_command/wrong-options-are-badarg")
def test_wrong_options_are_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for options in WRONG_OPTIONS:
        expect(owner.erlang.port_command(socket, b"x", options), raised("error", "badarg"), show(term(options)))
    owner.receives_nothing()
    peer.sees_nothing()


@clause("port_command/wrong-options-come-first")
def test_wrong_options_wait_for_the_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(owner.erlang.port_command(port.socket, b"x", ["suspend"]), raised("error", "badarg"))
    expect(owner.erlang.port_command(port.socket, b"x", ["nosuspend", "suspend"]), raised("error", "badarg"))
    expect(owner.erlang.port_command(port.socket, b"x", ["force", "suspend"]), raised("error", "badarg"))
    port.drains()
    port.peer.sees_nothing()


@clause("port_command/refused-command-looks-at-no-data")
def test_bad_data_raise_though_busy(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(owner.erlang.port_command(port.socket, "bad", ["nosuspend"]), False)


@clause("port_command/suspended-command-finds-bad-data-later")
def test_bad_data_are_not_suspended(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    pending = owner.begin.erlang.port_command(port.socket, "bad")
    owner.is_suspended()
    port.drains()
    expect(pending.result(), raised("error", "badarg"))
    port.peer.sees_nothing()


@clause("port_command/forced-command-finds-bad-data-at-once")
def test_bad_data_are_forced(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = busy(scenario, owner)
    expect(owner.erlang.port_command(port.socket, "bad", ["force"]), raised("error", "badarg"))
    port.drains()
    port.peer.sees_nothing()
