"""Closing a socket: what the peer sees and what the closer gets."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, raised, tcp, tcp_closed
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom


@clause("closing/peer-sees-the-end")
def test_peer_misses_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.send(socket, b"bye"), ok())
    expect(owner.gen_tcp.close(socket), ok())
    peer.receives(b"bye")
    peer.sees_fin()
    owner.kill()  # that it gets no message of its close is another matter


@clause("closing/peer-sees-the-end")
def test_received_data_counts_as_unread(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, _listener = scenario.accepted(owner)
    peer.send(b"hello")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"hello"))
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()


@clause("closing/close-does-not-spend-the-count")
def test_closer_is_told_in_counted_mode(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=3)
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()
    owner.receives_nothing()


@clause("closing/close-leaves-data-messages")
def test_close_flushes_data_messages(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"abc")
    owner.holds(tcp(socket, b"abc"))
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_fin()
    owner.receives(tcp(socket, b"abc"))


@clause("closing/close-and-the-closed-message")
def test_closed_message_becomes_another_one(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.send(b"abc")
    owner.holds(tcp(socket, b"abc"))
    peer.close()
    owner.holds(tcp(socket, b"abc"), tcp_closed(socket))
    scenario.settle()
    expect(owner.gen_tcp.close(socket), ok())
    seen = owner.mailbox()
    scenario.varies(seen, flushed=(tcp(socket, b"abc"),), kept=(tcp(socket, b"abc"), tcp_closed(socket)))
    owner.receives(*seen)


@clause("closing/second-close-is-ok")
def test_second_close_fails(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.gen_tcp.close(socket), ok())


@clause("closing/close-takes-the-exit-message")
@pytest.mark.parametrize("mode", [False, True])
def test_close_leaves_an_exit_message(scenario: Scenario, mode: bool) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    owner.erlang.process_flag("trap_exit", True)
    socket, peer = scenario.connect(owner, active=mode)
    expect(stranger.gen_tcp.close(socket), ok())
    peer.sees_fin()
    scenario.settle()
    owner.gen_tcp.close(socket)
    scenario.settle()
    others = [each for each in owner.mailbox() if each == tcp_closed(socket)]
    owner.receives(*others)


@clause("closing/close-after-the-end-is-ok")
def test_close_fails_after_the_closed_message(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.close()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    expect(owner.gen_tcp.close(socket), ok())


@clause("closing/close-after-the-end-is-ok")
def test_close_fails_after_recv_returned_closed(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.close()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    scenario.settle()
    expect(owner.gen_tcp.close(socket), ok())


@clause("closing/close-after-the-end-is-ok")
def test_close_fails_after_a_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    scenario.settle()
    expect(owner.gen_tcp.close(socket), ok())


@clause("closing/close-after-the-end-is-ok")
def test_close_fails_after_shutdown(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _peer = scenario.connect(owner)
    expect(owner.gen_tcp.shutdown(socket, "read_write"), ok())
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    scenario.settle()
    expect(owner.gen_tcp.close(socket), ok())


@clause("closing/close-with-unread-data-resets")
def test_unread_data_is_hushed_up(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"unread")
    expect(owner.gen_tcp.send(socket, b"answer"), ok())
    peer.receives(b"answer")
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_reset()


@clause("closing/close-after-part-was-received")
def test_rest_of_the_data_is_neither_read_nor_unread(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"unread")
    expect(owner.gen_tcp.recv(socket, 2), ok(b"un"))
    expect(owner.gen_tcp.close(socket), ok())
    scenario.varies(Atom(peer.sees_end()), reset="reset", end="fin")


@clause("closing/close-after-the-first-line")
def test_second_line_is_neither_read_nor_unread(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="line")
    peer.send(b"one\ntwo\n")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"one\n"))
    expect(owner.gen_tcp.close(socket), ok())
    scenario.varies(Atom(peer.sees_end()), reset="reset", end="fin")


@clause("closing/zero-linger-resets")
def test_zero_linger_ends_in_order(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, linger=(True, 0))
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_reset()


@clause("closing/close-of-no-socket-raises")
def test_atom_is_closed(scenario: Scenario) -> None:
    expect(scenario.process("caller").gen_tcp.close("foo"), raised("error", "function_clause"))


@clause("closing/zero-linger-resets")
def test_zero_linger_set_later_ends_in_order(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.inet.setopts(socket, [("linger", (True, 0))]), ok())
    expect(owner.gen_tcp.close(socket), ok())
    peer.sees_reset()


@clause("modes/linger-is-taken", "closing/peer-sees-the-end")
def test_zero_linger_that_was_withdrawn_resets(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, linger=(True, 0))
    expect(owner.inet.setopts(socket, [("linger", (False, 0))]), ok())
    expect(owner.gen_tcp.send(socket, b"bye"), ok())
    expect(owner.gen_tcp.close(socket), ok())
    peer.receives(b"bye")
    peer.sees_fin()
