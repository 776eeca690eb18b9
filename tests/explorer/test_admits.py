"""The checker judges what was recorded, from that alone: it admits what a run shows, and names what none does."""

from __future__ import annotations

from typing import Any

import pytest

from gen_tck.conformance.explorer.oracle import admits as checker
from gen_tck.conformance.explorer.oracle.admits import Admitted, Answer, Impossible, Inconclusive, admits, outcomes
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.oracle.search import runs
from gen_tck.conformance.explorer.script.script import OTHER, OWNER, SHORT, Changes
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.conformance.explorer.script.trace import Look, ScriptTrace
from gen_tck.spec.terms import Atom

OK, ERROR, TIMEOUT = Atom("ok"), Atom("error"), Atom("timeout")


def _predict(text: str) -> Prediction:
    prediction = Oracle().predict(*parse(text))
    assert prediction.script == parse(text)  # all of it can be done
    return prediction


def _trace(prediction: Prediction, *seen: Changes | None, spent: dict[int, int] | None = None) -> ScriptTrace:
    """``seen`` of the script, then what is expected; ``spent``: milliseconds of a step."""
    changes = (*seen, *prediction.expected[len(seen) :])
    took = spent or {}
    looks = [None if each is None else Look(each, took.get(step, 0)) for step, each in enumerate(changes)]
    return ScriptTrace(prediction.script, tuple(looks))


def _asked(prediction: Prediction, *seen: Changes | None, spent: dict[int, int] | None = None) -> Answer:
    return admits(Oracle(), _trace(prediction, *seen, spent=spent))


def _returned(actor: int, value: object) -> Changes:
    return (("call", actor, ("returned", value)),)


RECEIVE = """
connect with [binary,{active,false}]
owner: gen_tcp:recv('$socket', 0, infinity)
peer: send <<"abc">>
owner: gen_tcp:recv('$socket', 0, 0)
"""


def test_what_is_expected_is_impossible() -> None:
    prediction = _predict(RECEIVE)
    answer = _asked(prediction)
    assert isinstance(answer, Admitted)
    assert answer.prediction.expected == prediction.expected
    assert answer.prediction.transition_pairs == prediction.transition_pairs


@pytest.mark.parametrize("step", range(4))
def test_another_step_is_impossible(step: int) -> None:
    prediction = _predict(RECEIVE)
    wrong = (*prediction.expected[step], ("peer", (b"x",), "open"))
    answer = _asked(prediction, *prediction.expected[:step], wrong)
    assert isinstance(answer, Impossible)
    assert (answer.step, answer.seen) == (step, wrong)
    assert answer.prediction.expected == prediction.expected[: step + 1]
    assert answer.prediction.events[step] == prediction.events[step]


def test_what_comes_after_the_end_is_allowed() -> None:
    prediction = _predict(RECEIVE)
    after: Changes = (("status", OWNER, "outlived"),)
    trace = _trace(prediction)
    answer = admits(Oracle(), trace._replace(looks=(*trace.looks, Look(after))))
    assert isinstance(answer, Impossible)
    assert (answer.step, answer.seen) == (len(prediction.expected), after)


def test_script_that_was_not_played_to_its_end_is_impossible() -> None:
    trace = _trace(_predict(RECEIVE))
    assert isinstance(admits(Oracle(), trace._replace(looks=trace.looks[:2])), Admitted)


BLOCKED = """
connect with [binary,{active,false}]
owner: gen_tcp:recv('$socket', 0, infinity)
other: gen_tcp:close('$socket')
owner: gen_tcp:close('$socket')
"""


def test_step_that_could_not_be_done_is_done() -> None:
    """A node whose receiver is not woken cannot have that call again; what comes of the rest is judged."""
    prediction = _predict(BLOCKED)
    hangs = prediction.expected[1][1:]  # the receiver should have been woken
    answer = _asked(prediction, (), hangs, None)
    assert isinstance(answer, Impossible)
    assert answer.step == 1


RACE = """
connect with [binary,{active,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
trapper: gen_tcp:send('$socket', '$bulk')
owner: erlang:port_command('$socket', <<"pc">>, [])
trapper: gen_tcp:send('$socket', '$bulk')
owner: gen_tcp:close('$socket')
other: gen_tcp:send('$socket', '$bulk')
peer: read
"""


def test_any_run_is_impossible() -> None:
    prediction = _predict(RACE)
    shown = {run.prediction.expected for run in runs(Oracle(), prediction)}
    assert len(shown) > 2
    for expected in shown:
        assert isinstance(_asked(prediction, *expected), Admitted)


ORDER = """
connect with [binary,{active,false}], and listen
trapper: prim_inet:async_accept('$listener', -1)
trapper: prim_inet:async_recv('$socket', 0, -1)
owner gets exit signal kill
other: erlang:send('$trapper', last)
"""


def test_steps_of_two_runs_are_allowed_together() -> None:
    """In which order the two were told has to be the same when it is seen again."""
    prediction = _predict(ORDER)
    one, other = {run.prediction.expected for run in runs(Oracle(), prediction)}
    for expected in (one, other):
        answer = _asked(prediction, *expected)
        assert isinstance(answer, Admitted)
        assert answer.prediction.expected == expected
    for mixed in ((*one[:3], *other[3:]), (*other[:3], *one[3:])):
        answer = _asked(prediction, *mixed)
        assert isinstance(answer, Impossible)
        assert answer.step == 3
        assert answer.prediction.expected[:3] == mixed[:3]


def test_runs_in_one_state_are_all_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    merged: list[bool] = []
    run = checker._run

    def noting(model: Oracle, trace: ScriptTrace, given: tuple[int, ...], visited: Any) -> checker._Run:
        done = run(model, trace, given, visited)
        merged.append(done.merged)
        return done

    monkeypatch.setattr(checker, "_run", noting)
    prediction = _predict(RACE)
    wrong = (*prediction.expected[6], ("peer", (b"x",), "open"))
    assert isinstance(_asked(prediction, *prediction.expected[:6], wrong), Impossible)
    assert merged.count(True) > merged.count(False)  # some did not agree with the step before, and one went on for all


def test_too_many_runs_are_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    prediction = _predict(RACE)
    wrong = (*prediction.expected[6], ("peer", (b"x",), "open"))
    monkeypatch.setattr(checker, "MOST_RUNS", 1)
    assert _asked(prediction, *prediction.expected[:6], wrong) == Inconclusive(6)
    monkeypatch.undo()
    monkeypatch.setattr(checker, "MOST_LIVE", 0)
    assert isinstance(_asked(prediction, *prediction.expected[:6], wrong), Inconclusive)


def test_what_is_allowed_is_not_counted() -> None:
    assert outcomes(Oracle(), _predict(RECEIVE)) == (1, 1, 1, 1)
    prediction = _predict(ORDER)
    assert outcomes(Oracle(), prediction) == (1, 1, 2, 1, 1, 1)  # once it is known in which order, it stays so
    others = {run.prediction.expected for run in runs(Oracle(), _predict(RACE))}
    counted = outcomes(Oracle(), _predict(RACE))
    assert counted is not None
    assert counted[5] == len({each[5] for each in others}) > 2


def test_too_many_runs_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "MOST_RUNS", 1)
    assert outcomes(Oracle(), _predict(RACE)) is None


# Time

TIMED = f"""
connect with [binary,{{active,false}}]
owner: gen_tcp:recv('$socket', 0, {SHORT})
other: inet:getopts('$socket', [active])
350 ms pass
"""
ANSWERED = _returned(OTHER, (OK, ((Atom("active"), Atom("false")),)))
TIMED_OUT = _returned(OWNER, (ERROR, TIMEOUT))


@pytest.mark.parametrize(("spent", "right"), [(SHORT - 1, False), (SHORT, True), (3 * SHORT, True)])
@pytest.mark.parametrize("step", [0, 1])
def test_timeout_comes_early_whatever_the_time(step: int, spent: int, right: bool) -> None:
    prediction = _predict(TIMED)
    early = [*prediction.expected[:2]]
    early[step] = (*TIMED_OUT, *early[step])
    answer = _asked(prediction, *early, (), spent={step: spent})
    assert isinstance(answer, Admitted) is right
    if isinstance(answer, Impossible):
        assert answer.step == step


IN_TURN = f"""
connect with [binary,{{active,false}}], and a second time
owner: gen_tcp:recv('$socket', 0, {SHORT})
other: gen_tcp:recv('$second', 0, {SHORT})
trapper: inet:getopts('$socket', [active])
second peer: send <<"abc">>
"""


def test_timeout_takes_a_later_one_with_it() -> None:
    prediction = _predict(IN_TURN)
    looks = ((), (), (*TIMED_OUT, *prediction.expected[2]), _returned(OTHER, (OK, b"abc")))
    assert isinstance(_asked(prediction, *looks, spent={0: 100, 1: 100, 2: 100}), Admitted)


def test_timeout_of_a_slow_step_has_to_come_early() -> None:
    assert isinstance(_asked(_predict(TIMED), spent={0: 2 * SHORT}), Admitted)


def test_timeout_comes_twice() -> None:
    prediction = _predict(TIMED)
    answer = _asked(prediction, TIMED_OUT, prediction.expected[1], TIMED_OUT, spent={0: SHORT})
    assert isinstance(answer, Impossible)
    assert answer.step == 2


def test_pause_is_taken_for_slowness() -> None:
    """A timeout that is to come in a pause does not come before it."""
    prediction = _predict(TIMED)
    early = (*TIMED_OUT, *prediction.expected[1])
    assert isinstance(_asked(prediction, (), early, ()), Impossible)


TWICE = f"""
connect with [binary,{{active,false}}]
trapper: gen_tcp:recv('$socket', 0, {SHORT})
350 ms pass
owner: gen_tcp:recv('$socket', 0, {SHORT})
350 ms pass
"""


def test_pause_before_a_timer_began_counts_for_it() -> None:
    prediction = _predict(TWICE)
    answer = _asked(prediction, *prediction.expected[:2], TIMED_OUT, (), spent={0: 10})
    assert isinstance(answer, Impossible)
    assert answer.step == 2
