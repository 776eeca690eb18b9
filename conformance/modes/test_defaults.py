"""What a socket is like when nobody said anything."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import expect, ok, raised, tcp, tcp_passive, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.modes.steps import bare_listener, mode_is, option
from gen_tck.spec.terms import Term, string

DOCUMENTED = [
    ("exit_on_close", True),
    ("send_timeout", "infinity"),
    ("send_timeout_close", False),
    ("show_econnreset", False),
    ("delay_send", False),
]
USUAL = [("header", 0), ("deliver", "term"), ("nodelay", False)]


def bare_accepted(scenario: Scenario, owner: Actor) -> tuple[Term, RemotePeer]:
    """An accepted socket for which no option was named, and its peer."""
    listener, port = bare_listener(owner)
    peer = scenario.dial(port)
    return value_of(owner.gen_tcp.accept(listener, 5000)), peer


def bare_pair(owner: Actor, server: Actor) -> tuple[Term, Term]:
    """A connected socket of ``owner`` for which no option was named, and the server's end."""
    listener, port = bare_listener(server)
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, port, []))
    return socket, value_of(server.gen_tcp.accept(listener, 5000))


@clause("modes/active-by-default", "modes/list-by-default")
def test_connected_socket_needs_options_to_deliver(scenario: Scenario) -> None:
    owner, server = scenario.processes("owner", "server")
    socket, far = bare_pair(owner, server)
    mode_is(owner, socket, True)
    expect(server.gen_tcp.send(far, b"abc"), ok())
    owner.receives(tcp(socket, string("abc")))


@clause("modes/active-by-default", "modes/list-by-default")
def test_accepted_socket_needs_options_to_deliver(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = bare_accepted(scenario, owner)
    mode_is(owner, socket, True)
    peer.send(b"abc")
    owner.receives(tcp(socket, string("abc")))


@clause("modes/active-by-default")
def test_listener_is_passive_by_default(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = bare_listener(owner)
    mode_is(owner, listener, True)


@clause("modes/list-by-default")
def test_binary_by_default(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = bare_listener(owner)
    expect(option(owner, listener, "mode"), "list")


@clause("modes/options-have-their-documented-defaults")
def test_socket_contradicts_the_manual_on_defaults(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = bare_accepted(scenario, owner)
    expect(owner.inet.getopts(socket, [name for name, _ in DOCUMENTED]), ok(DOCUMENTED))


@clause(
    "modes/options-have-their-documented-defaults", "modes/send-timeout-is-taken", "modes/send-timeout-close-is-taken"
)
def test_there_is_a_default_limit(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    both = ["send_timeout", "send_timeout_close"]
    expect(owner.inet.getopts(socket, both), ok([("send_timeout", "infinity"), ("send_timeout_close", False)]))
    expect(owner.inet.setopts(socket, [("send_timeout", 77), ("send_timeout_close", True)]), ok())
    expect(owner.inet.getopts(socket, both), ok([("send_timeout", 77), ("send_timeout_close", True)]))


@clause("modes/options-have-their-usual-defaults")
def test_socket_has_unusual_defaults(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = bare_accepted(scenario, owner)
    expect(owner.inet.getopts(socket, [name for name, _ in USUAL]), ok(USUAL))


@clause("modes/default-framing-has-two-names")
def test_default_packet_type_has_another_name(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = bare_accepted(scenario, owner)
    scenario.varies(option(owner, socket, "packet"), zero=0, raw="raw")


@clause("modes/default-framing-has-two-names")
def test_default_framing_has_an_unknown_name(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    seen = owner.inet.getopts(socket, ["packet"])
    scenario.varies(seen, zero=ok([("packet", 0)]), raw=ok([("packet", "raw")]))


@clause("modes/no-framing-by-default")
def test_default_packet_type_frames_the_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = bare_accepted(scenario, owner)
    # With a length header or lines, at least one of these bytes would go missing or be waited for.
    peer.send(b"\x00\x00\x00\x01\nx")
    owner.receives(tcp(socket, string(b"\x00\x00\x00\x01\nx")))


@clause("modes/packet-size-has-a-default")
def test_default_packet_size_is_another(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = bare_accepted(scenario, owner)
    scenario.varies(option(owner, socket, "packet_size"), unlimited=0, sixty_four_mebibytes=67108864)


@clause("modes/watermarks-have-defaults")
def test_default_watermarks_are_others(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = bare_accepted(scenario, owner)
    scenario.varies(
        owner.inet.getopts(socket, ["high_watermark", "low_watermark"]),
        eight_and_four_kibibytes=ok([("high_watermark", 8192), ("low_watermark", 4096)]),
        left_out=ok([]),
    )


@clause("modes/last-mode-at-creation-rules")
def test_first_mode_at_creation_rules(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner, ("active", "once"), active=False)
    mode_is(owner, listener, False)
    socket, _ = scenario.connect(owner, ("active", False), active="once")
    mode_is(owner, socket, "once")


@clause("modes/last-mode-at-creation-rules", "modes/counts-add-up")
def test_counts_at_creation_add_up(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, ("active", 3), active=4)
    mode_is(owner, socket, 4)


@clause("modes/bad-mode-at-creation-is-refused")
def test_connect_takes_a_mode_that_does_not_exist(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, port = scenario.listen(owner)
    expect(owner.gen_tcp.connect(LOOPBACK, port, [("active", "foo")]), raised("exit", "badarg"))


@clause("modes/bad-mode-at-creation-is-refused")
def test_listen_takes_a_mode_that_does_not_exist(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.gen_tcp.listen(0, [("ip", LOOPBACK), ("active", "foo")]), raised("exit", "badarg"))


@clause("modes/zero-count-at-creation-is-passive")
@pytest.mark.parametrize("count", [0, -1])
def test_connect_with_an_empty_count_is_silent(scenario: Scenario, count: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=count)
    owner.receives(tcp_passive(socket))
    mode_is(owner, socket, False)
    peer.send(b"a")
    owner.receives_nothing()


@clause("modes/zero-count-at-creation-is-passive")
def test_listen_with_an_empty_count_is_silent(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner, active=0)
    owner.receives(tcp_passive(listener))
    mode_is(owner, listener, False)
