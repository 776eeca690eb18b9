"""Setting a mode: what is refused, and that the last one rules."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import Unexpected, error, expect, matches, ok, raised, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.modes.steps import mode_is, option, packets, set_mode
from gen_tck.spec.terms import string


@clause("modes/bad-mode-is-refused")
def test_mode_that_does_not_exist_is_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    for bad in ("foo", "undefined", 1.5, string("1"), b"true"):
        expect(owner.inet.setopts(socket, [("active", bad)]), error("einval"))
        mode_is(owner, socket, True)
    peer.send(b"x")
    owner.receives(tcp(socket, b"x"))


@clause("modes/bad-option-in-a-list")
def test_refused_list_leaves_a_third_state(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=True)
    expect(owner.inet.setopts(socket, [("active", False), ("foo", "bar")]), error("einval"))
    scenario.varies(option(owner, socket, "active"), nothing_applied=True, earlier_applied=False)


@clause("modes/bad-option-in-a-list")
def test_options_behind_a_refused_one_are_applied(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=True)
    expect(owner.inet.setopts(socket, [("foo", "bar"), ("active", False)]), error("einval"))
    mode_is(owner, socket, True)


@clause("modes/bad-value-is-refused")
@pytest.mark.parametrize(
    "bad",
    [
        (7, True),
        ("linger", [True, 5]),
        ("linger", (5, True)),
        ("linger", (True, 5, 0)),
        ("buffer", "big"),
        ("active", False, 7),
    ],
    ids=["no-name", "list", "turned", "three", "word", "triple"],
)
def test_bad_value_is_taken(scenario: Scenario, bad: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    if matches(owner.inet.setopts(socket, [bad]), ok()):
        raise Unexpected("a refusal", "ok", "inet:setopts/2")
    peer.send(b"x")
    expect(owner.gen_tcp.recv(socket, 1), ok(b"x"))


@clause("modes/packet-size-is-not-negative")
def test_packet_size_is_negative(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.setopts(socket, [("packet_size", (1 << 31) - 1)]), ok())
    expect(owner.inet.setopts(socket, [("packet_size", -1)]), error("einval"))
    expect(owner.inet.getopts(socket, ["packet_size"]), ok([("packet_size", (1 << 31) - 1)]))


@clause("modes/contradictory-modes-in-a-list")
def test_two_modes_give_a_third(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, active=True)
    expect(owner.inet.setopts(socket, [("active", "once"), ("active", False)]), ok())
    scenario.varies(option(owner, socket, "active"), first_rules="once", last_rules=False)


@clause("modes/mode-set-last-rules")
@pytest.mark.parametrize(
    ("old", "new"), [(True, False), (True, "once"), (False, True), (False, "once"), ("once", True), ("once", False)]
)
def test_old_mode_shines_through(scenario: Scenario, old: object, new: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=old, packet=1)
    set_mode(owner, socket, new)
    mode_is(owner, socket, new)
    peer.send(packets(b"abc"))
    delivered = {True: 3, "once": 1, False: 0}[new]
    owner.receives(*[tcp(socket, bytes([each])) for each in b"abc"[:delivered]])
    owner.receives_nothing()
    mode_is(owner, socket, new is True)
    for each in b"abc"[delivered:]:
        expect(owner.gen_tcp.recv(socket, 0, 5000), ok(bytes([each])))


@clause("modes/setopts-of-no-socket-raises")
def test_atom_has_options(scenario: Scenario) -> None:
    expect(scenario.process("caller").inet.setopts("foo", []), raised("error", "function_clause"))
