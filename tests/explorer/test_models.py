"""A model shows what its faults let follow, and nothing else."""

from __future__ import annotations

import pytest

from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.oracle.admits import Admitted, admits
from gen_tck.conformance.explorer.oracle.models import model_of, oracle_of
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.script.script import Changes
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.conformance.explorer.script.trace import Look, ScriptTrace
from gen_tck.spec.observed import releases
from gen_tck.spec.terms import Atom

KILLED = """
connect with [binary,{active,false}]
other: gen_tcp:recv('$socket', 0, infinity)
other gets exit signal kill
owner: gen_tcp:recv('$socket', 0, 0)
"""
ERROR = Atom("error")
RELEASES = releases("otp")


def _predict(text: str) -> Prediction:
    return Oracle().predict(*parse(text))


def _returns(reason: str) -> Changes:
    return (("call", 0, ("returned", (ERROR, Atom(reason)))),)


def _trace(seen: Changes) -> ScriptTrace:
    """What the script shows if ``seen`` comes of its last step."""
    prediction = _predict(KILLED)
    assert prediction.expected[2] == _returns("timeout")
    looks = [*prediction.expected[:2], seen, *prediction.expected[3:]]
    return ScriptTrace(prediction.script, tuple(map(Look, looks)))


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        (_returns("ealready"), True),
        (_returns("closed"), False),
        ((*_returns("ealready"), ("peer", (b"x",), "open")), False),
    ],
    ids=["fault", "something else", "more"],
)
def test_model_shows_something_else_than_the_fault(seen: Changes, shown: bool) -> None:
    assert isinstance(admits(oracle_of("otp-inet", 25), _trace(seen)), Admitted) == shown


@pytest.mark.parametrize("family", ["otp-inet", "otp-socket"])
def test_model_of_a_release_that_nobody_ran_cannot_be_had(family: str) -> None:
    assert model_of(family, 30).functions.keys() == model_of(family, 29).functions.keys()


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


@pytest.mark.parametrize("release", RELEASES)
def test_closing_port_of_otp_is_closed_to_everybody(release: int) -> None:
    script = parse(CLOSING.replace("CLOSES", ""))
    expected = oracle_of("otp-inet", release).predict(*script).expected
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


@pytest.mark.parametrize("release", RELEASES)
def test_time_of_a_send_ends_with_its_port(release: int) -> None:
    script = parse(CLOSING.replace("CLOSES", ",{send_timeout_close,true}"))
    last = oracle_of("otp-inet", release).predict(*script).expected[-3:]
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


@pytest.mark.parametrize("release", RELEASES)
def test_length_that_is_known_from_what_was_put_back_is_not(release: int) -> None:
    """The driver looks no further behind part of a packet whose length it knows: it does not find the end."""
    assert oracle_of("otp-inet", release).predict(*parse(PUT_BACK)).expected[3] == _returns("timeout")


@pytest.mark.parametrize("release", releases("otp-socket"))
def test_server_that_is_given_no_time_has_begun_or_not(release: int) -> None:
    """What it says then stays behind: seen after one of 130 such accepts on OTP 25, of 1,700 on 27 and 29."""
    script = parse("connect with [binary,{active,false}], and listen\nowner: gen_tcp:accept('$listener', 0)")
    usual, begun = [oracle_of("otp-socket", release).predict(*script, -1, each).expected[0] for each in ((), (1,))]
    answer = ("call", 0, ("returned", (ERROR, Atom("timeout"))))
    ack = (Atom("ack"), Atom("$pid"), (Atom("ok"), Atom("$pid")))
    assert (usual, begun) == ((answer,), (answer, ("mailbox", 0, (ack,))))
