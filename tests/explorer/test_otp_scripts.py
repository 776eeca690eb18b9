"""An Erlang VM that plays scripts by itself sees what the kit sees step by step."""

from __future__ import annotations

from collections import deque

import pytest

from gen_tck.adapters.child import ChildNode
from gen_tck.conformance.explorer.findings.judge import judge
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.play.beam import Vm, Waiting, can_play
from gen_tck.conformance.explorer.play.player import StepByStep
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.script.script import OWNER, Peer, Script, Setting, Sleep, call
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.spec.terms import Atom

pytestmark = pytest.mark.vm

ONCE = call(OWNER, "inet", "setopts", [("active", "once")])


def _predict(*steps: object) -> Prediction:
    return Oracle().predict(Setting(), steps)  # type: ignore[arg-type]


def test_script_as_expected_differs(otp: ChildNode) -> None:
    assert can_play(otp)
    prediction = _predict(
        ONCE, Peer("send", b"abc"), Peer("fin"), call(OWNER, "gen_tcp", "recv", 0), call(OWNER, "gen_tcp", "close")
    )
    for isolated in (False, True):
        assert [reports for _, reports in Vm(otp, 2).play([prediction] * 5, isolated=isolated) if reports] == []


SOCKETS = """
connect with [binary,{active,true}], and a second time, and listen
peer: send <<"a">>
second peer: send <<"b">>
other: gen_tcp:accept('$listener', infinity)
owner gets exit signal kill
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
    "text", [SOCKETS, LIMITED, MONITORED, ODD], ids=["sockets", "send_timeout", "system_monitor", "odd terms"]
)
def test_vocabulary_means_something_else_in_the_vm(otp: ChildNode, text: str) -> None:
    prediction = Oracle().predict(*parse(text))
    for isolated in (False, True):
        assert [reports for _, reports in Vm(otp, 2).play([prediction] * 3, isolated=isolated) if reports] == []
    assert [reports for _, reports in StepByStep(otp).play([prediction], isolated=True) if reports] == []


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
    ((_, [report]),) = Vm(otp, 1).play([wrong], isolated=True)
    assert report.step == 3
    assert report.seen == prediction.expected[3]


def test_missing_message_is_not_seen(otp: ChildNode) -> None:
    prediction = _predict(ONCE, Peer("send", b"abc"))
    wrong = prediction._replace(
        expected=(prediction.expected[0], (("mailbox", OWNER, ("message",)),), prediction.expected[2])
    )
    ((_, [report]),) = Vm(otp, 1).play([wrong])
    assert report.step == 1
    assert report.seen == prediction.expected[1]


def test_surplus_message_is_not_seen(otp: ChildNode) -> None:
    prediction = _predict(ONCE, Peer("send", b"abc"))
    wrong = prediction._replace(expected=(prediction.expected[0], (), prediction.expected[2]))
    ((_, [isolated]),) = Vm(otp, 1).play([wrong], isolated=True)
    assert isolated.step == 1
    assert isolated.seen == prediction.expected[1]
    # In haste it is seen at the next look that it is in time for, with what came by then, or at the end.
    ((_, [hasty]),) = Vm(otp, 1).play([wrong], isolated=False)
    assert hasty.step in {1, 2, 3}
    assert set(prediction.expected[1]) <= set(hasty.seen)


def test_wrong_answer_is_not_seen(otp: ChildNode) -> None:
    prediction = _predict(ONCE)
    wrong = prediction._replace(expected=((("call", OWNER, ("returned", "wrong")),), prediction.expected[1]))
    ((_, [report]),) = Vm(otp, 1).play([wrong])
    assert report.step == 0
    assert report.seen == prediction.expected[0]


def test_socket_that_outlives_its_script_is_not_seen(otp: ChildNode) -> None:
    prediction = _predict(call(OWNER, "erlang", "unlink"))
    unlinked = prediction._replace(expected=((("call", OWNER, ("returned", True)),), prediction.expected[1]))
    reports = [report for _, found in Vm(otp, 1).play([_predict(ONCE), unlinked, _predict(ONCE)]) for report in found]
    assert reports == [Report(unlinked, 2, (("status", OWNER, "outlived"),))]
    finding = judge(reports[0])
    assert finding is not None
    assert finding.clause == "ownership/owners-end-closes-the-socket"


def test_fast_and_slow_way_do_not_agree(otp: ChildNode) -> None:
    generator, oracle = Generator(5), Oracle()
    scripts = [oracle.predict(*generator.random(number)) for number in range(40)]
    assert _differing(Vm(otp, 4).play(scripts, isolated=True)) == _differing(
        StepByStep(otp).play(scripts, isolated=True)
    )


def _differing(played: object) -> set[Script]:
    reports = [each for _, found in played for each in found]  # type: ignore[attr-defined]
    return {each.prediction.script for each in reports if judge(each) is not None}


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
    reports = [report for _, found in Vm(otp, 16).play([prediction] * 100, isolated=True) for report in found]
    assert [each.step for each in reports] == [2] * 100


def test_further_scripts_are_not_played(otp: ChildNode) -> None:
    prediction, further = _predict(ONCE), deque[Prediction]()
    for player in (Vm(otp, 2), StepByStep(otp)):
        played = 0
        for batch, _ in player.play([prediction] * 3, further=further):
            if not played:
                further.extend([_predict(Sleep()), prediction])
            played += len(batch)
        assert (played, len(further)) == (5, 0)


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
