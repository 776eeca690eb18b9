"""Names in lists: ``inet:socknames/1`` and ``inet:peernames/1``, for programs that know several transports."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import Inconclusive, Unexpected, describe, error, expect, ok, raised, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.opening.steps import is_at
from gen_tck.spec.terms import List, Term


def _only_name(names: object) -> Term:
    """``{ok, Name}`` of ``{ok, [Name]}``."""
    match value_of(names):
        case List() as found if len(found) == 1:
            return ok(found[0])
    raise Unexpected("{ok,[{Address,Port}]}", describe(names))


def _an_error(name: object) -> object:
    """What ``sockname`` or ``peername`` answers of a closed socket. Raises :class:`Inconclusive`."""
    if name not in (error("einval"), error("closed")):
        raise Inconclusive(f"a closed socket has the name {describe(name)}")
    return name


@clause("opening/socknames-answers")
def test_socket_has_not_one_local_address(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    is_at(_only_name(owner.inet.socknames(socket)), LOOPBACK)


@clause("opening/peernames-answers")
def test_peer_has_not_one_address(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    is_at(_only_name(owner.inet.peernames(socket)), LOOPBACK, scenario.port())


@clause("opening/listener-has-no-peer")
def test_listener_has_a_peer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    expect(owner.inet.peername(listener), error("enotconn"))
    scenario.dial(port)
    value_of(owner.gen_tcp.accept(listener, 5000))
    expect(owner.inet.peername(listener), error("enotconn"))


@clause("opening/socknames-lists-what-sockname-tells")
def test_names_of_this_end_are_others(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, _, listener = scenario.accepted(owner)
    for each in (listener, socket):
        name = value_of(owner.inet.sockname(each))
        expect(owner.inet.socknames(each), ok([name]))
        expect(stranger.inet.socknames(each), ok([name]))


@clause("opening/socknames-lists-what-sockname-tells", "closing/reset-takes-the-peers-name")
@pytest.mark.parametrize("end", ["close", "reset"])
def test_names_of_this_end_go_with_the_peer(scenario: Scenario, end: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    name = value_of(owner.inet.sockname(socket))
    getattr(peer, end)()
    scenario.settle()
    expect(owner.inet.socknames(socket), ok([name]))


@clause("opening/peernames-lists-what-peername-tells")
def test_names_of_the_peer_are_others(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer, _ = scenario.accepted(owner)
    name = value_of(owner.inet.peername(socket))
    expect(owner.inet.peernames(socket), ok([name]))
    expect(stranger.inet.peernames(socket), ok([name]))
    peer.finish()
    scenario.settle()
    expect(owner.inet.peernames(socket), ok([name]))


@clause("opening/peernames-lists-what-peername-tells")
def test_listener_has_peers(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner)
    expect(owner.inet.peernames(listener), error("enotconn"))


@clause("opening/peernames-lists-what-peername-tells")
def test_peer_has_names_after_its_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.reset()
    scenario.settle()
    expect(owner.inet.peernames(socket), error("enotconn"))


@clause("opening/socknames-after-close")
def test_closed_socket_has_names(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.inet.socknames(socket), _an_error(owner.inet.sockname(socket)))


@clause("opening/peernames-after-close")
def test_peer_of_a_closed_socket_has_names(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.inet.peernames(socket), _an_error(owner.inet.peername(socket)))


@clause("opening/lists-of-names-after-a-noticed-end")
def test_names_outlive_a_noticed_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    scenario.settle()
    answer = owner.inet.socknames(socket)
    # A name that is still there is shown without its number, which differs from run to run.
    seen = ok() if isinstance(answer, tuple) and answer[:1] == (ok(),) else answer
    scenario.varies(seen, exbadport=error("exbadport"), closed=error("closed"))


@clause("opening/names-of-no-socket-raise")
def test_what_is_no_socket_has_names(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for each in ("foo", 1, (LOOPBACK, 80)):
        expect(owner.inet.socknames(each), raised("error", "function_clause"))
        expect(owner.inet.peernames(each), raised("error", "function_clause"))
