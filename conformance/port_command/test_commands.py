"""What a command does to a port that is not busy."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, raised, tcp_closed
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.port_command.busy import reply
from gen_tck.spec.terms import Improper, List, show, string, term


@clause("port_command/command-sends-its-data")
def test_command_sends_something_else(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.erlang.port_command(socket, b"hello"), True)
    peer.receives(b"hello")
    owner.receives(reply(socket))
    peer.sees_nothing()


@clause("port_command/reply-goes-to-the-caller")
def test_owner_gets_the_reply(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    expect(other.erlang.port_command(socket, b"hello"), True)
    other.receives(reply(socket))
    owner.receives_nothing()
    peer.receives(b"hello")


@clause("port_command/one-reply-per-command")
def test_replies_are_merged_or_doubled(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for _ in range(5):
        expect(owner.erlang.port_command(socket, b"x"), True)
    owner.receives(*[reply(socket)] * 5)
    peer.receives(b"xxxxx")


@clause("port_command/commands-of-one-caller-keep-their-order")
def test_commands_overtake_each_other(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    data = [b"%03d." % number for number in range(30)]
    for each in data:
        expect(owner.erlang.port_command(socket, each), True)
    peer.receives(b"".join(data))
    owner.receives(*[reply(socket)] * 30)


@clause("port_command/takes-any-iodata")
def test_iodata_is_refused(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for data, sent in (
        (b"binary", b"binary"),
        (string("string"), b"string"),
        ([0, 255], b"\0\xff"),
        ([b"a", [b"b", [99]], [], b"d"], b"abcd"),
        (Improper((97, b"b"), b"c"), b"abc"),
    ):
        expect(owner.erlang.port_command(socket, data), True)
        owner.receives(reply(socket))
        peer.receives(sent)


BAD_DATA: list[object] = [
    "atom",
    1.0,
    [256],
    [-1],
    ["atom"],
    [1.0],
    (b"tuple",),
    {},
    Improper((1,), 2),
    [b"good", ["bad"]],
]


@clause("port_command/bad-data-is-badarg")
def test_bad_data_are_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for data in BAD_DATA:
        expect(owner.erlang.port_command(socket, data), raised("error", "badarg"), show(term(data)))
    owner.receives_nothing()
    expect(owner.erlang.port_command(socket, b"good"), True)
    owner.receives(reply(socket))
    peer.receives(b"good")


@clause("port_command/empty-command-is-answered")
def test_empty_command_gets_no_reply(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for data in (b"", [], [b"", []]):
        expect(owner.erlang.port_command(socket, data), True)
        owner.receives(reply(socket))
    peer.sees_nothing()


@clause("port_command/command-is-framed")
def test_command_goes_without_a_header(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=4)
    expect(owner.erlang.port_command(socket, [b"a", b"bc"]), True)
    expect(owner.erlang.port_command(socket, b""), True)
    peer.receives(b"\0\0\0\x03abc\0\0\0\0")
    owner.receives(reply(socket), reply(socket))


@clause("port_command/failure-is-told-in-the-reply")
def test_listener_raises(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner)
    expect(owner.erlang.port_command(listener, b"x"), True)
    owner.receives(reply(listener, error("enotconn")))


@clause("port_command/failure-is-told-in-the-reply", "sending/failed-send-closes-the-socket")
@pytest.mark.parametrize("exit_on_close", [True, False], ids=["closes", "stays"])
def test_command_that_ends_the_connection_is_not_answered(scenario: Scenario, exit_on_close: bool) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=True, exit_on_close=exit_on_close)
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    expect(owner.erlang.port_command(socket, b"x"), True)
    scenario.settle()
    told, refusal = owner.mailbox(), reply(socket, error("closed"))
    scenario.varies(List(told), closes=[tcp_closed(socket), refusal], stays_open=[refusal])
    owner.receives(*told)


@clause("port_command/command-after-the-peers-close")
def test_unnoticed_close_is_never_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.close()
    expect(owner.erlang.port_command(socket, b"1"), True)
    owner.receives(reply(socket))
    scenario.settle()  # the reset comes back
    expect(owner.erlang.port_command(socket, b"2"), True)
    owner.receives(reply(socket, error("closed")))
    expect(owner.erlang.port_command(socket, b"3"), True)
    owner.receives(reply(socket, error("enotconn")))


@clause("port_command/command-after-a-noticed-close")
def test_noticed_close_is_told_as_something_else(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.close()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    expect(owner.erlang.port_command(socket, b"1"), True)
    owner.receives(reply(socket, error("closed")))
    expect(owner.erlang.port_command(socket, b"2"), True)
    owner.receives(reply(socket, error("enotconn")))


@clause("port_command/command-after-shutdown")
def test_command_is_sent_after_the_end_of_stream(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    peer.sees_fin()
    expect(owner.erlang.port_command(socket, b"1"), True)
    owner.receives(reply(socket, error("closed")))
    expect(owner.erlang.port_command(socket, b"2"), True)
    owner.receives(reply(socket, error("enotconn")))
