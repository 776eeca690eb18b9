"""Shutting down one direction, or both."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, raised, tcp, tcp_closed
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("closing/shutdown-write-is-seen-by-the-peer")
def test_shutdown_keeps_the_end_from_the_peer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.send(socket, b"question"), ok())
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    peer.receives(b"question")
    peer.sees_fin()


@clause("closing/shutdown-write-is-silent")
def test_shutdown_is_told_to_an_active_owner(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    peer.sees_fin()
    owner.receives_nothing()


@clause("closing/shutdown-write-keeps-receiving")
def test_shutdown_write_deafens_recv(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    receiving = owner.begin.gen_tcp.recv(socket, 0)
    receiving.is_blocked()
    peer.send(b"answer")
    expect(receiving.result(), ok(b"answer"))
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/shutdown-write-keeps-receiving")
def test_shutdown_write_deafens_an_active_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    peer.send(b"answer")
    owner.receives(tcp(socket, b"answer"))
    peer.finish()
    owner.receives(tcp_closed(socket))


@clause("closing/shutdown-read-ends-receiving")
def test_recv_waits_after_shutdown_read(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = scenario.connect(owner)
    expect(owner.gen_tcp.shutdown(socket, "read"), ok())
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/shutdown-read-and-what-had-arrived")
def test_shutdown_read_garbles_what_had_arrived(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    expect(owner.gen_tcp.shutdown(socket, "read"), ok())
    if scenario.varies(owner.gen_tcp.recv(socket, 0), kept=ok(b"abc"), discarded=error("closed")) == "kept":
        expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/shutdown-read-and-exit-on-close")
def test_shutdown_read_half_closes_by_halves(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.shutdown(socket, "read"), ok())
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    if scenario.varies(owner.gen_tcp.send(socket, b"y"), closes=error("closed"), stays_open=ok()) == "closes":
        peer.sees_fin()
    else:
        peer.receives(b"y")
        peer.sees_nothing()


@clause("closing/shutdown-read-tells-an-active-owner")
@pytest.mark.parametrize(("mode", "how"), [(True, "read"), ("once", "read_write")])
def test_shutdown_read_is_kept_from_an_active_owner(scenario: Scenario, mode: object, how: str) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, _peer = scenario.connect(owner, active=mode)
    expect(other.gen_tcp.shutdown(socket, how), ok())
    owner.receives(tcp_closed(socket))


@clause("closing/shutdown-read-of-a-half-open-socket-keeps-sending")
def test_shutdown_read_stops_sending(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=False)
    expect(owner.gen_tcp.shutdown(socket, "read"), ok())
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    expect(owner.gen_tcp.send(socket, b"y"), ok())
    peer.receives(b"y")
    peer.sees_nothing()


@clause("closing/data-after-shutdown-read")
def test_data_after_shutdown_read_confuses_receives(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=False)
    expect(owner.gen_tcp.shutdown(socket, "read"), ok())
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    peer.send(b"late")
    scenario.varies(owner.gen_tcp.recv(socket, 0), received=ok(b"late"), closed=error("closed"))
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/data-after-shutdown-read")
def test_data_after_shutdown_read_confuses_an_active_owner(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, exit_on_close=False)
    expect(owner.gen_tcp.shutdown(socket, "read"), ok())
    scenario.settle()
    owner.receives(*owner.mailbox()[:1])
    peer.send(b"late")
    owner.receives_nothing()
    owner.inet.setopts(socket, [("active", "once")])
    scenario.settle()
    late = tcp(socket, b"late")
    variant = scenario.varies(owner.mailbox(), received=(late,), closed=())
    owner.receives(*([late] if variant == "received" else []))


@clause("closing/shutdown-both-ends-both")
@pytest.mark.parametrize(
    "hows", [["read_write"], ["read", "write"], ["write", "read"]], ids=["read_write", "read-write", "write-read"]
)
def test_one_direction_survives(scenario: Scenario, hows: list[str]) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for how in hows:
        expect(owner.gen_tcp.shutdown(socket, how), ok())
    peer.sees_fin()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    expect(owner.gen_tcp.send(socket, b"y"), error("closed"))


@clause("closing/repeated-shutdown-is-ok")
@pytest.mark.parametrize("how", ["read", "write", "read_write"])
def test_second_shutdown_fails(scenario: Scenario, how: str) -> None:
    owner = scenario.process("owner")
    socket, _peer = scenario.connect(owner)
    expect(owner.gen_tcp.shutdown(socket, how), ok())
    expect(owner.gen_tcp.shutdown(socket, how), ok())


@clause("closing/shutdown-write-answers-an-unnoticed-end")
def test_unnoticed_end_forbids_shutdown(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.finish()
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    peer.sees_fin()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/shutdown-after-a-reset")
def test_shutdown_succeeds_after_a_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.reset()
    expect(owner.gen_tcp.shutdown(socket, "write"), error("enotconn"))
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/shutdown-after-both-ends")
@pytest.mark.parametrize("how", ["read", "write", "read_write"])
def test_shutdown_succeeds_after_both_ends(scenario: Scenario, how: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.finish()
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    peer.sees_fin()
    expect(owner.gen_tcp.shutdown(socket, how), error("enotconn"))


@clause("closing/bad-direction")
def test_bad_direction_shuts_down(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    scenario.varies(
        owner.gen_tcp.shutdown(socket, "foo"),
        function_clause=raised("error", "function_clause"),
        enotconn=error("enotconn"),
        invalid=raised("error", ("invalid", ("how", "foo"))),
    )
    expect(owner.gen_tcp.send(socket, b"x"), ok())
    peer.receives(b"x")
    peer.send(b"y")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"y"))


@clause("closing/shutdown-of-no-socket-raises")
def test_atom_is_shut_down(scenario: Scenario) -> None:
    expect(scenario.process("caller").gen_tcp.shutdown("foo", "write"), raised("error", "function_clause"))
