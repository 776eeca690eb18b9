"""Scripts send files, which whoever plays them has put where the node finds them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.reference import LoopbackNode, SimulatedNode
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.generate.vocabulary import features, in_words, left_out
from gen_tck.conformance.explorer.oracle.admits import Admitted, admits
from gen_tck.conformance.explorer.oracle.models import oracle_of
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.play.beam import Vm
from gen_tck.conformance.explorer.script.offer import Feature
from gen_tck.conformance.explorer.script.runner import play
from gen_tck.conformance.explorer.script.script import OTHER, OWNER, TRAPPER, Call, Changes, Step
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.conformance.explorer.script.trace import Look, ScriptTrace
from gen_tck.reference import atoms as a
from gen_tck.spec.observed import releases
from gen_tck.spec.terms import Atom

FILES = """
connect with [binary,{active,false},{packet,4}]
owner: prim_inet:async_recv('$socket', 0, -1)
owner: file:sendfile("my_digits", '$socket')
owner: file:sendfile("my_missing", '$socket')
other: file:sendfile("my_digits", '$socket')
owner: gen_tcp:send('$socket', <<"xyz">>)
"""


def _returned(actor: int, value: object) -> Changes:
    return (("call", actor, ("returned", value)),)


EXPECTED = (
    _returned(OWNER, (a.ok, (Atom("$number"), 1))),
    (*_returned(OWNER, (a.ok, 10)), ("peer", (b"0123456789",), "open")),
    _returned(OWNER, (a.error, Atom("enoent"))),
    _returned(OTHER, (a.error, Atom("not_owner"))),
    (*_returned(OWNER, a.ok), ("peer", (b"\0\0\0\3xyz",), "open")),
)
"""How many bytes of a file were sent is no number of a request."""


@pytest.mark.parametrize("make", [SimulatedNode, LoopbackNode])
def test_file_is_not_there(make: type[SimulatedNode | LoopbackNode]) -> None:
    node = make()
    try:
        trace = play(node, parse(FILES), Oracle().predict(*parse(FILES)).expected, node.capabilities.clock == "real")
    finally:
        node.close()
    assert tuple([each.changes for each in trace.looks[:5] if each is not None]) == EXPECTED


@pytest.mark.vm
def test_file_of_a_vm_is_not_there(otp: ChildNode) -> None:
    prediction = Oracle().predict(*parse(FILES))
    ((_, reports),) = Vm(otp, 2).play([prediction])
    assert reports == []
    ((_, (report,)),) = Vm(otp, 2).play([prediction], record=True)
    assert report.trace is not None
    assert tuple([each.changes for each in report.trace.looks[:5] if each is not None]) == EXPECTED


ENDED = """
connect with [binary,{active,false}]
owner: gen_tcp:controlling_process('$socket', '$trapper')
owner: erlang:send('$socket', {'$owner',close})
trapper: file:sendfile("my_digits", '$socket')
"""


def test_answer_of_a_file_is_taken_for_another() -> None:
    """An exit message of the port was in the mailbox: OTP takes that for its end, and the answer comes too late."""
    oracle = oracle_of("otp-inet", 27)
    last = oracle.predict(*parse(ENDED)).expected[2]
    socket = Atom("$socket")
    assert ("call", TRAPPER, ("returned", (a.error, a.closed))) in last
    assert ("mailbox", TRAPPER, ((Atom("sendfile"), socket, (a.ok, 10, 0)),)) in last


LATER = """
connect with [binary,{active,false}]
peer: reset
owner: file:sendfile("my_digits", '$socket')
owner: gen_tcp:send('$socket', <<"xyz">>)
"""


@pytest.mark.parametrize("release", releases("otp"))
def test_failure_of_a_file_is_kept_for_who_sends_next(release: int) -> None:
    last = oracle_of("otp-inet", release).predict(*parse(LATER)).expected[2]
    assert last == _returned(OWNER, (a.error, Atom("enotconn" if release == 25 else "closed")))


QUEUED = """
connect with [binary,{active,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
owner: gen_tcp:send('$socket', '$bulk')
"""
SECOND = f"""{QUEUED}
owner: file:sendfile("my_digits", '$socket')
trapper: erlang:port_connect('$socket', '$trapper')
trapper: file:sendfile("my_digits", '$socket')
"""


def test_second_file_takes_the_place_of_the_first() -> None:
    assert Oracle().predict(*parse(SECOND)).expected[3] == _returned(TRAPPER, (a.error, Atom("einval")))


CLOSING = f"""{QUEUED}
other: gen_tcp:recv('$socket', 0, infinity)
owner: erlang:send('$socket', {{'$owner',close}})
trapper: file:sendfile("my_digits", '$socket')
owner: file:sendfile("my_digits", '$socket')
peer: read
"""


@pytest.mark.parametrize("release", releases("otp"))
def test_closing_port_is_not_found(release: int) -> None:
    """It takes a file of its owner and sends it, and tells nobody."""
    *_, refused, taken, read, _ = oracle_of("otp-inet", release).predict(*parse(CLOSING)).expected
    assert refused == _returned(TRAPPER, (a.error, Atom("not_owner")))
    assert taken == ()
    assert [each[0] for each in read] == ["mailbox", "peer"]
    assert Oracle().predict(*parse(CLOSING)).expected[3] == _returned(TRAPPER, (a.error, Atom("einval")))


LEFT = f"""{QUEUED}
other: gen_tcp:recv('$socket', 0, infinity)
owner: file:sendfile("my_digits", '$socket')
owner gets exit signal kill
"""


@pytest.mark.parametrize("release", releases("otp"))
def test_receive_ends_with_a_file(release: int) -> None:
    assert _of(OTHER, oracle_of("otp-inet", release).predict(*parse(LEFT)).expected[3]) == ()
    assert _of(OTHER, Oracle().predict(*parse(LEFT)).expected[3]) == _returned(OTHER, (a.error, a.closed))


def _of(actor: int, changes: Changes) -> Changes:
    return tuple([each for each in changes if each[1] == actor])


def test_file_is_sent_where_a_vm_ends_by_it() -> None:
    drawn = [Generator(1).random(number) for number in range(4000)]
    stalled = [(setting, steps) for setting, steps in drawn if setting.stalled and any(map(_sends, steps))]
    assert stalled
    assert all(setting.exit_on_close for setting, _ in stalled)
    assert not [each for _, steps in stalled for each in steps if "{exit_on_close,false}" in str(each)]


def _sends(step: Step) -> bool:
    return type(step) is Call and step.function == "sendfile"


def test_socket_backend_is_asked_for_files() -> None:
    claiming = SimulatedNode().capabilities
    sockets = replace(claiming, details={"backend": "socket"})
    lacking = left_out(sockets)
    assert [(each.why, each.name) for each in lacking] == [("not modelled", "file.sendfile/2")]
    assert list(in_words(lacking)) == ["left out, not modelled: sendfile"]
    assert Feature("call", "file.sendfile/2") not in features(lacking)
    assert left_out(claiming) == left_out(replace(claiming, details={"backend": "inet"})) == ()


LET_IN = """
connect with [binary,{active,false},{packet,4},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
owner: gen_tcp:send('$socket', '$bulk')
owner: file:sendfile("my_digits", '$socket')
other: erlang:port_command('$socket', <<"pc">>)
trapper: gen_tcp:send('$socket', '$bulk')
peer: read 131076
"""


@pytest.mark.parametrize("release", releases("otp"))
def test_who_goes_on_when_a_file_is_sent_never_finds_what_waited_behind_it(release: int) -> None:
    """The trapper's command is queued behind that of the other, and waits; or that has gone by then."""
    oracle = oracle_of("otp-inet", release)
    prediction = oracle.predict(*parse(LET_IN))
    returned = ("call", TRAPPER, ("returned", a.ok))
    assert returned in prediction.expected[4]
    waits = tuple([each for each in prediction.expected[4] if each != returned])
    looks = [*prediction.expected[:4], waits, *prediction.expected[5:]]
    for seen in (list(prediction.expected), looks):
        assert isinstance(admits(oracle, ScriptTrace(prediction.script, tuple(map(Look, seen)))), Admitted)
