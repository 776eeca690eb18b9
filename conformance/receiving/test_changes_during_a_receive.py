"""Options that change while a receive is pending."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, one_of, tcp, tcp_closed, tcp_passive
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.harness.timers import LIMITS
from gen_tck.spec.terms import Term


@clause("receiving/activation-during-a-receive")
def test_activation_loses_or_doubles_data(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner, packet=1)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    peer.send(b"\4data")
    peer.send(b"\4more")
    peer.close()
    if scenario.varies(receive.result(), owner=error("closed"), receiver=ok(b"data")) == "owner":
        owner.receives(tcp(socket, b"data"), tcp(socket, b"more"), tcp_closed(socket))
    else:
        owner.receives(tcp(socket, b"more"), tcp_closed(socket))


@clause("receiving/timeout-of-a-receive-leaves-an-active-socket-active")
@pytest.mark.parametrize("mode", [True, "once"])
def test_timeout_of_a_receive_makes_an_active_socket_deaf(scenario: Scenario, mode: object) -> None:
    owner, reader = scenario.processes("owner", "reader")
    for timeout in LIMITS:
        socket, peer = scenario.connect(owner)
        receive = reader.begin.gen_tcp.recv(socket, 0, timeout)
        scenario.settle()  # or the socket might be active before the receive begins
        expect(owner.inet.setopts(socket, [("active", mode)]), ok())
        in_time = not receive.has_returned()
        expect(receive.result(), error("timeout"))
        if in_time:
            break
        owner.receives(*owner.mailbox())  # the next socket is another one
    peer.send(b"data")
    owner.receives(tcp(socket, b"data"))


def lose(owner: Actor, socket: Term) -> None:
    """Make the socket active, and lose its connection by a send that fails."""
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    expect(owner.gen_tcp.send(socket, b"x"), error("closed"))


@clause("receiving/lost-connection-leaves-a-receive-its-timeout")
def test_lost_connection_takes_the_time_of_a_receive(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    for timeout in LIMITS:
        socket, _ = scenario.connect(owner, exit_on_close=False)
        receive = reader.begin.gen_tcp.recv(socket, 0, timeout)
        scenario.settle()  # or the socket might be active before the receive begins
        lose(owner, socket)
        in_time = not receive.has_returned()
        expect(receive.result(), one_of(error("timeout"), error("closed")))
        if in_time:
            break
        owner.receives(*owner.mailbox())  # the next socket is another one
    owner.kill()  # what it is told is another matter


@clause("receiving/close-wakes-a-receive-of-a-lost-connection")
def test_receive_outlives_a_socket_without_a_connection(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, _ = scenario.connect(owner, exit_on_close=False)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    lose(owner, socket)
    expect(owner.gen_tcp.close(socket), ok())
    expect(receive.result(), error("closed"))
    owner.kill()  # what it is told is another matter


@clause("receiving/end-of-an-activated-socket-is-told-to-its-owner")
def test_end_is_told_to_the_receive_alone(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    reader.begin.gen_tcp.recv(socket, 0).is_blocked()
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    peer.close()
    owner.receives(tcp_closed(socket))


@clause("receiving/end-of-an-activated-socket-ends-a-receive")
def test_end_is_told_to_the_owner_alone(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    peer.close()
    expect(receive.result(), error("closed"))
    owner.kill()  # what it is told is another matter


@clause("receiving/passive-again-serves-the-receive")
@pytest.mark.parametrize("mode", [True, "once"])
def test_receive_hangs_when_activity_was_called_off(scenario: Scenario, mode: object) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.inet.setopts(socket, [("active", mode)]), ok())
    expect(owner.inet.setopts(socket, [("active", False)]), ok())
    peer.send(b"data")
    expect(receive.result(), ok(b"data"))


@clause("receiving/passive-again-serves-the-receive", "receiving/activation-during-a-receive")
def test_receive_hangs_when_once_is_spent(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner, packet=1)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.inet.setopts(socket, [("active", "once")]), ok())
    peer.send(b"\3one")
    peer.send(b"\3two")
    seen = receive.result()
    expect(seen, one_of(ok(b"one"), ok(b"two")))
    owner.receives(tcp(socket, b"two" if seen == ok(b"one") else b"one"))


@clause("receiving/passive-again-serves-the-receive", "receiving/activation-during-a-receive")
def test_receive_hangs_over_what_came_with_a_message(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner, packet=1)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.inet.setopts(socket, [("active", "once")]), ok())
    peer.send(b"\3one\3two")
    seen = receive.result()
    expect(seen, one_of(ok(b"one"), ok(b"two")))
    owner.receives(tcp(socket, b"two" if seen == ok(b"one") else b"one"))


@clause("receiving/count-of-zero-leaves-a-receive")
def test_count_of_zero_makes_a_receive_hang(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.inet.setopts(socket, [("active", -1)]), ok())
    owner.receives(tcp_passive(socket))
    peer.send(b"data")
    expect(receive.result(), ok(b"data"))


@clause("receiving/framing-may-change-during-a-receive")
@pytest.mark.parametrize(("old", "new", "data"), [("raw", 1, b"abc"), (1, "raw", b"\3abc")])
def test_new_framing_is_not_applied(scenario: Scenario, old: object, new: object, data: bytes) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner, packet=old)
    receive = reader.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.inet.setopts(socket, [("packet", new)]), ok())
    peer.send(b"\3abc")
    expect(receive.result(), ok(data))


@clause("receiving/other-options-leave-a-receive")
@pytest.mark.parametrize("end", ["send", "close"])
def test_option_makes_a_receive_hang(scenario: Scenario, end: str) -> None:
    owner, receiver = scenario.processes("owner", "receiver")
    socket, peer = scenario.connect(owner)
    receive = receiver.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    expect(owner.inet.setopts(socket, [("mode", "binary")]), ok())
    if end == "send":
        peer.send(b"abc")
    else:
        peer.close()
    expect(receive.result(), ok(b"abc") if end == "send" else error("closed"))


# While somebody waits for fewer bytes than the new header has, every VM of OTP dies of what comes: no test does that.


@clause("receiving/new-framing-serves-a-pending-length")
@pytest.mark.parametrize("size", [1, 2, 4])
def test_new_framing_forgets_a_pending_length(scenario: Scenario, size: int) -> None:
    owner, reader = scenario.processes("owner", "reader")
    socket, peer = scenario.connect(owner)
    receive = reader.begin.gen_tcp.recv(socket, size + 3)
    receive.is_blocked()
    expect(owner.inet.setopts(socket, [("packet", size)]), ok())
    one, other = (len(each).to_bytes(size, "big") + each for each in (b"abc", b"de"))
    peer.send(one + other)
    expect(receive.result(), one_of(ok(b"abc"), ok(one)))
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"de"))


@clause("receiving/new-framing-leaves-a-receive-its-timeout")
def test_new_framing_takes_the_time_of_a_receive(scenario: Scenario) -> None:
    owner, reader = scenario.processes("owner", "reader")
    for timeout in LIMITS:
        socket, peer = scenario.connect(owner)
        receive = reader.begin.gen_tcp.recv(socket, 20, timeout)
        scenario.settle()
        expect(owner.inet.setopts(socket, [("packet", 4)]), ok())
        peer.send(b"\0\0\0\x09abc")
        scenario.settle()
        in_time = not receive.has_returned()
        expect(receive.result(), error("timeout"))
        if in_time:
            break
