"""What the peer's end does to the other direction."""

from __future__ import annotations

from typing import Any

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, one_of, tcp_closed, tcp_error
from gen_tck.conformance.harness.marks import clause, requires
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Term


def half_open(scenario: Scenario, owner: Actor, **options: Any) -> tuple[Term, RemotePeer]:
    """An active socket that is half open: its owner has received the closed message."""
    socket, peer = scenario.connect(owner, active=True, exit_on_close=False, **options)
    peer.finish()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    return socket, peer


@clause("closing/end-closes-the-socket")
def test_active_socket_stays_half_open(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.finish()
    owner.receives(tcp_closed(socket))
    peer.sees_fin()


@clause("closing/noticed-end-closes-the-socket")
def test_passive_socket_stays_half_open(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.finish()
    peer.sees_nothing()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    peer.sees_fin()


@clause("closing/half-open-socket-sends")
def test_active_half_open_socket_is_closed(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = half_open(scenario, owner)
    peer.sees_nothing()
    expect(owner.gen_tcp.send(socket, b"x"), ok())
    peer.receives(b"x")
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()


@clause("closing/half-open-socket-sends")
def test_passive_half_open_socket_is_closed(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=False)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    peer.sees_nothing()
    expect(owner.gen_tcp.send(socket, b"x"), ok())
    peer.receives(b"x")
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()


@clause("closing/half-open-socket-sends")
@pytest.mark.parametrize("option", [("exit_on_close", True), ("deliver", "term")], ids=["exit-on-close", "another"])
def test_option_closes_a_half_open_socket(scenario: Scenario, option: tuple[str, object]) -> None:
    owner = scenario.process("owner")
    socket, peer = half_open(scenario, owner)
    expect(owner.inet.setopts(socket, [option]), one_of(ok(), error("einval")))  # as closing/arming-a-half-open-socket
    scenario.settle()
    expect(owner.gen_tcp.send(socket, b"x"), ok())
    peer.receives(b"x")
    peer.sees_nothing()


@clause("closing/half-open-recv-repeats-closed")
def test_half_open_recv_tires(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=False)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    expect(owner.gen_tcp.send(socket, b"x"), ok())
    expect(owner.gen_tcp.recv(socket, 5), error("closed"))


@clause("closing/half-open-recv-repeats-closed")
def test_half_open_recv_returns_what_was_too_little(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=False)
    peer.send(b"abc")
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 5), error("closed"))
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    expect(owner.gen_tcp.recv(socket, 3), error("closed"))


@clause("closing/half-open-recv-repeats-closed")
@requires("closing/shown-reset-is-a-recv-error")
def test_bytes_that_were_too_few_outlive_a_reset(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner, exit_on_close=False, show_econnreset=True)
    pending = reader.begin.gen_tcp.recv(socket, 10)
    peer.send(b"abc")
    pending.is_blocked()
    peer.reset()
    expect(pending.result(), error("econnreset"))
    expect(reader.gen_tcp.recv(socket, 3), error("closed"))


@clause("closing/mode-of-a-half-open-socket")
def test_half_open_socket_has_another_mode(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = half_open(scenario, owner)
    seen = owner.inet.getopts(socket, ["active"])
    scenario.varies(seen, unchanged=ok([("active", True)]), passive=ok([("active", False)]), einval=error("einval"))


@clause("closing/arming-a-half-open-socket")
def test_arming_a_half_open_socket_breaks(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = half_open(scenario, owner)
    scenario.varies(owner.inet.setopts(socket, [("active", True)]), ok=ok(), einval=error("einval"))
    owner.receives_nothing()


def shut_down_half_open(scenario: Scenario, owner: Actor) -> tuple[Term, RemotePeer]:
    socket, peer = scenario.connect(owner, exit_on_close=False)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    return socket, peer


@clause("closing/shutdown-ends-a-half-open-socket")
def test_half_open_socket_is_not_shut_down(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = shut_down_half_open(scenario, owner)
    peer.sees_fin()
    expect(owner.gen_tcp.send(socket, b"y"), error("closed"))


@clause("closing/mode-after-both-ends")
def test_mode_breaks_after_both_ends(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = shut_down_half_open(scenario, owner)
    expect(owner.gen_tcp.send(socket, b"y"), error("closed"))
    seen = owner.inet.getopts(socket, ["active"])
    scenario.varies(seen, passive=ok([("active", False)]), einval=error("einval"))


@clause("closing/exit-on-close-may-be-set-later")
def test_late_exit_on_close_is_ignored(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    expect(owner.inet.setopts(socket, [("exit_on_close", False)]), ok())
    peer.finish()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    expect(owner.gen_tcp.send(socket, b"x"), ok())
    peer.receives(b"x")
    peer.sees_nothing()


@clause("closing/sends-after-a-half-open-reset")
@pytest.mark.parametrize("shut_down", [False, True])
def test_active_half_open_socket_is_shut_down_after_a_shown_reset(scenario: Scenario, shut_down: bool) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, exit_on_close=False, show_econnreset=True)
    peer.reset()
    owner.receives(tcp_error(socket, "econnreset"), tcp_closed(socket))
    scenario.settle()
    closed, enotconn, econnreset = error("closed"), error("enotconn"), error("econnreset")
    if shut_down:
        expect(owner.gen_tcp.shutdown(socket, "write"), one_of(enotconn, closed))
    scenario.varies(
        tuple(owner.gen_tcp.send(socket, b"x") for _ in range(3)),
        enotconn=(closed if shut_down else econnreset, enotconn, enotconn),
        closed=(closed, closed, closed),
        econnreset=(econnreset, closed, closed),
    )
    scenario.settle()
    owner.receives(*[tcp_error(socket, "econnreset")] * min(1, len(owner.mailbox())))  # it may be told of it again
