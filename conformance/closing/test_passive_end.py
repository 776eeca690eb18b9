"""The peer's end in passive mode, and when the mode changes after it."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, one_of, tcp, tcp_closed, tcp_error, tcp_passive
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario


@clause("closing/unnoticed-end-is-silent", "sending/passive-socket-sends-after-the-peers-fin")
def test_passive_socket_notices_by_itself(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    address = owner.inet.peername(socket)
    peer.finish()
    owner.receives_nothing()
    expect(owner.inet.getopts(socket, ["active"]), ok([("active", False)]))
    expect(owner.inet.peername(socket), address)
    expect(owner.gen_tcp.send(socket, b"x"), ok())
    peer.receives(b"x")
    peer.sees_nothing()


@clause("closing/recv-tells-of-the-end")
def test_recv_hides_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    owner.receives_nothing()


@clause("closing/recv-tells-of-the-end")
def test_end_swallows_data(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    peer.close()
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/recv-tells-of-the-end")
def test_end_overtakes_bytes(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abcdef")
    peer.close()
    expect(owner.gen_tcp.recv(socket, 3), ok(b"abc"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"def"))
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/recv-tells-of-the-end")
def test_length_that_the_end_meets_exactly_fails(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    peer.close()
    expect(owner.gen_tcp.recv(socket, 3), ok(b"abc"))
    expect(owner.gen_tcp.recv(socket, 1), error("closed"))


@clause("closing/recv-tells-of-the-end")
def test_spent_once_hides_the_end_from_recv(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    peer.send(b"a")
    owner.receives(tcp(socket, b"a"))
    peer.close()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/blocked-recv-is-told-of-the-end")
@pytest.mark.parametrize("length", [0, 5])
def test_blocked_recv_sleeps_through_the_end(scenario: Scenario, length: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    receiving = owner.begin.gen_tcp.recv(socket, length)
    receiving.is_blocked()
    peer.finish()
    expect(receiving.result(), error("closed"))


@clause("closing/activating-tells-of-the-end")
def test_activating_loses_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    peer.close()
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    owner.receives(tcp(socket, b"abc"), tcp_closed(socket))


@clause("closing/activating-tells-of-the-end")
def test_arming_once_tells_of_data_and_the_end_together(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    peer.close()
    expect(owner.inet.setopts(socket, [("active", "once")]), ok())
    owner.receives(tcp(socket, b"abc"))
    owner.receives_nothing()
    expect(owner.inet.setopts(socket, [("active", "once")]), ok())
    owner.receives(tcp_closed(socket))


@clause("closing/activating-with-a-count-tells-of-the-end")
def test_counting_loses_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.send(b"abc")
    peer.close()
    expect(owner.inet.setopts(socket, [("active", 5)]), ok())
    owner.receives(tcp(socket, b"abc"), tcp_closed(socket))


@clause("closing/noticed-end-is-told-when-activated")
@pytest.mark.parametrize("mode", [True, "once"])
def test_noticed_end_is_never_told_to_the_owner(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    scenario.settle()
    expect(owner.inet.setopts(socket, [("active", mode)]), ok())
    owner.receives(tcp_closed(socket))
    scenario.settle()
    expect(owner.inet.setopts(socket, [("active", mode)]), error("einval"))
    owner.receives_nothing()


@clause("closing/noticed-end-is-told-when-activated")
def test_noticed_end_of_a_half_open_socket_is_never_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=False)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    owner.receives(tcp_closed(socket))


@clause("closing/activating-with-other-options-after-a-noticed-end")
def test_noticed_end_is_not_told_if_more_is_set(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    scenario.settle()
    answer = owner.inet.setopts(socket, [("packet", 1), ("active", True), ("header", 0)])
    if scenario.varies(answer, told=ok(), refused=error("einval")) == "told":
        owner.receives(tcp_closed(socket))
    owner.receives_nothing()


@clause("closing/zero-count-after-a-noticed-end")
def test_zero_count_tells_of_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    scenario.settle()
    seen = owner.inet.setopts(socket, [("active", 0)])
    if scenario.varies(seen, passive=ok(), einval=error("einval")) == "passive":
        owner.receives(tcp_passive(socket))
    owner.receives_nothing()


@clause("closing/reset-takes-the-peers-name")
def test_peer_has_an_address_after_its_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    address = owner.inet.sockname(socket)
    peer.reset()
    scenario.settle()
    expect(owner.inet.peername(socket), error("enotconn"))
    expect(owner.inet.sockname(socket), address)


@clause("closing/reset-closes-a-half-open-socket")
@pytest.mark.parametrize("shown", [False, True])
def test_peer_of_a_half_open_socket_has_an_address_after_its_reset(scenario: Scenario, shown: bool) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, exit_on_close=False, show_econnreset=shown)
    peer.reset()
    owner.receives(*([tcp_error(socket, "econnreset")] if shown else []), tcp_closed(socket))
    scenario.settle()
    expect(owner.inet.peername(socket), one_of(error("enotconn"), error("closed")))
