"""What an accepted socket takes over from its listener."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, tcp, tcp_closed, tcp_passive, value_of
from gen_tck.conformance.harness.marks import clause, requires
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.modes.steps import mode_is, option, packets
from gen_tck.spec.terms import Atom, Improper, Term, string

INHERITED = [
    ("packet", 4),
    ("packet_size", 77),
    ("buffer", 555),
    ("exit_on_close", False),
    ("show_econnreset", True),
    ("nodelay", True),
    ("keepalive", True),
    ("send_timeout", 321),
    ("send_timeout_close", True),
    ("delay_send", True),
]
"""Values that are no defaults anywhere."""


@clause("modes/accepted-socket-inherits-the-mode")
@pytest.mark.parametrize("mode", [True, False, "once"])
def test_accepted_socket_has_another_mode(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, _, listener = scenario.accepted(owner, active=mode)
    mode_is(owner, socket, mode)
    mode_is(owner, listener, mode)


@clause("modes/accepted-socket-inherits-the-mode", "modes/once-delivers-one-message")
def test_once_is_used_up_by_another_connection(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner, active="once", packet=1)
    first, first_peer = scenario.accept(owner, listener, port)
    first_peer.send(packets(b"ab"))
    owner.receives(tcp(first, b"a"))
    second, second_peer = scenario.accept(owner, listener, port)
    second_peer.send(packets(b"cd"))
    owner.receives(tcp(second, b"c"))
    mode_is(owner, listener, "once")


@clause("modes/accepted-socket-has-its-own-count")
def test_connections_share_a_count(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner, active=2, packet=1)
    first, first_peer = scenario.accept(owner, listener, port)
    first_peer.send(packets(b"ab"))
    owner.receives(tcp(first, b"a"), tcp(first, b"b"), tcp_passive(first))
    second, second_peer = scenario.accept(owner, listener, port)
    mode_is(owner, second, 2)
    second_peer.send(packets(b"c"))
    owner.receives(tcp(second, b"c"))
    mode_is(owner, second, 1)
    mode_is(owner, first, False)
    mode_is(owner, listener, 2)


@clause("modes/accepted-socket-inherits-options")
def test_accepted_socket_forgets_an_option(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _, _ = scenario.accepted(owner, **dict(INHERITED))
    expect(owner.inet.getopts(socket, [name for name, _ in INHERITED]), ok(INHERITED))


@clause("modes/accepted-socket-inherits-options")
def test_accepted_socket_forgets_the_form_of_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _, _ = scenario.accepted(owner, "binary")
    expect(option(owner, socket, "mode"), "binary")


@clause("modes/accepted-socket-inherits-options", "modes/messages-keep-the-order")
def test_accepted_socket_forgets_the_framing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, _ = scenario.accepted(owner, active=True, packet=2)
    peer.send(b"\x00\x03abc\x00\x01z")
    owner.receives(tcp(socket, b"abc"), tcp(socket, b"z"))


@clause("modes/accepted-socket-inherits-watermarks")
def test_accepted_socket_has_other_watermarks(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _, _ = scenario.accepted(owner, high_watermark=20000, low_watermark=10000)
    scenario.varies(
        owner.inet.getopts(socket, ["high_watermark", "low_watermark"]),
        inherited=ok([("high_watermark", 20000), ("low_watermark", 10000)]),
        left_out=ok([]),
    )


@clause("modes/listener-is-asked-at-accept")
def test_connection_waiting_for_accept_keeps_old_options(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner, active=False)
    scenario.dial(port)
    expect(owner.inet.setopts(listener, [("active", "once"), ("mode", "list")]), ok())
    socket = value_of(owner.gen_tcp.accept(listener, 5000))
    expect(owner.inet.getopts(socket, ["active", "mode"]), ok([("active", "once"), ("mode", "list")]))


@clause("modes/listener-is-asked-at-accept")
@requires("modes/linger-is-taken")
def test_connection_waiting_for_accept_keeps_what_the_system_knows(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner, active=False)
    scenario.dial(port)
    later = [("nodelay", True), ("keepalive", True), ("linger", (True, 0))]
    expect(owner.inet.setopts(listener, later), ok())
    socket = value_of(owner.gen_tcp.accept(listener, 5000))
    expect(owner.inet.getopts(socket, [name for name, _ in later]), ok(later))


@clause("modes/accepted-socket-goes-its-own-way")
def test_setting_the_listener_reaches_its_connections(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, listener = scenario.accepted(owner, active=False, packet=1)
    expect(owner.inet.setopts(listener, [("active", True), ("mode", "list"), ("packet", 2)]), ok())
    unchanged = [("active", False), ("mode", "binary"), ("packet", 1)]
    expect(owner.inet.getopts(socket, ["active", "mode", "packet"]), ok(unchanged))
    peer.send(packets(b"a"))
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"a"))


@clause("modes/accepted-socket-goes-its-own-way")
def test_setting_a_connection_reaches_its_listener(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _, listener = scenario.accepted(owner, active=False, packet=1)
    expect(owner.inet.setopts(socket, [("active", "once"), ("mode", "list"), ("packet", 2)]), ok())
    unchanged = [("active", False), ("mode", "binary"), ("packet", 1)]
    expect(owner.inet.getopts(listener, ["active", "mode", "packet"]), ok(unchanged))


@clause("modes/early-data-follows-accept")
def test_accept_drops_what_came_before(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner, active=True)
    peer = scenario.dial(port)
    peer.send(b"early")
    peer.close()
    socket = value_of(owner.gen_tcp.accept(listener, 5000))
    owner.receives(tcp(socket, b"early"), tcp_closed(socket))


def accepted_with(scenario: Scenario, owner: Actor, *flags: object, **options: object) -> tuple[Term, RemotePeer]:
    """An accepted socket of a listener with these options, and its peer."""
    socket, peer, _ = scenario.accepted(owner, *flags, **options)
    return socket, peer


@clause("modes/inherited-options-act")
def test_inherited_list_gives_a_binary(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = accepted_with(scenario, owner, "list", active="once")
    peer.send(b"abc")
    owner.receives(tcp(socket, string("abc")))


@clause("modes/inherited-options-act")
def test_inherited_header_cuts_nothing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = accepted_with(scenario, owner, active="once", header=1)
    peer.send(b"abc")
    owner.receives(tcp(socket, Improper((97,), b"bc")))


@clause("modes/inherited-options-act")
def test_inherited_limit_lets_a_packet_through(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = accepted_with(scenario, owner, packet=4, packet_size=10)
    peer.send(b"\0\0\0\x0b")
    expect(owner.gen_tcp.recv(socket, 0), error("emsgsize"))


@clause("modes/inherited-options-act")
@requires("closing/active-owner-is-told-of-the-end")
def test_inherited_half_open_socket_closes(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = accepted_with(scenario, owner, active=True, exit_on_close=False)
    peer.finish()
    owner.receives(tcp_closed(socket))
    expect(owner.gen_tcp.send(socket, b"still here"), ok())
    peer.receives(b"still here")


@clause("modes/inherited-options-act")
def test_inherited_reset_is_hidden(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = accepted_with(scenario, owner, show_econnreset=True)
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), error("econnreset"))


@clause("modes/inherited-options-act", "closing/zero-linger-resets")
def test_inherited_linger_ends_in_order(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = accepted_with(scenario, owner, linger=(True, 0))
    expect(option(owner, socket, "linger"), (True, 0))
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_reset()


@clause("modes/accepted-socket-tells-as-a-port")
@pytest.mark.parametrize("form", ["binary", "list"])
def test_inherited_messages_of_a_port_have_another_form(scenario: Scenario, form: str) -> None:
    owner = scenario.process("owner")
    socket, peer = accepted_with(scenario, owner, form, active=True, deliver="port")
    peer.send(b"abc")
    owner.receives((socket, (Atom("data"), b"abc" if form == "binary" else string("abc"))))
