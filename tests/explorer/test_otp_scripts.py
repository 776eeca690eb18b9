"""An Erlang VM that plays scripts by itself sees what the kit sees step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import pytest

from gen_tck.adapters import registry
from gen_tck.adapters.child import ChildNode
from gen_tck.conformance.explorer.findings.judge import first_difference
from gen_tck.conformance.explorer.findings.playing import Playing
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.admits import Admitted
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.play.beam import Vm, can_play
from gen_tck.conformance.explorer.play.player import StepByStep
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.play.waiting import Waiting
from gen_tck.conformance.explorer.script.script import OWNER, SHORT, Peer, Script, Setting, Sleep, call
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.spec.terms import Atom, term

pytestmark = pytest.mark.vm
Played: TypeAlias = Iterator[tuple[Sequence[Prediction], list[Report]]]

ONCE = call(OWNER, "inet", "setopts", [("active", "once")])


def _predict(*steps: object) -> Prediction:
    return Oracle().predict(Setting(), steps)  # type: ignore[arg-type]


def test_script_that_is_refused_ends_the_node_or_others(otp: ChildNode) -> None:
    good = _predict(ONCE)
    refused = good._replace(script=good.script._replace(setting=Setting(further=(term(("foo", 1)),))))
    (report,) = [each for _, found in Vm(otp, 1).play([good, refused, good]) for each in found]
    assert report.prediction is refused
    assert "foo" in report.refused or "badarg" in report.refused


def test_node_that_was_asked_what_it_refuses_cannot_play() -> None:
    playing = Playing(registry.find("otp").open, lambda _: pytest.fail("it ended"))
    try:
        assert playing.left_out() == ()
        (judged,) = playing.look([_predict(ONCE, Peer("send", b"abc"))])
        assert isinstance(judged.answer, Admitted)
    finally:
        playing.close()


def test_script_as_expected_differs(otp: ChildNode) -> None:
    assert can_play(otp)
    prediction = _predict(
        ONCE, Peer("send", b"abc"), Peer("fin"), call(OWNER, "gen_tcp", "recv", 0), call(OWNER, "gen_tcp", "close")
    )
    assert _differing(Vm(otp, 2).play([prediction] * 5)) == []
    assert _admitted(Vm(otp, 2).play([prediction] * 5, record=True), 5)


SOCKETS = """
connect with [binary,{active,true}], and a second time, and listen
peer: send <<"a">>
second peer: send <<"b">>
other: gen_tcp:accept('$listener', infinity)
owner gets exit signal kill
"""
ACCEPTED = """
connect with [{active,false},{packet,1}], and listen
client: connect
client: send <<1,97>>
other: gen_tcp:accept('$listener', infinity)
other: gen_tcp:recv('$accepted', 0, infinity)
trapper: prim_inet:async_accept('$listener', -1)
second client: connect
second client: fin
trapper: inet_db:register_socket('$accepted2', inet_tcp)
trapper: gen_tcp:send('$accepted2', <<"abc">>)
owner: inet:peername('$accepted')
client: reset
other gets exit signal kill
owner: gen_tcp:close('$listener')
"""
REFUSED = """
connect with [binary,{active,false}], and listen
client: connect
owner: gen_tcp:close('$listener')
second client: connect
"""
LIMITED = """
connect with [binary,{active,false},{sndbuf,16384},{send_timeout,250},{send_timeout_close,true}], the peer reads nothing
owner: gen_tcp:send('$socket', '$bulk')
owner: gen_tcp:send('$socket', '$bulk')
other: gen_tcp:send('$socket', <<"abc">>)
350 ms pass
"""
MONITORED = """
connect with [binary,{active,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
owner: erlang:system_monitor('$trapper', [busy_port])
owner: gen_tcp:send('$socket', '$bulk')
owner: gen_tcp:send('$socket', '$bulk')
other: gen_tcp:send('$socket', <<"abc">>)
trapper gets exit signal kill
peer: read
other: erlang:system_monitor('$owner', [busy_port])
"""


ODD = f"""
connect with [binary,{{active,false}}]
owner: erlang:send('$other', #{{'$socket' => [1.5,-0.25|'$owner'],'$owner' => {{}}}})
owner: erlang:send('$other', [{1 << 31},{-(1 << 31) - 1},{1 << 2100},{-(1 << 64)}])
owner: erlang:send('$other', {{'{"é" * 255}','\\n','$bulk'}})
owner: erlang:send('$socket', {{'$owner',{{command,[<<"a">>,98]}}}})
owner: inet:setopts('$socket', [{{header,2}},{{active,once}}])
peer: send <<"abc">>
owner: inet:getopts('$socket', active)
"""


@pytest.mark.parametrize(
    "text",
    [SOCKETS, ACCEPTED, REFUSED, LIMITED, MONITORED, ODD],
    ids=["sockets", "accepted", "refused", "send_timeout", "system_monitor", "odd terms"],
)
def test_vocabulary_means_something_else_in_the_vm(otp: ChildNode, text: str) -> None:
    prediction = Oracle().predict(*parse(text))
    assert _differing(Vm(otp, 2).play([prediction] * 3)) == []
    assert _admitted(Vm(otp, 2).play([prediction] * 3, record=True), 3)
    assert _differing(StepByStep(otp).play([prediction])) == []


def test_ends_of_both_connections_are_not_told_apart(otp: ChildNode) -> None:
    prediction = Oracle().predict(*parse(SOCKETS))
    one, two = prediction.expected[-4][-2:]
    assert (one[0], two[0]) == ("peer", "second peer")
    wrong = prediction._replace(
        expected=(
            *prediction.expected[:-4],
            (*prediction.expected[-4][:-1], (two[0], (b"x",), "open")),
            *prediction.expected[-3:],
        )
    )
    assert _differing(Vm(otp, 1).play([wrong])) == [3]
    assert _admitted(Vm(otp, 1).play([prediction], record=True), 1)


def test_missing_message_is_not_seen(otp: ChildNode) -> None:
    prediction = _predict(ONCE, Peer("send", b"abc"))
    wrong = prediction._replace(
        expected=(prediction.expected[0], (("mailbox", OWNER, ("message",)),), prediction.expected[2])
    )
    assert _differing(Vm(otp, 1).play([wrong])) == [1]


def test_surplus_message_is_not_seen(otp: ChildNode) -> None:
    prediction = _predict(ONCE, Peer("send", b"abc"))
    wrong = prediction._replace(expected=(prediction.expected[0], (), prediction.expected[2]))
    ((_, [recorded]),) = Vm(otp, 1).play([wrong], record=True)
    assert recorded.step == 1
    assert recorded.trace is not None
    assert [recorded.trace.seen(step) for step in range(3)] == [*prediction.expected]
    # In haste it is seen at the next look that it is in time for, with what came by then, or at the end.
    assert _differing(Vm(otp, 1).play([wrong])) in ([1], [2], [3])


def test_wrong_answer_is_not_seen(otp: ChildNode) -> None:
    prediction = _predict(ONCE)
    wrong = prediction._replace(expected=((("call", OWNER, ("returned", "wrong")),), prediction.expected[1]))
    assert _differing(Vm(otp, 1).play([wrong])) == [0]


def test_step_that_cannot_be_done_is_recorded_as_done(otp: ChildNode) -> None:
    blocked = _predict(call(OWNER, "gen_tcp", "recv", 0, "infinity"), Peer("fin"))
    twice = (blocked.script.steps[0],) * 2
    wrong = blocked._replace(
        script=blocked.script._replace(steps=(*twice, Peer("fin"))),
        expected=(blocked.expected[0], (), *blocked.expected[1:]),
    )
    ((_, [recorded]),) = Vm(otp, 1).play([wrong], record=True)
    assert recorded.trace is not None
    assert [recorded.trace.seen(step) for step in range(4)] == [(), None, *blocked.expected[1:]]


def test_time_of_a_step_is_not_recorded(otp: ChildNode) -> None:
    prediction = _predict(call(OWNER, "gen_tcp", "recv", 0, 250), Sleep())
    quickest = SHORT
    for _, [recorded] in Vm(otp, 10).play([prediction] * 10, record=True):
        assert recorded.trace is not None
        looks = [each for each in recorded.trace.looks if each is not None]
        assert [each.changes for each in looks] == [*prediction.expected]
        quickest = min(quickest, *(each.spent for each in looks))
    assert quickest < SHORT  # the pause is not counted, in none of so many, however busy the machine is


def test_socket_that_outlives_its_script_is_not_seen(otp: ChildNode) -> None:
    prediction = _predict(call(OWNER, "erlang", "unlink"))
    unlinked = prediction._replace(expected=((("call", OWNER, ("returned", True)),), prediction.expected[1]))
    scripts = [_predict(ONCE), unlinked, _predict(ONCE)]
    assert [each for _, found in Vm(otp, 1).play(scripts) for each in found] == [Report(unlinked, 2)]
    ((_, [recorded]),) = Vm(otp, 1).play([unlinked], record=True)
    assert recorded.trace is not None
    finding = first_difference(Oracle(), recorded.trace)
    assert finding is not None
    assert finding.clause == "ownership/owners-end-closes-the-socket"


def test_fast_and_slow_way_do_not_agree(otp: ChildNode) -> None:
    generator, oracle = Generator(5), Oracle()
    scripts = [oracle.predict(*generator.random(number)) for number in range(60)]
    scripts = [
        each for each in scripts if not each.script.has_timeouts
    ]  # those may come early, in the one or the other
    assert _steps(Vm(otp, 4).play(scripts, record=True)) == _steps(StepByStep(otp).play(scripts, record=True))


def _steps(played: Played) -> dict[Script, int]:
    """Where each script that was recorded differs first, if it does."""
    traces = [each.trace for _, found in played for each in found if each.trace is not None]
    findings = {each.script: first_difference(Oracle(), each) for each in traces}
    return {script: each.at.step for script, each in findings.items() if each is not None}


def _differing(played: Played) -> list[int]:
    """The steps at which scripts differ."""
    return [each.step for _, found in played for each in found]


def _admitted(played: Played, scripts: int) -> bool:
    """Whether so many were recorded, and all as the reference may have it."""
    traces = [each.trace for _, found in played for each in found]
    return len(traces) == scripts and all(
        each is not None and first_difference(Oracle(), each) is None for each in traces
    )


SLOW = """
connect with [binary,{active,false},{packet,4}]
owner: gen_tcp:unrecv('$socket', <<"un">>)
peer: send <<255,255,255,255>>
owner: inet:setopts('$socket', [{active,true}])
trapper: inet:monitor('$socket')
"""


def test_what_a_port_does_late_is_taken_for_what_follows_from_a_later_step(otp: ChildNode) -> None:
    prediction = Oracle().predict(*parse(SLOW))
    assert prediction.expected[2] == (("call", OWNER, ("returned", Atom("ok"))),)  # but OTP finds a bad packet there
    assert _differing(Vm(otp, 16).play([prediction] * 100, record=True)) == [2] * 100


# What is to be played when


QUICK, LONG = _predict(ONCE), _predict(call(OWNER, "gen_tcp", "recv", 0, 250), Sleep())
ALONE = Oracle().predict(*parse(MONITORED))


def test_script_in_which_time_passes_waits_for_others() -> None:
    waiting = Waiting(iter([QUICK, QUICK, LONG]), workers=1, batch=10)
    assert waiting.take(busy=False) == [LONG]
    assert waiting.take(busy=True) == [QUICK, QUICK]
    assert waiting.take(busy=True) == []
    assert not waiting.refill()


def test_script_of_its_own_is_played_among_others() -> None:
    waiting = Waiting(iter([ALONE, QUICK]), workers=2, batch=10)
    assert waiting.take(busy=False) == [QUICK]
    assert waiting.take(busy=True) == []
    assert waiting.refill()
    assert waiting.take(busy=False) == [ALONE]


def test_last_scripts_are_left_to_one_worker() -> None:
    waiting = Waiting(iter([QUICK] * 14), workers=2, batch=10)
    assert [len(waiting.take(busy=True)) for _ in range(5)] == [10, 2, 1, 1, 0]
