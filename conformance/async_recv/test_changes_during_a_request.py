"""Modes, options and owners that change while a request is pending."""

from __future__ import annotations

import pytest

from gen_tck.conformance.async_recv.steps import answer, asks
from gen_tck.conformance.harness.expect import Inconclusive, error, expect, ok, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.harness.timers import LIMITS
from gen_tck.spec.terms import Improper, List


@clause("async_recv/active-socket-refuses")
@pytest.mark.parametrize("mode", [True, "once"])
def test_active_socket_takes_a_request(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=mode)
    expect(owner.prim_inet.async_recv(socket, 0, 1), error("einval"))
    peer.send(b"abc")
    owner.receives(tcp(socket, b"abc"))


@clause("async_recv/spent-once-allows-a-request")
def test_socket_that_was_active_once_refuses(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"one")
    owner.receives(tcp(socket, b"one"))
    request = asks(owner, socket)
    peer.send(b"two")
    owner.receives(answer(socket, request, ok(b"two")))


@clause("async_recv/activation-gives-the-data-to-the-owner")
@pytest.mark.parametrize("mode", [True, "once"])
def test_activation_answers_the_request(scenario: Scenario, mode: object) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    asks(reader, socket)
    expect(owner.inet.setopts(socket, [("active", mode)]), ok())
    reader.receives_nothing()
    peer.send(b"abc")
    owner.receives(tcp(socket, b"abc"))
    reader.receives_nothing()


@clause("async_recv/activation-leaves-an-answer-owed")
@pytest.mark.parametrize("mode", [True, "once"])
def test_activation_cancels_the_request(scenario: Scenario, mode: object) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, _ = scenario.connect(owner)
    request = asks(reader, socket)
    expect(owner.inet.setopts(socket, [("active", mode)]), ok())
    reader.receives_nothing()
    expect(owner.gen_tcp.close(socket), ok())
    reader.receives(answer(socket, request, error("closed")))


def times_out_when_active(scenario: Scenario, mode: object) -> None:
    """Expect that a request times out though the socket was made active and its data went to the owner meanwhile."""
    owner, reader = scenario.processes("owner", "reader")
    for timeout in LIMITS:
        socket, peer = scenario.connect(owner)
        request = asks(reader, socket, 0, timeout)
        expect(owner.inet.setopts(socket, [("active", mode)]), ok())
        peer.send(b"abc")
        scenario.settle()
        in_time = not reader.mailbox()
        if in_time:
            owner.receives(tcp(socket, b"abc"))
        reader.receives(answer(socket, request, error("timeout")))
        if in_time:
            return
        owner.receives(*owner.mailbox())  # it timed out before the data came, which is another matter
    raise Inconclusive(f"requests with timeouts of {LIMITS} ms timed out before data came")


@clause("async_recv/activation-leaves-an-answer-owed")
def test_request_never_times_out_on_an_active_socket(scenario: Scenario) -> None:
    times_out_when_active(scenario, True)


@clause("async_recv/activation-leaves-an-answer-owed")
def test_request_never_times_out_when_once_is_spent(scenario: Scenario) -> None:
    times_out_when_active(scenario, "once")


@clause("async_recv/length-of-a-request-on-an-active-socket")
def test_active_socket_loses_bytes_asked_for_before(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    asks(reader, socket, 5)
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    peer.send(b"abc")
    scenario.settle()
    at_once = owner.mailbox()
    if scenario.varies(List(at_once), as_they_come=[tcp(socket, b"abc")], as_asked=[]) == "as_they_come":
        owner.receives(tcp(socket, b"abc"))
        peer.send(b"defg")
        owner.receives_bytes(socket, b"defg")
    else:
        peer.send(b"defg")
        owner.receives(tcp(socket, b"abcde"), tcp(socket, b"fg"))


@clause("async_recv/answer-has-the-present-form")
def test_form_is_that_of_the_request(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket)
    expect(owner.inet.setopts(socket, [("mode", "list")]), ok())
    peer.send(b"abc")
    owner.receives(answer(socket, request, ok(List(b"abc"))))


@clause("async_recv/answer-has-the-present-form")
def test_header_is_not_split_off(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, header=2)
    request = asks(owner, socket)
    peer.send(b"hello")
    owner.receives(answer(socket, request, ("ok", Improper((104, 101), b"llo"))))


@clause("async_recv/framing-may-change-during-a-request")
def test_request_ignores_new_framing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket)
    expect(owner.inet.setopts(socket, [("packet", "line")]), ok())
    peer.send(b"li")
    owner.receives_nothing()
    peer.send(b"ne\nrest")
    owner.receives(answer(socket, request, ok(b"line\n")))


@clause("async_recv/transfer-leaves-the-request")
@pytest.mark.parametrize("by_owner", [True, False])
def test_request_goes_with_the_socket(scenario: Scenario, by_owner: bool) -> None:
    owner, reader, new_owner = scenario.processes("owner", "reader", "new owner")
    socket, peer = scenario.connect(owner)
    caller = owner if by_owner else reader
    request = asks(caller, socket)
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    peer.send(b"abc")
    caller.receives(answer(socket, request, ok(b"abc")))
    new_owner.receives_nothing()


@clause("async_recv/transfer-leaves-the-request")
def test_timeout_goes_with_the_socket(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    for timeout in LIMITS:
        socket, _ = scenario.connect(owner)
        request = asks(owner, socket, 0, timeout)
        expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
        timed_out = answer(socket, request, error("timeout"))
        scenario.wait_while(lambda: not owner.mailbox() and not new_owner.mailbox())
        if owner.mailbox():
            break
        new_owner.receives(timed_out)  # or it timed out before the transfer, and moved as an unread answer does
    owner.receives(timed_out)


@clause("async_recv/unread-answer-moves-with-the-socket")
def test_unread_answer_stays_behind(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    request = asks(owner, socket)
    owner.erlang.send(owner, "other")
    expect(owner.gen_tcp.controlling_process(socket, new_owner), ok())
    new_owner.receives(answer(socket, request, ok(b"abc")))
    owner.receives("other")
