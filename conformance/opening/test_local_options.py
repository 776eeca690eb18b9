"""Local sockets: options, those of TCP among them."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import Unexpected, error, expect, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.opening.local import PATH, SECOND, at, listening, pair
from gen_tck.conformance.opening.steps import settings
from gen_tck.spec.terms import Atom


@clause("opening/local-socket-tells-nothing-of-tcp")
def test_local_socket_tells_options_of_tcp(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    here, there = pair(owner)
    for socket in (here, there):
        for name in ("nodelay", "ipv6_v6only"):
            expect(owner.inet.getopts(socket, [name]), ok([]))
        told = [("active", False), ("keepalive", False)]
        expect(owner.inet.getopts(socket, ["nodelay", "active", "ipv6_v6only", "keepalive"]), ok(told))


@clause("opening/nodelay-is-nothing-to-a-local-socket")
def test_nodelay_breaks_a_local_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    here, there = pair(owner)
    for value in (True, False):
        result = owner.inet.setopts(here, [("nodelay", value)])
        scenario.varies(result, ignored=ok(), refused=error("enotsup"))
        expect(owner.inet.getopts(here, ["nodelay"]), ok([]))
    expect(owner.gen_tcp.send(here, b"abc"), ok())
    expect(owner.gen_tcp.recv(there, 3, 5000), ok(b"abc"))


@clause("opening/nodelay-is-nothing-to-a-local-socket")
def test_nodelay_opens_a_local_socket_or_breaks_it(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listening(owner)
    for result in (
        owner.gen_tcp.listen(0, settings(("nodelay", True), ("ifaddr", at(SECOND)))),
        owner.gen_tcp.connect(at(PATH), 0, settings(("nodelay", True))),
    ):
        scenario.varies(_outcome(result), ignored="opened", refused=error("enotsup"))


def _outcome(result: object) -> object:
    """``opened``, if a socket was; it has no option ``nodelay``, whatever was said."""
    try:
        value_of(result)
    except Unexpected:
        return result
    return Atom("opened")


@clause("opening/local-socket-keeps-its-options")
def test_option_of_a_local_socket_is_not_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    here, _ = pair(owner)
    for value in (True, False):
        for setting in (("keepalive", value), ("reuseaddr", value), ("linger", (value, 2))):
            expect(owner.inet.setopts(here, [setting]), ok())
            expect(owner.inet.getopts(here, [setting[0]]), ok([setting]))
