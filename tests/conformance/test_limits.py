"""The limits of a run, as they are asked for."""

from __future__ import annotations

import pytest

from gen_tck.conformance.limits import LimitError, Limits, parse


def test_setting_is_passed_over() -> None:
    assert parse([]) == Limits()
    assert parse(["total=600", "failures=3", "answer=0.5"]) == Limits(answer=0.5, total=600.0, failures=3)


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("totl=1", "there is no limit 'totl': they are answer, total, unanswered, failures, failures_in_a_row"),
        ("total", "the limit total is a number, not ''"),
        ("failures=2.5", "the limit failures is a number, not '2.5'"),
        ("total=-1", "the limit total cannot be -1"),
        ("total=inf", "the limit total cannot be inf"),
        ("total=nan", "the limit total cannot be nan"),
    ],
)
def test_wrong_setting_is_taken(setting: str, why: str) -> None:
    with pytest.raises(LimitError) as error:
        parse([setting])
    assert str(error.value) == why
