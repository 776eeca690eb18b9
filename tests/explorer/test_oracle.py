"""The oracle tells what follows from a step and nothing else."""

from __future__ import annotations

import pytest

from gen_tck.conformance.explorer.oracle import Oracle
from gen_tck.conformance.explorer.script import Sleep
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
