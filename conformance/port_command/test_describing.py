"""What a port tells of itself, and which ports there are."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import Unexpected, describe, elements, expect, fields, ok, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Improper, List, Term

SEVEN = ["name", "links", "id", "connected", "input", "output", "os_pid"]


def _names(info: object) -> list[str]:
    return [str(fields(each, 2)[0]) for each in elements(info)]


def _shaped(data: bytes, mode: str, header: int) -> Term:
    if mode == "list":
        return List(data)
    return Improper(tuple(data[:header]), data[header:]) if header else data


@clause("port_command/port-info-tells-seven-things")
def test_port_info_leaves_something_out(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    info = owner.erlang.port_info(socket)
    if _names(info) != SEVEN:
        raise Unexpected(", ".join(SEVEN), describe(info))
    for each in elements(info):
        expect(owner.erlang.port_info(socket, fields(each, 2)[0]), each)


@clause("port_command/port-info-tells-seven-things")
def test_name_is_not_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.register("my_port", socket), True)
    info = owner.erlang.port_info("my_port")
    if _names(info) != ["registered_name", *SEVEN]:
        raise Unexpected(f"registered_name, {', '.join(SEVEN)}", describe(info))
    expect(owner.erlang.port_info(socket, "registered_name"), ("registered_name", "my_port"))
    expect(owner.erlang.unregister("my_port"), True)
    expect(owner.erlang.port_info(socket, "registered_name"), [])


@clause("port_command/port-info-counts-commands")
def test_commands_are_not_counted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=2)
    expect(owner.erlang.port_command(socket, [b"four", [1]]), True)
    peer.receives(b"\x00\x05four\x01")
    owner.receives(("inet_reply", socket, "ok"))
    output = fields(owner.erlang.port_info(socket, "output"), 2)
    if not (output[0] == Atom("output") and isinstance(output[1], int) and output[1] >= 5):
        raise Unexpected("{output,Bytes} with 5 or more", describe(output))
    expect(owner.erlang.port_info(socket, "input"), ("input", 0))


@clause("port_command/port-info-counts-what-is-told-as-of-a-port")
@pytest.mark.parametrize("mode", ["binary", "list"])
@pytest.mark.parametrize("options", [{}, {"packet": 2}, {"header": 2}], ids=["raw", "packet-2", "header-2"])
def test_what_is_told_as_of_a_port_is_not_counted(scenario: Scenario, mode: str, options: dict[str, int]) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, mode, active="once", deliver="port", **options)
    expect(owner.erlang.port_info(socket, "input"), ("input", 0))
    header = b"\x00\x04" * ("packet" in options)
    for told in (4, 8):
        peer.send(header + b"four")
        owner.receives((socket, ("data", _shaped(b"four", mode, options.get("header", 0)))))
        expect(owner.erlang.port_info(socket, "input"), ("input", told))
        expect(owner.inet.setopts(socket, [("active", "once")]), ok())


@clause("port_command/port-info-counts-what-is-told-as-of-a-port")
def test_what_is_told_as_of_a_socket_or_received_is_counted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"told")
    owner.receives(("tcp", socket, b"told"))
    peer.send(b"received")
    expect(owner.gen_tcp.recv(socket, 8), ok(b"received"))
    expect(owner.erlang.port_info(socket, "input"), ("input", 0))
    expect(owner.inet.setopts(socket, [("deliver", "port"), ("active", "once")]), ok())
    peer.send(b"counted")
    owner.receives((socket, ("data", b"counted")))
    expect(owner.erlang.port_info(socket, "input"), ("input", 7))


@clause("port_command/port-info-names-who-watches")
def test_watcher_is_not_told(scenario: Scenario) -> None:
    owner, watcher = scenario.processes("owner", "watcher")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.port_info(socket, "monitored_by"), ("monitored_by", []))
    reference = watcher.erlang.monitor("port", socket)
    expect(owner.erlang.port_info(socket, "monitored_by"), ("monitored_by", [watcher.pid]))
    expect(watcher.erlang.demonitor(reference), True)
    expect(owner.erlang.port_info(socket, "monitored_by"), ("monitored_by", []))


@clause("port_command/port-info-of-an-unknown-item")
@pytest.mark.parametrize("item", ["foo", 1], ids=["atom", "number"])
def test_unknown_item_is_undefined(scenario: Scenario, item: object) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.port_info(socket, item), raised("error", "badarg"))


@clause("port_command/is-port-answers")
def test_socket_is_no_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.is_port(socket), True)


@clause("port_command/closed-port-is-a-port")
def test_closed_port_is_none(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.erlang.is_port(socket), True)


@clause("port_command/is-port-of-all-else")
@pytest.mark.parametrize("value", ["my_name", 1, b"", ("a", 1)], ids=["atom", "number", "binary", "tuple"])
def test_anything_is_a_port(scenario: Scenario, value: object) -> None:
    owner = scenario.process("owner")
    expect(owner.erlang.is_port(value), False)
    expect(owner.erlang.is_port(owner.pid), False)


def _is_listed(scenario: Scenario, *, closed: bool) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, _ = scenario.connect(owner)
    if closed:
        expect(owner.gen_tcp.close(socket), ok())
    listed = other.erlang.ports()
    if (socket in elements(listed)) is closed:
        raise Unexpected(f"{describe(socket)} {'in no place' if closed else 'among them'}", describe(listed))


@clause("port_command/ports-answers")
def test_port_is_not_listed(scenario: Scenario) -> None:
    _is_listed(scenario, closed=False)


@clause("port_command/closed-port-is-listed-no-more")
def test_closed_port_is_listed(scenario: Scenario) -> None:
    _is_listed(scenario, closed=True)


@clause("port_command/port-info-tells-seven-things")
def test_socket_is_a_process_of_the_system(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.erlang.port_info(socket, "os_pid"), ("os_pid", "undefined"))


@clause("port_command/port-info-of-an-item-answers")
@pytest.mark.parametrize("item", ["memory", "parallelism", "locking", "monitors", "monitored_by", "queue_size"])
def test_item_is_unknown(scenario: Scenario, item: str) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    found, _ = fields(owner.erlang.port_info(socket, item), 2)
    expect(found, item)
