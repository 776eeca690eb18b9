"""Whether what was seen of a script is allowed; if not, what differs, and which clause speaks of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from gen_tck.conformance.explorer.findings.attribution import responsible
from gen_tck.conformance.explorer.findings.comparison import cause_of, differences_in, last_calls, mailboxes
from gen_tck.conformance.explorer.findings.differences import Cause, Difference, distinct, shape_of
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.oracle.search import Run, runs
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.script.script import PEERS, SHORT, Call, Change, Changes
from gen_tck.spec.terms import Atom, Term, term


@dataclass(frozen=True)
class Finding:
    """A difference, judged: values alone (:mod:`~gen_tck.conformance.explorer.findings.words` says it to people)."""

    report: Report
    cause: Cause
    """What was done at the step at which it differs."""
    differences: tuple[Difference, ...]
    allowed: Changes
    """What is allowed there, and was not seen."""
    seen: Changes
    """What was seen, and is not allowed."""

    @cached_property
    def clause(self) -> str:
        """The id of the clause that speaks of it; ``attribution.NO_CLAUSE`` if none does."""
        return responsible(self.cause, self.differences)

    @cached_property
    def parts(self) -> tuple[Difference, ...]:
        """One difference of each shape: what is known is known of these, one by one."""
        return distinct(self.differences)

    @cached_property
    def group(self) -> tuple[object, ...]:
        """By what findings are grouped: without the names and data of one script."""
        return (self.clause, self.cause, *map(shape_of, self.parts))


def equal(allowed: Changes, seen: Changes, stalled: bool = False) -> bool:
    """Whether ``seen`` is as good as ``allowed``.

    Free is how much of a great lot got through before an end; which end it is, and how much came before a reset, when a
    peer that was ``stalled`` reads late; and in which order processes are served that a busy port lets go at once.
    """
    if allowed == seen:
        return True
    let_go = {each[1] for each in allowed if each[0] == "status" and each[2] == "running"}
    one, other = (
        [_blurred(each, bool(let_go), stalled) for each in _dealt(these, let_go)] for these in (allowed, seen)
    )
    if one == other:
        return True
    resets = {each[0] for each in seen if each[0] in PEERS and each[2] == "reset"} if stalled else set()
    return len(one) == len(other) and all(
        each == its or (each[0] == its[0] and each[0] in resets and _is_cut(each, its, bool(let_go)))
        for each, its in zip(one, other, strict=True)
    )


def _is_cut(allowed: Change, seen: Change, racing: bool) -> bool:
    """Whether a stream that was ``seen`` is the beginning of one that is ``allowed``; both are blurred."""
    zeros, small = _split(allowed)
    seen_zeros, seen_small = _split(seen)
    cut = not Counter(seen_small) - Counter(small) if racing else small.startswith(seen_small)
    return allowed[2] == seen[2] and seen_zeros <= zeros and cut


def _split(blurred: Change) -> tuple[int, bytes]:
    """Lots of zeros in a stream, and the rest of it."""
    pieces = blurred[1]
    assert isinstance(pieces, tuple)
    return len(pieces) - 1, pieces[-1]


def _dealt(changes: Changes, actors: Set[object]) -> Iterator[Change]:
    """``changes``, with what came of the calls of ``actors`` in some fixed order."""
    outcomes = iter(sorted((each[2] for each in changes if each[0] == "call" and each[1] in actors), key=repr))
    for each in changes:
        yield (*each[:2], next(outcomes)) if each[0] == "call" and each[1] in actors else each


def _blurred(change: Change, racing: bool, stalled: bool) -> Change:
    if change[0] not in PEERS or (change[2] == "open" and not racing):
        return change
    name, pieces, end = change
    assert isinstance(pieces, tuple)
    zeros = ["zeros" for each in pieces if isinstance(each, tuple)]
    small = b"".join(each for each in pieces if isinstance(each, bytes))
    if end != "open" and stalled:
        end = "ended"
    if racing:  # then lots may also have come one after the other, or not
        small, zeros = bytes(sorted(small.replace(b"\0", b""))), zeros[:1]
    return (name, (*zeros, small), end)


def follow(report: Report, oracle: Oracle) -> Prediction | None:
    """A run of the script of ``report`` with which what was seen agrees, all the way to its step.

    It expects from then on what follows from what was seen.
    """
    prediction, step = report.prediction, report.step
    stalled = prediction.script.setting.stalled

    def agrees(number: int, expected: Changes) -> bool:
        if number == step:
            return equal(expected, _in_time(report, expected), stalled)
        return number > step or equal(expected, prediction.expected[number], stalled)

    for run in runs(oracle, prediction, agrees):
        if run.fits and (step < run.agreed or equal((), _in_time(report, ()), stalled)):
            branch = run.prediction
            seen = _in_time(report, (*branch.expected, ())[step])
            return branch._replace(expected=(*branch.expected[:step], seen, *branch.expected[step + 1 :]))
    return None


def judge_in_all_orders(report: Report, oracle: Oracle) -> Finding | None:
    """The finding in ``report``, unless what was seen is allowed in another order of things."""
    finding = judge(report)
    return None if finding is None or follow(report, oracle) else finding


def judge(report: Report, prediction: Prediction | None = None) -> Finding | None:
    """The finding in ``report``; ``None`` if what was seen is allowed after all, by ``prediction`` if that is given."""
    by = prediction or report.prediction
    setting, step = by.script.setting, report.step
    allowed = by.expected[step] if step < len(by.expected) else ()
    if equal(allowed, report.seen, setting.stalled):
        return None
    seen = _in_time(report, allowed)
    if equal(allowed, seen, setting.stalled):
        return None
    missing = tuple([each for each in allowed if each not in seen])
    surplus = tuple([each for each in seen if each not in allowed])
    steps = by.script.all_steps
    cause = cause_of(steps, step)
    calls, before = last_calls(steps[: step + 1]), mailboxes(by.expected[:step])
    differences = differences_in(step, missing, surplus, calls, before)
    return Finding(report._replace(prediction=by), cause, differences, missing, surplus)


def first_difference(prediction: Prediction, oracle: Oracle, seen: Sequence[Changes | None]) -> Finding | None:
    """The first thing in ``seen`` that no run of the script of ``prediction`` allows, as the one has it that goes on
    longest.

    ``seen``: of each step in turn, ``None`` for one that could not be done.
    """
    stalled = prediction.script.setting.stalled

    def agrees(number: int, expected: Changes) -> bool:
        now = seen[number] if number < len(seen) else None
        return now is None or equal(expected, now, stalled)

    best: Run | None = None
    for run in runs(oracle, prediction, agrees):
        if run.fits:
            return None
        if best is None or run.agreed > best.agreed:
            best = run
    assert best is not None
    now = seen[best.agreed]
    assert now is not None
    return judge(Report(best.prediction, best.agreed, now))


def _in_time(report: Report, allowed: Changes) -> Changes:
    """What was seen, without what timed out only while the node was given time for something that did not come."""
    if all(each in report.seen for each in (*report.prediction.expected, ())[report.step]):
        return report.seen
    steps = report.prediction.script.all_steps[: report.step + 1]
    calls = [each for each in steps if isinstance(each, Call)]
    pending = {each.actor: each for each in calls}.values()
    sends = report.prediction.script.setting.send_timeout == SHORT or any(_LIMIT in each.args for each in calls)
    timed = {(each.actor, "call") for each in pending if SHORT in each.args or (sends and each.function == "send")}
    timed |= {(each.actor, "mailbox") for each in calls if each.module == "prim_inet" and SHORT in each.args}
    timed |= {(each.actor, "mailbox") for each in calls if sends and each.function in ("send", "port_command")}
    before, wanted = mailboxes(report.prediction.expected[: report.step]), mailboxes((allowed,))
    kept = []
    for change in report.seen:
        if (change[1], change[0]) in timed and change not in allowed:
            if change[0] == "call" and change[2] == ("returned", _TIMEOUT):
                continue
            if change[0] == "mailbox":
                had = before.get(change[1], ())
                known = Counter(had) | Counter(wanted.get(change[1], ()))
                change = (*change[:2], tuple(_without_late(change[2], known)))  # type: ignore[arg-type]
                if change[2] == had:
                    continue
        kept.append(change)
    return tuple(kept)


def _without_late(messages: Iterable[Term], known: Counter[Term]) -> Iterator[Term]:
    """``messages`` without timeouts beyond those that are ``known``."""
    left = known.copy()
    for each in messages:
        if left[each] > 0 or not _timed_out(each):
            yield each
        left[each] -= 1


def _timed_out(message: Term) -> bool:
    return isinstance(message, tuple) and message[:1] in _ANSWERS and message[-1] == _TIMEOUT


_ANSWERS = ((Atom("inet_async"),), (Atom("inet_reply"),))
_LIMIT = term([("send_timeout", SHORT)])
_TIMEOUT = (Atom("error"), Atom("timeout"))
