"""What is no data, and what is no connection."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import error, expect, ok, one_of, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Improper, List, Term, term

BAD = (
    Atom("foo"),
    (),
    term([256]),
    term([-1]),
    term([b"good", "foo"]),
    Improper((b"good",), Atom("bad")),
)
"""What is no iodata. In some, the beginning is."""


def _raised(data: Term) -> object:
    return one_of(raised("error", "badarg"), raised("error", ("invalid", ("data", data))))


@clause("sending/bad-data-is-reported")
def test_atom_is_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    seen = owner.gen_tcp.send(socket, "foo")
    scenario.varies(seen, einval=error("einval"), raised=_raised(Atom("foo")))
    peer.sees_nothing()


@clause("sending/bad-data-is-reported")
def test_list_of_no_bytes_is_taken(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    seen = owner.gen_tcp.send(socket, [b"good", 256])
    scenario.varies(seen, einval=error("einval"), raised=_raised(List([b"good", 256])))
    peer.sees_nothing()


@clause("sending/bad-data-changes-nothing")
def test_bad_data_breaks_the_stream(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    for bad in BAD:
        owner.gen_tcp.send(socket, bad)
    peer.sees_nothing()
    expect(owner.gen_tcp.send(socket, b"good"), ok())
    peer.receives(b"good")
    peer.sees_nothing()


@clause("sending/bad-data-changes-nothing")
def test_bad_data_leaves_a_header(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=2)
    for bad in BAD:
        owner.gen_tcp.send(socket, bad)
    peer.sees_nothing()
    expect(owner.gen_tcp.send(socket, b"good"), ok())
    peer.receives(b"\x00\x04good")
    peer.sees_nothing()


@clause("sending/integer-is-no-data")
def test_integer_is_sent_as_something_else(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    seen = owner.gen_tcp.send(socket, 123)
    variant = scenario.varies(seen, einval=error("einval"), raised=raised("error", "badarg"), byte=ok())
    if variant == "byte":
        peer.receives(b"{")
    peer.sees_nothing()


@clause("sending/listener-cannot-send")
def test_listener_sends(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner)
    seen = owner.gen_tcp.send(listener, b"x")
    scenario.varies(seen, enotconn=error("enotconn"), closed=error("closed"))


@clause("sending/send-to-no-socket-raises")
def test_atom_is_sent_to(scenario: Scenario) -> None:
    expect(scenario.process("caller").gen_tcp.send("foo", b""), raised("error", "function_clause"))
