"""What prim_inet does where gen_tcp and inet would be asked as a rule."""

from __future__ import annotations

import pytest

from gen_tck.conformance.async_recv.steps import accepted
from gen_tck.conformance.harness.expect import error, expect, ok, raised, tcp, tcp_closed, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario

BESIDE_THE_MODE = ("nodelay", "keepalive", "delay_send")
COPIED = ["active", *BESIDE_THE_MODE]
"""The options that servers copy."""
ARGUMENTS: dict[str, tuple[object, ...]] = {
    "getopts": (["active"],),
    "setopts": ([("active", False)],),
    "send": (b"abc",),
    "recv": (0, 0),
    "close": (),
}
"""What calls take beside the socket."""
each_call = pytest.mark.parametrize("function", ["getopts", "setopts", "send", "recv", "close"])


@clause("async_recv/listeners-options-can-be-copied")
@pytest.mark.parametrize("mode", [True, "once", False])
def test_options_are_refused_or_lost(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    others = dict.fromkeys(BESIDE_THE_MODE, True)
    socket, _, listener = accepted(scenario, owner, active=mode, **others)
    options = value_of(owner.prim_inet.getopts(listener, COPIED))
    expect(options, [("active", mode), *others.items()])
    expect(owner.prim_inet.setopts(socket, options), ok())
    expect(owner.prim_inet.getopts(socket, COPIED), ok(options))


@clause("async_recv/listeners-options-can-be-copied")
def test_copied_mode_leaves_what_has_come(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, listener = accepted(scenario, owner, active=True)
    peer.send(b"abc")
    owner.receives_nothing()
    options = value_of(owner.prim_inet.getopts(listener, COPIED))
    expect(owner.prim_inet.setopts(socket, options), ok())
    owner.receives(tcp(socket, b"abc"))


@clause("async_recv/listeners-options-can-be-copied")
def test_copied_options_are_the_defaults(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _, listener = accepted(scenario, owner)
    expect(owner.prim_inet.setopts(socket, [(name, True) for name in BESIDE_THE_MODE]), ok())
    options = value_of(owner.prim_inet.getopts(listener, COPIED))
    expect(owner.prim_inet.setopts(socket, options), ok())
    expect(owner.prim_inet.getopts(socket, COPIED), ok([(name, False) for name in COPIED]))


@clause("async_recv/bad-option-sets-none")
@pytest.mark.parametrize("bad", [("foo", 1), ("active", "foo"), "foo"], ids=["unknown", "bad_value", "no_pair"])
def test_prim_inet_sets_the_good_options_of_a_bad_list(scenario: Scenario, bad: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.prim_inet.setopts(socket, [("active", True), bad]), error("einval"))
    expect(owner.prim_inet.getopts(socket, ["active"]), ok([("active", False)]))
    peer.send(b"abc")
    owner.receives_nothing()


@clause("async_recv/bad-option-sets-none")
def test_prim_inet_tells_the_good_options_of_a_bad_list(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.prim_inet.getopts(socket, ["active", "foo"]), error("einval"))


@clause("async_recv/closed-socket-refuses")
@each_call
def test_call_of_prim_inet_on_a_closed_socket_raises(scenario: Scenario, function: str) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.prim_inet.close(socket), ok())
    wanted = ok() if function == "close" else error("einval")
    expect(getattr(owner.prim_inet, function)(socket, *ARGUMENTS[function]), wanted)


@clause("async_recv/no-socket-raises")
@each_call
@pytest.mark.parametrize("what", ["foo", 7])
def test_call_of_prim_inet_takes_what_is_no_socket(scenario: Scenario, what: object, function: str) -> None:
    owner = scenario.process("owner")
    seen = getattr(owner.prim_inet, function)(what, *ARGUMENTS[function])
    expect(seen, raised("error", "function_clause"))


@clause("async_recv/close-leaves-the-closed-message")
def test_prim_inet_close_takes_the_closed_message(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.close()
    owner.holds(tcp_closed(socket))
    expect(owner.prim_inet.close(socket), ok())
    owner.receives(tcp_closed(socket))
