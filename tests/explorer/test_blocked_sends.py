"""What comes of a send that had to wait is judged, and so is all that comes behind it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.words import in_words
from gen_tck.conformance.explorer.oracle.models import Modelled, model_of, oracle_of
from gen_tck.conformance.explorer.oracle.search import runs
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.reference import atoms as a
from gen_tck.reference.functions import Function
from gen_tck.reference.vm import Process
from gen_tck.spec.observed import releases
from gen_tck.spec.terms import Term

SEND = "gen_tcp.send/2"
SCRIPTS = 500


class _Ending:
    """A call that waits ends in ``{error, closed}``, though it should end in ``ok``."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def __await__(self) -> Generator[Any, Any, Term]:
        waited, steps = False, self._call.__await__()
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return (a.error, a.closed) if waited and end.value is a.ok else end.value
            waited = True
            yield step


def _ends_in_an_error(send: Function) -> Function:
    async def changed(process: Process, *args: Term) -> Term:
        return await _Ending(send(process, *args))

    return changed


@pytest.mark.parametrize("release", releases("otp-socket"))
def test_blocked_sends_of_the_socket_backend_end_in_an_error(release: int) -> None:
    model = model_of("otp-socket", release)
    mutant = model._replace(functions={**model.functions, SEND: _ends_in_an_error(model.functions[SEND])})
    exploration = Exploration(lambda: Modelled(mutant), Plan(SCRIPTS), oracle=oracle_of("otp-socket", release))
    groups = exploration.run().unexplained
    exploration.close()
    assert any(each.clause.startswith("sending/") for each in groups)


@pytest.mark.parametrize("release", releases("otp-socket"))
def test_model_differs_from_itself(release: int) -> None:
    exploration = Exploration(
        lambda: Modelled(model_of("otp-socket", release)), Plan(SCRIPTS), oracle=oracle_of("otp-socket", release)
    )
    outcome = exploration.run()
    exploration.close()
    assert not outcome.groups
    assert outcome.inconclusive == 0


FULL = """
connect with [binary,{active,false},{packet,4},{sndbuf,16384},{send_timeout,250}], the peer reads nothing
other: gen_tcp:send('$socket', '$bulk')
other gets exit signal kill
trapper: gen_tcp:send('$socket', '$bulk')
350 ms pass
"""
IN_TURN = """
connect with [binary,{active,false},{packet,4},{sndbuf,16384},{send_timeout,250}], the peer reads nothing
other: gen_tcp:send('$socket', '$bulk')
trapper: gen_tcp:send('$socket', '$bulk')
other gets exit signal kill
350 ms pass
"""


@pytest.mark.parametrize("script", [FULL, IN_TURN], ids=["later", "in turn"])
@pytest.mark.parametrize(("release", "rest"), [(25, {"'$lot'"}), (27, {"'$lot'", "['$lot']"})])
def test_rest_of_what_a_full_kernel_took_is_always_all(release: int, rest: set[str], script: str) -> None:
    """A full kernel takes a part of a great lot, or nothing: since OTP 27 what is left shows which."""
    oracle = oracle_of("otp-socket", release)
    found = [run.prediction.expected[3] for run in runs(oracle, oracle.predict(*parse(script)))]
    assert {in_words(each, {}) for each in found} == {
        f"a call by trapper returned {{error,{{timeout,{each}}}}}" for each in rest
    }
