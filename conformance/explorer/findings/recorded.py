"""What one script shows on a node, step by step: watched, kept as a trace, judged from that, and played once more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

from gen_tck.adapters import interrupts
from gen_tck.adapters.interface import Node, Waited
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.attribution import NO_CLAUSE
from gen_tck.conformance.explorer.findings.judge import Finding, first_difference
from gen_tck.conformance.explorer.findings.known_node import Known, Reason
from gen_tck.conformance.explorer.oracle.admits import Impossible
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.script.runner import ScriptRunner, look
from gen_tck.conformance.explorer.script.script import PEERS, Changes, Sleep, Step
from gen_tck.conformance.explorer.script.text import ScriptTextError, parse
from gen_tck.conformance.explorer.script.trace import Look, ScriptTrace
from gen_tck.conformance.output import documents
from gen_tck.conformance.output.targets import Target
from gen_tck.conformance.results.outcomes import Place
from gen_tck.conformance.results.verdicts import Case, Verdict
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces import file as traces
from gen_tck.conformance.traces.events import AnyEvent
from gen_tck.conformance.traces.file import Trace, TraceError
from gen_tck.conformance.traces.playback import Playback
from gen_tck.conformance.traces.recorder import Recorder

CASE = "script:"
"""How the names of generated scripts begin, where those of cases stand."""
TRIES = 3
"""Times that a difference is looked for: a busy machine may be slow, a race may go either way."""

Watch = Callable[[Step, Changes, "Changes | None", "Finding | None"], None]
"""Told of each step as it is done: what is allowed, what was seen (``None``: it cannot be done), and what there is to
say of that, if it is the first difference."""


@dataclass
class Shown:
    """A script as it went on a node."""

    prediction: Prediction
    seen: list[Changes | None]
    """For each step, and each of the looks at the end; ``None`` for a step that could not be done."""
    finding: Finding | None
    """The first difference."""
    events: list[AnyEvent]
    """The trace."""
    real: bool
    """Whether steps take time on the node's clock."""


def show_on(
    node: Node, prediction: Prediction, oracle: Oracle, watch: Watch = lambda *_: None, limits: Limits = DEFAULTS
) -> Shown:
    """Play a script on ``node`` to its end, whatever differs, within ``limits``. Raises :class:`NodeError`."""
    recorder = Recorder(node, limits)
    waits = node.capabilities.clock == "real"
    shown = Shown(prediction, [], None, recorder.events, waits)
    runner = ScriptRunner(recorder, prediction.script.setting)
    try:
        for step, wanted in zip(prediction.script.all_steps, prediction.expected, strict=True):
            interrupts.check()  # the reference, which needs no time, does not look
            recorder.step(str(step))
            now = look(runner, step, wanted, waits)
            shown.seen.append(now)
            before = shown.finding
            shown.finding = before or first_difference(oracle, seen_of(shown))
            if before is None and shown.finding is not None:
                said = words.allowed(shown.finding), words.seen(shown.finding)
                recorder.differed(*said, _place(str(step), shown.finding.at))
            watch(step, wanted, now, shown.finding if before is None else None)
    finally:
        recorder.stop()
        runner.discard()
    return shown


def seen_of(shown: Shown) -> ScriptTrace:
    """What was seen so far; a step takes as long as it is to the next."""
    script = shown.prediction.script
    times = [each.at for each in shown.events if isinstance(each, kinds.Step)]
    times.append(max([each.at for each in shown.events if isinstance(each, kinds.Done)], default=0.0))
    took = [1000 * (after - before) if shown.real else 0 for before, after in pairwise(times)]
    pauses = [each.milliseconds if isinstance(each, Sleep) else 0 for each in script.all_steps]
    return ScriptTrace(
        script,
        tuple(
            None if seen is None else Look(seen, max(0, int(whole) - pause))
            for seen, whole, pause in zip(shown.seen, took, pauses, strict=False)
        ),
    )


def _place(step: str, at: Impossible) -> Place:
    """Where a difference was seen: whether a peer was to see an end, and saw none, is told apart."""
    allowed = (*at.prediction.expected, ())[at.step]
    wanted, seen = ({each[0]: each[2] for each in these if each[0] in PEERS} for these in (allowed, at.seen))
    still_open = any(end != "open" and seen.get(peer, "open") == "open" for peer, end in wanted.items())
    return Place(step, open=still_open)


def show_until_it_differs(node: Node, prediction: Prediction, oracle: Oracle) -> Shown:
    """Play a script step by step until a difference is seen, a few times at most. Raises :class:`NodeError`."""
    shown = show_on(node, prediction, oracle)
    for _ in range(TRIES - 1):
        if shown.finding is not None:
            break
        shown = show_on(node, prediction, oracle)
    return shown


def keep_what_differs(
    path: Path, prediction: Prediction, node: Node, oracle: Oracle, case: Callable[[Shown, Finding], Case | None]
) -> bool:
    """Play a script step by step for the trace of its difference: whether there is one, kept as ``path``.

    ``case`` makes the verdict of the first difference, or ``None`` if it is not the one that is looked for. Raises
    :class:`NodeError`, ``FileError``.
    """
    shown = show_until_it_differs(node, prediction, oracle)
    verdict = None if shown.finding is None else case(shown, shown.finding)
    if verdict is not None:
        keep(Target(path), shown, verdict, node)
    return verdict is not None


# Traces


def case_of(name: str, finding: Finding | None, known: Sequence[Reason] = ()) -> Case:
    """The verdict on a script: on the first difference, and what that is ``known`` as."""
    if finding is None:
        return Case(id=name, clauses=[], verdict="pass")
    steps = finding.at.prediction.script.all_steps
    clauses = dict.fromkeys([each.clause for each in known] or [finding.clause])
    variants = [each.variant for each in known if each.variant]
    verdict: Verdict = "fail" if not known else "varies" if len(variants) == len(known) else "deviates"
    return Case(
        id=name,
        clauses=[each for each in clauses if each != NO_CLAUSE],
        verdict=verdict,
        variants=variants,
        message="; ".join([f"{each.departure}: {each.reason}".removeprefix(": ") for each in known]),
        expected=words.allowed(finding),
        seen=words.seen(finding),
        where=words.kind(finding),
        step=str(steps[min(finding.at.step, len(steps) - 1)]),
    )


def header_of(shown: Shown, case: Case, node: Node) -> traces.Header:
    """The first line of the trace."""
    return traces.Header(
        kit=version("gen-tck"),
        case=case.id,
        clauses=case.clauses,
        node=traces.node_facts(node.capabilities),
        script=str(shown.prediction.script),
    )


def keep(target: Target, shown: Shown, case: Case, node: Node) -> None:
    """Write the trace. Raises :class:`~gen_tck.conformance.output.files.FileError`."""
    content = traces.encode(header_of(shown, case, node), map(traces.written, shown.events), case)
    target.write(documents.in_json_lines(content), "the trace")


def prediction_of(trace: Trace, oracle: Oracle, limits: Limits = DEFAULTS) -> Prediction:
    """The script of a trace, as the reference or a model tells it today. Raises ``TraceError``."""
    text = trace.header.script
    if not isinstance(text, str):
        raise TraceError(f"{trace.path}: line 1: {trace.header.case} comes without the text of its script")
    try:
        script = parse(text, limits)
    except ScriptTextError as reason:
        raise TraceError(f"{trace.path}: line 1: the script: {reason}") from None
    prediction = oracle.predict(script.setting, script.steps)
    if prediction.script != script:
        raise TraceError(f"{trace.path}: line 1: the kit cannot do all the steps of the script")
    return prediction


_WAITING = (kinds.Settle, kinds.Wait, kinds.WaitedSeen, kinds.RestSeen)


class _Recording(Playback):
    """A trace, asked for no more than what was done and what came of it: how the kit waited meanwhile is no matter."""

    def _take_in(self, event: AnyEvent) -> bool:
        return isinstance(event, _WAITING) or super()._take_in(event)

    def settle(self) -> bool:
        self.look()
        return True

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        self.look()
        return Waited(condition())


def judge_trace(trace: Trace, known: Known | None = None, limits: Limits = DEFAULTS) -> Case:
    """The verdict on the script of ``trace``, from nothing but what was recorded, within ``limits``.

    ``known``: what is known of the node that it was recorded on. Raises ``TraceError`` or ``TraceMismatch``, whose
    message names the line.
    """
    known = known or Known()
    prediction = prediction_of(trace, known.oracle, limits)
    recording = _Recording(trace)
    runner = ScriptRunner(recording, prediction.script.setting)
    shown = Shown(prediction, [], None, trace.events, recording.capabilities.clock == "real")
    for step, wanted in zip(prediction.script.all_steps, prediction.expected, strict=True):
        interrupts.check()
        recording.do(kinds.Step, step=str(step))
        shown.seen.append(look(runner, step, wanted, False))
        if first_difference(known.oracle, seen_of(shown)) is not None:
            break
    return case_of(trace.header.case, *known.judge(seen_of(shown)))


def play_again(trace: Trace, node: Node, known: Known, limits: Limits = DEFAULTS) -> tuple[Case, Trace]:
    """The same script on ``node``, now, within ``limits``: the verdict, and the trace.

    ``known``: what is known of ``node``. Raises ``TraceError`` or :class:`NodeError`.
    """
    shown = show_on(node, prediction_of(trace, known.oracle, limits), known.oracle, limits=limits)
    case = case_of(trace.header.case, *known.judge(seen_of(shown)))
    return case, Trace(header_of(shown, case, node), shown.events, None)
