"""Signals to end are noted, and noticed where it does no harm."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from gen_tck.adapters.reference import ReferenceProcess, SimulatedNode
from gen_tck.conformance.explorer.explore import LEAST_LOT, Exploration, Outcome, Plan
from gen_tck.conformance.explorer.interrupts import SIGNALS, Interrupts


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_comes_anywhere(number: signal.Signals) -> None:
    told: list[int] = []
    before = signal.getsignal(number)
    with Interrupts(lambda: told.append(1)) as interrupts:
        interrupts.check()
        os.kill(os.getpid(), number)
        assert (interrupts.came, told) == (True, [1])
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
    assert signal.getsignal(number) is before


def test_who_is_impatient_has_to_wait() -> None:
    with Interrupts() as interrupts:
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.came
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_signal_that_comes_twice_is_taken_for_impatience() -> None:
    told: list[int] = []
    with Interrupts(lambda: told.append(1), patient=True) as interrupts:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        assert (interrupts.came, told) == (True, [1])


def test_another_thread_cannot_explore() -> None:
    seen: list[bool] = []

    def explore() -> None:
        with Interrupts() as interrupts:
            interrupts.check()
            seen.append(interrupts.came)

    thread = threading.Thread(target=explore)
    thread.start()
    thread.join()
    assert seen == [False]


def test_part_of_a_lot_is_counted() -> None:
    known: list[Outcome] = []

    class Interrupting(SimulatedNode):
        """The signal comes when some scripts of the third lot have been played."""

        left = LEAST_LOT

        def spawn(self) -> ReferenceProcess:
            Interrupting.left -= len(known) == 2
            if Interrupting.left == 0:
                raise KeyboardInterrupt
            return super().spawn()

    plan = Plan(1_000_000, first=30)
    outcome = Exploration(Interrupting, plan, progress=lambda each: known.append(each.copy())).run()
    assert outcome.interrupted
    assert len(known) == 2
    last = known[-1]
    assert (outcome.scripts, outcome.steps, outcome.next_number) == (last.scripts, last.steps, last.next_number)
    assert outcome.next_number == 30 + outcome.scripts
    assert outcome.coverage.pairs == last.coverage.pairs
