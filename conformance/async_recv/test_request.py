"""A request and its answer."""

from __future__ import annotations

import pytest

from gen_tck.conformance.async_recv.steps import answer, asks
from gen_tck.conformance.harness.expect import error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.harness.timers import LIMITS
from gen_tck.spec.terms import Atom, List


@clause("async_recv/returns-at-once")
@pytest.mark.parametrize("length", [0, 3])
def test_request_waits_for_data(scenario: Scenario, length: int) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    asks(owner, socket, length)
    owner.receives_nothing()


@clause("async_recv/answer-is-a-four-tuple")
def test_answer_has_a_fifth_element(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket)
    peer.send(b"abc")
    owner.receives((Atom("inet_async"), socket, request, (Atom("ok"), b"abc")))


@clause("async_recv/answer-is-a-four-tuple")
def test_answer_of_a_failure_has_another_shape(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    request = asks(owner, socket, 0, 1)
    owner.receives((Atom("inet_async"), socket, request, (Atom("error"), Atom("timeout"))))


@clause("async_recv/answers-once")
def test_answered_request_takes_more_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket)
    peer.send(b"a")
    owner.receives(answer(socket, request, ok(b"a")))
    peer.send(b"b")
    owner.receives_nothing()
    expect(owner.gen_tcp.recv(socket, 0), ok(b"b"))


@clause("async_recv/answers-once")
def test_request_that_was_answered_at_once_times_out(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"a")
    request = asks(owner, socket, 0, 2)
    scenario.advance(4)
    owner.receives(answer(socket, request, ok(b"a")))


@clause("async_recv/answers-once")
def test_answered_request_times_out(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for timeout in LIMITS:
        socket, peer = scenario.connect(owner)
        request = asks(owner, socket, 0, timeout)
        peer.send(b"a")
        scenario.wait_while(lambda: not owner.mailbox())
        if owner.mailbox() == (answer(socket, request, ok(b"a")),):
            scenario.advance(timeout + 1)
            break
        owner.receives(answer(socket, request, error("timeout")))
    owner.receives(answer(socket, request, ok(b"a")))


@clause("async_recv/answers-once")
def test_timed_out_request_takes_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket, 0, 1)
    owner.receives(answer(socket, request, error("timeout")))
    peer.send(b"a")
    owner.receives_nothing()
    expect(owner.gen_tcp.recv(socket, 0), ok(b"a"))


@clause("async_recv/answer-is-there-on-return")
@pytest.mark.parametrize("length", [0, 3])
def test_answer_comes_after_the_return(scenario: Scenario, length: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    request = asks(owner, socket, length)
    owner.erlang.send(owner, "later")
    owner.receives(answer(socket, request, ok(b"abc")), "later")


@clause("async_recv/references-count-up")
def test_references_skip_or_repeat(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    references = [asks(owner, socket, 0, 0) for _ in range(4)]
    owner.receives(*(answer(socket, each, error("timeout")) for each in references))
    first = references[0]
    expect(List(references), [(first + number) % 65536 for number in range(4)])


@clause("async_recv/references-are-of-one-socket")
def test_sockets_share_their_references(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    other, other_peer = scenario.connect(owner)
    request, other_request = asks(owner, socket), asks(owner, other)
    expect(request, other_request)
    peer.send(b"a")
    owner.receives(answer(socket, request, ok(b"a")))
    other_peer.send(b"b")
    owner.receives(answer(other, other_request, ok(b"b")))


@clause("async_recv/reference-of-a-refused-request")
def test_refused_request_confuses_the_references(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    first = asks(owner, socket)
    expect(owner.prim_inet.async_recv(socket, 0, -1), error("ealready"))
    peer.send(b"a")
    owner.receives(answer(socket, first, ok(b"a")))
    second = asks(owner, socket)
    scenario.varies((second - first) % 65536, used_up=2, kept=1)


@clause("async_recv/answer-goes-to-the-caller")
def test_owner_gets_the_callers_data(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    request = asks(reader, socket)
    peer.send(b"abc")
    reader.receives(answer(socket, request, ok(b"abc")))
    owner.receives_nothing()


@clause("async_recv/answer-goes-to-the-caller")
def test_owner_gets_the_callers_timeout(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, _ = scenario.connect(owner)
    request = asks(reader, socket, 0, 1)
    reader.receives(answer(socket, request, error("timeout")))
    owner.receives_nothing()


@clause("async_recv/receive-leaves-answers-alone")
def test_receive_takes_the_answer_of_a_request(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket)
    peer.send(b"asked")
    owner.holds(answer(socket, request, ok(b"asked")))
    peer.send(b"received")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"received"))
    owner.receives(answer(socket, request, ok(b"asked")))
