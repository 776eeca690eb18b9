"""The oracle tells what follows from a step and nothing else."""

from __future__ import annotations

from itertools import permutations

import pytest

from gen_tck.conformance.explorer.findings.words import in_words
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.oracle.search import MOST_RUNS, runs
from gen_tck.conformance.explorer.script.script import ACCEPTED, LISTENER, OTHER, SOCKET, TRAPPER, Sleep, last_looks
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.reference.choices import Decisions, in_any_order, usual
from gen_tck.reference.net.network import SimulatedNetwork
from gen_tck.reference.net.simulated import HOST
from gen_tck.spec.terms import Atom

OK, ERROR = Atom("ok"), Atom("error")


def branches(oracle: Oracle, prediction: Prediction) -> list[Prediction]:
    """The script with all decisions that matter."""
    found = [run.prediction for run in runs(oracle, prediction)]
    assert len(found) < MOST_RUNS
    return found


RECEIVE = """
connect with [binary,{active,false}]
other: gen_tcp:recv('$socket', 0, 250)
other gets exit signal kill
owner: gen_tcp:recv('$socket', 0, infinity)
350 ms pass
"""
ACCEPT = """
connect with [binary,{active,false}], and listen
other: gen_tcp:accept('$listener', 250)
other gets exit signal kill
350 ms pass
"""


@pytest.mark.parametrize("text", [RECEIVE, ACCEPT], ids=["receive", "accept"])
def test_request_of_a_dead_process_times_out(text: str) -> None:
    script = parse(text)
    prediction = Oracle().predict(*script)
    assert script.steps[-1] == Sleep()
    assert prediction.script.steps == script.steps[:-1]  # no time is awaited: it would be passed over


CLIENTS = """
connect with [binary,{active,true}], and listen
second client: connect
client: connect
trapper: gen_tcp:accept('$listener', infinity)
other: gen_tcp:accept('$listener', 0)
client: send <<"a">>
second client: send <<"b">>
trapper gets exit signal kill
"""


def test_accepted_sockets_are_named_in_another_order_than_they_were_accepted() -> None:
    prediction = Oracle().predict(*parse(CLIENTS))
    assert _at(prediction, 3) == {"a call by other returned {ok,'$accepted2'}"}
    assert _at(prediction, 4) == {"other holds {tcp,'$accepted2',<<\"a\">>}"}
    assert _at(prediction, 5) == {"trapper holds {tcp,'$accepted',<<\"b\">>}"}


def test_step_speaks_of_what_was_not_accepted() -> None:
    text = "connect with [binary,{active,false}], and listen\nclient: fin\nowner: gen_tcp:close('$accepted')"
    assert Oracle().predict(*parse(text)).script.steps == ()


def test_last_look_passes_over_accepted_sockets() -> None:
    script = parse(f"{CLIENTS}owner: gen_tcp:send('$accepted2', <<\"x\">>)")
    looks = [each.args[0] for each in last_looks(*script)]
    assert looks == [SOCKET, LISTENER, ACCEPTED[1]]
    assert parse("\n".join([str(script), *map(str, last_looks(*script))])) == script


def test_client_of_a_closed_listener_is_not_refused() -> None:
    text = "connect with [binary,{active,false}], and listen\nowner: gen_tcp:close('$listener')\nclient: connect"
    script = parse(f"{text}\nclient: send <<1>>\nclient: connect")
    prediction = Oracle().predict(*script)
    assert prediction.script.steps == script.steps[:2]
    assert _at(prediction, 1) == {"client reads nothing, reset"}


RESUMED = """
connect with [binary,{active,false},{packet,4},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
owner: erlang:system_monitor('$other', [busy_port])
trapper: gen_tcp:send('$socket', '$bulk')
other: gen_tcp:send('$socket', '$bulk')
owner: gen_tcp:send('$socket', '$bulk')
trapper: gen_tcp:send('$socket', '$bulk')
peer: read
"""


def test_process_that_goes_on_late_finds_the_port_busy_again() -> None:
    oracle = Oracle()
    prediction = oracle.predict(*parse(RESUMED))
    assert prediction.choice_points
    whether = {
        any(each[:2] == ("mailbox", OTHER) for each in branch.expected[5]) for branch in branches(oracle, prediction)
    }
    assert whether == {True, False}  # told of another suspension, or of none


def _at(prediction: Prediction, step: int) -> set[str]:
    """What follows from a step with any choices, in words."""
    return {in_words(branch.expected[step], {}) for branch in branches(Oracle(), prediction)}


CLOSING = """
connect with [binary,{active,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
owner: gen_tcp:send('$socket', '$bulk')
other: gen_tcp:send('$socket', '$bulk')
owner: gen_tcp:close('$socket')
trapper: gen_tcp:send('$socket', <<"abc">>)
peer: read
"""


def test_who_closes_comes_always_after_who_is_suspended() -> None:
    prediction = Oracle().predict(*parse(CLOSING))
    sends = {
        each
        for branch in branches(Oracle(), prediction)
        for each in branch.expected[4]
        if each[:2] == ("call", TRAPPER)
    }
    assert {each[2] for each in sends} == {("returned", OK), ("returned", (ERROR, Atom("einval")))}


REFILLED = """
connect with [binary,{active,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
trapper: gen_tcp:send('$socket', '$bulk')
owner: erlang:port_command('$socket', <<"pc">>, [])
trapper: gen_tcp:send('$socket', '$bulk')
owner: gen_tcp:close('$socket')
other: gen_tcp:send('$socket', '$bulk')
peer: read
"""


def test_close_waits_for_what_is_queued_while_it_waits() -> None:
    seen = [each for branch in branches(Oracle(), Oracle().predict(*parse(REFILLED))) for each in branch.expected[5]]
    assert (
        "call",
        TRAPPER,
        ("returned", (ERROR, Atom("closed"))),
    ) in seen  # queued, then the port closed


DEAD = """
connect with [binary,{active,true},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
owner: gen_tcp:send('$socket', '$bulk')
owner gets exit signal kill
peer: fin
peer: read
"""


def test_active_socket_of_a_dead_owner_looks_for_input_no_more() -> None:
    assert _at(Oracle().predict(*parse(DEAD)), 3) == {"peer reads some lots of zeros, fin"}


TWO_SOCKETS = """
connect with [binary,{active,false}], and listen
trapper: prim_inet:async_accept('$listener', -1)
trapper: prim_inet:async_recv('$socket', 0, -1)
owner gets exit signal kill
"""


def test_sockets_of_a_dead_owner_close_in_one_order_only() -> None:
    assert len(_at(Oracle().predict(*parse(TWO_SOCKETS)), 2)) == 2


MORE = ("a full kernel takes some more", 2)


def test_full_kernel_takes_more_than_twice_as_much() -> None:
    decisions = Decisions([1, 0, 1])
    network = SimulatedNetwork(decisions)
    here = network.connect(network.listen((HOST, 0), {"recbuf": 10}).address, {"sndbuf": 10})
    assert here.write(bytes(100)) == 10
    assert here.write(bytes(100)) == 10  # where there is room for a part, no more is taken
    assert [here.write(each) for each in (b"abc", b"def", bytes(100), b"ghi")] == [3, 0, 7, 0]
    assert decisions.met == [(*MORE, 1), (*MORE, 0), (*MORE, 1)]  # and when there is no room at all nobody asks


def test_some_order_is_never_chosen() -> None:
    def orders(*decisions: int) -> tuple[int, ...]:
        return tuple(in_any_order([1, 2, 3], Decisions(decisions), "who"))

    assert {orders(one, other) for one in range(3) for other in range(2)} == set(permutations([1, 2, 3]))
    assert tuple(in_any_order(range(1000), usual, "who")) == tuple(range(1000))
    assert not list(in_any_order([], usual, "who"))


def test_choice_that_does_not_matter_is_tried() -> None:
    prediction = Oracle().predict(*parse(RECEIVE))
    assert not prediction.choice_points
    assert branches(Oracle(), prediction) == [prediction]


def test_what_was_told_lately_differs() -> None:
    oracle = Oracle()
    script = oracle.predict(*parse(RESUMED)).script
    assert oracle.again(*script) == oracle.predict(*script)
    assert oracle.again(*script) is oracle.again(*script)
