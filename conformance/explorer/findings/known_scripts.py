"""The scripts of all that is known to differ of a node, each of which has to show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from gen_tck.adapters import registry
from gen_tck.adapters.interface import Node
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.findings import assembling, words
from gen_tck.conformance.explorer.findings import results as store
from gen_tck.conformance.explorer.findings.departing import Showing, Shows, showing
from gen_tck.conformance.explorer.findings.judge import Finding
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
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.play.player import IN_FLIGHT, limits_for
from gen_tck.conformance.output import files
from gen_tck.conformance.output.targets import Target
from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.traces import evidence

PATIENCE = 20
"""Times that a script is played on a node that is too slow for its timeouts."""
SLOW = "the node was so slow that a timer may have gone off early"


def look_at_known(
    node: str,
    erl: str,
    limits: Sequence[str],
    target: Target | None,
    begin: Callable[[Showing], None],
    hear: Callable[[Looked], None],
) -> store.Results:
    """Play the script of everything that is known to differ of ``node``. Raises :class:`CannotExplore`.

    ``target``: where the results go, and the traces beside it if that is a file. ``begin`` hears what there is to show,
    ``hear`` each as it is known.
    """
    file = None if target is None else target.path
    with explained():
        if file is not None:
            evidence.check(file)
        entry = registry.find(node, erl=erl, limits=limits_for(IN_FLIGHT, limits))
        looking = _Looking(entry)
        try:
            capabilities = looking.capabilities
            known = showing(entry, capabilities)
            begin(known)
            looked = looking.look_at(known.shows, hear)
        finally:
            looking.close()
        results = assembling.of_given(node, capabilities, looked)
        if file is not None:
            _keep_traces(looked, known.shows, entry, file)
        if target is not None:
            target.write(store.encode(results), "results")
    return results


class _Looking(Playing):
    """A node that is looked at for what is known to differ of it."""

    def __init__(self, entry: Entry) -> None:
        self._ended: list[str] = []
        super().__init__(entry.open, lambda end: self._ended.append(end.why))

    def look_at(self, known: Sequence[Shows], hear: Callable[[Looked], None]) -> list[Looked]:
        """What the scripts of all that is ``known`` show."""
        self.oracle = next((each.model for each in known if each.model is not None), self.oracle)
        scripts = [self._predict(number, each) for number, each in enumerate(known)]
        judged = self._judged([each for each in scripts if isinstance(each, Prediction)])
        looked = []
        for number, (each, script) in enumerate(zip(known, scripts, strict=True)):
            verdict, said = each.looked.verdict, script
            if isinstance(script, Prediction):
                verdict, said = self._verdict(each, script, judged.get(number))
            elif script:
                verdict = "impossible"
            looked.append(
                msgspec.structs.replace(each.looked, name=f"known:{number + 1}", verdict=verdict, words=str(said))
            )
            hear(looked[-1])
        return looked

    def _judged(self, scripts: Sequence[Prediction]) -> dict[int, Judged]:
        return {each.prediction.number: each for each in self.look(scripts)}

    def _predict(self, number: int, each: Shows) -> Prediction | str:
        """What is said to follow from the script of ``each``, or why it cannot be played; nothing if there is none."""
        if not each.looked.script:
            return ""
        script = each.script
        lacking = list(in_words(lacking_for(script, self.capabilities)))
        if lacking:
            return "; ".join(lacking)
        prediction = self.oracle.predict(script.setting, script.steps, number)
        cannot = first_that_cannot_be(script, prediction)
        return prediction if cannot is None else f"this step cannot be done when its turn comes: {cannot}"

    def _verdict(self, each: Shows, prediction: Prediction, judged: Judged | None) -> tuple[Verdict, str]:
        """``judged``: how it went when all were played; if it was not shown, the script is played alone."""
        self._ended.clear()
        said = _said(each, judged)
        tries = 1
        while said[0] != "seen" and tries < (PATIENCE if said[0] == "inconclusive" else TRIES):
            said = _said(each, self._judged([prediction]).get(prediction.number))
            tries += 1
        if said[0] == "not seen" and self._ended:
            return "not seen", f"the node ended: {self._ended[-1]}"
        return said


def _said(each: Shows, judged: Judged | None) -> tuple[Verdict, str]:
    """What there is to say of a script that was played once."""
    if judged is None:
        return "not seen", "the node refused it"
    finding = each.difference(judged.trace)
    if finding is None:
        if each.is_undecided(judged.trace):
            return "inconclusive", SLOW
        return "not seen", "nothing differed"
    if each.is_shown(judged.trace):
        return "seen", words.kind(finding)
    if each.is_slow(judged.trace):
        return "inconclusive", SLOW
    return "differs", words.headline(judged.finding or finding)


def _keep_traces(looked: Sequence[Looked], known: Sequence[Shows], entry: Entry, file: Path) -> None:
    """Play what was seen step by step too, for the traces."""
    folder = evidence.folder_of(file)
    files.make_folder(folder, "traces")
    node = entry.open()
    try:
        for number, (one, its) in enumerate(zip(looked, known, strict=True), 1):
            path = folder / f"known-{number}.trace"
            if one.verdict == "seen" and _keep_trace(path, CASE + one.name, its, node):
                one.trace = str(path.relative_to(file.parent))
    finally:
        node.close()


def _keep_trace(path: Path, name: str, its: Shows, node: Node) -> bool:
    """Keep a trace of where the reference has it otherwise, if the reference can do the script and has it so."""
    oracle, script, looked = Oracle(), its.script, its.looked

    def as_known(shown: Shown, finding: Finding) -> Case | None:
        if not its.is_shown(seen_of(shown)):
            return None
        case = case_of(name, finding)
        case.clauses = [looked.clause] if looked.clause else looked.clauses or case.clauses
        case.message = looked.reason
        case.verdict = "varies" if looked.variant else "deviates"
        case.variants = [looked.variant] if looked.variant else []
        return case

    prediction = oracle.predict(script.setting, script.steps)
    if first_that_cannot_be(script, prediction) is not None:
        return False
    return keep_what_differs(path, prediction, node, oracle, as_known)
