"""Making a finding small: the shortest, plainest script that still shows the same difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeAlias

from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.playing import Playing
from gen_tck.conformance.explorer.oracle.admits import Impossible
from gen_tck.conformance.explorer.oracle.oracle import Oracle, OracleError, Prediction
from gen_tck.conformance.explorer.script.script import (
    ACCEPTED,
    OTHER,
    SECOND,
    SHORT,
    SOCKET,
    TRAPPER,
    Call,
    Exit,
    Peer,
    Setting,
    Step,
    is_possible,
)
from gen_tck.spec.terms import Atom, Term

MOST_ROUNDS = 40
Same: TypeAlias = Callable[[Finding], bool]
"""Whether a finding will do for another: whether it is of its group, for one."""


def always() -> bool:
    """There is all the time that it takes."""
    return True


def shrink(at: Impossible, playing: Playing, same: Same, in_time: Callable[[], bool] = always) -> Finding | None:
    """The finding with the fewest and plainest steps that can be made of what is wrong ``at`` a step, and the ``same``.

    ``None``: it is as small as can be. When it is no longer ``in_time``, the smallest so far will do.
    """
    best = None
    for _ in range(MOST_ROUNDS):
        simpler = _simpler(at.prediction, at.step, playing.player.one_by_one)
        candidates = [*_predicted(simpler, playing.oracle)]
        better = _first(candidates, playing, same, at.prediction, in_time)
        if better is None:
            return best
        best, at = better, better.at
        if not in_time():
            break
    return best


def _predicted(scripts: Iterator[tuple[Setting, tuple[Step, ...]]], oracle: Oracle) -> Iterator[Prediction]:
    """Those of ``scripts`` over which the oracle does not stumble."""
    for setting, steps in scripts:
        with suppress(OracleError):
            yield oracle.predict(setting, steps)


def _first(
    candidates: list[Prediction], playing: Playing, accept: Same, best: Prediction, in_time: Callable[[], bool]
) -> Finding | None:
    """The plainest of ``candidates`` that shows the difference, if it is plainer than ``best``."""
    order = {prediction.script: place for place, prediction in reversed(list(enumerate(candidates)))}
    order.pop(best.script, None)
    plainer = [
        prediction
        for place, prediction in enumerate(candidates)
        if order.get(prediction.script) == place and _weight(prediction) < _weight(best)
    ]
    plainer.sort(key=_weight)
    found: list[tuple[int, Finding]] = []
    one_by_one = playing.player.one_by_one
    for judged in playing.look(plainer):
        if judged.finding is not None and accept(judged.finding):
            found.append((order[judged.prediction.script], judged.finding))
        if one_by_one and (found or not in_time()):
            break
    return min(found, key=lambda each: (_weight(each[1].at.prediction), each[0]))[1] if found else None


def _weight(prediction: Prediction) -> tuple[int, int, int]:
    """Fewer steps, then a plainer setting, then plainer steps."""
    setting, steps = prediction.script
    plain = Setting()
    differs = sum(one != other for one, other in zip(setting, plain, strict=True))
    return len(steps), differs, sum(_oddity(step) for step in steps)


def _oddity(step: Step) -> int:
    if isinstance(step, Peer):
        return len(step.data) + step.which
    actor = step.actor if isinstance(step, (Call, Exit)) else 0
    numbers = sum(1 for each in step.args if isinstance(each, int) and each) if isinstance(step, Call) else 0
    return actor + numbers + (isinstance(step, Call) and any(each[0] in step.args for each in _PLAINER))


_PLAINER: dict[tuple[Term, ...], Atom] = {(SECOND,): SOCKET, ACCEPTED[:1]: SOCKET, ACCEPTED[1:]: ACCEPTED[0]}
"""The socket that a call is of, and the one that would be plainer."""


def _simpler(prediction: Prediction, last: int, halves: bool) -> Iterator[tuple[Setting, tuple[Step, ...]]]:
    """``halves``: also with much less at once, where each one costs time."""
    setting, steps = prediction.script
    if last + 1 < len(steps):
        yield setting, steps[: last + 1]
    for size in (len(steps) // 2, len(steps) // 4) if halves else ():
        for begin in range(0, len(steps) - 1, size) if size > 2 else ():
            yield setting, steps[:begin] + steps[begin + size :]
    if len(steps) > 3:
        for index in range(len(steps) - 1):
            yield setting, steps[:index] + steps[index + 2 :]
    for index in range(len(steps)):
        yield setting, steps[:index] + steps[index + 1 :]
    for field, value in Setting()._asdict().items():
        if getattr(setting, field) != value:
            plainer = setting._replace(**{field: value})
            yield plainer, tuple([step for step in steps if is_possible(step, plainer)])
    for index in range(len(setting.further) if len(setting.further) > 1 else 0):
        yield setting._replace(further=setting.further[:index] + setting.further[index + 1 :]), steps
    for index, step in enumerate(steps):
        for other in _plainer(step):
            yield setting, (*steps[:index], other, *steps[index + 1 :])


def _plainer(step: Step) -> Iterator[Step]:
    if isinstance(step, (Call, Exit)) and step.actor == TRAPPER:
        yield step._replace(actor=OTHER)
    if isinstance(step, (Call, Exit)) and step.actor:
        yield step._replace(actor=0)
    if isinstance(step, Call):
        if step.args[:1] in _PLAINER:
            yield step._replace(args=(_PLAINER[step.args[:1]], *step.args[1:]))
        for index, argument in enumerate(step.args):
            if isinstance(argument, int) and argument > 0 and index == 1:
                yield step._replace(args=(*step.args[:1], 0, *step.args[2:]))
            if argument == SHORT:
                forever = Atom("infinity") if step.module == "gen_tcp" else -1
                yield step._replace(args=(*step.args[:index], forever, *step.args[index + 1 :]))
    if isinstance(step, Peer) and step.which and step.what != "connect":
        yield step._replace(which=0)
    if isinstance(step, Peer) and len(step.data) > 1:
        yield step._replace(data=step.data[:1])
