"""What a transfer does to the mailboxes of former owner and new owner."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, tcp, tcp_closed, tcp_error, tcp_passive
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom


@clause("ownership/messages-move-to-the-heir")
def test_messages_are_left_behind(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True)
    messages = [tcp(socket, each) for each in (b"a", b"b", b"c")]
    for count, each in enumerate((b"a", b"b", b"c"), 1):
        peer.send(each)
        owner.holds(*messages[:count])
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    peer.send(b"d")
    owner.holds()
    new_owner.receives(*messages, tcp(socket, b"d"))


@clause("ownership/messages-of-a-port-move-to-the-heir")
def test_messages_of_a_port_are_left_behind(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True, deliver="port")
    message = (socket, (Atom("data"), b"data"))
    peer.send(b"data")
    owner.holds(message)
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    owner.holds()
    new_owner.receives(message)


@clause("ownership/other-messages-stay")
def test_ordinary_messages_are_disturbed(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True)
    owner.erlang.send(owner, "before")
    peer.send(b"data")
    owner.holds("before", tcp(socket, b"data"))
    others = [("tcp", "no_socket", b"data"), ("mine", socket, b"data"), "behind"]
    for each in others:
        owner.erlang.send(owner, each)
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    new_owner.receives(tcp(socket, b"data"))
    owner.receives("before", *others)


@clause("ownership/other-messages-stay")
def test_messages_of_another_socket_move(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    given, one_peer = scenario.connect(owner, active=True)
    kept, other_peer = scenario.connect(owner, active=True)
    other_peer.send(b"kept")
    owner.holds(tcp(kept, b"kept"))
    one_peer.send(b"given")
    owner.holds(tcp(kept, b"kept"), tcp(given, b"given"))
    expect(owner.gen_tcp.controlling_process(given, new_owner), ok())
    new_owner.receives(tcp(given, b"given"))
    owner.receives(tcp(kept, b"kept"))


@clause("ownership/moved-messages-join-the-end")
def test_moved_messages_jump_the_queue(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True)
    owner.erlang.send(new_owner, "first")
    peer.send(b"data")
    owner.holds(tcp(socket, b"data"))
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    owner.holds()
    new_owner.receives("first", tcp(socket, b"data"))


@clause("ownership/messages-move-from-passive-sockets-too")
def test_passive_sockets_messages_are_left_behind(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.send(b"data")
    owner.holds(tcp(socket, b"data"))
    owner.inet.setopts(socket, [("active", False)])
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    owner.holds()
    new_owner.receives(tcp(socket, b"data"))


@clause("ownership/end-of-stream-moves-to-the-heir")
def test_end_of_stream_is_left_behind(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True, exit_on_close=False, packet=1)
    peer.send(b"\x01a")
    peer.finish()
    owner.holds(tcp(socket, b"a"), tcp_closed(socket))
    scenario.settle()
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    owner.holds()
    new_owner.receives(tcp(socket, b"a"), tcp_closed(socket))


@clause("ownership/half-closed-socket-changes-owner")
def test_half_closed_socket_keeps_its_owner(scenario: Scenario) -> None:
    owner, new_owner, third = scenario.processes("owner", "new owner", "third")
    socket, peer = scenario.connect(owner, active=True, exit_on_close=False)
    peer.finish()
    owner.holds(tcp_closed(socket))
    scenario.settle()
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    new_owner.receives(tcp_closed(socket))
    expect(owner.gen_tcp.controlling_process(socket, third), error("not_owner"))
    owner.kill()
    expect(new_owner.gen_tcp.send(socket, b"still here"), ok())
    peer.receives(b"still here")


@clause("ownership/tcp-passive-moves-to-the-heir")
def test_tcp_passive_is_left_behind(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=1)
    peer.send(b"data")
    owner.holds(tcp(socket, b"data"), tcp_passive(socket))
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    owner.holds()
    new_owner.receives(tcp(socket, b"data"), tcp_passive(socket))


@clause("ownership/tcp-error-moves-to-the-heir")
def test_tcp_error_is_left_behind(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True, exit_on_close=False, show_econnreset=True)
    peer.reset()
    owner.holds(tcp_error(socket, "econnreset"), tcp_closed(socket))
    scenario.settle()
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    owner.holds()
    new_owner.receives(tcp_error(socket, "econnreset"), tcp_closed(socket))


@clause("ownership/no-message-is-lost-between-owners")
@pytest.mark.parametrize("hops", [1, 6])
def test_stream_breaks_between_owners(scenario: Scenario, hops: int) -> None:
    owners = scenario.processes(*[f"owner {number}" for number in range(hops + 1)])
    packets = [number.to_bytes(4, "big") for number in range(60 * (hops + 1))]
    socket, peer = scenario.connect(owners[0], active=True, packet=4)
    for number in range(hops):
        stream = packets[60 * number : 60 * (number + 1)]
        peer.pour(b"".join(len(each).to_bytes(4, "big") + each for each in stream))
        # Not waiting for these packets to arrive: some are to come before, some during and some after the transfer.
        expect(owners[number].gen_tcp.controlling_process(socket, owners[number + 1]), ok())
    peer.pour(b"".join(len(each).to_bytes(4, "big") + each for each in packets[60 * hops :]))
    owners[-1].receives(*[tcp(socket, each) for each in packets])
