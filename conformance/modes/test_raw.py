"""Options by number: ``{raw, Protocol, Number, Bytes}``, as Linux numbers them."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import (
    Unexpected,
    describe,
    elements,
    expect,
    fields,
    integer,
    ok,
    only,
    value_of,
)
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.spec.raw_options import NUMBERS, SIZE, UNKNOWN, bytes_of
from gen_tck.spec.terms import List, Term, term

_NUMBER = {name: number for number, name in NUMBERS.items()}
IDLE = _NUMBER["keepidle"]
"""How many seconds a connection is idle before the peer is asked whether it lives."""
_UNKNOWN = ("raw", *UNKNOWN, bytes_of(1))


def raw(name: str, value: int) -> tuple[object, ...]:
    """The setting of an option by its number."""
    return "raw", *_NUMBER[name], bytes_of(value)


def asked(name: str) -> tuple[object, ...]:
    """What asks for it."""
    return "raw", *_NUMBER[name], SIZE


@clause("modes/raw-is-set-and-told")
def test_raw_option_is_not_set_at_connect(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    options = List(map(term, (raw("keepidle", 77), raw("keepcnt", 3), ("active", False))))
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), options))
    expect(owner.inet.getopts(socket, [asked("keepidle")]), ok([raw("keepidle", 77)]))
    wanted = [raw("keepcnt", 3), ("active", False), raw("keepidle", 77)]
    expect(owner.inet.getopts(socket, [asked("keepcnt"), "active", asked("keepidle")]), ok(wanted))


@clause("modes/raw-is-set-and-told")
def test_raw_option_is_not_set_later(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    for first, second in ((88, 5), (99, 6)):
        expect(owner.inet.setopts(socket, [raw("keepidle", first), raw("keepintvl", second)]), ok())
        wanted = [raw("keepidle", first), raw("keepintvl", second)]
        expect(owner.inet.getopts(socket, [asked("keepidle"), asked("keepintvl")]), ok(wanted))


@clause("modes/raw-is-set-and-told")
def test_raw_option_is_of_every_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener = value_of(owner.gen_tcp.listen(0, List(map(term, (("ip", LOOPBACK), raw("keepidle", 66))))))
    socket, _ = scenario.connect(owner, raw("keepidle", 55))
    expect(owner.inet.getopts(listener, [asked("keepidle")]), ok([raw("keepidle", 66)]))
    expect(owner.inet.getopts(socket, [asked("keepidle")]), ok([raw("keepidle", 55)]))


@pytest.mark.parametrize("name", ["nodelay", "keepalive", "reuseaddr"])
@clause("modes/raw-and-named-are-one")
def test_flag_has_two_values(scenario: Scenario, name: str) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    for value in (True, False):
        expect(owner.inet.setopts(socket, [(name, value)]), ok())
        expect(owner.inet.getopts(socket, [asked(name)]), ok([raw(name, int(value))]))
    for value in (True, False):
        expect(owner.inet.setopts(socket, [raw(name, int(value))]), ok())
        expect(owner.inet.getopts(socket, [name]), ok([(name, value)]))


@pytest.mark.parametrize("name", ["recbuf", "sndbuf"])
@clause("modes/raw-and-named-are-one")
def test_size_has_two_values(scenario: Scenario, name: str) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    sizes = []
    for setting in ((name, 20000), raw(name, 40000), (name, 30000)):
        expect(owner.inet.setopts(socket, [setting]), ok())
        size = _size(owner, socket, name)
        expect(owner.inet.getopts(socket, [asked(name)]), ok([raw(name, size)]))
        sizes.append(size)
    if not sizes[0] < sizes[2] < sizes[1]:
        raise Unexpected("sizes that go up and down as those that were set", describe(tuple(sizes)))


def _size(owner: Actor, socket: Term, name: str) -> int:
    """What the system made of the size that was set."""
    told = only(elements(value_of(owner.inet.getopts(socket, [name]))), what="option")
    return integer(fields(told, 2)[1])


@clause("modes/raw-tells-as-much-as-is-asked-for")
def test_other_size_is_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, raw("keepidle", 77))
    for size in (1, 2, 3, 4, 5, 16):
        wanted = ok([("raw", *IDLE, bytes_of(77)[:size])])
        expect(owner.inet.getopts(socket, [("raw", *IDLE, size)]), wanted)
        expect(owner.inet.getopts(socket, [("raw", *IDLE, bytes(size))]), wanted)


@clause("modes/unknown-number-is-not-told")
def test_unknown_number_is_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.getopts(socket, [("raw", *UNKNOWN, SIZE)]), ok([]))
    told = ok([("active", False), ("keepalive", False)])
    expect(owner.inet.getopts(socket, ["active", ("raw", *UNKNOWN, SIZE), "keepalive"]), told)


@clause("modes/unknown-number-changes-nothing")
def test_unknown_number_breaks_the_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, raw("keepidle", 77))
    result = owner.inet.setopts(socket, [_UNKNOWN])
    scenario.varies(_outcome(result), ignored="ok", refused="error")
    expect(owner.inet.getopts(socket, [asked("keepidle")]), ok([raw("keepidle", 77)]))
    expect(owner.gen_tcp.send(socket, b"abc"), ok())
    peer.receives(b"abc")


def _outcome(result: object) -> object:
    """``error``, whatever its reason."""
    match result:
        case (kind, _) if type(result) is tuple:
            return kind
    return result


@clause("modes/accepted-socket-inherits-raw-options")
def test_raw_option_stays_with_the_listener(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _, _ = scenario.accepted(owner, raw("keepidle", 77), raw("nodelay", 1))
    expect(
        owner.inet.getopts(socket, [asked("keepidle"), asked("nodelay")]), ok([raw("keepidle", 77), raw("nodelay", 1)])
    )
