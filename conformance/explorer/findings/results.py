"""What scripts showed, drawn ones and given ones: one JSON file, for reports, which others can be merged with.

Format 2; format 1 can still be read, see :func:`_newer`. Times are seconds. Scripts that are drawn are named by seed,
depth and number: the same three give the same script for the same node on every machine, so that parts, from one number
to before another, can be explored anywhere, and the results of parts be put together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import msgspec

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.contradictions import contradictions
from gen_tck.conformance.explorer.findings.exploration import Group, Outcome, Plan, Verdict
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.known import KnownDifference
from gen_tck.conformance.explorer.findings.looked import Looked
from gen_tck.conformance.explorer.generate.coverage import Coverage
from gen_tck.conformance.explorer.generate.tours import known_pairs
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.play.restarts import End
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.conformance.output import documents, files
from gen_tck.conformance.output.documents import Document
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.results.amounts import Count, Seconds
from gen_tck.conformance.results.file import Kit, NodeFacts, ResultsError, schema_of

FORMAT = 2
ENOUGH_SCRIPTS = 20_000
"""From so many scripts on, a known difference that was not seen is worth a word."""


class Found(msgspec.Struct, kw_only=True):
    """Findings of one clause and kind."""

    verdict: Verdict
    clause: str
    """Empty if no clause speaks of it."""
    variant: str
    """The variant of a clause that varies; else empty."""
    kind: str
    """What differs, in words; for a known difference, the reason."""
    parts: list[str]
    """``kind``, for each of the differences."""
    reason: str
    """Why it is known, if it is."""
    count: Count
    number: Count
    """The number of the first script that showed it."""
    script: list[str]
    """The shortest script that is known to show it, a line a step with what the reference lets follow."""
    whole: str
    """The same as a text that can be played again, with what comes after the difference."""
    step: Count
    """The step at which it differs; 0 is the first."""
    allowed: str
    seen: str
    trace: str | None = None
    """The recorded trace, relative to the folder of the results; ``None`` if it does not show step by step."""

    def report(self, oracle: Oracle) -> Report:
        """The report, as if it had been made here; what was seen is known in words only."""
        return Report(oracle.predict(*parse(self.whole), self.number), self.step, ())

    def holds(self, finding: Finding) -> bool:
        """Whether ``finding``, which is not known, is of this group: one that was found here has the same name."""
        return (self.clause, self.kind) == (finding.clause, words.kind(finding))

    def show(self, finding: Finding) -> None:
        """Show it by ``finding`` from now on, which is of the same group."""
        prediction = finding.report.prediction
        self.script, self.whole, self.step = list(words.lines(finding)), str(prediction.script), finding.report.step
        self.allowed, self.seen = words.allowed(finding), words.seen(finding)


class Ended(msgspec.Struct):
    """A node that had to be started again."""

    why: str
    number: Count | None = None
    """The number of the script that ends it; ``None`` for one that is a smaller form of another."""
    script: str = ""
    """That script; empty if none of those that were under way ends the node by itself."""


class Part(msgspec.Struct, kw_only=True):
    """What was found in some of the scripts of an exploration."""

    played: list[tuple[Count, Count]] = []
    """Which: the number of the first script, and that after the last, of each run of them; in order."""
    scripts: Count = 0
    steps: Count = 0
    seconds: Seconds = 0.0
    resumed: Count = 0
    """Times that a script which differed was gone on with."""
    flaky: Count = 0
    """Scripts that differed once and, tried again alone, did not."""
    interrupted: bool = False
    given_up: str = ""
    """Why it ended early, if the node was to blame."""
    node_ended: list[Ended] = []
    groups: list[Found] = []
    gone_through: dict[str, list[str]] = {}
    """The transitions of the reference that were gone through on the node, each with those that followed it."""

    @property
    def unexplained(self) -> list[Found]:
        """The groups that are not known."""
        return [each for each in self.groups if each.verdict == "unexplained"]

    def gone(self) -> Coverage:
        """What was gone through."""
        return Coverage.of(self.gone_through)


class Asked(msgspec.Struct):
    """What was to be explored."""

    seed: Count
    depth: Count
    scripts: Count
    """Of the whole exploration."""
    first: Count
    """The number of the first script of the part that was to be explored."""
    end: Count
    """The number after that of its last script."""


class Covered(msgspec.Struct):
    """How much of the reference was gone through on the node."""

    transitions: Count
    of_transitions: Count
    pairs: Count
    of_pairs: Count
    """Those that some script is known to go through."""
    never_reached: list[str]
    """Transitions, in words."""
    pairs_never_reached: list[str]

    def in_words(self) -> str:
        """How much it was."""
        transitions = f"{self.transitions} of {self.of_transitions} transitions"
        return f"{transitions} and {self.pairs} of {self.of_pairs} known pairs gone through"


class Results(Part, kw_only=True):
    """A whole exploration, or the part of one that was explored in one go."""

    format: Literal[2] = 2
    kit: Kit
    node: NodeFacts
    exploration: Asked
    coverage: Covered
    unseen: list[str]
    """What is known to differ of the node and was not seen: the clause and the reason of each."""
    given: list[Looked] = []
    """What scripts showed that were given; then, as a rule, none was drawn."""

    def stale(self) -> list[str]:
        """Of :attr:`unseen`, what should have been seen in so many scripts, a sentence each."""
        if self.scripts < ENOUGH_SCRIPTS:
            return []
        return [f"known, but not seen in {self.scripts} scripts: {each}" for each in self.unseen]

    def missing(self) -> list[tuple[int, int]]:
        """The runs of numbers that were to be explored and were not."""
        return missing(self.exploration.first, self.exploration.end, self.played)


def part_of(outcome: Outcome, first: int) -> Part:
    """What ``outcome`` found, of a part that begins with script ``first``."""
    end = outcome.next_number
    return Part(
        played=[(first, end)] if end > first else [],
        scripts=outcome.scripts,
        steps=outcome.steps,
        seconds=outcome.seconds,
        resumed=outcome.resumed,
        flaky=max(0, outcome.flaky),
        interrupted=outcome.interrupted,
        given_up=outcome.given_up,
        node_ended=_by_number(map(ended, outcome.ends)),
        groups=in_order(map(_found, outcome.groups.values())),
        gone_through=outcome.coverage.followers(),
    )


def ended(end: End) -> Ended:
    """``end``, for the results."""
    if end.prediction is None:
        return Ended(end.why)
    return Ended(end.why, end.prediction.number if end.prediction.number >= 0 else None, str(end.prediction.script))


def _by_number(ends: Iterable[Ended]) -> list[Ended]:
    """Those of no known script last."""
    return sorted(ends, key=lambda each: (each.number is None, each.number))


def _found(group: Group) -> Found:
    finding = group.first
    made = Found(
        verdict=group.verdict,
        clause=group.clause,
        variant=group.variant,
        kind=group.reason or words.kind(finding),
        parts=list(words.parts(finding)),
        reason=group.reason,
        count=group.count,
        number=finding.report.prediction.number,
        script=[],
        whole="",
        step=0,
        allowed="",
        seen="",
    )
    made.show(finding)
    return made


def in_order(groups: Iterable[Found]) -> list[Found]:
    """Unexplained ones first, then the most frequent, then by name: the same findings give the same list."""
    order: dict[Verdict, int] = {"unexplained": 0, "deviates": 1, "varies": 2}
    return sorted(groups, key=lambda each: (order[each.verdict], -each.count, each.clause, each.kind))


# Parts


def runs(played: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of numbers in order, those that touch as one. Raises ``ValueError`` if a number is in two of them."""
    joined: list[tuple[int, int]] = []
    for first, end in sorted(played):
        if joined and first < joined[-1][1]:
            raise ValueError(f"script {first} is in two of them")
        if joined and first == joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return joined


def missing(first: int, end: int, played: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The runs of numbers between ``first`` and ``end`` that are not in ``played``."""
    found = []
    for begins, ends in [*played, (end, end)]:
        if begins > first:
            found.append((first, begins))
        first = max(first, ends)
    return found


def merged(parts: Sequence[Part]) -> Part:
    """What parts of one exploration found together. Raises ``ValueError`` if a script is in two of them."""
    whole = Part(played=runs(each for part in parts for each in part.played))
    groups: dict[tuple[Verdict, str, str], Found] = {}
    coverage = Coverage()
    for part in sorted(parts, key=lambda each: each.played):
        for name in ("scripts", "steps", "seconds", "resumed", "flaky"):
            setattr(whole, name, getattr(whole, name) + getattr(part, name))
        whole.interrupted |= part.interrupted
        whole.given_up = whole.given_up or part.given_up
        whole.node_ended = _by_number([*whole.node_ended, *part.node_ended])
        coverage.merge(part.gone())
        for group in part.groups:
            key = (group.verdict, group.clause, group.kind)
            known = groups.get(key)
            groups[key] = group if known is None else _both(known, group)
    whole.groups = in_order(groups.values())
    whole.gone_through = coverage.followers()
    return whole


def _both(one: Found, other: Found) -> Found:
    first = min(one, other, key=lambda each: each.number)
    return msgspec.structs.replace(first, count=one.count + other.count)


# Results


def assemble(
    part: Part, plan: Plan, asked: str, capabilities: Capabilities, known: Sequence[KnownDifference] = ()
) -> Results:
    """The results of an exploration of the node that was asked for as ``asked``, of which ``known`` are known."""
    seen = {(each.clause, each.reason) for each in part.groups}
    return Results(
        **msgspec.structs.asdict(part),
        kit=Kit("gen-tck", version("gen-tck")),
        node=NodeFacts.of(asked, capabilities),
        exploration=Asked(plan.seed, plan.depth, plan.scripts, plan.first, plan.end),
        coverage=msgspec.convert(part.gone().summary(known_pairs()), Covered),
        unseen=[f"{each.clause}: {each.reason}" for each in known if (each.clause, each.reason) not in seen],
    )


_NONE_DRAWN: dict[str, Any] = {
    "exploration": Asked(0, 0, 0, 0, 0),
    "coverage": Covered(0, 0, 0, 0, [], []),
    "unseen": [],
}


def of_given(asked: str, capabilities: Capabilities, given: list[Looked]) -> Results:
    """The results of scripts that were given, on the node that was asked for as ``asked``."""
    return Results(
        kit=Kit("gen-tck", version("gen-tck")),
        node=NodeFacts.of(asked, capabilities),
        given=given,
        **_NONE_DRAWN,
    )


def are_of_scripts(path: Path) -> bool:
    """Whether ``path`` holds results of scripts, well-formed or not."""
    try:
        raw = files.read_json(path, "results")
    except FileError:
        return False
    return isinstance(raw, dict) and not _MARKS.isdisjoint(raw)


_MARKS = frozenset(["exploration", "settled"])
"""What results of other kinds do not have; the latter in format 1 alone."""


def _newer(raw: dict[str, Any]) -> dict[str, Any]:
    """``raw``, of format 1, as format 2 has it. Given scripts had results of their own, and no names."""
    if "settled" in raw:
        looked = msgspec.convert(raw["settled"], list[dict[str, Any]])
        given = [{"name": f"known:{number}", **each} for number, each in enumerate(looked, 1)]
        raw = msgspec.to_builtins(_NONE_DRAWN) | {"kit": raw.get("kit"), "node": raw.get("node"), "given": given}
    return {"flaky" if name == "unsteady" else name: value for name, value in raw.items()} | {"format": FORMAT}


def read(path: Path) -> Results:
    """The results in ``path``. Raises :class:`~gen_tck.conformance.results.file.ResultsError`."""
    try:
        raw = files.read_json(path, "results")
    except FileError as reason:
        raise ResultsError(str(reason)) from reason
    if not isinstance(raw, dict) or _MARKS.isdisjoint(raw):
        raise ResultsError(f"{path} holds no results of scripts")
    if raw.get("format") not in (1, FORMAT):
        raise ResultsError(
            f"{path} holds results of format {repr(raw.get('format'))[:40]}; this kit reads formats 1 and {FORMAT}"
        )
    try:
        results = msgspec.convert(_newer(raw) if raw["format"] == 1 else raw, Results)
    except msgspec.ValidationError as reason:
        raise ResultsError(f"{path} holds no results of format {FORMAT}: {reason}") from reason
    for complaint in contradictions(results):
        raise ResultsError(f"{path}: {complaint}")
    return results


def put_together(known: Sequence[tuple[str, Results]]) -> Results:
    """One exploration, of results of parts of it, each with its name.

    They must be of the same node, seed and depth. Raises ``ResultsError`` if a script is in two of them.
    """
    for at, (name, results) in enumerate(known):
        for other, before in known[:at]:
            twice = {each.script for each in before.given} & {each.script for each in results.given}
            if twice:
                script = "; ".join(min(twice).splitlines())
                raise ResultsError(f"{other} and {name} cannot be put together: a script is in both: {script}")
            try:
                runs([*before.played, *results.played])
            except ValueError as reason:
                raise ResultsError(f"{other} and {name} cannot be put together: {reason}") from None
    whole = merged([results for _, results in known])
    asked = [results.exploration for _, results in known]
    first = known[0][1]
    found = Results(
        **msgspec.structs.asdict(whole),
        kit=first.kit,
        node=first.node,
        exploration=Asked(
            first.exploration.seed,
            first.exploration.depth,
            max(each.scripts for each in asked),
            min(each.first for each in asked),
            max(each.end for each in asked),
        ),
        coverage=msgspec.convert(whole.gone().summary(known_pairs()), Covered) if whole.played else first.coverage,
        unseen=[each for each in first.unseen if all(each in results.unseen for _, results in known)],
        given=[each for _, results in known for each in results.given],
    )
    if not found.missing():  # what was broken off has been gone on with
        found.interrupted, found.given_up = False, ""
    return found


def encode(results: Results) -> Document:
    """``results`` as they are written."""
    raw = msgspec.to_builtins(results)
    raw["seconds"] = round(results.seconds, 3)
    head = {each: raw[each] for each in ("format", "kit", "node", "exploration")}
    return documents.in_json({**head, **raw})


def schema() -> dict[str, Any]:
    """The JSON Schema of results; ``scripts.schema.json`` is this, written down."""
    return schema_of(Results, "What scripts showed that gen_tck played")


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
