"""What calls answer on a socket that its own side closed."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Term


def closed_socket(scenario: Scenario, owner: Actor) -> Term:
    socket, _peer = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    return socket


@clause("closing/shutdown-after-close")
@pytest.mark.parametrize("how", ["read", "write", "read_write"])
def test_closed_socket_is_shut_down(scenario: Scenario, how: str) -> None:
    owner = scenario.process("owner")
    expect(owner.gen_tcp.shutdown(closed_socket(scenario, owner), how), error("closed"))


@clause("closing/recv-after-close")
@pytest.mark.parametrize("length", [0, 5])
def test_recv_waits_on_a_closed_socket(scenario: Scenario, length: int) -> None:
    owner = scenario.process("owner")
    seen = owner.gen_tcp.recv(closed_socket(scenario, owner), length)
    scenario.varies(seen, closed=error("closed"), einval=error("einval"))


@clause("closing/options-after-close")
def test_closed_socket_has_options(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket = closed_socket(scenario, owner)
    seen = (owner.inet.setopts(socket, [("active", True)]), owner.inet.getopts(socket, ["active"]))
    scenario.varies(seen, einval=(error("einval"),) * 2, closed=(error("closed"),) * 2)


@clause("closing/names-after-close")
def test_closed_socket_has_addresses(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket = closed_socket(scenario, owner)
    seen = (owner.inet.peername(socket), owner.inet.sockname(socket), owner.inet.port(socket))
    scenario.varies(seen, einval=(error("einval"),) * 3, closed=(error("closed"),) * 3)
