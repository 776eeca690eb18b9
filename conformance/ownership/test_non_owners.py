"""What processes other than the owner may do with a socket."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, tcp, tcp_closed, tcp_passive, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("ownership/non-owner-may-send")
def test_stranger_cannot_send(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner)
    expect(stranger.gen_tcp.send(socket, b"data"), ok())
    peer.receives(b"data")


@clause("ownership/non-owner-may-receive")
def test_stranger_cannot_receive(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner)
    peer.send(b"waiting")
    expect(stranger.gen_tcp.recv(socket, 0), ok(b"waiting"))
    receiving = stranger.begin.gen_tcp.recv(socket, 0)
    receiving.is_blocked()
    peer.send(b"coming")
    expect(receiving.result(), ok(b"coming"))


@clause("ownership/non-owner-may-close")
def test_stranger_cannot_close(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner)
    expect(stranger.gen_tcp.close(socket), ok())
    peer.sees_fin()
    expect(owner.gen_tcp.send(socket, b"data"), error("closed"))


@clause("ownership/non-owner-may-shut-down")
def test_stranger_cannot_shut_down(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner)
    expect(stranger.gen_tcp.shutdown(socket, "write"), ok())
    peer.sees_fin()
    peer.send(b"answer")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"answer"))


@clause("ownership/non-owner-may-set-options")
@pytest.mark.parametrize("mode", [True, "once"], ids=["true", "once"])
def test_stranger_gets_the_messages_it_asked_for(scenario: Scenario, mode: object) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner)
    peer.send(b"waiting")
    expect(stranger.inet.setopts(socket, [("active", mode)]), ok())
    owner.receives(tcp(socket, b"waiting"))
    stranger.receives_nothing()


@clause("ownership/tcp-passive-goes-to-the-owner")
def test_stranger_gets_tcp_passive(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, _ = scenario.connect(owner, active=3)
    expect(stranger.inet.setopts(socket, [("active", -3)]), ok())
    owner.receives(tcp_passive(socket))
    stranger.receives_nothing()


@clause("ownership/non-owner-may-ask")
@pytest.mark.parametrize("question", ["peername", "sockname", "getstat", "getopts"])
def test_stranger_gets_no_answer(scenario: Scenario, question: str) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"counted")
    owner.receives(tcp(socket, b"counted"))
    more = [["active"]] if question == "getopts" else []
    answer = getattr(owner.inet, question)(socket, *more)
    value_of(answer)
    expect(getattr(stranger.inet, question)(socket, *more), answer)


@clause("ownership/non-owners-failure-is-its-own")
def test_strangers_failure_is_the_owners(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner, active=True)
    peer.reset()
    owner.holds(tcp_closed(socket))
    scenario.settle()
    expect(stranger.gen_tcp.send(socket, b"data"), error("closed"))
    stranger.receives_nothing()
    owner.receives_nothing()


@clause("ownership/former-owner-may-use-the-socket")
def test_former_owner_is_locked_out(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner)
    owner.gen_tcp.controlling_process(socket, new_owner)
    expect(owner.gen_tcp.send(socket, b"out"), ok())
    peer.receives(b"out")
    peer.send(b"in")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"in"))
    expect(owner.inet.setopts(socket, [("active", "once")]), ok())
    peer.send(b"message")
    new_owner.receives(tcp(socket, b"message"))
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()
