"""Patience: generous at first, and bounded as a whole."""

from __future__ import annotations

from gen_tck.conformance.patience import Patience, ShortPatience


def test_first_promise_is_waited_for_a_moment_only() -> None:
    assert Patience().seconds >= 1


def test_broken_promises_make_a_run_endless() -> None:
    patience = Patience()
    waited = 0.0
    for _ in range(1000):
        waited += patience.seconds
        patience.disappointed()
    assert waited < 6
    assert patience.seconds > 0
    assert patience.disappointments == 1000


def test_waiting_grows() -> None:
    patience = Patience()
    waits = []
    for _ in range(200):
        waits.append(patience.seconds)
        patience.disappointed()
    assert waits == sorted(waits, reverse=True)


def test_known_deviation_eats_up_the_patience() -> None:
    patience = ShortPatience()
    for _ in range(100):
        assert patience.seconds == 0.05
        patience.disappointed()
    assert patience.disappointments == 100
