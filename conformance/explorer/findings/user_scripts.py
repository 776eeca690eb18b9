"""Scripts that are given, not drawn: those of known differences, each of which has to show it, or one from a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gen_tck.adapters import registry
from gen_tck.adapters.interface import Capabilities, Node
from gen_tck.adapters.limits import LimitError, settings
from gen_tck.adapters.limits import parse as limits_of
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.findings import assembling, words
from gen_tck.conformance.explorer.findings import results as store
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.known import KnownDifference, known_as, known_of
from gen_tck.conformance.explorer.findings.looked import Looked, Verdict
from gen_tck.conformance.explorer.findings.playing import CannotExplore, Playing, explained
from gen_tck.conformance.explorer.findings.recorded import (
    CASE,
    TRIES,
    Shown,
    Watch,
    case_of,
    keep,
    keep_what_differs,
    show_on,
)
from gen_tck.conformance.explorer.findings.variants import all_known_of
from gen_tck.conformance.explorer.generate.vocabulary import features, in_words, left_out
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.play.beam import can_play
from gen_tck.conformance.explorer.script.offer import LeftOut, fitted, needs, script_needs, setting_needs
from gen_tck.conformance.explorer.script.script import Script, Sleep, is_possible
from gen_tck.conformance.explorer.script.text import ScriptTextError, parse
from gen_tck.conformance.output import files
from gen_tck.conformance.output.targets import Target
from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.traces import evidence

# All that is known to differ


def look_at_known(
    node: str, erl: str, limits: Sequence[str], target: Target | None, hear: Callable[[Looked], None]
) -> store.Results:
    """Play the script of everything that is known to differ of ``node``. Raises :class:`CannotExplore`.

    ``target``: where the results go, and the traces beside it if that is a file. ``hear`` gets each as it is known.
    """
    file = None if target is None else target.path
    with explained():
        if file is not None:
            evidence.check(file)
        entry = registry.find(node, erl=erl, limits=settings(limits))
        looking = _Looking(entry)
        try:
            capabilities = looking.capabilities
            known = known_of(entry, capabilities)
            looked = looking.look_at(known, hear)
        finally:
            looking.close()
        results = assembling.of_given(node, capabilities, looked)
        if file is not None:
            _keep_traces(looked, known, entry, file)
        if target is not None:
            target.write(store.encode(results), "results")
    return results


class _Looking(Playing):
    """A node that is looked at for what is known to differ of it."""

    def __init__(self, entry: Entry) -> None:
        self._ended: list[str] = []
        super().__init__(entry.open, lambda end: self._ended.append(end.why))

    def look_at(self, known: Sequence[KnownDifference], hear: Callable[[Looked], None]) -> list[Looked]:
        """What the scripts of ``known`` show."""
        scripts = [self._predict(number, entry) for number, entry in enumerate(known)]
        found = self.by_number([each for each in scripts if isinstance(each, Prediction)])
        looked = []
        for number, (entry, script) in enumerate(zip(known, scripts, strict=True)):
            verdict: tuple[Verdict, str]
            if isinstance(script, Prediction):
                judged = found.get(number)
                verdict = self._verdict(entry, known, script, judged and judged.finding)
            else:
                verdict = "impossible", script
            looked.append(_looked(f"known:{number + 1}", entry, *verdict))
            hear(looked[-1])
        return looked

    def _predict(self, number: int, entry: KnownDifference) -> Prediction | str:
        """What the reference says of the script of ``entry``, or why it cannot be played."""
        script = entry.parsed()
        lacking = list(in_words(lacking_for(script, self.capabilities)))
        if lacking:
            return "; ".join(lacking)
        prediction = self.oracle.predict(script.setting, script.steps, number)
        cannot = first_that_cannot_be(script, prediction)
        return prediction if cannot is None else f"this step cannot be done when its turn comes: {cannot}"

    def _verdict(
        self, entry: KnownDifference, known: Sequence[KnownDifference], prediction: Prediction, finding: Finding | None
    ) -> tuple[Verdict, str]:
        """``finding``: what was found when all were played; if that is not it, the script is played alone."""
        self._ended.clear()
        found: list[KnownDifference] = []
        for attempt in range(TRIES):
            if attempt:
                judged = self.by_number([prediction]).get(prediction.number)
                finding = judged and judged.finding
            found = [] if finding is None else known_as(known, finding)
            if finding is not None and any(each is entry for each in found):
                return "seen", words.kind(finding)
        if finding is None:
            ended = f"the node ended: {self._ended[-1]}" if self._ended else ""
            return "not seen", ended or "all was as the reference has it"
        if found:  # which is right too where the node does not always show it
            verdict: Verdict = "not seen" if entry.sometimes else "differs"
            return verdict, f"it is taken for {found[0].clause}: {found[0].reason}"
        return "differs", words.headline(finding)


def _looked(name: str, entry: KnownDifference, verdict: Verdict, said: str) -> Looked:
    return Looked(
        name=name,
        clause=entry.clause,
        reason=entry.reason,
        variant=entry.variant,
        sometimes=entry.sometimes,
        script=entry.script.strip(),
        verdict=verdict,
        words=said,
    )


def _keep_traces(looked: Sequence[Looked], known: Sequence[KnownDifference], entry: Entry, file: Path) -> None:
    """Play what was seen step by step too, for the traces."""
    folder = evidence.folder_of(file)
    files.make_folder(folder, "traces")
    node = entry.open()
    try:
        for number, (one, its) in enumerate(zip(looked, known, strict=True), 1):
            path = folder / f"known-{number}.trace"
            if one.verdict == "seen" and _keep_trace(path, CASE + one.name, its, known, node):
                one.trace = str(path.relative_to(file.parent))
    finally:
        node.close()


def _keep_trace(path: Path, name: str, entry: KnownDifference, known: Sequence[KnownDifference], node: Node) -> bool:
    """Keep the trace of the script of ``entry``; whether it is seen step by step."""

    def as_known(finding: Finding) -> Case | None:
        if not any(each is entry for each in known_as(known, finding)):
            return None
        case = case_of(name, finding)
        case.clauses, case.message = [entry.clause], entry.reason
        case.verdict = "varies" if entry.variant else "deviates"
        case.variants = [entry.variant] if entry.variant else []
        return case

    oracle, script = Oracle(), entry.parsed()
    return keep_what_differs(path, oracle.predict(script.setting, script.steps), node, oracle, as_known)


def first_that_cannot_be(script: Script, prediction: Prediction) -> str | None:
    """The first step that the reference cannot do when its turn comes; sleeping when nobody waits is no matter."""
    done = iter(prediction.script.steps)
    following = next(done, None)
    for step in script.steps:
        if step == following:
            following = next(done, None)
        elif not isinstance(step, Sleep):
            return str(step)
    return None


# A single one


@dataclass
class Single:
    """What a script from a file showed."""

    shown: Shown
    known: list[KnownDifference]
    """The entries that settle the first difference."""
    by_itself: Finding | None
    """What differs when the node plays it by itself; the same as step by step on a node that cannot."""
    capabilities: Capabilities
    left_out: list[LeftOut] = field(default_factory=list)
    """What the node does not claim: the steps that ask for it were not played."""

    @property
    def right(self) -> bool:
        """Whether nothing differs."""
        return self.shown.finding is None and self.by_itself is None

    def looked(self, text: str, trace: str | None) -> Looked:
        """The same for the results; ``text`` is the script."""
        finding = self.shown.finding or self.by_itself
        known = self.known[0] if self.known else None
        return Looked(
            name="given",
            clause=known.clause if known else finding.clause if finding else "",
            reason=known.reason if known else "",
            variant=known.variant if known else "",
            script=text.strip(),
            verdict="seen" if known else "not seen" if self.right else "differs",
            words=words.headline(finding) if finding else "all was as the reference has it",
            trace=trace,
        )


def read_script(text: str, limits: Sequence[str] = ()) -> Script:
    """The script that ``text`` is, within ``limits`` (``NAME=VALUE``). Raises :class:`CannotExplore`."""
    try:
        return parse(text, limits_of(limits))
    except (LimitError, ScriptTextError) as reason:
        raise CannotExplore(str(reason)) from reason


def look_at_script(
    node: str, erl: str, limits: Sequence[str], script: Script, watch: Watch, kept: Target | None
) -> Single:
    """Play ``script`` on ``node``. Raises :class:`CannotExplore`. ``kept``: where the trace goes."""
    oracle = Oracle()
    with explained():
        if kept is not None:
            kept.check("the trace")
        prediction = oracle.predict(script.setting, script.steps)
        cannot = first_that_cannot_be(script, prediction)
        if cannot is not None:
            raise CannotExplore(f"this step cannot be done when its turn comes: {cannot}")
        entry = registry.find(node, erl=erl, limits=settings(limits))
        subject = entry.open()
        try:
            lacking = lacking_for(script, subject.capabilities)
            if lacking:
                prediction = _without(lacking, script, oracle)
            known = all_known_of(entry, subject.capabilities)
            shown = show_on(subject, prediction, oracle, watch, entry.limits)
            if kept is not None:
                keep(kept, shown, case_of(f"{CASE}given", shown.finding), subject)
            by_itself = _by_itself(entry, prediction) if can_play(subject) else shown.finding
        finally:
            subject.close()
    found = [] if shown.finding is None else known_as(known, shown.finding)
    return Single(shown, found, by_itself, subject.capabilities, lacking)


def lacking_for(script: Script, capabilities: Capabilities) -> list[LeftOut]:
    """What a node of these ``capabilities`` does not claim, and is asked for by ``script``."""
    needed = script_needs(*script)
    return [each for each in left_out(capabilities) if each.feature in needed]


def _without(lacking: Sequence[LeftOut], script: Script, oracle: Oracle) -> Prediction:
    """``script`` without the steps that ask for something ``lacking``. Raises :class:`CannotExplore`."""
    there = features(lacking)
    setting = fitted(script.setting, there)
    steps = tuple([each for each in script.steps if needs(each) <= there and is_possible(each, setting)])
    prediction = oracle.predict(setting, steps)
    cannot = first_that_cannot_be(Script(setting, steps), prediction)
    if not setting_needs(setting) <= there or cannot is not None:
        why = f"then this step cannot be done: {cannot}" if cannot is not None else "it cannot begin"
        raise CannotExplore(f"{'; '.join(in_words(lacking))}; {why}")
    return prediction


def _by_itself(entry: Entry, prediction: Prediction) -> Finding | None:
    playing = Playing(entry.open, lambda _: None)
    try:
        judged = playing.by_number([prediction]).get(prediction.number)
        return judged and judged.finding
    finally:
        playing.close()
