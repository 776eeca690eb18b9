"""Files that are being sent to a peer that does not read, and what else happens meanwhile."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import Unexpected, describe, error, expect, fields, ok, tcp, tcp_closed
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.files import DIGITS, LARGE, MISSING, held_up, written
from gen_tck.conformance.sending.stall import END, is_timeout, stalled, until_full

LIMIT = 200


@clause("sending/file-waits-for-its-peer")
def test_slow_reader_gets_a_part(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, peer, sending = held_up(scenario, owner)
    sending.is_blocked()
    peer.receives(LARGE)
    expect(sending.result(), ok(len(LARGE)))
    peer.sees_nothing()


@clause("sending/file-waits-behind-blocked-output")
def test_file_overtakes_what_waits(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    sending = owner.begin.file.sendfile(written(owner), stall.socket)
    sending.is_blocked()
    stall.peer.receives(stall.given + DIGITS)
    expect(sending.result(), ok(len(DIGITS)))
    expect(stall.blocked.result(), ok())
    stall.peer.sees_nothing()


@clause("sending/sends-of-others-go-behind-a-file")
def test_file_is_torn_apart(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer, sending = held_up(scenario, owner)
    behind = other.begin.gen_tcp.send(socket, END)
    behind.has_returned()
    peer.receives(LARGE + END)
    expect(sending.result(), ok(len(LARGE)))
    expect(behind.result(), ok())
    peer.sees_nothing()


@clause("sending/file-being-sent-lets-data-in")
def test_receive_waits_for_the_file(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer, sending = held_up(scenario, owner)
    peer.send(b"in")
    expect(other.gen_tcp.recv(socket, 0), ok(b"in"))
    sending.is_blocked()
    peer.receives(LARGE)
    expect(sending.result(), ok(len(LARGE)))


@clause("sending/file-being-sent-lets-data-in")
def test_messages_wait_for_the_file(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, sending = held_up(scenario, owner, active=True, packet=1)
    peer.send(b"\x01a\x01b")
    owner.holds(tcp(socket, b"a"), tcp(socket, b"b"))
    sending.is_blocked()
    peer.receives(LARGE)
    expect(sending.result(), ok(len(LARGE)))
    owner.receives(tcp(socket, b"a"), tcp(socket, b"b"))


@clause("sending/send-timeout-is-no-limit-to-a-file")
def test_file_times_out(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer, sending = held_up(scenario, owner, send_timeout=LIMIT)
    _, refused = until_full(other, socket)
    if not is_timeout(refused):
        raise Unexpected("a send to time out", describe(refused))
    sending.is_blocked()
    expect(peer.reads(len(LARGE)), LARGE)
    expect(sending.result(), ok(len(LARGE)))


@clause("sending/sendfile-leaves-no-message")
def test_file_leaves_a_message(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer, sending = held_up(scenario, owner)
    other.erlang.send(owner.pid, "meanwhile")
    peer.receives(LARGE)
    expect(sending.result(), ok(len(LARGE)))
    owner.receives("meanwhile")
    expect(owner.file.sendfile(written(owner), socket), ok(len(DIGITS)))
    expect(owner.file.sendfile(MISSING, socket), error("enoent"))
    owner.receives_nothing()


@clause("sending/half-open-socket-goes-on-with-a-file")
def test_end_of_the_peer_is_that_of_the_file(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, sending = held_up(scenario, owner, active=True, exit_on_close=False)
    peer.finish()
    owner.holds(tcp_closed(socket))
    sending.is_blocked()
    peer.receives(LARGE)
    expect(sending.result(), ok(len(LARGE)))
    owner.receives(tcp_closed(socket))


# Where the file waits behind other data, and a sender behind the file, every VM of OTP ends at that: no test does it.


@clause("sending/reset-ends-a-file")
@pytest.mark.parametrize("active", [False, True], ids=["passive", "active"])
def test_reset_is_no_end_of_a_file(scenario: Scenario, active: bool) -> None:
    owner = scenario.process("owner")
    socket, peer, sending = held_up(scenario, owner, active=active)
    peer.reset()
    answer = sending.result()
    _, reason = fields(answer, 2)
    if type(reason) is tuple:  # with a number that is the kernel's business
        raise Unexpected("{error,closed}", "{error,{_,_}}")
    expect(answer, error("closed"))
    if active:
        owner.receives(tcp_closed(socket))


@clause("sending/reset-ends-sends-behind-a-file")
@pytest.mark.parametrize("active", [False, True], ids=["passive", "active"])
def test_reset_leaves_a_send_behind_a_file(scenario: Scenario, active: bool) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer, _ = held_up(scenario, owner, active=active)
    behind = other.begin.gen_tcp.send(socket, LARGE)
    behind.is_blocked()
    peer.reset()
    answer = behind.result()
    refused, _ = fields(answer, 2)
    expect(refused, "error", describe(answer))
    if active:
        owner.receives(tcp_closed(socket))


@clause("sending/send-timeout-close-ends-a-file")
def test_send_timeout_leaves_a_file_waiting(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, _, sending = held_up(scenario, owner, send_timeout=LIMIT, send_timeout_close=True)
    _, refused = until_full(other, socket)
    if not is_timeout(refused):
        raise Unexpected("a send to time out", describe(refused))
    answer = sending.result()
    refused, _ = fields(answer, 2)
    expect(refused, "error", describe(answer))


@clause("sending/close-ends-a-file")
def test_close_is_no_end_of_a_file(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, _, sending = held_up(scenario, owner)
    expect(other.gen_tcp.close(socket), ok())
    answer = sending.result()
    refused, _ = fields(answer, 2)
    expect(refused, "error", describe(answer))


@clause("receiving/close-wakes-a-receive")
def test_close_under_a_file_leaves_a_receive_waiting(scenario: Scenario) -> None:
    owner, reader, other = scenario.processes("owner", "reader", "other")
    socket, _, _ = held_up(scenario, owner)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(other.gen_tcp.close(socket), ok())
    expect(receive.result(), error("closed"))


@clause("sending/file-ends-with-its-process")
def test_file_goes_on_without_its_process(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, peer, _ = held_up(scenario, owner)
    owner.kill()
    seen, _ = peer.reads_to_the_end()
    if not (LARGE.startswith(seen) and len(seen) < len(LARGE)):
        raise Unexpected("a beginning of the file, and no more", f"{len(seen)} bytes", "bytes at the peer")


@clause("sending/file-ends-with-its-process")
def test_file_behind_others_goes_on_without_its_process(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    owner.begin.file.sendfile(written(owner), stall.socket).is_blocked()
    owner.kill()
    seen, _ = stall.peer.reads_to_the_end()
    if not stall.given.startswith(seen):
        raise Unexpected("a beginning of what was sent before", f"{len(seen)} bytes", "bytes at the peer")


@clause("sending/sendfile-leaves-other-messages")
def test_file_ends_with_somebody_else(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    other, _ = scenario.connect(owner)
    waiting = [
        ("DOWN", 7, "port", 7, "normal"),
        ("inet_reply", other, error("closed")),
        ("inet_async", other, 0, ok(7)),
        7,
    ]
    for each in waiting:
        owner.erlang.send(owner, each)
    expect(owner.file.sendfile(written(owner), socket), ok(len(DIGITS)))
    peer.receives(DIGITS)
    owner.receives(*waiting)
