"""What a test can expect of its scenario, and what it says when it sees something else. On the simulated reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from gen_tck.adapters.interface import Ended, Raised
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.harness.expect import (
    Inconclusive,
    Unexpected,
    error,
    expect,
    matches,
    ok,
    one_of,
    raised,
    tcp,
    tcp_closed,
)
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, List


@pytest.fixture
def scenario() -> Iterator[Scenario]:
    """A scenario of the reference."""
    made = Scenario(SimulatedNode(), frozenset(["one", "other"]))
    yield made
    made.discard()


def complaint(expectation: Callable[[], object]) -> str:
    """What is said when an expectation is not met; without the numbers of handles."""
    with pytest.raises(Unexpected) as error:
        expectation()
    return str(error.value)


# Terms


def test_loose_values_do_not_match_terms() -> None:
    expect((Atom("error"), Atom("closed")), error("closed"))
    expect((Atom("error"), Atom("closed")), ("error", "closed"))
    expect(List([1, Atom("true")]), [1, True])
    expect(Raised("error", Atom("badarg")), raised("error", "badarg"))
    expect(1, one_of(2, 1))
    assert not matches((1, 2), [1, 2])
    assert not matches(Raised("exit", Atom("badarg")), raised("error", "badarg"))
    assert not matches(Ended(Atom("badarg")), raised("error", "badarg"))
    assert not matches(3, one_of(2, 1))


def test_difference_is_described_in_another_way() -> None:
    assert (
        complaint(lambda: expect(ok(b"a"), error("closed"), "recv"))
        == 'recv: expected {error,closed}, saw {ok,<<"a">>}'
    )
    assert complaint(lambda: expect(1, one_of(2, raised("exit", "badarg")))) == (
        "expected 2 or exception exit:badarg, saw 1"
    )


# Calls


def test_call_that_blocks_returns(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    receive = owner.begin.gen_tcp.recv(socket, 1)
    receive.is_blocked()
    assert complaint(receive.result) == (
        f"gen_tcp:recv({socket!r}, 1) by owner: expected the call to return, saw it blocked"
    )
    peer.send(b"x")
    assert receive.result() == ok(b"x")
    assert complaint(receive.is_blocked) == (
        f'gen_tcp:recv({socket!r}, 1) by owner: expected the call to block, saw {{ok,<<"x">>}}'
    )


def test_call_gives_back_something_else(scenario: Scenario) -> None:
    first, second = scenario.processes("first", "second")
    socket, _ = scenario.connect(first)
    assert first.gen_tcp.controlling_process(socket, second) == Atom("ok")
    assert first.gen_tcp.recv("no_socket", 0) == Raised("error", Atom("function_clause"))
    assert first.erlang.exit("done") == Ended(Atom("done"))


# Messages


def test_other_messages_are_taken_for_those_expected(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=1)
    peer.send(b"\x01a\x01b")
    assert complaint(lambda: owner.receives(tcp(socket, b"a"))) == (
        f'messages to owner: expected {{tcp,{socket!r},<<"a">>}}, '
        f'saw {{tcp,{socket!r},<<"a">>}}, {{tcp,{socket!r},<<"b">>}}'
    )
    assert complaint(lambda: owner.receives(tcp(socket, b"b"), tcp(socket, b"a"))).startswith("messages to owner: ")
    assert complaint(owner.receives_nothing).startswith("messages to owner: expected no message, saw {tcp,")
    owner.receives(tcp(socket, b"a"), tcp(socket, b"b"))
    owner.receives_nothing()
    assert complaint(lambda: owner.receives(tcp(socket, b"c"))).endswith(", saw no message")


def test_held_messages_are_left_over(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, packet=1)
    peer.send(b"\x01a")
    owner.holds(tcp(socket, b"a"))
    owner.receives_nothing()
    scenario.finish()
    peer.send(b"\x01b")
    assert complaint(scenario.finish) == (
        f'left over at owner: expected no message beyond {{tcp,{socket!r},<<"a">>}}, '
        f'saw {{tcp,{socket!r},<<"a">>}}, {{tcp,{socket!r},<<"b">>}}'
    )


def test_bytes_are_counted_in_messages(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.send(b"ab")
    peer.send(b"cd")
    peer.finish()
    assert owner.receives_bytes(socket, b"abcd", then=[tcp_closed(socket)]) == 2
    owner.receives_nothing()


def test_other_bytes_are_taken_for_those_expected(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.send(b"ab")
    for wanted, seen in ((b"a", "2 bytes (others)"), (b"ax", "2 bytes (others)"), (b"abc", "2 bytes")):
        assert complaint(partial(owner.receives_bytes, socket, wanted)) == (
            f"messages to owner: expected {len(wanted)} bytes as data messages, then no message, "
            f"saw {seen} in 1 messages, then no message"
        )
    owner.receives_bytes(socket, b"ab")


# Processes


def test_end_of_a_process_goes_unnoticed(scenario: Scenario) -> None:
    first, second = scenario.processes("first", "second")
    first.is_alive()
    assert complaint(first.is_ended) == "expected first to end, saw it lives"
    assert complaint(first.is_suspended) == "expected first to be suspended, saw it is not"
    first.exits()
    second.kill()
    assert complaint(second.is_alive) == "expected second to live, saw it ended"
    scenario.finish()


# The peer


def test_peer_reads_something_else(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.sees_nothing()
    owner.gen_tcp.send(socket, b"abc")
    assert complaint(peer.sees_nothing) == (
        'peer: expected an open connection without data, saw <<"abc">> and the connection is open'
    )
    assert complaint(peer.sees_end) == (
        'peer: expected the end of the connection, saw <<"abc">> and the connection is open'
    )
    assert complaint(lambda: peer.receives(b"abd")) == 'bytes at the peer: expected <<"abd">>, saw <<"abc">>'
    owner.gen_tcp.send(socket, b"d")
    assert complaint(lambda: peer.receives(b"de")) == (
        'bytes at the peer: expected <<"de">>, saw <<"d">> and the connection is open'
    )
    owner.gen_tcp.close(socket)
    assert complaint(peer.sees_reset).startswith('peer: expected the end of the connection, saw <<"d">> ')
    assert peer.reads_to_the_end() == (b"d", "fin")
    peer.sees_fin()
    assert complaint(peer.sees_reset) == "peer: expected reset, saw fin"
    assert complaint(lambda: peer.reads(1)) == "bytes at the peer: expected 1 bytes, saw fin"


def test_peer_waits_for_an_end_that_does_not_come(scenario: Scenario) -> None:
    _, peer = scenario.connect(scenario.process("owner"))
    assert complaint(peer.reads_to_the_end) == "peer: expected the connection to end, saw it is open"


def test_connection_that_is_gone_is_a_fault_of_the_kit(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, linger=(True, 0))
    owner.gen_tcp.close(socket)
    peer.sees_reset()
    assert complaint(lambda: peer.send(b"x")).startswith("peer: expected an open connection to send on, saw it is gone")
    assert complaint(peer.fill).startswith("peer: expected an open connection to send on, saw it is gone")


def test_stuck_peer_goes_unnoticed(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, peer = scenario.connect(owner)
    assert peer.fill() > 0
    assert complaint(lambda: peer.pour(bytes(1_000_000))) == (
        "peer: expected 1000000 bytes to be taken, saw the connection is stuck"
    )


def test_refused_connection_is_a_fault_of_the_kit(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = scenario.listen(owner)
    owner.gen_tcp.close(listener)
    assert complaint(lambda: scenario.dial(port)).startswith(
        f"peer: expected port {port} to take a connection, saw it refused"
    )


# Setting up and judging


def test_failed_set_up_is_a_failure(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    with pytest.raises(Inconclusive, match=r"^connect did not return \{ok, _\} but exception exit:badarg$"):
        scenario.connect(owner, no_such_option=True)
    with pytest.raises(Inconclusive, match=r"^listen did not return \{ok, _\} but exception exit:badarg$"):
        scenario.listen(owner, no_such_option=True)


def test_accepted_socket_is_not_connected_to_its_peer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, listener = scenario.accepted(owner)
    assert listener != socket
    peer.send(b"x")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"x"))


def test_variant_is_not_recorded(scenario: Scenario) -> None:
    assert scenario.varies(1, one=2, other=one_of(3, 1)) == "other"
    assert scenario.varies(2, one=2, other=1) == "one"
    assert scenario.varies(1, one=2, other=1) == "other"
    assert scenario.variants_seen == ["other", "one"]
    assert complaint(lambda: scenario.varies(3, one=2, other=1)) == "expected 2 (one) or 1 (other), saw 3"
    with pytest.raises(ValueError, match=r"^the clause names no variant third$"):
        scenario.varies(1, third=1)


def test_discarded_world_is_discarded_again(scenario: Scenario) -> None:
    scenario.connect(scenario.process("owner"))
    scenario.discard()
    scenario.discard()


def test_time_does_not_pass(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    receive = owner.begin.gen_tcp.recv(socket, 0, 50)
    scenario.advance(49)
    receive.is_blocked()
    scenario.advance(2)
    assert receive.result() == error("timeout")
