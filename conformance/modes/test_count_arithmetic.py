"""What becomes of a count when another one, or another mode, is set."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, ok, raised, tcp, tcp_passive
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.modes.steps import mode_is, packets, set_mode
from gen_tck.spec.terms import term


@clause("modes/count-out-of-range-is-refused")
def test_count_out_of_range_is_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=False)
    for count in (32768, -32769):
        expect(owner.inet.setopts(socket, [("active", count)]), error("einval"))
        mode_is(owner, socket, False)
    owner.receives_nothing()


@clause("modes/count-out-of-range-at-creation-is-refused")
def test_count_out_of_range_at_creation_is_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, port = scenario.listen(owner)
    for count in (32768, -32769):
        expect(owner.gen_tcp.connect(LOOPBACK, port, [("active", count)]), raised("exit", "badarg"))


@clause("modes/count-out-of-range-is-refused")
def test_limits_of_the_count_are_refused(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=False)
    set_mode(owner, socket, 32767)
    mode_is(owner, socket, 32767)
    set_mode(owner, socket, -32768)
    owner.receives(tcp_passive(socket))
    mode_is(owner, socket, False)


@clause("modes/counts-add-up")
def test_new_count_replaces_the_old(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=10)
    for change, total in ((5, 15), (-3, 12), (0, 12)):
        set_mode(owner, socket, change)
        mode_is(owner, socket, total)
    owner.receives_nothing()


@clause("modes/counts-add-up")
def test_count_is_added_to_what_it_was_at_first(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=2, packet=1)
    peer.send(packets(b"a"))
    owner.receives(tcp(socket, b"a"))
    set_mode(owner, socket, 1)
    mode_is(owner, socket, 2)
    peer.send(packets(b"bcd"))
    owner.receives(tcp(socket, b"b"), tcp(socket, b"c"), tcp_passive(socket))


@clause("modes/counts-add-up")
def test_one_count_of_a_list_is_dropped(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=False)
    expect(owner.inet.setopts(socket, [("active", 3), ("active", 4)]), ok())
    mode_is(owner, socket, 7)
    owner.receives_nothing()


@clause("modes/count-overflow-is-refused")
def test_overflow_wraps_or_stops_the_flow(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=32000)
    for more in (768, 32767):
        expect(owner.inet.setopts(socket, [("active", more)]), error("einval"))
        mode_is(owner, socket, 32000)
    peer.send(b"x")
    owner.receives(tcp(socket, b"x"))
    mode_is(owner, socket, 31999)


@clause("modes/count-overflow-is-refused")
def test_sum_within_the_range_is_refused(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=32000)
    set_mode(owner, socket, 767)
    mode_is(owner, socket, 32767)


@clause("modes/count-brought-to-zero-turns-passive")
def test_count_taken_back_stays_active(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=10)
    set_mode(owner, socket, -10)
    owner.receives(tcp_passive(socket))
    mode_is(owner, socket, False)
    peer.send(b"x")
    owner.receives_nothing()


@clause("modes/count-is-never-negative")
def test_count_goes_into_debt(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=10)
    set_mode(owner, socket, -11)
    owner.receives(tcp_passive(socket))
    set_mode(owner, socket, 5)
    mode_is(owner, socket, 5)


@clause("modes/zero-count-notifies-a-passive-socket")
def test_passive_socket_ignores_an_empty_count(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=False)
    for count in (0, 0, -1):
        set_mode(owner, socket, count)
        owner.receives(tcp_passive(socket))
        mode_is(owner, socket, False)


@clause("modes/zero-count-stops-true-and-once")
@pytest.mark.parametrize(("mode", "count"), [(True, 0), (True, -1), ("once", 0)])
def test_empty_count_leaves_the_socket_active(scenario: Scenario, mode: object, count: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=mode)
    set_mode(owner, socket, count)
    owner.receives(tcp_passive(socket))
    mode_is(owner, socket, False)
    peer.send(b"x")
    owner.receives_nothing()


@clause("modes/count-starts-from-zero-after-true-and-once")
@pytest.mark.parametrize("mode", [True, "once"])
def test_count_outlives_another_mode(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=10)
    set_mode(owner, socket, mode)
    mode_is(owner, socket, mode)
    owner.receives_nothing()
    set_mode(owner, socket, 3)
    mode_is(owner, socket, 3)


@clause("modes/false-discards-the-count")
def test_count_outlives_false(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=10)
    set_mode(owner, socket, False)
    scenario.settle()
    seen = owner.mailbox()
    scenario.varies(term(list(seen)), silent=[], notified=[tcp_passive(socket)])
    owner.receives(*seen)
    mode_is(owner, socket, False)
    set_mode(owner, socket, 3)
    mode_is(owner, socket, 3)


@clause("modes/false-discards-the-count")
def test_false_leaves_a_count_active(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=10)
    set_mode(owner, socket, False)
    scenario.settle()
    notices = owner.mailbox()
    peer.send(b"x")
    owner.receives(*notices)
    expect(owner.gen_tcp.recv(socket, 0, 5000), ok(b"x"))
