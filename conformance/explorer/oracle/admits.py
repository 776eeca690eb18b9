"""Whether a model admits what was seen of a script: the checker, which plays nothing.

A run is a script and its decisions. What was seen is *admitted* if some run of the model shows it from the first step
to the last. Runs are tried until one does: what was seen ends those that show something else, and the decisions that
were taken up to there are taken otherwise, in the run that agreed longest first, and of those that agreed equally long
in the one with the fewest unusual decisions. Of runs that a step leaves in the same state one goes on for all.

Time is the node's own. On the clock of a model a step takes none, so that a timer fires in a pause, if at all; on a
real clock it took as long as was recorded, and a timer may have fired before it, or after it. That is a choice point.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate, count
from typing import NamedTuple, TypeAlias

from gen_tck.adapters import interrupts
from gen_tck.conformance.explorer.oracle.agreement import equal
from gen_tck.conformance.explorer.oracle.observed import ObservedNode
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction, looked_at
from gen_tck.conformance.explorer.oracle.state import state
from gen_tck.conformance.explorer.script.runner import ScriptRunner
from gen_tck.conformance.explorer.script.script import Call, Changes, Sleep, Step
from gen_tck.conformance.explorer.script.trace import Look, ScriptTrace
from gen_tck.reference.state_key import StateKey

MOST_LIVE = 256
"""So many states may a step leave that all agree with what was seen."""
MOST_RUNS = 4096
"""So many runs are tried."""


class Admitted(NamedTuple):
    """A run shows what was seen."""

    prediction: Prediction
    """That run; :attr:`Prediction.expected` is what it shows."""


class Impossible(NamedTuple):
    """No run shows what was seen."""

    prediction: Prediction
    """One of those that agree longest, up to the first impossible step."""
    step: int
    """That step; one more than there are: what came after the end."""
    seen: Changes


class Inconclusive(NamedTuple):
    """Too many runs agree with what was seen to try them all."""

    step: int
    """How far they were followed."""


Answer: TypeAlias = Admitted | Impossible | Inconclusive


class _Run(NamedTuple):
    prediction: Prediction
    agreed: int
    """How many of its steps, from the first on, agree with what was seen."""
    merged: bool
    """Whether it came to a state in which another run had been: that goes on for it."""


class _Search:
    """A search through the runs of a model for one that shows what was seen: the best of them first."""

    def __init__(self, model: Oracle, trace: ScriptTrace) -> None:
        self.model, self.trace = model, trace
        self.visited: defaultdict[int, set[StateKey]] = defaultdict(set)
        """By step, the states that runs have come to which agree with what was seen up to there."""
        self.complete = False
        """Whether all were tried."""

    def runs(self) -> Iterator[_Run]:
        """Runs, until all were tried, or there are too many."""
        waiting: list[tuple[int, int, int, tuple[int, ...]]] = [(0, 0, 0, ())]
        order = count(1)
        for _ in range(MOST_RUNS):
            interrupts.check()
            *_, given = heapq.heappop(waiting)
            run = _run(self.model, self.trace, given, self.visited)
            yield run
            if any(len(each) > MOST_LIVE for each in self.visited.values()):
                return
            for decisions in _others(run, len(given)):
                heapq.heappush(waiting, (-run.agreed, sum(map(bool, decisions)), next(order), decisions))
            if not waiting:
                self.complete = True
                return


def admits(model: Oracle, trace: ScriptTrace) -> Answer:
    """Whether a run of ``model`` shows ``trace``.

    Raises ``NodeError`` if the model does not say what follows; ``OracleError``.
    """
    search = _Search(model, trace)
    best: _Run | None = None
    for run in search.runs():
        if run.agreed == len(trace.looks):
            return Admitted(run.prediction)
        if not run.merged and (best is None or run.agreed > best.agreed):
            best = run
    assert best is not None
    seen = trace.seen(best.agreed)
    if not search.complete or seen is None:
        return Inconclusive(best.agreed)
    return Impossible(best.prediction, best.agreed, seen)


def outcomes(model: Oracle, prediction: Prediction) -> tuple[int, ...] | None:
    """For each step of a script, how many outcomes ``model`` allows there if before it all went as in ``prediction``.

    ``None``: too many runs are possible. Raises as above.
    """
    looks = tuple([Look(each) for each in prediction.expected])
    search = _Search(model, ScriptTrace(prediction.script, looks))
    shown: list[set[Changes]] = [set() for _ in looks]
    for run in search.runs():
        for allowed, changes in zip(shown, run.prediction.expected, strict=False):
            allowed.add(changes)
    return tuple(map(len, shown)) if search.complete else None


def _others(run: _Run, given: int) -> Iterator[tuple[int, ...]]:
    """The decisions of ``run`` with one taken otherwise that was not ``given`` to it."""
    taken = run.prediction.decisions
    for index in range(given, len(taken)):
        for other in range(run.prediction.choice_points[index].options):
            if other != taken[index]:
                yield (*taken[:index], other)


def _run(model: Oracle, trace: ScriptTrace, given: tuple[int, ...], visited: defaultdict[int, set[StateKey]]) -> _Run:
    """The run with these decisions, as far as it agrees with ``trace`` and comes to no state that was ``visited``."""
    setting, all_steps = trace.script.setting, trace.script.all_steps
    clock = _clock(trace)
    expected: list[Changes] = []
    events: list[int] = []
    calls: dict[int, Call] = {}
    agreed, merged = 0, False
    with model.running(setting, given) as (node, runner):
        met = node.decisions.met
        for number, look in enumerate(trace.looks):
            step = all_steps[number] if number < len(all_steps) else None
            events.append(len(node.transition_pairs))
            expected.append(() if step is None or look is None else _do(node, runner, step, *clock[number]))
            if look is not None and not equal(expected[number], look.changes, setting.stalled):
                break
            agreed += 1
            if isinstance(step, Call) and look is not None:
                calls[step.actor] = step
            if len(met) >= len(given):
                key = (state(node, runner, calls), node.system.vm.timers.key())
                if key in visited[number]:
                    merged = True
                    break
                visited[number].add(key)
        prediction = Prediction(
            trace.script,
            tuple(expected),
            tuple(node.transition_pairs),
            tuple(events),
            frozenset(),
            choice_points=tuple(met),
        )
    return _Run(prediction, agreed, merged)


def _do(node: ObservedNode, runner: ScriptRunner, step: Step, before: int, after: int) -> Changes:
    """What follows from ``step``, if it can be done; timers may fire up to the times ``before`` and ``after`` it."""
    _early(node, before)
    if runner.applies(step):
        runner.do(step)
    node.settle()
    _early(node, after)
    return looked_at(runner)


def _early(node: ObservedNode, latest: int) -> None:
    """Timers that are due by ``latest`` may fire: one after the other, or some at once.

    The clock of the model stays where it is: those that began in several steps are due together on it, and were not.
    """
    timers = node.system.vm.timers
    now = timers.now
    while (due := timers.next_due()) is not None and due <= latest and node.choose("a timeout comes early", 2):
        several = timers.together()
        timers.fire(node.choose("whose time comes first", several) if several > 1 else 0)
        timers.now = now
        if several == 1 or not node.choose("what is due together happens at once", 2):
            node.settle()
    node.settle()


def _clock(trace: ScriptTrace) -> list[tuple[int, int]]:
    """For each look: what the node's clock may have shown at the latest before the step's own pause, and after it."""
    spent = list(accumulate(0 if look is None else look.spent for look in trace.looks))
    steps = (*trace.script.all_steps, None)
    pauses = [each.milliseconds if isinstance(each, Sleep) else 0 for each in steps[: len(spent)]]
    passed = accumulate(pauses)
    return [
        (late + all_of_them - own, late + all_of_them)
        for late, all_of_them, own in zip(spent, passed, pauses, strict=True)
    ]


__all__ = ["MOST_LIVE", "Admitted", "Answer", "Impossible", "Inconclusive", "admits", "outcomes"]
