"""The ports of sockets: their own, those that are taken, and what is no port."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, describe, error, expect, matches, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.opening.steps import OTHER, THIRD, free_port, is_at, listener_at, refusal, settings
from gen_tck.spec.terms import Term

PORTS = 5
"""So many are tried where one may be taken at another address, too: by other tests, or what was closed a while ago."""


@clause("opening/connects-from-its-port")
def test_connection_comes_from_another_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    own = free_port(owner)
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), [("ip", OTHER), ("port", own)]))
    is_at(owner.inet.sockname(socket), OTHER, own)
    expect(owner.inet.port(socket), ok(own))


@clause("opening/connects-from-its-port")
def test_zero_is_a_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), [("port", 0)]))
    if owner.inet.port(socket) == ok(0):
        raise Unexpected("a port other than 0", "{ok,0}", "inet:port/1")


@clause("opening/connects-from-its-port")
def test_port_without_an_address_is_ignored(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for _ in range(PORTS):
        own = free_port(owner)
        result = owner.gen_tcp.connect(LOOPBACK, scenario.port(), [("port", own)])
        if not matches(result, error("eaddrinuse")):
            break
    expect(owner.inet.port(value_of(result)), ok(own))


@clause("opening/listener-is-at-its-address")
def test_last_address_and_port_are_none(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    address = (127, 0, 0, 255)
    result = owner.gen_tcp.listen(65535, [("ip", address)])
    if not matches(result, error("eaddrinuse")):
        is_at(owner.inet.sockname(value_of(result)), address, 65535)


@clause("opening/port-option-goes-first")
def test_argument_goes_before_the_option(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port, other = free_port(owner), free_port(owner)
    for number in (0, other):
        listener = value_of(owner.gen_tcp.listen(number, [("ip", OTHER), ("port", port)]))
        expect(owner.inet.port(listener), ok(port))
        owner.gen_tcp.close(listener)


def _opens_nothing(result: object, where: str) -> None:
    if type(result) is tuple and len(result) == 2 and result[0] == ok():
        raise Unexpected("a refusal", describe(result), where)


@clause("opening/port-number-is-not-cut-to-16-bits")
def test_number_beyond_16_bits_reaches_a_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = scenario.port()
    for number in (port + 65536, port - 65536):
        _opens_nothing(owner.gen_tcp.connect(LOOPBACK, number, []), f"connecting to {number}")


@clause("opening/port-number-is-not-cut-to-16-bits")
def test_listener_is_at_a_port_that_there_is_not(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for number in (65536, -65536, -1):
        _opens_nothing(owner.gen_tcp.listen(number, [("ip", OTHER)]), f"listening at {number}")
        _opens_nothing(owner.gen_tcp.listen(0, [("ip", OTHER), ("port", number)]), f"{{port,{number}}}, listening")


@clause("opening/port-number-is-not-cut-to-16-bits")
def test_connection_comes_from_a_port_that_there_is_not(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for number in (65536, -65536, -1):
        result = owner.gen_tcp.connect(LOOPBACK, scenario.port(), [("ip", OTHER), ("port", number)])
        _opens_nothing(result, f"{{port,{number}}}, connecting")


@clause("opening/wrong-arguments-open-nothing")
def test_what_is_no_number_is_a_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for number in ("foo_bar", 1.5, b"80", (80,)):
        for result, where in (
            (owner.gen_tcp.connect(LOOPBACK, number, []), "gen_tcp:connect/3"),
            (owner.gen_tcp.listen(number, [("ip", OTHER)]), "gen_tcp:listen/2"),
        ):
            scenario.varies(refusal(result, where), raises="raises", error="error")


@pytest.mark.parametrize("both", [[], [("reuseaddr", True)]], ids=["plain", "reuseaddr"])
@clause("opening/taken-port-is-refused")
def test_two_listen_at_one_port(scenario: Scenario, both: list[object]) -> None:
    owner, other = scenario.processes("owner", "other")
    _, port = listener_at(owner, OTHER, *both)
    expect(other.gen_tcp.listen(port, settings(("ip", OTHER), *both)), error("eaddrinuse"))


def _at_both(owner: Actor) -> tuple[Term, int]:
    """The listener at :data:`OTHER` of two at one port, the first of which is at :data:`THIRD`; and their port."""
    for _ in range(PORTS):
        _, port = listener_at(owner, THIRD)
        result = owner.gen_tcp.listen(port, [("ip", OTHER)])
        if not matches(result, error("eaddrinuse")):
            break
    return value_of(result), port


@clause("opening/port-of-another-address-is-free")
def test_port_is_taken_at_every_address(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = _at_both(owner)
    is_at(owner.inet.sockname(listener), OTHER, port)


@clause("opening/port-of-another-address-is-free")
def test_connection_goes_to_the_first_listener_of_a_port(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener, port = _at_both(owner)
    socket = value_of(client.gen_tcp.connect(OTHER, port, []))
    is_at(owner.inet.sockname(value_of(owner.gen_tcp.accept(listener, 5000))), OTHER, port)
    is_at(client.inet.peername(socket), OTHER, port)


@clause("opening/taken-port-is-refused")
def test_port_that_is_taken_at_the_second_address_is_free(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, port = _at_both(owner)
    expect(owner.gen_tcp.listen(port, [("ip", OTHER)]), error("eaddrinuse"))


@clause("opening/closed-listener-frees-its-port")
def test_closed_listener_keeps_its_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for _ in range(3):
        port = free_port(owner)
        value_of(owner.gen_tcp.listen(port, [("ip", OTHER)]))


@clause("opening/own-port-that-is-taken-is-refused")
def test_two_connections_come_from_one_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    own = [("ip", OTHER), ("port", free_port(owner))]
    value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), own))
    expect(owner.gen_tcp.connect(LOOPBACK, scenario.port(), own), error("eaddrinuse"))


@clause("opening/own-port-that-is-taken-is-refused")
def test_connection_comes_from_a_listeners_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, port = listener_at(owner, OTHER)
    own = [("ip", OTHER), ("port", port)]
    expect(owner.gen_tcp.connect(LOOPBACK, scenario.port(), own), error("eaddrinuse"))


@clause("opening/reuseaddr-shares-an-own-port")
def test_own_port_is_of_one_connection(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    own = [("ip", OTHER), ("port", free_port(owner)), ("reuseaddr", True)]
    _, port = listener_at(owner, THIRD)
    for address, number in ((LOOPBACK, scenario.port()), (THIRD, port)):
        socket = value_of(owner.gen_tcp.connect(address, number, own))
        is_at(owner.inet.peername(socket), address, number)


@clause("opening/two-ends-have-one-connection")
def test_two_connections_have_the_same_ends(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    own = [("ip", OTHER), ("port", free_port(owner)), ("reuseaddr", True)]
    socket, peer = scenario.connect(owner, *own)
    expect(owner.gen_tcp.connect(LOOPBACK, scenario.port(), own), error("eaddrnotavail"))
    peer.send(b"abc")
    expect(owner.gen_tcp.recv(socket, 3, 5000), ok(b"abc"))


@clause("opening/two-ends-have-one-connection")
def test_second_connection_of_a_port_is_made_twice(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    own = [("ip", OTHER), ("port", free_port(owner)), ("reuseaddr", True)]
    _, port = listener_at(owner, THIRD)
    value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), own))
    value_of(owner.gen_tcp.connect(THIRD, port, own))
    expect(owner.gen_tcp.connect(THIRD, port, own), error("eaddrnotavail"))


@pytest.mark.parametrize("before", [False, True], ids=["only-the-new", "both"])
@clause("opening/reuseaddr-takes-a-port-again")
def test_port_with_connections_is_taken_or_free_unasked(scenario: Scenario, before: bool) -> None:
    owner, client = scenario.processes("owner", "client")
    listener, port = listener_at(owner, OTHER, *([("reuseaddr", True)] if before else []))
    value_of(client.gen_tcp.connect(OTHER, port, []))
    value_of(owner.gen_tcp.accept(listener, 5000))
    expect(owner.gen_tcp.close(listener), ok())
    expect(owner.gen_tcp.listen(port, [("ip", OTHER)]), error("eaddrinuse"))
    again = owner.gen_tcp.listen(port, [("ip", OTHER), ("reuseaddr", True)])
    if before:
        value_of(again)
    else:
        expect(again, error("eaddrinuse"))


@clause("opening/reuseaddr-takes-a-port-again")
def test_reuseaddr_is_not_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = listener_at(owner, LOOPBACK)
    for value in (False, True, False):
        expect(owner.inet.setopts(listener, [("reuseaddr", value)]), ok())
        expect(owner.inet.getopts(listener, ["reuseaddr"]), ok([("reuseaddr", value)]))
