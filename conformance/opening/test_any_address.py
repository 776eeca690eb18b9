"""A machine with several addresses, of which a socket has one, or all."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.opening.steps import OTHER, is_at, listener_at, settings
from gen_tck.spec.routes import NOWHERE
from gen_tck.spec.terms import Term

ANY = (0, 0, 0, 0)
FIRST, SECOND = (192, 0, 2, 1), (192, 0, 2, 2)
"""Two of the machine's own addresses."""
EACH_ADDRESS = pytest.mark.parametrize("address", [LOOPBACK, OTHER, FIRST], ids=["loopback", "another", "outer"])


def arrives(owner: Actor, client: Actor, listener: Term, address: object, port: int, *options: object) -> Term:
    """``client`` connects to ``address``, where ``owner`` accepts it: the accepted socket."""
    value_of(client.gen_tcp.connect(address, port, settings(*options)))
    return value_of(owner.gen_tcp.accept(listener, 5000))


@clause("opening/listener-without-an-address-has-all")
@EACH_ADDRESS
def test_listener_without_an_address_is_somewhere(scenario: Scenario, address: object) -> None:
    owner, client = scenario.processes("owner", "client")
    listener = value_of(owner.gen_tcp.listen(0, []))
    is_at(owner.inet.sockname(listener), ANY)
    _, port = value_of(owner.inet.sockname(listener))
    accepted = arrives(owner, client, listener, address, port)
    is_at(owner.inet.sockname(accepted), address, port)


@clause("opening/any-is-all-addresses")
@pytest.mark.parametrize("word", ["any", ANY], ids=["word", "zeros"])
@pytest.mark.parametrize("option", ["ip", "ifaddr"])
def test_any_is_no_address(scenario: Scenario, word: object, option: str) -> None:
    owner, client = scenario.processes("owner", "client")
    listener = value_of(owner.gen_tcp.listen(0, [(option, word)]))
    is_at(owner.inet.sockname(listener), ANY)
    _, port = value_of(owner.inet.sockname(listener))
    is_at(owner.inet.sockname(arrives(owner, client, listener, SECOND, port)), SECOND, port)


@clause("opening/all-addresses-take-the-port-of-each")
def test_port_of_all_addresses_is_free_at_one(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = listener_at(owner, ANY)
    for address in (LOOPBACK, FIRST, ANY):
        expect(owner.gen_tcp.listen(port, [("ip", address)]), error("eaddrinuse"))
    expect(owner.gen_tcp.close(listener), ok())
    value_of(owner.gen_tcp.listen(port, [("ip", FIRST)]))
    expect(owner.gen_tcp.listen(port, []), error("eaddrinuse"))
    value_of(owner.gen_tcp.listen(port, [("ip", SECOND)]))


@clause("opening/listener-has-its-address-alone")
def test_listener_takes_what_is_for_another_address(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener, port = listener_at(owner, FIRST)
    for address in (LOOPBACK, SECOND):
        expect(client.gen_tcp.connect(address, port, []), error("econnrefused"))
    is_at(owner.inet.peername(arrives(owner, client, listener, FIRST, port, ("ip", SECOND))), SECOND)


@clause("opening/connect-to-any-is-to-oneself")
def test_connection_to_any_goes_elsewhere(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener, port = listener_at(owner, LOOPBACK)
    socket = value_of(client.gen_tcp.connect(ANY, port, []))
    is_at(client.inet.peername(socket), LOOPBACK, port)
    value_of(owner.gen_tcp.accept(listener, 5000))


@clause("opening/address-of-others-is-not-available")
@pytest.mark.parametrize("option", ["ip", "ifaddr"])
def test_socket_is_where_the_machine_is_not(scenario: Scenario, option: str) -> None:
    owner = scenario.process("owner")
    expect(owner.gen_tcp.listen(0, [(option, NOWHERE)]), error("eaddrnotavail"))
    expect(owner.gen_tcp.connect(LOOPBACK, scenario.port(), [(option, NOWHERE)]), error("eaddrnotavail"))
    owner.receives_nothing()
