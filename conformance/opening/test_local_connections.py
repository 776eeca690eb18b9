"""Local sockets: what goes over them, and how they end."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor, Pending
from gen_tck.conformance.harness.expect import Inconclusive, error, expect, ok, tcp, tcp_closed, tcp_error, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.opening.local import connecting, listening, pair
from gen_tck.conformance.sending.stall import FLOOD, MOST
from gen_tck.spec.terms import Term

HALF_OPEN = ("exit_on_close", False)
SHOWN = ("show_econnreset", True)


@pytest.mark.parametrize("size", [1, 2, 4])
@clause("opening/local-sockets-have-framings")
def test_local_socket_has_no_framing(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    here, there = pair(owner, ("packet", size))
    for each in (b"ab", b"", b"c"):
        expect(owner.gen_tcp.send(there, each), ok())
    for each in (b"ab", b"", b"c"):
        expect(owner.gen_tcp.recv(here, 0, 5000), ok(each))
    expect(owner.inet.setopts(there, [("packet", "raw")]), ok())
    expect(owner.gen_tcp.send(here, b"d"), ok())
    expect(owner.gen_tcp.recv(there, size + 1, 5000), ok((1).to_bytes(size, "big") + b"d"))


@clause("opening/local-sockets-have-modes")
def test_local_socket_is_not_active(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener = listening(owner, ("active", True))
    there = connecting(client)
    here = value_of(owner.gen_tcp.accept(listener, 5000))
    expect(client.gen_tcp.send(there, b"abc"), ok())
    owner.receives(tcp(here, b"abc"))
    expect(client.gen_tcp.close(there), ok())
    owner.receives(tcp_closed(here))


@clause("opening/local-sockets-have-modes")
def test_once_is_more_than_once(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener = listening(owner, ("packet", 1))
    there = connecting(client, ("packet", 1))
    here = value_of(owner.gen_tcp.accept(listener, 5000))
    for each in (b"ab", b"cd"):
        expect(client.gen_tcp.send(there, each), ok())
    expect(owner.inet.setopts(here, [("active", "once")]), ok())
    owner.receives(tcp(here, b"ab"))
    owner.receives_nothing()
    expect(owner.gen_tcp.recv(here, 0, 5000), ok(b"cd"))


@clause("opening/local-shutdown-ends-one-direction")
def test_shutdown_ends_both_directions(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    here, there = pair(owner, HALF_OPEN)
    expect(owner.gen_tcp.send(here, b"abc"), ok())
    expect(owner.gen_tcp.shutdown(here, "write"), ok())
    expect(owner.gen_tcp.recv(there, 0, 5000), ok(b"abc"))
    expect(owner.gen_tcp.recv(there, 0, 5000), error("closed"))
    expect(owner.gen_tcp.send(there, b"def"), ok())
    expect(owner.gen_tcp.recv(here, 3, 5000), ok(b"def"))


@clause("opening/local-data-wait-for-the-accept")
def test_close_takes_what_was_sent_before_the_accept(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener = listening(owner)
    there = connecting(client)
    expect(client.gen_tcp.send(there, b"abc"), ok())
    expect(client.gen_tcp.close(there), ok())
    here = value_of(owner.gen_tcp.accept(listener, 5000))
    expect(owner.gen_tcp.recv(here, 0, 5000), ok(b"abc"))
    expect(owner.gen_tcp.recv(here, 0, 5000), error("closed"))


@clause("opening/closed-local-peer-takes-nothing")
def test_send_to_a_closed_local_peer_is_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    here, there = pair(owner, HALF_OPEN)
    expect(owner.gen_tcp.close(there), ok())
    expect(owner.gen_tcp.send(here, b"abc"), error("closed"))


@clause("opening/local-reader-that-stops-is-told")
def test_send_to_who_does_not_read_is_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    here, there = pair(owner, HALF_OPEN)
    expect(owner.gen_tcp.shutdown(there, "read"), ok())
    expect(owner.gen_tcp.send(here, b"abc"), error("closed"))


@clause("opening/closed-local-peer-takes-nothing")
def test_blocked_send_goes_on_to_a_closed_local_peer(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    here, there = pair(owner, HALF_OPEN)
    sending = _blocked(sender, here)
    expect(owner.gen_tcp.close(there), ok())
    expect(sending.result(), error("closed"))


def _blocked(sender: Actor, socket: Term) -> Pending:
    """``sender`` sends until a send does not come back."""
    for _ in range(MOST):
        sending = sender.begin.gen_tcp.send(socket, FLOOD)
        if not sending.has_returned():
            return sending
        expect(sending.result(), ok())
    raise Inconclusive("a local peer that does not read takes everything")


@pytest.mark.parametrize("shut", [False, True], ids=["closed", "shut-down-before"])
@clause("opening/local-peer-keeps-its-name")
def test_closed_peer_has_no_name(scenario: Scenario, shut: bool) -> None:
    owner = scenario.process("owner")
    here, there = pair(owner, HALF_OPEN)
    name = owner.inet.peername(there)
    value_of(name)
    if shut:
        expect(owner.gen_tcp.shutdown(there, "write"), ok())
    expect(owner.gen_tcp.close(here), ok())
    expect(owner.gen_tcp.recv(there, 0, 5000), error("closed"))
    expect(owner.inet.peername(there), name)


@clause("opening/unread-bytes-reset-a-local-connection")
def test_unread_bytes_end_a_local_connection(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    here, there = pair(owner, SHOWN)
    expect(owner.gen_tcp.send(here, b"unread"), ok())
    expect(owner.gen_tcp.send(there, b"abc"), ok())
    expect(owner.gen_tcp.close(there), ok())
    expect(owner.gen_tcp.recv(here, 0, 5000), ok(b"abc"))
    expect(owner.gen_tcp.recv(here, 0, 5000), error("econnreset"))


@clause("opening/unread-bytes-reset-a-local-connection")
def test_local_reset_is_no_message(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener = listening(owner, SHOWN, ("active", True))
    there = connecting(client)
    here = value_of(owner.gen_tcp.accept(listener, 5000))
    expect(owner.gen_tcp.send(here, b"unread"), ok())
    expect(client.gen_tcp.send(there, b"abc"), ok())
    expect(client.gen_tcp.close(there), ok())
    owner.receives(tcp(here, b"abc"), tcp_error(here, "econnreset"), tcp_closed(here))


@clause("opening/local-linger-of-zero-is-an-end")
def test_local_linger_of_zero_is_a_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    here, there = pair(owner, SHOWN, ("linger", (True, 0)))
    expect(owner.inet.setopts(there, [("linger", (True, 0))]), ok())
    expect(owner.gen_tcp.send(there, b"abc"), ok())
    expect(owner.gen_tcp.close(there), ok())
    expect(owner.gen_tcp.recv(here, 0, 5000), ok(b"abc"))
    expect(owner.gen_tcp.recv(here, 0, 5000), error("closed"))


@clause("opening/closed-local-listener-resets-who-waits")
def test_who_waits_at_a_closed_listener_sees_an_end(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener = listening(owner)
    there = connecting(client, SHOWN)
    expect(owner.gen_tcp.close(listener), ok())
    expect(client.gen_tcp.recv(there, 0, 5000), error("econnreset"))
