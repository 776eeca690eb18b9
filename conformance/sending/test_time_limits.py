"""``send_timeout`` and ``send_timeout_close``."""

from __future__ import annotations

from contextlib import suppress

import pytest

from gen_tck.conformance.harness.expect import (
    Inconclusive,
    Unexpected,
    describe,
    error,
    expect,
    matches,
    ok,
    one_of,
    raised,
    tcp,
)
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.harness.timers import LIMITS, SLOW
from gen_tck.conformance.sending.stall import END, FLOOD, Stall, is_timeout, slow, stalled, until_full, until_timeout
from gen_tck.spec.terms import Atom, term

SOON = 5
"""Milliseconds after which a send that is bound to time out does so."""

LATER = 5000
"""Milliseconds that no test waits for; so few that a limit in the wrong unit would be over soon."""


@clause("sending/wrong-send-timeout-is-not-set")
@pytest.mark.parametrize("bad", [-1, "foo"], ids=["negative", "no-number"])
def test_bad_limit_is_set(scenario: Scenario, bad: object) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.setopts(socket, [("send_timeout", bad)]), error("einval"))
    expect(owner.inet.getopts(socket, ["send_timeout"]), ok([("send_timeout", "infinity")]))


@clause("sending/wrong-send-timeout-close-is-not-set")
def test_half_close_after_a_limit_is_set(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.setopts(socket, [("send_timeout_close", "foo")]), error("einval"))
    expect(owner.inet.getopts(socket, ["send_timeout_close"]), ok([("send_timeout_close", False)]))


@clause("sending/bad-send-timeout-does-not-connect")
def test_bad_limit_connects(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, port = scenario.listen(owner)
    expect(owner.gen_tcp.connect(LOOPBACK, port, [("send_timeout", -1)]), raised("exit", "badarg"))


@clause("sending/send-timeout-ends-a-blocked-send")
def test_limit_does_not_end_the_send(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = slow(scenario, owner, send_timeout=SOON)
    timeout = until_timeout(owner, socket)
    if timeout.rest is not None and not (timeout.rest and FLOOD.endswith(timeout.rest)):
        raise Unexpected("a rest that ends the data", f"{len(timeout.rest)} bytes that do not")
    scenario.varies(Atom("rest" if timeout.rest else "none"), plain="none", with_rest="rest")


@clause("sending/send-timeout-ends-a-blocked-send", "sending/timed-out-send-loses-nothing")
def test_limit_that_is_set_later_does_not_end_the_send(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = slow(scenario, owner)
    expect(owner.inet.setopts(socket, [("send_timeout", SOON)]), ok())
    timeout = until_timeout(owner, socket)
    peer.receives(timeout.given.removesuffix(timeout.rest or b""))
    peer.sees_nothing()


@clause("sending/timed-out-send-loses-nothing")
def test_timeout_breaks_the_stream(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = slow(scenario, owner, send_timeout=SOON)
    timeout = until_timeout(owner, socket)
    peer.receives(timeout.given.removesuffix(timeout.rest or b""))
    expect(owner.inet.setopts(socket, [("send_timeout", LATER)]), ok())
    expect(owner.gen_tcp.send(socket, END), ok())
    peer.receives(END)
    peer.sees_nothing()


@clause("sending/timed-out-send-loses-nothing")
def test_timeout_breaks_a_packet(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = slow(scenario, owner, send_timeout=SOON, packet=4)
    timeout = until_timeout(owner, socket)
    packet = len(FLOOD).to_bytes(4, "big") + FLOOD
    framed = packet * (len(timeout.given) // len(FLOOD))
    peer.receives(framed.removesuffix(timeout.rest or b""))
    expect(owner.inet.setopts(socket, [("packet", "raw"), ("send_timeout", LATER)]), ok())
    expect(owner.gen_tcp.send(socket, END), ok())
    peer.receives(END)
    peer.sees_nothing()


@clause("sending/leaves-no-message")
def test_timed_out_send_leaves_a_message(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, peer = slow(scenario, owner, send_timeout=SOON)
    timeout = until_timeout(sender, socket)
    sender.receives_nothing()
    peer.receives(timeout.given.removesuffix(timeout.rest or b""))
    sender.receives_nothing()
    owner.receives_nothing()


@clause("sending/unexpired-send-timeout-changes-nothing")
def test_limit_fires_early(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner, send_timeout=LATER)
    scenario.advance(2 * LATER // 1000)
    stall.blocked.is_blocked()
    stall.peer.receives(stall.given)
    expect(stall.blocked.result(), ok())
    stall.peer.sees_nothing()


@clause("sending/long-send-timeout-is-kept")
def test_long_limit_is_cut(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner, send_timeout=SLOW)
    scenario.half_of(SLOW)
    stall.blocked.is_blocked()
    result = term(stall.blocked.result())
    if not is_timeout(result):
        raise Unexpected("{error,timeout} or {error,{timeout,_}}", describe(result))


def _in_time(stall: Stall) -> bool:
    """Whether the blocked send returned ``ok`` because the peer reads, which it does now."""
    with suppress(Unexpected):  # it may have timed out, and the connection with it
        stall.peer.reads(len(stall.given))
    return matches(stall.blocked.result(), ok())


@clause("sending/unexpired-send-timeout-changes-nothing")
def test_limit_outlives_its_send(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for limit in LIMITS:
        try:
            stall = stalled(scenario, owner, send_timeout=limit, send_timeout_close=True)
        except Inconclusive:
            continue  # it was over before the sender was seen to be blocked
        if _in_time(stall):
            break
    else:
        raise Inconclusive(f"send_timeouts of {LIMITS} ms were over before the peer had read")
    scenario.advance(2 * limit)
    expect(stall.sender.gen_tcp.send(stall.socket, b"later"), ok())
    stall.peer.receives(b"later")


@clause("sending/send-timeout-ends-with-the-connection")
@pytest.mark.parametrize("show", [False, True], ids=["hidden", "shown"])
def test_limit_outlives_the_connection(scenario: Scenario, show: bool) -> None:
    owner = scenario.process("owner")
    for limit in LIMITS:
        try:
            stall = stalled(scenario, owner, send_timeout=limit, exit_on_close=False, show_econnreset=show)
        except Inconclusive:
            continue  # it was over before the sender was seen to be blocked
        stall.peer.reset()
        result = stall.blocked.result()
        if not is_timeout(result):
            break
    else:
        raise Inconclusive(f"send_timeouts of {LIMITS} ms were over before the reset was noticed")
    expect(result, one_of(error("closed"), error("econnreset")))
    scenario.advance(2 * limit)
    stall.sender.receives_nothing()


@clause("sending/send-timeout-ends-with-the-connection")
@pytest.mark.parametrize("linger", [(True, 0), (True, 1)], ids=["at-once", "lingering"])
def test_limit_outlives_the_socket(scenario: Scenario, linger: tuple[bool, int]) -> None:
    owner = scenario.process("owner")
    for limit in LIMITS:
        try:
            stall = stalled(scenario, owner, send_timeout=limit, linger=linger)
        except Inconclusive:
            continue  # it was over before the sender was seen to be blocked
        expect(owner.gen_tcp.close(stall.socket), ok())
        if not (stall.blocked.has_returned() and is_timeout(stall.blocked.result())):
            break
    else:
        raise Inconclusive(f"send_timeouts of {LIMITS} ms were over before the socket was closed")
    scenario.advance(2 * limit)
    if stall.blocked.has_returned():  # whether it does is another matter
        expect(stall.blocked.result(), error("closed"))
    stall.sender.receives_nothing()


@clause("sending/active-socket-times-out-too")
def test_active_socket_does_not_time_out(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, peer = slow(scenario, owner, active=True, send_timeout=SOON)
    peer.send(b"before")
    owner.receives(tcp(socket, b"before"))
    until_timeout(sender, socket)
    peer.send(b"after")
    owner.receives(tcp(socket, b"after"))


@clause("sending/every-parallel-sender-times-out")
def test_one_timeout_holds_up_the_others(scenario: Scenario) -> None:
    owner, *others = scenario.processes("owner", "a", "b", "c")
    socket, _ = slow(scenario, owner, send_timeout=SOON)
    until_timeout(owner, socket)
    sends = [each.begin.gen_tcp.send(socket, FLOOD) for each in others]
    for each in sends:
        result = each.result()
        if not is_timeout(result):
            raise Unexpected("{error,timeout} or {error,{timeout,_}}", describe(result))


@clause("sending/zero-send-timeout-sends-what-fits")
def test_zero_limit_sends_nothing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, send_timeout=0)
    expect(owner.gen_tcp.send(socket, b"one"), ok())
    expect(owner.gen_tcp.send(socket, b"two"), ok())
    peer.receives(b"onetwo")
    peer.sees_nothing()


@clause("sending/zero-send-timeout-never-blocks")
def test_zero_limit_means_none(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = slow(scenario, owner, send_timeout=0)
    until_timeout(owner, socket)


@clause("sending/send-timeout-close-returns-no-rest")
def test_timed_out_socket_gives_a_rest(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = slow(scenario, owner, send_timeout=SOON, send_timeout_close=True)
    _, result = until_full(owner, socket)
    expect(result, error("timeout"))


@clause("sending/send-timeout-close-ends-the-connection")
def test_timed_out_socket_stays_open(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = slow(scenario, owner, send_timeout=SOON, send_timeout_close=True)
    count, _ = until_full(owner, socket)
    seen, _ = peer.reads_to_the_end()
    if not (FLOOD * (count + 1)).startswith(seen):
        raise Unexpected("an unbroken beginning of the data", f"{len(seen)} bytes that are none", "bytes at the peer")
