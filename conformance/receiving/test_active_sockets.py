"""``recv`` on sockets that are or were active."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("receiving/active-socket-refuses-receive")
@pytest.mark.parametrize("mode", [True, "once"])
def test_receive_takes_from_an_active_socket(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=mode)
    expect(owner.gen_tcp.recv(socket, 0, 1), error("einval"))
    expect(owner.gen_tcp.recv(socket, 3), error("einval"))
    peer.send(b"abc")
    owner.receives(tcp(socket, b"abc"))


@clause("receiving/counting-socket-refuses-receive")
def test_receive_takes_from_a_counting_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=3)
    expect(owner.gen_tcp.recv(socket, 0), error("einval"))
    peer.send(b"abc")
    owner.receives(tcp(socket, b"abc"))
    expect(owner.gen_tcp.recv(socket, 0), error("einval"))
    expect(owner.inet.getopts(socket, ["active"]), ok([("active", 2)]))


@clause("receiving/other-options-leave-delivery-alone")
@pytest.mark.parametrize("mode", [True, "once"])
def test_unrelated_option_stops_delivery(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=mode)
    expect(owner.inet.setopts(socket, [("nodelay", True)]), ok())
    peer.send(b"data")
    owner.receives(tcp(socket, b"data"))
    expect(owner.inet.getopts(socket, ["active"]), ok([("active", mode is True)]))


@clause("modes/once-leaves-the-rest-for-receives")
def test_receive_takes_a_message_of_its_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"told")
    owner.holds(tcp(socket, b"told"))
    receive = owner.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    peer.send(b"received")
    expect(receive.result(), ok(b"received"))
    owner.receives(tcp(socket, b"told"))
