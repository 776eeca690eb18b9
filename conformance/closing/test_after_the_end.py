"""What calls answer after the peer's end was told."""

from __future__ import annotations

from typing import Any

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, tcp, tcp_closed
from gen_tck.conformance.harness.marks import clause, requires
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Term


def told(scenario: Scenario, owner: Actor) -> Term:
    """An active socket that has ended: its owner has received the closed message."""
    socket, peer = scenario.connect(owner, active=True)
    peer.close()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    return socket


def noticed(scenario: Scenario, owner: Actor, **options: Any) -> tuple[Term, RemotePeer]:
    """A passive socket on which a receive has returned ``{error, closed}``, and its half-closed peer."""
    socket, peer = scenario.connect(owner, **options)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    scenario.settle()
    return socket, peer


@clause("closing/options-after-the-closed-message")
@pytest.mark.parametrize("mode", [True, "once"])
def test_options_outlive_the_closed_message(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=mode)
    peer.close()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    expect(owner.inet.getopts(socket, ["active"]), error("einval"))
    expect(owner.inet.setopts(socket, [("active", mode)]), error("einval"))
    owner.receives_nothing()


@clause("closing/options-after-the-closed-message")
def test_options_outlive_the_end_of_a_spent_once(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"a")
    peer.close()
    owner.receives(tcp(socket, b"a"))
    expect(owner.inet.setopts(socket, [("active", "once")]), ok())
    owner.receives(tcp_closed(socket))
    scenario.settle()
    expect(owner.inet.setopts(socket, [("active", "once")]), error("einval"))
    owner.receives_nothing()


@clause("closing/recv-after-the-closed-message")
def test_recv_waits_after_the_closed_message(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    seen = owner.gen_tcp.recv(told(scenario, owner), 0)
    scenario.varies(seen, closed=error("closed"), einval=error("einval"))


@clause("closing/recv-after-the-end")
def test_recv_waits_after_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = noticed(scenario, owner)
    seen = (owner.gen_tcp.recv(socket, 0), owner.gen_tcp.recv(socket, 5))
    scenario.varies(
        seen, enotconn=(error("enotconn"),) * 2, closed=(error("closed"),) * 2, einval=(error("einval"),) * 2
    )


@clause("closing/recv-after-the-end")
def test_recv_waits_after_a_hidden_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    scenario.settle()
    seen = owner.gen_tcp.recv(socket, 0)
    scenario.varies(seen, enotconn=error("enotconn"), closed=error("closed"), einval=error("einval"))


@clause("closing/send-after-a-noticed-end")
def test_send_succeeds_after_a_noticed_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = noticed(scenario, owner)
    expect(owner.gen_tcp.send(socket, b"x"), error("closed"))


@clause("closing/send-after-a-noticed-end")
def test_second_receive_changes_what_a_send_is_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = noticed(scenario, owner)
    owner.gen_tcp.recv(socket, 0)
    expect(owner.gen_tcp.send(socket, b"x"), error("closed"))


@clause("closing/shutdown-after-a-noticed-end")
def test_shutdown_succeeds_after_a_noticed_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = noticed(scenario, owner)
    seen = tuple(owner.gen_tcp.shutdown(socket, how) for how in ("write", "read", "read_write"))
    scenario.varies(seen, enotconn=(error("enotconn"),) * 3, closed=(error("closed"),) * 3)


@clause("closing/mode-after-a-noticed-end")
def test_mode_changes_by_a_noticed_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = noticed(scenario, owner)
    seen = owner.inet.getopts(socket, ["active"])
    scenario.varies(seen, passive=ok([("active", False)]), einval=error("einval"))


@clause("closing/options-after-a-noticed-end")
def test_setopts_breaks_after_a_noticed_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = noticed(scenario, owner)
    scenario.varies(owner.inet.setopts(socket, [("packet", 4)]), ok=ok(), einval=error("einval"))


@clause("closing/kernel-options-after-a-noticed-end")
def test_closed_socket_has_kernel_options(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = noticed(scenario, owner)
    scenario.varies(owner.inet.getopts(socket, ["nodelay"]), left_out=ok([]), einval=error("einval"))


@clause("closing/kernel-options-after-a-noticed-end")
@requires("modes/raw-is-set-and-told")
def test_closed_socket_has_options_by_number(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = noticed(scenario, owner)
    nodelay = ("raw", 6, 1, 4)
    scenario.varies(owner.inet.getopts(socket, [nodelay]), left_out=ok([]), einval=error("einval"))


@clause("closing/names-after-a-noticed-end")
def test_addresses_outlive_a_noticed_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = noticed(scenario, owner)
    answers = (owner.inet.peername(socket), owner.inet.sockname(socket))
    # An address that is still there is shown without its number, which differs from run to run.
    seen = tuple(ok() if isinstance(each, tuple) and each[:1] == (ok(),) else each for each in answers)
    scenario.varies(seen, driver=(error("enotconn"), error("ebadf")), closed=(error("closed"),) * 2)
