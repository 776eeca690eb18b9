"""Options by number: other forms, other processes, other moments, and what is refused."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import error, expect, fields, ok, raised, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.modes.test_raw import IDLE, asked, raw
from gen_tck.spec.raw_options import SIZE, UNKNOWN, bytes_of
from gen_tck.spec.terms import List, term

HERE = ("ip", (127, 0, 0, 2))
"""Where nobody but tests has ports."""
_UNKNOWN = ("raw", *UNKNOWN, bytes_of(1))
_bad = pytest.mark.parametrize(
    "bad",
    [
        ("raw", *IDLE, 77),
        ("raw", *IDLE, "foo"),
        ("raw", "foo", IDLE[1], bytes_of(77)),
        ("raw", IDLE[0], "foo", bytes_of(77)),
    ],
    ids=["integer", "atom", "protocol", "number"],
)


@clause("modes/raw-may-be-a-pair")
def test_pair_is_no_raw_option(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    options = List([term(("raw", (*IDLE, bytes_of(77))))])
    socket = value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), options))
    told = ok([raw("keepidle", 77)])
    expect(owner.inet.getopts(socket, [("raw", (*IDLE, SIZE))]), told)
    expect(owner.inet.getopts(socket, [asked("keepidle")]), told)
    expect(owner.inet.setopts(socket, [("raw", (*IDLE, bytes_of(88)))]), ok())
    expect(owner.inet.getopts(socket, [asked("keepidle")]), ok([raw("keepidle", 88)]))


@clause("modes/raw-answers-come-in-order")
def test_raw_answers_come_first_or_last(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, raw("keepidle", 77), raw("keepcnt", 3))
    one, other, named = (asked("keepidle"), asked("keepcnt"), "active")
    answers = {one: raw("keepidle", 77), other: raw("keepcnt", 3), named: ("active", False)}
    for names in ((one, named, other), (named, other, one), (other, one, named, one)):
        expect(owner.inet.getopts(socket, list(names)), ok([answers[each] for each in names]))


@clause("modes/anyone-sets-by-number")
def test_only_the_owner_sets_by_number(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, _ = scenario.connect(owner)
    expect(other.inet.setopts(socket, [raw("keepidle", 77)]), ok())
    for each in (other, owner):
        expect(each.inet.getopts(socket, [asked("keepidle")]), ok([raw("keepidle", 77)]))


@clause("modes/raw-recbuf-leaves-the-buffer")
def test_raw_recbuf_raises_the_buffer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    before = value_of(owner.inet.getopts(socket, ["buffer"]))
    for size in (50000, 100000):
        expect(owner.inet.setopts(socket, [raw("recbuf", size)]), ok())
        expect(owner.inet.getopts(socket, ["buffer"]), ok(before))


@clause("modes/raw-reuseaddr-takes-a-port-again")
@pytest.mark.parametrize("value", [1, 0], ids=["set", "not-set"])
def test_raw_option_comes_after_the_port(scenario: Scenario, value: int) -> None:
    owner, client = scenario.processes("owner", "client")
    options = List(map(term, (HERE, raw("reuseaddr", value))))
    listener = value_of(owner.gen_tcp.listen(0, options))
    port = value_of(owner.inet.port(listener))
    value_of(client.gen_tcp.connect(HERE[1], port, []))
    value_of(owner.gen_tcp.accept(listener, 5000))
    expect(owner.gen_tcp.close(listener), ok())
    again = owner.gen_tcp.listen(port, options)
    if value:
        value_of(again)
    else:
        expect(again, error("eaddrinuse"))


@clause("modes/bad-raw-option-opens-nothing")
@_bad
def test_bad_raw_option_opens_a_socket(scenario: Scenario, bad: object) -> None:
    owner = scenario.process("owner")
    badarg = raised("exit", "badarg")
    expect(owner.gen_tcp.connect(LOOPBACK, scenario.port(), [bad]), badarg)
    expect(owner.gen_tcp.listen(0, [HERE, bad]), badarg)


@clause("modes/unknown-number-at-the-opening")
def test_unknown_number_opens_a_broken_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    connected = owner.gen_tcp.connect(LOOPBACK, scenario.port(), [_UNKNOWN, ("active", False)])
    for result in (connected, owner.gen_tcp.listen(0, [HERE, _UNKNOWN, ("active", False)])):
        if scenario.varies(fields(result, 2)[0], opened="ok", refused="error") == "opened":
            expect(owner.inet.getopts(value_of(result), ["active"]), ok([("active", False)]))


@clause("modes/refused-value-changes-nothing")
def test_refused_value_is_set(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, raw("keepcnt", 3))
    for value in (1000, 0, -1):
        scenario.varies(owner.inet.setopts(socket, [raw("keepcnt", value)]), ignored=ok(), refused=error("einval"))
        expect(owner.inet.getopts(socket, [asked("keepcnt")]), ok([raw("keepcnt", 3)]))


@clause("modes/raw-of-a-closed-socket")
def test_closed_socket_has_raw_options(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    for result in (
        owner.inet.setopts(socket, [raw("keepidle", 77)]),
        owner.inet.getopts(socket, [asked("keepidle")]),
    ):
        scenario.varies(result, einval=error("einval"), closed=error("closed"))
