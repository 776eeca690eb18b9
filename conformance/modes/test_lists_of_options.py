"""Lists that name an option twice, or one that is none."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import expect, ok, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.modes.steps import option

TWICE: dict[str, tuple[object, object]] = {
    "mode": ("list", "binary"),
    "packet": (2, 1),
    "packet_size": (100, 200),
    "header": (1, 2),
    "deliver": ("port", "term"),
    "buffer": (3000, 5000),
    "nodelay": (True, False),
    "keepalive": (True, False),
    "exit_on_close": (False, True),
    "show_econnreset": (True, False),
    "delay_send": (True, False),
    "send_timeout": (1000, 2000),
    "send_timeout_close": (True, False),
}
"""Two values for an option that is told as it was set."""


def both(name: str) -> list[tuple[str, object]]:
    """The option with one value and then with the other."""
    return [(name, each) for each in TWICE[name]]


named = pytest.mark.parametrize(
    "name",
    [
        "mode",
        "packet",
        "packet_size",
        "header",
        "deliver",
        "buffer",
        "nodelay",
        "keepalive",
        "exit_on_close",
        "show_econnreset",
        "delay_send",
        "send_timeout",
        "send_timeout_close",
    ],
)


@clause("modes/last-value-at-creation-rules")
@named
def test_connect_keeps_the_first_value(scenario: Scenario, name: str) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, *both(name))
    expect(option(owner, socket, name), TWICE[name][1])


@clause("modes/last-value-at-creation-rules")
@named
def test_listen_keeps_the_first_value(scenario: Scenario, name: str) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner, *both(name))
    expect(option(owner, listener, name), TWICE[name][1])


@clause("modes/last-value-at-creation-rules", "modes/mode-shapes-the-data")
def test_first_framing_at_creation_frames(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, ("packet", 2), "list", ("packet", 1), "binary")
    peer.send(b"\0\1a\1b")
    for data in (b"", b"a", b"b"):
        expect(owner.gen_tcp.recv(socket, 0), ok(data))


@clause("modes/option-named-twice")
@named
def test_option_named_twice_gets_a_third_value(scenario: Scenario, name: str) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.setopts(socket, both(name)), ok())
    first, last = TWICE[name]
    scenario.varies(option(owner, socket, name), first_rules=first, last_rules=last)


bad = pytest.mark.parametrize(
    "setting",
    [("foo", 1), ("packet", 3), ("active", "twice"), ("nodelay", "maybe"), "foo", (7, True), ("linger", [True, 5])],
    ids=["unknown", "framing", "mode", "flag", "atom", "number", "list"],
)


@clause("modes/bad-option-at-creation-raises")
@bad
def test_connect_takes_a_bad_option(scenario: Scenario, setting: object) -> None:
    owner = scenario.process("owner")
    _, port = scenario.listen(owner)
    options = [("header", 1), setting, "binary"]
    expect(owner.gen_tcp.connect(LOOPBACK, port, options), raised("exit", "badarg"))


@clause("modes/bad-option-at-creation-raises")
@bad
def test_listen_takes_a_bad_option(scenario: Scenario, setting: object) -> None:
    owner = scenario.process("owner")
    settings = [("ip", LOOPBACK), ("header", 1), setting, "binary"]
    expect(owner.gen_tcp.listen(0, settings), raised("exit", "badarg"))
