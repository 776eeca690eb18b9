"""Sockets of IPv6."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Inconclusive, error, expect, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.opening.steps import is_at, listener_at
from gen_tck.spec.terms import Term

LOOPBACK_6 = (0, 0, 0, 0, 0, 0, 0, 1)


def _listener(owner: Actor, *options: object) -> tuple[Term, int]:
    """A listener at ``::1``. :class:`Inconclusive` if this machine has no such address."""
    listener = owner.gen_tcp.listen(0, [*options, ("ip", LOOPBACK_6)])
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
