"""A model shows what its faults let follow, and nothing else."""

from __future__ import annotations

import pytest

from gen_tck.adapters.interface import Returned
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.differences import DataDiffers, Function, OutcomeDiffers
from gen_tck.conformance.explorer.findings.models import shows
from gen_tck.conformance.explorer.oracle.admits import Impossible
from gen_tck.conformance.explorer.oracle.models import for_release, oracle_of
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.script.script import Changes
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.reference.models.otp_inet import MODELS
from gen_tck.spec.terms import Atom

KILLED = """
connect with [binary,{active,false}]
other: gen_tcp:recv('$socket', 0, infinity)
other gets exit signal kill
owner: gen_tcp:recv('$socket', 0, 0)
"""
ERROR = Atom("error")


def _predict(text: str) -> Prediction:
    return Oracle().predict(*parse(text))


def _returns(reason: str) -> Changes:
    return (("call", 0, ("returned", (ERROR, Atom(reason)))),)


def test_fault_is_not_shown() -> None:
    prediction = _predict(KILLED)
    assert prediction.expected[2] == _returns("timeout")
    assert shows("classic", Impossible(prediction, 2, _returns("ealready")), None)


def test_something_else_is_taken_for_the_fault() -> None:
    prediction = _predict(KILLED)
    assert not shows("classic", Impossible(prediction, 2, _returns("closed")), None)
    assert not shows("classic", Impossible(prediction, 1, _returns("ealready")), None)


def test_part_is_taken_for_the_whole() -> None:
    prediction = _predict(KILLED)
    both = (*_returns("ealready"), ("peer", (b"x",), "open"))
    recv = Function("gen_tcp", "recv")
    part = OutcomeDiffers(2, 0, recv, Returned((ERROR, Atom("timeout"))), Returned((ERROR, Atom("ealready"))))
    assert not shows("classic", Impossible(prediction, 2, both), None)
    assert shows("classic", Impossible(prediction, 2, both), part)
    assert not shows("classic", Impossible(prediction, 2, both), DataDiffers(2, "peer", (), (b"x",)))


@pytest.mark.parametrize(
    ("release", "model"),
    [("25", "classic"), ("26", "classic-26"), ("28", "classic-26"), ("29", "classic-29"), ("", "classic")],
)
def test_model_is_of_another_release(release: str, model: str) -> None:
    assert model in MODELS
    assert for_release("classic", release) == model


CLOSING = """
connect with [binary,{active,false},{sndbuf,16384},{send_timeout,250}CLOSES], the peer reads nothing
owner: gen_tcp:send('$socket', '$bulk')
other: gen_tcp:send('$socket', '$bulk')
owner gets exit signal kill
trapper: inet:setopts('$socket', [{active,2}])
trapper: inet:setopts('$socket', [{active,false}])
trapper: prim_inet:async_recv('$socket', 0, -1)
trapper: prim_inet:async_recv('$socket', 0, 0)
trapper: gen_tcp:recv('$socket', 0, 0)
peer: send <<"a">>
350 ms pass
trapper: prim_inet:unrecv('$socket', <<"a">>)
trapper: gen_tcp:close('$socket')
"""


@pytest.mark.parametrize("model", sorted(MODELS))
def test_closing_port_of_otp_is_closed_to_everybody(model: str) -> None:
    script = parse(CLOSING.replace("CLOSES", ""))
    expected = oracle_of(model).predict(*script).expected
    answers = [words.in_words(each, {}) for each in expected[3:]]
    assert answers == [
        "a call by trapper returned ok",
        "a call by trapper returned ok",
        "a call by trapper returned {ok,{'$number',1}}",
        "a call by trapper returned {error,ealready}",
        "a call by trapper returned {error,closed}",
        "nothing",  # the receive is never answered
        "nothing",
        "a call by trapper returned ok",
        "nothing",  # it waits for news of the queue
        "a call by watcher returned {ok,[{active,false}]}",
    ]


@pytest.mark.parametrize("model", sorted(MODELS))
def test_time_of_a_send_ends_with_its_port(model: str) -> None:
    script = parse(CLOSING.replace("CLOSES", ",{send_timeout_close,true}"))
    last = oracle_of(model).predict(*script).expected[-3:]
    assert [words.in_words(each, {}) for each in last] == [
        "a call by trapper returned {error,einval}",
        "a call by trapper returned ok",
        "a call by watcher returned {error,einval}",
    ]


PUT_BACK = """
connect with [binary,{active,false},{packet,1}]
owner: gen_tcp:unrecv('$socket', <<"un">>)
owner: gen_tcp:shutdown('$socket', read)
peer: send <<1>>
owner: gen_tcp:recv('$socket', 0, 0)
"""


@pytest.mark.parametrize("model", ["classic", "classic-26", "classic-29"])
def test_length_that_is_known_from_what_was_put_back_is_not(model: str) -> None:
    """The driver looks no further behind part of a packet whose length it knows: it does not find the end."""
    assert oracle_of(model).predict(*parse(PUT_BACK)).expected[3] == _returns("timeout")
