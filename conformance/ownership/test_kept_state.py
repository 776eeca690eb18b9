"""What a socket keeps when it is transferred."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import error, expect, ok, tcp, tcp_passive, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("ownership/transfer-keeps-the-mode")
def test_transfer_makes_a_passive_socket_active(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=False)
    owner.gen_tcp.controlling_process(socket, new_owner)
    expect(new_owner.inet.getopts(socket, ["active"]), ok([("active", False)]))
    peer.send(b"data")
    new_owner.receives_nothing()
    expect(new_owner.gen_tcp.recv(socket, 0), ok(b"data"))


@clause("ownership/transfer-keeps-the-mode")
def test_transfer_ends_active_mode(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True, packet=1)
    owner.gen_tcp.controlling_process(socket, new_owner)
    expect(new_owner.inet.getopts(socket, ["active"]), ok([("active", True)]))
    peer.send(b"\x01a\x01b")
    new_owner.receives(tcp(socket, b"a"), tcp(socket, b"b"))


@clause("ownership/transfer-keeps-the-mode")
def test_transfer_uses_once_up(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active="once", packet=1)
    owner.gen_tcp.controlling_process(socket, new_owner)
    expect(new_owner.inet.getopts(socket, ["active"]), ok([("active", "once")]))
    peer.send(b"\x01a\x01b")
    new_owner.receives(tcp(socket, b"a"))


@clause("ownership/transfer-does-not-rearm-once", "ownership/messages-move-from-passive-sockets-too")
def test_transfer_rearms_once(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active="once", packet=1)
    peer.send(b"\x01a\x01b")
    owner.holds(tcp(socket, b"a"))
    owner.gen_tcp.controlling_process(socket, new_owner)
    expect(new_owner.inet.getopts(socket, ["active"]), ok([("active", False)]))
    new_owner.holds(tcp(socket, b"a"))
    new_owner.receives_nothing()
    new_owner.inet.setopts(socket, [("active", "once")])
    new_owner.receives(tcp(socket, b"a"), tcp(socket, b"b"))
    owner.holds()


@clause("ownership/transfer-keeps-the-count")
def test_transfer_resets_the_count(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=4, packet=1)
    peer.send(b"\x01a\x01b")
    owner.holds(tcp(socket, b"a"), tcp(socket, b"b"))
    owner.gen_tcp.controlling_process(socket, new_owner)
    expect(new_owner.inet.getopts(socket, ["active"]), ok([("active", 2)]))
    peer.send(b"\x01c\x01d\x01e")
    new_owner.receives(*[tcp(socket, each) for each in (b"a", b"b", b"c", b"d")], tcp_passive(socket))
    owner.holds()


@clause("ownership/transfer-keeps-a-partial-packet")
def test_transfer_drops_a_partial_packet(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=True, packet=4)
    peer.send(b"\x00\x00\x00\x04ab")
    # The part is to be read from the network before the transfer; there is no message to wait for.
    owner.receives_nothing()
    owner.gen_tcp.controlling_process(socket, new_owner)
    peer.send(b"cd")
    new_owner.receives(tcp(socket, b"abcd"))


@clause("ownership/transfer-leaves-receivers-alone")
def test_transfer_interrupts_a_strangers_receive(scenario: Scenario) -> None:
    owner, new_owner, receiver = scenario.processes("owner", "new owner", "receiver")
    socket, peer = scenario.connect(owner)
    receiving = receiver.begin.gen_tcp.recv(socket, 0)
    receiving.is_blocked()
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    receiving.is_blocked()
    peer.send(b"data")
    expect(receiving.result(), ok(b"data"))


@clause("ownership/transfer-leaves-receivers-alone")
def test_transfer_to_a_receiver_interrupts_it(scenario: Scenario) -> None:
    owner, receiver = scenario.processes("owner", "receiver")
    socket, peer = scenario.connect(owner)
    receiving = receiver.begin.gen_tcp.recv(socket, 0)
    receiving.is_blocked()
    expect(owner.gen_tcp.controlling_process(socket, receiver), ok())
    peer.send(b"data")
    expect(receiving.result(), ok(b"data"))
    expect(owner.gen_tcp.controlling_process(socket, owner), error("not_owner"))


@clause("ownership/transfer-leaves-acceptors-alone")
def test_transfer_interrupts_an_accept(scenario: Scenario) -> None:
    owner, new_owner, acceptor = scenario.processes("owner", "new owner", "acceptor")
    listener, port = scenario.listen(owner, active=True)
    accepting = acceptor.begin.gen_tcp.accept(listener)
    accepting.is_blocked()
    expect(owner.gen_tcp.controlling_process(listener, new_owner), ok())
    accepting.is_blocked()
    peer = scenario.dial(port)
    socket = value_of(accepting.result())
    peer.send(b"data")
    acceptor.receives(tcp(socket, b"data"))
