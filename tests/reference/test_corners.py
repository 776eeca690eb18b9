"""What the reference gets right and no conformance test asks, as it would take a node down or take too long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.harness.expect import error, expect, fields, ok, value_of
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import stalled
from gen_tck.spec.terms import Atom


@pytest.fixture
def scenario() -> Iterator[Scenario]:
    """A scenario of the reference; its time is virtual."""
    made = Scenario(SimulatedNode())
    yield made
    made.finish()
    made.discard()


def test_time_of_another_accept_runs_out(scenario: Scenario) -> None:
    """Clause async_recv/accept-that-times-out-is-the-one-asked, which kills the VM of every OTP."""
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    for_ever, at_once = (value_of(owner.prim_inet.async_accept(listener, timeout)) for timeout in (-1, 0))
    owner.receives((Atom("inet_async"), listener, at_once, error("timeout")))
    scenario.dial(port)
    scenario.wait_for(lambda: bool(owner.mailbox()), "a message", "no message", "messages to owner")
    [message] = owner.mailbox()
    _, _, reference, status = fields(message, 4)
    expect((reference, fields(status, 2)[0]), (for_ever, "ok"))
    owner.receives(*owner.mailbox())


@pytest.mark.parametrize("exit_on_close", [True, False])
def test_send_timeout_outlives_a_bad_packet(scenario: Scenario, exit_on_close: bool) -> None:
    owner = scenario.process("owner")
    options = {"packet": 4, "packet_size": 10, "exit_on_close": exit_on_close}
    stall = stalled(scenario, owner, active=True, send_timeout=50, **options)
    stall.peer.send(b"\0\0\1\0")
    expect(stall.blocked.result(), error("closed"))
    scenario.settle()
    owner.receives(*owner.mailbox())
    scenario.advance(100)
    stall.sender.receives_nothing()
    owner.receives_nothing()


def test_send_timeout_outlives_its_socket(scenario: Scenario) -> None:
    owner, closer = scenario.processes("owner", "closer")
    stall = stalled(scenario, owner, send_timeout=50, linger=(True, 0))
    expect(closer.gen_tcp.close(stall.socket), ok())
    expect(stall.blocked.result(), error("closed"))
    scenario.advance(100)
    stall.sender.receives_nothing()
    owner.receives_nothing()
