"""Mode ``once``: one message for each time it is set."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import expect, ok, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.modes.steps import mode_is, packets, set_mode


@clause("modes/once-turns-passive-with-its-message", "modes/once-delivers-one-message")
def test_once_delivers_two_packets(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once", packet=1)
    peer.send(packets(b"abc"))
    owner.receives(tcp(socket, b"a"))
    owner.receives_nothing()


@clause("modes/once-delivers-one-message")
def test_once_delivers_what_comes_later(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"abc")
    owner.receives(tcp(socket, b"abc"))
    peer.send(b"def")
    owner.receives_nothing()


@clause("modes/once-turns-passive-with-its-message")
def test_once_is_still_set_after_its_message(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once", packet=1)
    mode_is(owner, socket, "once")
    peer.send(packets(b"ab"))
    owner.receives(tcp(socket, b"a"))
    mode_is(owner, socket, False)


@clause("modes/once-leaves-the-rest-for-receives")
def test_once_loses_the_packets_behind_its_own(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once", packet=1)
    peer.send(packets(b"abc"))
    owner.receives(tcp(socket, b"a"))
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"b"))
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"c"))


@clause("modes/once-leaves-the-rest-for-receives")
def test_spent_once_still_refuses_receive(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"a")
    owner.receives(tcp(socket, b"a"))
    peer.send(b"b")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"b"))


@clause("modes/once-rearmed-delivers-the-next")
def test_once_rearmed_skips_or_repeats(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, packet=1)
    bodies = bytes(range(10))
    peer.send(packets(bodies))
    for body in bodies:
        set_mode(owner, socket, "once")
        owner.receives(tcp(socket, bytes([body])))


@clause("modes/once-rearmed-delivers-the-next")
def test_once_rearmed_misses_what_comes_later(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False)
    for body in (b"abc", b"def"):
        set_mode(owner, socket, "once")
        owner.receives_nothing()
        peer.send(body)
        owner.receives(tcp(socket, body))


@clause("modes/once-is-not-counted")
def test_once_set_twice_delivers_two_packets(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once", packet=1)
    for _ in range(2):
        set_mode(owner, socket, "once")
        mode_is(owner, socket, "once")
    peer.send(packets(b"ab"))
    owner.receives(tcp(socket, b"a"))
    mode_is(owner, socket, False)
    owner.receives_nothing()
