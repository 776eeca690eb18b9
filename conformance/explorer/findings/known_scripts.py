"""The scripts of all that is known to differ of a node, each of which has to show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from gen_tck.adapters import registry
from gen_tck.adapters.interface import Capabilities, Node
from gen_tck.adapters.limits import settings
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.findings import assembling, words
from gen_tck.conformance.explorer.findings import results as store
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.known import KnownDifference, known_as, known_of, oracle_for
from gen_tck.conformance.explorer.findings.looked import Looked, Verdict
from gen_tck.conformance.explorer.findings.playing import Judged, Playing, explained
from gen_tck.conformance.explorer.findings.recorded import (
    CASE,
    TRIES,
    Shown,
    case_of,
    keep_what_differs,
    seen_of,
)
from gen_tck.conformance.explorer.findings.user_scripts import first_that_cannot_be, lacking_for
from gen_tck.conformance.explorer.generate.vocabulary import in_words
from gen_tck.conformance.explorer.oracle.admits import Admitted, admits
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.script.trace import ScriptTrace
from gen_tck.conformance.output import files
from gen_tck.conformance.output.targets import Target
from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.traces import evidence


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
            known = Known.of(entry, capabilities)
            looked = looking.look_at(known, hear)
        finally:
            looking.close()
        results = assembling.of_given(node, capabilities, looked)
        if file is not None:
            _keep_traces(looked, known, entry, file)
        if target is not None:
            target.write(store.encode(results), "results")
    return results


class Known(NamedTuple):
    """What is known of a node."""

    differences: Sequence[KnownDifference]
    model: Oracle | None
    """What it does, if there is a model of it."""

    @classmethod
    def of(cls, entry: Entry, capabilities: Capabilities) -> Known:
        """Of the node of ``entry``. Raises ``KnownDifferencesError``, ``SpecError``."""
        return cls(known_of(entry, capabilities), oracle_for(entry, capabilities))

    def is_shown(self, entry: KnownDifference, trace: ScriptTrace, finding: Finding) -> bool:
        """Whether it is ``entry`` that differs in the ``trace`` of its script."""
        if self.model is None:
            return any(each is entry for each in known_as(self.differences, finding))
        return isinstance(admits(self.model, trace), Admitted)


class _Looking(Playing):
    """A node that is looked at for what is known to differ of it."""

    def __init__(self, entry: Entry) -> None:
        self._ended: list[str] = []
        super().__init__(entry.open, lambda end: self._ended.append(end.why))

    def look_at(self, known: Known, hear: Callable[[Looked], None]) -> list[Looked]:
        """What the scripts of all that is ``known`` show."""
        scripts = [self._predict(number, entry) for number, entry in enumerate(known.differences)]
        found = self.by_number([each for each in scripts if isinstance(each, Prediction)])
        looked = []
        for number, (entry, script) in enumerate(zip(known.differences, scripts, strict=True)):
            verdict: tuple[Verdict, str]
            if isinstance(script, Prediction):
                verdict = self._verdict(entry, known, script, found.get(number))
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
        self, entry: KnownDifference, known: Known, prediction: Prediction, judged: Judged | None
    ) -> tuple[Verdict, str]:
        """``judged``: what differed when all were played; if that is not it, the script is played alone."""
        self._ended.clear()
        for attempt in range(TRIES):
            if attempt:
                judged = self.by_number([prediction]).get(prediction.number)
            if judged and judged.finding and known.is_shown(entry, judged.trace, judged.finding):
                return "seen", words.kind(judged.finding)
        if judged is None or judged.finding is None:
            ended = f"the node ended: {self._ended[-1]}" if self._ended else ""
            return "not seen", ended or "all was as the reference has it"
        found = known_as(known.differences, judged.finding) if known.model is None else []
        if found:  # which is right too where the node does not always show it
            verdict: Verdict = "not seen" if entry.sometimes else "differs"
            return verdict, f"it is taken for {found[0].clause}: {found[0].reason}"
        return "differs", words.headline(judged.finding)


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


def _keep_traces(looked: Sequence[Looked], known: Known, entry: Entry, file: Path) -> None:
    """Play what was seen step by step too, for the traces."""
    folder = evidence.folder_of(file)
    files.make_folder(folder, "traces")
    node = entry.open()
    try:
        for number, (one, its) in enumerate(zip(looked, known.differences, strict=True), 1):
            path = folder / f"known-{number}.trace"
            if one.verdict == "seen" and _keep_trace(path, CASE + one.name, its, known, node):
                one.trace = str(path.relative_to(file.parent))
    finally:
        node.close()


def _keep_trace(path: Path, name: str, entry: KnownDifference, known: Known, node: Node) -> bool:
    """Keep the trace of the script of ``entry``; whether it is seen step by step."""

    def as_known(shown: Shown, finding: Finding) -> Case | None:
        if not known.is_shown(entry, seen_of(shown), finding):
            return None
        case = case_of(name, finding)
        case.clauses, case.message = [entry.clause], entry.reason
        case.verdict = "varies" if entry.variant else "deviates"
        case.variants = [entry.variant] if entry.variant else []
        return case

    oracle, script = Oracle(), entry.parsed()
    return keep_what_differs(path, oracle.predict(script.setting, script.steps), node, oracle, as_known)
