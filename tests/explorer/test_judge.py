"""What is as good as what the reference lets follow, and what is not."""

from __future__ import annotations

import pytest

from gen_tck.conformance.explorer.oracle.admits import Admitted, Impossible, admits
from gen_tck.conformance.explorer.oracle.agreement import equal
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.conformance.explorer.script.trace import Look, ScriptTrace


def _read(*pieces: object, end: str = "reset") -> tuple[object, ...]:
    return ("peer", pieces, end)


ALLOWED = _read(("zeros", 1), b"abcxyz")


@pytest.mark.parametrize("seen", [ALLOWED, _read(("zeros", 1), b"abc"), _read(("zeros", "some")), _read(b"abcxyz")])
def test_what_a_reset_has_destroyed_is_missed(seen: tuple[object, ...]) -> None:
    assert equal((ALLOWED,), (seen,), stalled=True)


@pytest.mark.parametrize(
    "seen", [_read(("zeros", 1), b"xyz"), _read(("zeros", 1), b"abcxyz!"), _read(("zeros", 1), b"a", end="open")]
)
def test_other_data_are_taken_for_cut_ones(seen: tuple[object, ...]) -> None:
    assert not equal((ALLOWED,), (seen,), stalled=True)


def test_reader_that_keeps_up_may_miss_something() -> None:
    assert not equal((ALLOWED,), (_read(("zeros", 1), b"abc"),), stalled=False)


def test_stream_without_a_reset_is_cut() -> None:
    whole = _read(b"abc", end="fin")
    assert not equal((whole,), (_read(b"ab", end="fin"),), stalled=True)


LET_GO = """
connect with [binary,{active,true},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
owner: gen_tcp:send('$socket', '$bulk')
other: gen_tcp:send('$socket', <<"-">>)
owner: gen_tcp:send('$socket', <<"abc">>)
trapper: gen_tcp:send('$socket', <<"xyz">>)
peer: read
"""


@pytest.mark.parametrize(("read", "right"), [(b"-abcxyz", True), (b"-xyzabc", True), (b"-abxyzc", False)])
def test_those_let_go_at_once_write_in_any_order(read: bytes, right: bool) -> None:
    oracle = Oracle()
    prediction = oracle.predict(*parse(LET_GO))
    *before, reading, last = prediction.expected
    *answers, stream = reading
    assert stream == _read(("zeros", 1), b"-abcxyz", end="open")
    looks = [Look(each) for each in (*before, (*answers, _read(("zeros", 1), read, end="open")), last)]
    answer = admits(oracle, ScriptTrace(prediction.script, tuple(looks)))
    assert isinstance(answer, Admitted if right else Impossible)
