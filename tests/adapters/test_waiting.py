"""Waits, on a scripted node and a clock of its own: no real time passes here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from gen_tck.adapters.interface import Waited
from gen_tck.adapters.waiting import ECHO_PAUSES, KEEPS_RUNNING, LONGEST, PAUSES, Pace, Wait, settle, settle_by_echo

FULL = sum(PAUSES)


@dataclass
class Fake:
    """A node of which a test says how long an echo takes, when it stands still, and when something happens."""

    now: float = 0.0
    echo_seconds: float = 0.0002
    oversleeps: float = 0.0
    """So much later than wanted the kit wakes, always."""
    stops: list[tuple[float, float]] = field(default_factory=list)
    """When the node stands still: from, to."""
    rests: Callable[[float], bool] = lambda now: True
    arrivals: list[float] = field(default_factory=list)
    """When something arrives at the kit."""
    doing: Callable[[float], str] = lambda now: "waiting"
    pace: Pace = field(default_factory=Pace)
    echoes: int = 0

    def clock(self) -> float:
        return self.now

    def pump(self, seconds: float) -> bool:
        until = self.now + seconds
        if self.arrivals and self.arrivals[0] <= until:
            self.now = max(self.now, self.arrivals.pop(0))
            return True
        self.now = until + self.oversleeps
        return False

    def echo(self) -> bool:
        began = self.now
        self.echoes += 1
        self.now += self.echo_seconds
        for start, end in self.stops:
            if start <= self.now < end:
                self.now = end + self.echo_seconds
        self.pace.note("settle", self.now - began)
        return self.rests(self.now)

    def look(self) -> str:
        return self.doing(self.now)

    def wait(
        self,
        condition: Callable[[float], bool] = lambda now: False,
        owed: float = 0.0,
        progress: Callable[[float], object] = lambda now: None,
    ) -> Waited:
        return Wait(self, lambda: condition(self.now), owed, lambda: progress(self.now), self.clock)()


def test_what_holds_already_is_waited_for() -> None:
    fake = Fake()
    assert fake.wait(lambda now: True) == Waited(True)
    assert (fake.now, fake.echoes) == (0, 0)


def test_what_comes_is_waited_for_to_the_end_of_the_round() -> None:
    fake = Fake()
    assert fake.wait(lambda now: now > 0.02).met
    assert fake.now == pytest.approx(0.02, abs=0.003)


def test_miss_is_told_before_all_rounds_are_over() -> None:
    fake = Fake()
    waited = fake.wait()
    assert (waited.met, waited.restless, waited.cut_short) == (False, False, False)
    assert waited.seconds == pytest.approx(FULL, rel=0.1)
    assert fake.now == pytest.approx(FULL, rel=0.1)


def test_slow_node_gets_no_more_time() -> None:
    fake = Fake(echo_seconds=0.05)
    waited = fake.wait()
    assert not waited.met
    assert waited.seconds > len(PAUSES) * 4 * 0.05
    assert fake.pace.stops == 0


@pytest.mark.parametrize("late", [0.05, 0.1, 0.15])
def test_answer_that_is_late_by_a_round_is_missed(late: float) -> None:
    # Each echo is slow, as on a machine that is short of processors; what is awaited comes a whole round later.
    fake = Fake(echo_seconds=0.04)
    assert fake.wait(lambda now: now > late).met


def test_change_does_not_start_the_rounds_anew() -> None:
    fake = Fake(arrivals=[0.1])
    fake.wait()
    assert fake.now == pytest.approx(0.1 + FULL, rel=0.15)
    fake = Fake(doing=lambda now: "waiting" if now < 0.1 else "suspended")
    fake.wait()
    assert fake.now > 0.1 + FULL
    fake = Fake()
    fake.wait(progress=lambda now: int(now * 20) if now < 0.3 else 6)
    assert fake.now > 0.3 + FULL


def test_what_is_owed_is_not_waited_for() -> None:
    fake = Fake()
    waited = fake.wait(owed=0.5)
    assert not waited.met
    assert 0.5 <= waited.seconds < 0.65
    fake = Fake()
    assert fake.wait(lambda now: now > 0.45, owed=0.5).met


def test_stop_of_the_node_counts() -> None:
    fake = Fake(stops=[(0.02, 3.0)])
    assert fake.wait(lambda now: now > 3.05).met
    fake = Fake(stops=[(0.02, 3.0)])
    waited = fake.wait()
    assert not waited.met
    assert waited.seconds < 2 * FULL
    assert fake.now > 3.0 + FULL / 2
    assert fake.pace.stops == 1


def test_stop_of_the_kit_counts() -> None:
    fake = Fake(oversleeps=0.3)
    waited = fake.wait()
    assert (waited.met, waited.cut_short, waited.seconds) == (False, True, 0.0)
    assert LONGEST < fake.now < LONGEST + 1
    assert fake.pace.stops > 10


def test_busy_machine_is_taken_for_a_stop() -> None:
    fake = Fake(oversleeps=0.05, echo_seconds=0.03)
    waited = fake.wait()
    assert (waited.met, waited.cut_short) == (False, False)
    assert fake.pace.stops == 0


def test_node_that_keeps_running_is_waited_for_without_end() -> None:
    fake = Fake(echo_seconds=0.1, rests=lambda now: False)
    waited = fake.wait()
    assert (waited.met, waited.restless) == (False, True)
    assert KEEPS_RUNNING <= waited.seconds < KEEPS_RUNNING + 1


def test_node_that_is_busy_for_a_while_keeps_running() -> None:
    fake = Fake(echo_seconds=0.1, rests=lambda now: now > 3)
    assert fake.wait() != Waited(False, restless=True)
    assert fake.now > 3 + FULL


def test_stream_of_changes_is_a_miss() -> None:
    fake = Fake(arrivals=[number / 100 for number in range(3000)])
    waited = fake.wait()
    assert (waited.met, waited.cut_short) == (False, True)


# Settling


def test_node_at_rest_is_asked_twice() -> None:
    fake = Fake()
    assert settle(fake, fake.clock)
    assert fake.echoes == 1


def test_node_that_comes_to_rest_is_given_up() -> None:
    fake = Fake(echo_seconds=0.1, rests=lambda now: now > 4)
    assert settle(fake, fake.clock)


def test_node_that_never_rests_is_asked_for_ever() -> None:
    fake = Fake(echo_seconds=0.1, rests=lambda now: False)
    assert not settle(fake, fake.clock)
    assert fake.now == pytest.approx(KEEPS_RUNNING, abs=0.2)


def test_stop_counts_against_a_node_that_is_settling() -> None:
    fake = Fake(echo_seconds=0.1, rests=lambda now: now > 9, stops=[(1.0, 8.0)])
    assert settle(fake, fake.clock)


# The pace


def test_slow_kind_of_request_is_measured_by_a_quick_one() -> None:
    pace = Pace()
    for _ in range(20):
        pace.note("status", 0.0001)
    assert not pace.note("settle", 0.3)
    assert not pace.note("status", 0.3)
    for _ in range(9):
        pace.note("settle", 0.3)
    stops = pace.stops
    assert pace.note("settle", 0.5)
    assert pace.stops == stops


# Nodes that cannot tell whether they are at rest


def test_quiet_node_is_believed_at_once() -> None:
    node = Fake()
    assert settle_by_echo(node, node.clock)
    assert node.now >= sum(ECHO_PAUSES) > FULL


def test_change_does_not_start_the_quiet_rounds_anew() -> None:
    late = 0.1
    node = Fake(doing=lambda now: "waiting" if now < late else "idle")
    assert settle_by_echo(node, node.clock)
    assert node.now >= late + sum(ECHO_PAUSES)


def test_node_that_always_changes_is_at_rest() -> None:
    node = Fake(rests=lambda now: False)
    assert not settle_by_echo(node, node.clock)
    assert node.now >= KEEPS_RUNNING
