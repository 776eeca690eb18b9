"""Sockets of IPv6."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Inconclusive, error, expect, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.opening.steps import is_at, listener_at
from gen_tck.spec.terms import Term

LOOPBACK_6 = (0, 0, 0, 0, 0, 0, 0, 1)
MAPPED = (0, 0, 0, 0, 0, 0xFFFF, 0x7F00, 1)


# At an address that is not mapped there is nothing but IPv6, whatever was said.
_of_both_kinds = pytest.mark.parametrize(
    ("value", "address"), [(True, LOOPBACK_6), (False, MAPPED)], ids=["ipv6", "both"]
)


def _listener(owner: Actor, *options: object, address: object = LOOPBACK_6) -> tuple[Term, int]:
    """A listener at ``::1``. :class:`Inconclusive` if this machine has no such address."""
    listener = owner.gen_tcp.listen(0, [*options, ("ip", address)])
    if listener in (error("eaddrnotavail"), error("eafnosupport")):
        raise Inconclusive("this machine has no address ::1")
    number = value_of(owner.inet.port(value_of(listener)))
    return value_of(listener), number if isinstance(number, int) else 0


@clause("opening/inet6-listens-and-connects")
def test_inet6_is_another_family(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener, port = _listener(owner, "inet6")
    is_at(owner.inet.sockname(listener), LOOPBACK_6, port)
    socket = value_of(client.gen_tcp.connect(LOOPBACK_6, port, ["inet6"]))
    accepted = value_of(owner.gen_tcp.accept(listener, 5000))
    for name in (client.inet.sockname(socket), owner.inet.peername(accepted), owner.inet.sockname(accepted)):
        is_at(name, LOOPBACK_6)
    is_at(client.inet.peername(socket), LOOPBACK_6, port)


@clause("opening/inet6-listens-and-connects")
def test_loopback_of_inet6_is_that_of_inet(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = _listener(owner, "inet6", address="loopback")
    is_at(owner.inet.sockname(listener), LOOPBACK_6, port)


@clause("opening/eight-numbers-need-no-inet6")
def test_eight_numbers_need_inet6(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = _listener(owner)
    is_at(owner.inet.sockname(listener), LOOPBACK_6)
    socket = value_of(owner.gen_tcp.connect(LOOPBACK_6, port, [("ip", LOOPBACK_6)]))
    is_at(owner.inet.sockname(socket), LOOPBACK_6)


@clause("opening/families-do-not-mix")
def test_inet6_reaches_ipv4(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, port = listener_at(owner, LOOPBACK)
    expect(owner.gen_tcp.connect(LOOPBACK, port, ["inet6"]), error("eafnosupport"))


@clause("opening/inet6-listens-and-connects", "opening/nobody-listens")
def test_refusal_of_ipv6_is_another_error(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = _listener(owner, "inet6")
    owner.gen_tcp.close(listener)
    expect(owner.gen_tcp.connect(LOOPBACK_6, port, ["inet6"]), error("econnrefused"))


@clause("opening/mapped-address-is-one-of-ipv4")
def test_mapped_address_is_another(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener, port = _listener(owner, "inet6", ("ipv6_v6only", False), address=MAPPED)
    is_at(owner.inet.sockname(listener), MAPPED, port)
    socket = value_of(client.gen_tcp.connect(LOOPBACK, port, []))
    accepted = value_of(owner.gen_tcp.accept(listener, 5000))
    is_at(client.inet.peername(socket), LOOPBACK, port)
    is_at(client.inet.sockname(socket), LOOPBACK)
    is_at(owner.inet.sockname(accepted), MAPPED, port)
    is_at(owner.inet.peername(accepted), MAPPED)


@clause("opening/mapped-address-is-connected-to")
@pytest.mark.parametrize("options", [["inet6"], []], ids=["inet6", "plain"])
def test_mapped_address_reaches_another(scenario: Scenario, options: list[object]) -> None:
    owner, client = scenario.processes("owner", "client")
    _listener(client)
    listener, port = listener_at(owner, LOOPBACK)
    socket = value_of(client.gen_tcp.connect(MAPPED, port, options))
    accepted = value_of(owner.gen_tcp.accept(listener, 5000))
    is_at(client.inet.peername(socket), MAPPED, port)
    is_at(client.inet.sockname(socket), MAPPED)
    is_at(owner.inet.sockname(accepted), LOOPBACK, port)
    is_at(owner.inet.peername(accepted), LOOPBACK)


@clause("opening/v6only-has-no-mapped-addresses")
def test_v6only_listens_to_ipv4(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _listener(owner)
    only = ("ipv6_v6only", True)
    expect(owner.gen_tcp.listen(0, ["inet6", only, ("ip", MAPPED)]), error("einval"))
    expect(owner.gen_tcp.listen(0, ["inet6", ("ip", MAPPED), only]), error("einval"))


@clause("opening/v6only-is-told")
@_of_both_kinds
def test_v6only_is_not_told(scenario: Scenario, value: bool, address: object) -> None:
    owner = scenario.process("owner")
    listener, port = _listener(owner, "inet6", ("ipv6_v6only", value), address=address)
    expect(owner.inet.getopts(listener, ["ipv6_v6only"]), ok([("ipv6_v6only", value)]))
    value_of(owner.gen_tcp.connect(address, port, ["inet6"]))


@clause("opening/v6only-is-said-at-the-opening")
@_of_both_kinds
def test_v6only_is_set_later(scenario: Scenario, value: bool, address: object) -> None:
    owner = scenario.process("owner")
    listener, _ = _listener(owner, "inet6", ("ipv6_v6only", value), address=address)
    expect(owner.inet.setopts(listener, [("ipv6_v6only", not value)]), error("einval"))
    expect(owner.inet.getopts(listener, ["ipv6_v6only"]), ok([("ipv6_v6only", value)]))


@clause("opening/v6only-is-nothing-to-ipv4")
@pytest.mark.parametrize("value", [True, False])
def test_ipv4_listens_to_ipv6_only(scenario: Scenario, value: bool) -> None:
    owner = scenario.process("owner")
    seen = owner.gen_tcp.listen(0, [("ip", LOOPBACK), ("ipv6_v6only", value)])
    scenario.varies(seen, einval=error("einval"), enoprotoopt=error("enoprotoopt"))
    listener, _ = listener_at(owner, LOOPBACK)
    expect(owner.inet.getopts(listener, ["ipv6_v6only"]), ok([]))
