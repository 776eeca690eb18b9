"""A script that is given, not drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from gen_tck.adapters import registry
from gen_tck.adapters.interface import Capabilities
from gen_tck.adapters.limits import LimitError, settings
from gen_tck.adapters.limits import parse as limits_of
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.known import known_as
from gen_tck.conformance.explorer.findings.known_node import Known, Reason, needed, reasons
from gen_tck.conformance.explorer.findings.learning import all_known_of
from gen_tck.conformance.explorer.findings.looked import Looked
from gen_tck.conformance.explorer.findings.playing import CannotExplore, Playing, explained
from gen_tck.conformance.explorer.findings.recorded import (
    CASE,
    Shown,
    Watch,
    case_of,
    keep,
    seen_of,
    show_on,
)
from gen_tck.conformance.explorer.generate.vocabulary import features, in_words, left_out
from gen_tck.conformance.explorer.oracle.admits import Admitted, admits
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.play.beam import can_play
from gen_tck.conformance.explorer.script.offer import LeftOut, fitted, needs, script_needs, setting_needs
from gen_tck.conformance.explorer.script.script import Script, Sleep, is_possible
from gen_tck.conformance.explorer.script.text import ScriptTextError, parse
from gen_tck.conformance.output.targets import Target


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


@dataclass
class Single:
    """What a script from a file showed."""

    shown: Shown
    known: list[Reason]
    """What the first difference is known as."""
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
            departure=known.departure if known else "",
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
            shown = show_on(subject, prediction, oracle, watch, entry.limits)
            if kept is not None:
                keep(kept, shown, case_of(f"{CASE}given", shown.finding), subject)
            by_itself = _by_itself(entry, prediction) if can_play(subject) else shown.finding
        finally:
            subject.close()
        known = _known(shown, entry, subject.capabilities)
        return Single(shown, known, by_itself, subject.capabilities, lacking)


def _known(shown: Shown, entry: Entry, capabilities: Capabilities) -> list[Reason]:
    """What the first difference is known as; where there is a model of the node, whether that shows all of it."""
    finding, known = shown.finding, Known.of(entry, capabilities)
    if finding is None:
        return []
    if not known.family:
        with _alone(entry) as playing:
            return reasons(known_as(all_known_of(entry, playing), finding))
    trace = seen_of(shown)
    modelled = isinstance(admits(known.oracle, trace), Admitted)
    return needed(finding, known.family, known.release, trace) if modelled else []


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


@contextmanager
def _alone(entry: Entry) -> Iterator[Playing]:
    """The node of ``entry``, for as long as it is needed."""
    playing = Playing(entry.open, lambda _: None)
    try:
        yield playing
    finally:
        playing.close()


def _by_itself(entry: Entry, prediction: Prediction) -> Finding | None:
    with _alone(entry) as playing:
        judged = playing.by_number([prediction]).get(prediction.number)
        return judged and judged.finding
