"""The end of the socket and of the stream while a request is pending."""

from __future__ import annotations

import pytest

from gen_tck.conformance.async_recv.steps import answer, asks
from gen_tck.conformance.harness.expect import error, expect, ok
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom

CLOSED = error("closed")
NOT_CONNECTED = error("enotconn")


@clause("async_recv/close-by-anybody-answers-the-request")
@pytest.mark.parametrize("length", [0, 5])
def test_close_forgets_the_request(scenario: Scenario, length: int) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, _ = scenario.connect(owner)
    request = asks(reader, socket, length)
    expect(owner.gen_tcp.close(socket), ok())
    reader.receives(answer(socket, request, CLOSED))
    owner.receives_nothing()


@clause("async_recv/closers-own-request-is-answered-on-return")
def test_close_tells_the_closer_later(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    request = asks(owner, socket)
    expect(owner.gen_tcp.close(socket), ok())
    owner.erlang.send(owner, "later")
    owner.receives(answer(socket, request, CLOSED), "later")


@clause("async_recv/close-by-anybody-answers-the-request")
def test_close_by_a_stranger_forgets_the_request(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, _ = scenario.connect(owner)
    request = asks(owner, socket)
    expect(stranger.gen_tcp.close(socket), ok())
    owner.receives(answer(socket, request, CLOSED))
    stranger.receives_nothing()


@clause("async_recv/owners-end-answers-the-request")
def test_owners_end_forgets_the_request(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, _ = scenario.connect(owner)
    request = asks(reader, socket)
    owner.kill()
    reader.receives(answer(socket, request, CLOSED))


@clause("async_recv/exit-signal-comes-before-the-answer")
def test_answer_comes_before_the_exit_signal(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    expect(owner.erlang.process_flag("trap_exit", True), False)
    socket, _ = scenario.connect(owner)
    request = asks(owner, socket)
    expect(stranger.erlang.exit(socket, "kill"), True)
    owner.receives((Atom("EXIT"), socket, Atom("killed")), answer(socket, request, CLOSED))


@clause("async_recv/end-answers-closed")
@pytest.mark.parametrize("length", [0, 5])
def test_end_is_told_as_a_message_of_the_owner(scenario: Scenario, length: int) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    request = asks(reader, socket, length)
    peer.close()
    reader.receives(answer(socket, request, CLOSED))
    owner.receives_nothing()


@clause("async_recv/request-after-the-end")
def test_request_after_the_end_is_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    request = asks(owner, socket)
    peer.close()
    owner.receives(answer(socket, request, CLOSED))
    for _ in range(2):
        expect(owner.prim_inet.async_recv(socket, 0, 1), NOT_CONNECTED)
    owner.receives_nothing()


@clause("async_recv/bytes-before-the-end-come-first")
def test_end_hides_the_bytes_before_it(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    peer.close()
    requests = asks(owner, socket), asks(owner, socket)
    owner.receives(answer(socket, requests[0], ok(b"abc")), answer(socket, requests[1], CLOSED))


@clause("async_recv/too-few-bytes-before-the-end")
@pytest.mark.parametrize("exit_on_close", [True, False])
def test_end_answers_with_too_few_bytes(scenario: Scenario, exit_on_close: bool) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=exit_on_close)
    request = asks(owner, socket, 5)
    peer.send(b"abc")
    peer.close()
    owner.receives(answer(socket, request, CLOSED))


@clause("async_recv/half-closed-socket-answers-each-request")
def test_half_closed_socket_refuses(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=False)
    request = asks(owner, socket)
    peer.finish()
    owner.receives(answer(socket, request, CLOSED))
    for _ in range(2):
        request = asks(owner, socket)
        owner.receives(answer(socket, request, CLOSED))
    expect(owner.gen_tcp.send(socket, b"still here"), ok())
    peer.receives(b"still here")


@clause("async_recv/reset-answers-the-request", "async_recv/request-after-the-end")
@pytest.mark.parametrize(("shown", "reason"), [(False, "closed"), (True, "econnreset")])
def test_reset_is_mistold(scenario: Scenario, shown: bool, reason: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=shown)
    request = asks(owner, socket)
    peer.reset()
    owner.receives(answer(socket, request, error(reason)))
    expect(owner.prim_inet.async_recv(socket, 0, 1), NOT_CONNECTED)


@clause("async_recv/read-shutdown-answers-the-request")
def test_read_shutdown_forgets_the_request(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, _ = scenario.connect(owner)
    request = asks(reader, socket)
    expect(owner.gen_tcp.shutdown(socket, "read"), ok())
    reader.receives(answer(socket, request, CLOSED))
