"""Where a socket is: the options ``ip`` and ``ifaddr``, and the address that is connected to."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.opening.steps import OTHER, THIRD, is_at, listener_at, refusal, settings
from gen_tck.spec.terms import string, term


@clause("opening/address-may-be-text")
def test_text_is_no_address(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    port = scenario.port()
    socket = value_of(owner.gen_tcp.connect(string("127.0.0.1"), port, []))
    is_at(owner.inet.peername(socket), LOOPBACK, port)


@pytest.mark.parametrize("timeout", [[], [5000]], ids=["connect-2", "connect-3"])
@clause("opening/connect-to-a-map-answers")
def test_map_is_no_address(scenario: Scenario, timeout: list[int]) -> None:
    owner = scenario.process("owner")
    port = scenario.port()
    where = term({"family": "inet", "addr": LOOPBACK, "port": port})
    socket = value_of(owner.gen_tcp.connect(where, [], *timeout))
    is_at(owner.inet.peername(socket), LOOPBACK, port)


@clause("opening/listener-is-at-its-address")
def test_listener_is_somewhere_else(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener, port = listener_at(owner, OTHER)
    is_at(owner.inet.sockname(listener), OTHER, port)
    socket = value_of(client.gen_tcp.connect(OTHER, port, []))
    is_at(client.inet.peername(socket), OTHER, port)
    is_at(owner.inet.sockname(value_of(owner.gen_tcp.accept(listener, 5000))), OTHER, port)


@clause("opening/listener-is-at-its-address", "opening/nobody-listens")
def test_listener_is_at_all_addresses(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    _, port = listener_at(owner, OTHER)
    expect(client.gen_tcp.connect(THIRD, port, []), error("econnrefused"))


@clause("opening/loopback-is-a-word")
def test_loopback_is_another_address(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = listener_at(owner, "loopback")
    is_at(owner.inet.sockname(listener), LOOPBACK)
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), [("ip", "loopback")]))
    is_at(owner.inet.sockname(socket), LOOPBACK)


@clause("opening/connects-from-its-address")
def test_connection_comes_from_another_address(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener, port = listener_at(owner, LOOPBACK)
    socket = value_of(client.gen_tcp.connect(LOOPBACK, port, [("ip", OTHER)]))
    is_at(client.inet.sockname(socket), OTHER)
    is_at(owner.inet.peername(value_of(owner.gen_tcp.accept(listener, 5000))), OTHER)


@clause("opening/ifaddr-says-the-same")
def test_ifaddr_is_ignored(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener = value_of(owner.gen_tcp.listen(0, [("ifaddr", OTHER)]))
    is_at(owner.inet.sockname(listener), OTHER)
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), [("ifaddr", OTHER)]))
    is_at(owner.inet.sockname(socket), OTHER)


@clause("opening/last-address-counts")
def test_first_address_counts(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for first, last in (("ip", "ip"), ("ip", "ifaddr"), ("ifaddr", "ip")):
        both = settings((first, THIRD), (last, OTHER))
        is_at(owner.inet.sockname(value_of(owner.gen_tcp.listen(0, both))), OTHER)
        is_at(owner.inet.sockname(value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), both))), OTHER)


@clause("opening/inet-is-the-default")
def test_inet_is_another_family(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener = value_of(owner.gen_tcp.listen(0, ["inet", ("ip", LOOPBACK)]))
    is_at(owner.inet.sockname(listener), LOOPBACK)
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), ["inet"]))
    is_at(owner.inet.sockname(socket), LOOPBACK)


NO_ADDRESSES = [(127, 0, 0), (127, 0, 0, 256), (127, 0, 0, -1), (127, 0, 0, 1, 0), (127, 0, 0, "1"), (), 7, 1.5]
NO_ADDRESSES += [(0, 0, 0, 0, 0, 0, 0, 65536), (0, 0, 0, 0, 0, 0, 0, -1)]


@clause("opening/wrong-arguments-open-nothing")
def test_what_is_no_address_is_connected_to(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for address in (*NO_ADDRESSES, b"127.0.0.1"):
        result = owner.gen_tcp.connect(address, scenario.port(), [])
        scenario.varies(refusal(result, "gen_tcp:connect/3"), raises="raises", error="error")


@clause("opening/wrong-arguments-open-nothing")
def test_what_is_no_address_is_bound(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for address in (*NO_ADDRESSES, "foo"):
        for result in (
            owner.gen_tcp.connect(LOOPBACK, scenario.port(), [("ip", address)]),
            owner.gen_tcp.listen(0, [("ip", LOOPBACK), ("ip", address)]),
        ):
            scenario.varies(refusal(result, f"{{ip,{address}}}"), raises="raises", error="error")
