"""Which port a command is for, and who may give it."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import expect, ok, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.port_command.busy import reply
from gen_tck.spec.terms import Atom, show, string, term

BADARG = raised("error", "badarg")


@clause("port_command/closed-port-is-badarg")
def test_closed_port_is_ignored(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.erlang.port_command(socket, b"x"), BADARG)
    for options in ([], ["nosuspend"], ["force"]):
        expect(owner.erlang.port_command(socket, b"x", options), BADARG)


@clause("port_command/unregistered-name-is-badarg")
def test_unknown_name_is_ignored(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.erlang.port_command("my_absent_port", b"x"), BADARG)
    expect(owner.erlang.port_command("my_absent_port", b"x", ["nosuspend"]), BADARG)


@clause("port_command/name-of-a-process-is-badarg")
def test_process_takes_a_command(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    expect(other.erlang.register("my_process", other), True)
    expect(owner.erlang.port_command("my_process", b"x"), BADARG)
    other.receives_nothing()


@clause("port_command/what-is-no-port-is-badarg")
def test_something_else_takes_a_command(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    reference = owner.erlang.monitor("process", owner)
    for no_port in (owner.pid, reference, 1, string("tcp_inet"), b"tcp_inet"):
        expect(owner.erlang.port_command(no_port, b"x"), BADARG, show(term(no_port)))


@clause("port_command/registered-name-stands-for-the-port")
def test_name_of_a_port_is_refused(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.erlang.register("my_port", socket), True)
    expect(owner.erlang.port_command("my_port", b"2"), True)
    expect(owner.erlang.port_command("my_port", b"3", ["nosuspend"]), True)
    owner.receives(reply(socket), reply(socket))
    peer.receives(b"23")


@clause("port_command/name-ends-with-the-registration")
def test_name_outlives_its_registration(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.register("my_port", socket), True)
    expect(owner.erlang.unregister("my_port"), True)
    expect(owner.erlang.port_command("my_port", b"x"), BADARG)


@clause("port_command/name-ends-with-the-registration")
def test_name_outlives_its_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.register("my_port", socket), True)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.erlang.port_command("my_port", b"x"), BADARG)


@clause("port_command/name-ends-with-the-registration")
def test_name_of_a_closed_port_is_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    other, _ = scenario.connect(owner)
    expect(owner.erlang.register("other_port", other), True)
    expect(owner.erlang.register("my_port", socket), True)
    expect(owner.erlang.port_info(socket, "registered_name"), ("registered_name", "my_port"))
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.erlang.register("my_port", owner), True)
    expect(owner.erlang.port_command("other_port", b"x"), True)
    owner.receives(reply(other))


@clause("port_command/one-port-one-name")
@pytest.mark.parametrize("why", ["named", "closed", "taken", "undefined", "no atom"])
def test_name_is_given_to_what_can_have_none(scenario: Scenario, why: str) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    name: object = {"undefined": "undefined", "no atom": 7}.get(why, "my_port")
    if why == "named":
        expect(owner.erlang.register("other_name", socket), True)
    elif why == "taken":
        expect(owner.erlang.register(name, owner), True)
    elif why == "closed":
        expect(owner.gen_tcp.close(socket), ok())
    expect(owner.erlang.register(name, socket), BADARG)


@clause("port_command/link-to-a-closed-port")
@pytest.mark.parametrize("trap_exit", [False, True])
def test_closed_port_is_linked_to(scenario: Scenario, trap_exit: bool) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, _ = scenario.connect(owner)
    expect(other.erlang.process_flag("trap_exit", trap_exit), False)
    expect(owner.gen_tcp.close(socket), ok())
    if trap_exit:
        expect(other.erlang.link(socket), True)
        other.receives((Atom("EXIT"), socket, Atom("noproc")))
    else:
        expect(other.erlang.link(socket), raised("error", "noproc"))
    other.is_alive()


@clause("port_command/unread-reply-and-the-new-owner")
def test_unread_reply_gets_lost(scenario: Scenario) -> None:
    owner, heir = scenario.processes("owner", "heir")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.port_command(socket, b"x"), True)
    owner.holds(reply(socket))
    expect(owner.gen_tcp.controlling_process(socket, heir), ok())
    scenario.settle()
    held = (len(owner.mailbox()), len(heir.mailbox()))
    if scenario.varies(held, moved=(0, 1), left=(1, 0)) == "moved":
        owner.holds()
        heir.receives(reply(socket))
    else:
        owner.receives(reply(socket))


@clause("port_command/any-process-may-command")
def test_stranger_is_refused(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    expect(other.erlang.port_command(socket, b"2"), True)
    expect(other.erlang.port_command(socket, b"3", []), True)
    other.receives(*[reply(socket)] * 2)
    peer.receives(b"23")


@clause("port_command/any-process-may-command")
def test_stranger_becomes_the_owner(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner, active=True)
    expect(other.erlang.port_command(socket, b"x"), True)
    other.receives(reply(socket))
    expect(owner.erlang.port_info(socket, "connected"), ("connected", owner.pid))
    other.kill()
    peer.receives(b"x")
    peer.sees_nothing()


@clause("port_command/port-info-of-a-closed-port")
def test_closed_port_has_a_description(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.erlang.port_info(socket, "name"), "undefined")


@clause("port_command/port-info-names-the-driver")
def test_socket_is_no_tcp_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.port_info(socket, "name"), ("name", string("tcp_inet")))


@clause("port_command/port-info-names-the-owner")
def test_port_info_names_another_owner(scenario: Scenario) -> None:
    owner, asker = scenario.processes("owner", "asker")
    socket, _ = scenario.connect(owner)
    expect(asker.erlang.port_info(socket, "connected"), ("connected", owner.pid))


@clause("port_command/port-info-lists-the-links")
def test_owner_is_not_linked(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.port_info(socket, "links"), ("links", [owner.pid]))
    owner.erlang.unlink(socket)
    expect(owner.erlang.port_info(socket, "links"), ("links", []))
    expect(owner.gen_tcp.close(socket), ok())  # nobody's end is its end now


@clause("port_command/port-info-tells-the-registered-name")
def test_socket_hides_its_name(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.port_info(socket, "registered_name"), [])
    expect(owner.erlang.register("my_port", socket), True)
    expect(owner.erlang.port_info(socket, "registered_name"), ("registered_name", "my_port"))


@clause("port_command/port-info-takes-a-name")
def test_name_has_no_port_info(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.register("my_port", socket), True)
    expect(owner.erlang.port_info("my_port", "name"), ("name", string("tcp_inet")))
