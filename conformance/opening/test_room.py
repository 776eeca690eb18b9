"""What becomes of a node without room for another socket, and of who connects to it."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Pending
from gen_tck.conformance.harness.expect import expect, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.opening.room import fill, make_room, variants


@clause("opening/no-room-is-an-error")
def test_listener_is_opened_without_room(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    opened = fill(owner)
    scenario.varies(owner.gen_tcp.listen(0, [("ip", LOOPBACK)]), **variants())
    make_room(owner, opened)
    value_of(owner.gen_tcp.listen(0, [("ip", LOOPBACK)]))
    owner.receives_nothing()


@pytest.mark.parametrize("timeout", [[], [5000]], ids=["connect-3", "connect-4"])
@clause("opening/connect-without-room")
def test_connection_is_opened_without_room(scenario: Scenario, timeout: list[object]) -> None:
    owner = scenario.process("owner")
    port = scenario.port()
    opened = fill(owner)
    refused = owner.gen_tcp.listen(0, [("ip", LOOPBACK)])
    expect(owner.gen_tcp.connect(LOOPBACK, port, [], *timeout), refused)
    make_room(owner, opened)
    value_of(owner.gen_tcp.connect(LOOPBACK, port, [], *timeout))
    owner.receives_nothing()


@clause("opening/accept-without-room")
def test_accept_ends_a_listener_that_has_no_room(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    opened = fill(owner)
    peer = scenario.dial(port)
    scenario.settle()
    answer = owner.gen_tcp.accept(listener, 5000)
    make_room(owner, opened)
    if scenario.varies(answer, **variants()) == "ports":
        peer.sees_fin()
        peer = scenario.dial(port)
    else:
        peer.sees_nothing()
    socket = value_of(owner.gen_tcp.accept(listener, 5000))
    peer.send(b"here")
    expect(owner.gen_tcp.recv(socket, 4), ok(b"here"))


@clause("opening/waiting-accept-without-room")
def test_acceptor_waits_for_what_it_cannot_have(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner)
    opened = fill(owner)
    make_room(owner, opened)
    waiting = acceptor.begin.gen_tcp.accept(listener, "infinity")
    waiting.is_blocked()
    opened += fill(owner)
    scenario.dial(port)
    scenario.varies(waiting.result(), **variants())
    make_room(owner, opened)
    scenario.dial(port)
    value_of(acceptor.gen_tcp.accept(listener, 5000))


def two_acceptors(scenario: Scenario) -> tuple[int, Pending, Pending]:
    """The port of a listener at which two wait, and their calls; there is room for one more socket."""
    owner, first, second = scenario.processes("owner", "first", "second")
    listener, port = scenario.listen(owner)
    make_room(owner, fill(owner), 1)
    served, refused = [each.begin.gen_tcp.accept(listener, "infinity") for each in (first, second)]
    served.is_blocked()
    return port, served, refused


@clause("opening/waiting-accept-without-room")
def test_second_acceptor_waits_for_what_it_cannot_have(scenario: Scenario) -> None:
    port, served, refused = two_acceptors(scenario)
    scenario.dial(port)
    value_of(served.result())
    if not refused.has_returned():  # it may be told before there is another connection
        scenario.dial(port)
    scenario.varies(refused.result(), **variants())


@clause("opening/waiting-accept-without-room")
def test_second_of_two_connections_finds_room(scenario: Scenario) -> None:
    port, served, refused = two_acceptors(scenario)
    for _ in range(2):  # nobody looks in between
        scenario.dial(port)
    value_of(served.result())
    scenario.varies(refused.result(), **variants())


@clause("opening/connections-go-on-without-room")
def test_connections_stop_without_room(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    fill(owner)
    expect(owner.gen_tcp.send(socket, b"out"), ok())
    peer.receives(b"out")
    peer.send(b"in")
    expect(owner.gen_tcp.recv(socket, 2), ok(b"in"))
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()
