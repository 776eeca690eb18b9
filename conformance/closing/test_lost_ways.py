"""Connections whose peer cannot be reached any more: what is under way gets lost, and why is known."""

from __future__ import annotations

import pytest

from gen_tck.conformance.closing.losing import HOSTS, connected, loses_its_way
from gen_tck.conformance.closing.test_any_end import are_answered, is_told_once
from gen_tck.conformance.closing.vanishing import told_of_the_end
from gen_tck.conformance.harness.expect import error, expect, tcp, tcp_closed, tcp_error
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.routes import LOSSES


@clause("closing/lost-way-is-an-error-message")
@pytest.mark.parametrize("mode", [True, "once", 3])
def test_lost_way_looks_like_an_end(scenario: Scenario, mode: object) -> None:
    owners = {how: scenario.process(how) for how in LOSSES}
    sockets = {how: connected(scenario, owner, how, {"active": mode}) for how, owner in owners.items()}
    for how, (socket, peer) in sockets.items():
        loses_its_way(owners[how], socket, peer, how)
    for how, (socket, _) in sockets.items():
        told_of_the_end(scenario, owners[how], socket)
        owners[how].receives(tcp_error(socket, how), tcp_closed(socket))
        owners[how].receives_nothing()


@clause("closing/lost-way-is-a-recv-error")
def test_lost_way_leaves_the_receiver_waiting(scenario: Scenario) -> None:
    (sender,) = scenario.processes("sender")
    owners = {how: scenario.process(how) for how in LOSSES}
    sockets = {how: connected(scenario, owner, how) for how, owner in owners.items()}
    receives = {how: owner.begin.gen_tcp.recv(sockets[how][0], 0) for how, owner in owners.items()}
    for how, receive in receives.items():
        receive.is_blocked()
        loses_its_way(sender, *sockets[how], how)
    for how, receive in receives.items():
        expect(receive.result(), error(how))
        owners[how].is_alive()
        owners[how].receives_nothing()


@clause("closing/lost-way-is-an-error-message", "closing/all-data-comes-before-the-closed-message")
def test_lost_way_takes_data_back(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = connected(scenario, owner, options={"active": True})
    peer.send(b"abc")
    loses_its_way(owner, socket, peer)
    told_of_the_end(scenario, owner, socket)
    owner.receives(tcp(socket, b"abc"), tcp_error(socket, "ehostunreach"), tcp_closed(socket))


@clause("closing/lost-way-is-lost-for-others", "opening/host-out-of-reach")
def test_lost_way_is_lost_to_one_alone(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    for how in LOSSES:
        _, peer = connected(scenario, owner, how)
        peer.lose_way(how)
        expect(other.gen_tcp.connect(HOSTS[how], scenario.port(), []), error(how))


@clause("closing/owner-is-told-of-any-end-once", "closing/lost-way-is-an-error-message")
def test_lost_way_is_told_too_often_or_not_at_all(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, peer = connected(scenario, owner, options={"active": True, "show_econnreset": True})
    loses_its_way(sender, socket, peer)
    is_told_once(scenario, owner, socket)


@clause("closing/any-end-answers-who-waits", "closing/lost-way-is-a-recv-error")
def test_lost_way_leaves_somebody_waiting(scenario: Scenario) -> None:
    owner, receiver, sender = scenario.processes("owner", "receiver", "sender")
    socket, peer = connected(scenario, owner, options={"show_econnreset": True})
    receive = receiver.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    loses_its_way(sender, socket, peer)
    are_answered([receive])
    owner.is_alive()
    receiver.is_alive()
    owner.receives_nothing()
