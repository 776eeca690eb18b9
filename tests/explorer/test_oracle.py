"""The oracle tells what follows from a step and nothing else."""

from __future__ import annotations

import pytest

from gen_tck.conformance.explorer.oracle import Oracle
from gen_tck.conformance.explorer.script import OTHER, Sleep
from gen_tck.conformance.explorer.text import parse

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
    told = Oracle().tell(*script)
    assert script.steps[-1] == Sleep()
    assert told.script.steps == script.steps[:-1]  # no time is awaited: it would be passed over


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
    told = oracle.tell(*parse(RESUMED))
    assert told.mattered
    whether = {any(each[:2] == ("mailbox", OTHER) for each in branch.expected[5]) for branch in oracle.branches(told)}
    assert whether == {True, False}  # told of another suspension, or of none
