"""The verdict of recorded cases, found again without the subject: each case's own test runs on what was recorded.

What was recorded of a generated script is held against what is known of its node: its model, or the reference, which
tells anew what has to be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gen_tck.adapters import registry
from gen_tck.adapters.interface import Capabilities, Node, NodeError
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.conformance.explorer.findings import recorded
from gen_tck.conformance.explorer.findings.known_node import Known
from gen_tck.conformance.explorer.oracle.oracle import OracleError
from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.run.certify import play
from gen_tck.conformance.run.collection import FOLDER
from gen_tck.conformance.run.options import Options
from gen_tck.conformance.run.session import Run
from gen_tck.conformance.run.supervisor import Supervisor
from gen_tck.conformance.traces.cases import recorded_case
from gen_tck.conformance.traces.file import Trace, TraceError
from gen_tck.conformance.traces.narration import last_step
from gen_tck.conformance.traces.playback import Playback


@dataclass
class Judged:
    """A trace and what became of it."""

    trace: Trace
    recorded: Case
    case: Case | None = None
    """The case as this kit judges it; ``None`` if it cannot tell."""
    trouble: str = ""
    """Why it cannot tell."""

    @property
    def agrees(self) -> bool:
        """Whether this kit says what was said when the case ran."""
        return self.case is not None and _essence(self.case) == _essence(self.recorded)


def _essence(case: Case) -> tuple[object, ...]:
    return case.verdict, case.variants, case.expected, case.seen, case.where


def rejudge(traces: Sequence[Trace], limits: Limits = DEFAULTS) -> list[Judged]:
    """Judge ``traces`` anew, in their order, within ``limits``.

    Raises ``TraceError`` if one of them holds no verdict.
    """
    judged = [Judged(trace, recorded_case(trace)) for trace in traces]
    for batch in _batches(each for each in judged if not is_script(each.trace)):
        _judge(batch)
    for each in judged:
        if is_script(each.trace):
            _judge_script(each, limits)
    return judged


def is_script(trace: Trace) -> bool:
    """Whether ``trace`` is of a generated script, not of a case of the kit."""
    return trace.header.case.startswith(recorded.CASE)


def _judge_script(judged: Judged, limits: Limits) -> None:
    try:
        case = recorded.judge_trace(judged.trace, _known_of(judged.trace), limits)
    except (NodeError, OracleError, TraceError) as reason:
        judged.trouble = str(reason)
    else:
        judged.case = with_reason(case, judged.recorded)


def _known_of(trace: Trace) -> Known:
    """What is known of the node that says it was the one: of nodes that have a name here, and of anybody's."""
    capabilities = Playback(trace).capabilities
    # A trace comes from anywhere: what it says is looked up among names, and is no path.
    entry = next((each for each in registry.known_nodes() if each.name == capabilities.name), None)
    return Known.of(entry, capabilities)


def _batches(judged: Iterable[Judged]) -> Iterator[dict[str, Judged]]:
    """Traces by case: the second of one case has to wait for the next session of pytest."""
    rest = list(judged)
    while rest:
        batch: dict[str, Judged] = {}
        later = []
        for each in rest:
            if batch.setdefault(each.trace.header.case, each) is not each:
                later.append(each)
        yield batch
        rest = later


def _judge(batch: dict[str, Judged]) -> None:
    files = {case: file_of(case) for case in batch}
    for case, judged in batch.items():
        if files[case] is None:
            judged.trouble = no_such_case(judged.trace)
    here = {case: judged for case, judged in batch.items() if not judged.trouble}
    if not here:
        return
    run = Run(Options(cases=frozenset(here), strict=True))
    stage = _Stage({case: judged.trace for case, judged in here.items()})
    run.places.stay(stage)
    played = play(run, sorted({file for file in files.values() if file is not None}))
    for case, judged in here.items():
        seen = played.cases.get(case)
        trouble = stage.playbacks[case].trouble if case in stage.playbacks else ""
        if seen is None:
            judged.trouble = "; ".join(played.trouble) or no_such_case(judged.trace)
        elif trouble and seen.message.endswith(trouble):
            judged.trouble = trouble
        else:
            judged.case = with_reason(seen, judged.recorded)
            if seen.verdict not in ("pass", "varies"):
                seen.step = last_step(judged.trace.events)


def with_reason(seen: Case, recorded: Case) -> Case:
    """A failure that was recorded as a known deviation, a variant or flaky still is that one, if it is the same."""
    same = (seen.expected, seen.seen, seen.where) == (recorded.expected, recorded.seen, recorded.where)
    if seen.verdict in ("fail", "deviates") and recorded.verdict in ("deviates", "varies", "flaky") and same:
        seen.verdict, seen.message, seen.clauses = recorded.verdict, recorded.message, recorded.clauses
        seen.variants = recorded.variants
    return seen


def file_of(case: str) -> Path | None:
    """The file of the kit that holds the case with this id; ``None`` if it has none."""
    # A trace comes from anywhere: what it names is looked up, never opened.
    wanted = case.partition("::")[0]
    return next((path for path in FOLDER.rglob("test_*.py") if path.relative_to(FOLDER).as_posix() == wanted), None)


def no_such_case(trace: Trace) -> str:
    """A sentence for a trace that no test of this kit belongs to."""
    header = trace.header
    return f"{trace.path}: line 1: this kit has no case {header.case} (it was recorded by version {header.kit})"


class _Stage(Supervisor):
    """The place of the node where there is none: every case finds its own recording."""

    def __init__(self, traces: dict[str, Trace]) -> None:
        super().__init__(self._playback)
        self._traces = traces
        self._case = next(iter(traces))
        self.playbacks: dict[str, Playback] = {}

    def begin(self, case: str) -> None:
        self.close()
        self._case = case

    def _playback(self) -> Node:
        playback = self.playbacks[self._case] = Playback(self._traces[self._case])
        return playback

    @property
    def capabilities(self) -> Capabilities:
        return self.node().capabilities

    def failed(self, reason: NodeError | None = None) -> None:
        # A recording that breaks off says nothing of the next one.
        self.close()
