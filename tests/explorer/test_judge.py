"""What is as good as what the reference lets follow, and what is not."""

from __future__ import annotations

import pytest

from gen_tck.conformance.explorer.oracle.agreement import equal

RUNNING = ("status", 1, "running")


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


def test_those_let_go_at_once_write_in_one_order_only() -> None:
    allowed = (RUNNING, _read(b"abcxyz"))
    assert equal(allowed, (RUNNING, _read(b"xyz")), stalled=True)
    assert not equal(allowed, (RUNNING, _read(b"xyzz")), stalled=True)
