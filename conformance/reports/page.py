"""The report for people: one HTML file that needs nothing else.

It is safe to open whatever the subject said: every text is escaped, and the page's own policy runs no script but ours.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from gen_tck.conformance.reports.case_text import looks
from gen_tck.conformance.reports.chart import chart, escape
from gen_tck.conformance.reports.source import Source, count
from gen_tck.conformance.results import ladder
from gen_tck.conformance.results.conclusion import Sentence, not_wholly_claimed, sentence
from gen_tck.conformance.results.roots import Root, evidence, holds_up
from gen_tck.conformance.results.verdicts import VERDICTS, Case, Conclusion, Meaning, Verdict, meaning
from gen_tck.conformance.traces.narration import narrate
from gen_tck.spec.clause import LEVELS, Clause
from gen_tck.spec.profiles import PROFILES

if TYPE_CHECKING:
    from gen_tck.conformance.traces.file import Trace

_TONES: dict[Meaning, str] = {
    "holds": "good",
    "deviates": "odd",
    "not-claimed": "far",
    "left-out": "far",
    "not-run": "far",
    "blocked": "far",
    "unsure": "odd",
    "broken": "bad",
    "fails": "bad",
}
TONES: dict[Verdict, str] = {each: _TONES[meaning(each)] for each in VERDICTS}
CONCLUSION_TONES: dict[Conclusion, str] = {
    "CONFORMS": "good",
    "DEVIATES AS RECORDED": "odd",
    "DOES NOT CONFORM": "bad",
    "COULD NOT TELL": "odd",
}
_INLINE = MarkdownIt("zero").enable(["backticks", "emphasis"])


@dataclass
class CaseEntry:
    """A case as the page has it."""

    it: Case
    title: Markup
    """What holds if it passes."""
    again: str
    replay: str
    looks: list[tuple[str, str]]
    block: str = ""
    """The id of the block that holds its chart; empty if there is none."""
    number: int = 0
    lacking: str = ""
    """Why there is no chart."""


@dataclass
class RootEntry:
    """A root as the page has it."""

    it: Root
    anchor: str
    title: Markup
    evidence: str
    holds_up: str
    again: str
    """The command that runs the first of its cases again."""


@dataclass
class ClauseEntry:
    """A clause as the page has it."""

    id: str
    anchor: str
    verdict: Verdict
    variant: str | None
    known: Clause | None
    sentence: Markup
    intent: Markup
    cases: list[CaseEntry]

    @property
    def profile(self) -> str:
        """Empty if this kit does not know the clause."""
        return self.known.profile if self.known else ""


@dataclass
class ChapterEntry:
    """A chapter as the page has it."""

    name: str
    anchor: str
    clauses: list[ClauseEntry]

    @property
    def counts(self) -> dict[Verdict, int]:
        """The number of clauses by verdict."""
        return count([each.verdict for each in self.clauses])


@dataclass
class RunEntry:
    """A run as the page has it."""

    source: Source
    chapters: list[ChapterEntry]
    sentence: Sentence
    roots: list[RootEntry]
    not_wholly_claimed: str = ""
    ladder: str = ""
    tone: str = ""
    homepage: str = ""
    used: list[Verdict] = field(default_factory=list)


@dataclass
class _Charts:
    """The charts of a chapter of a run, which are packed together: alike as they are, they become small."""

    block: str
    drawn: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    """By id of the case, which may check several clauses."""

    def add(self, case: str, drawn: str) -> None:
        self.numbers[case] = len(self.drawn)
        self.drawn.append(drawn)


def page(sources: Sequence[Source]) -> str:
    """The whole page on some runs. Raises :class:`ReportError`."""
    blocks: dict[str, str] = {}
    runs = [_run(source, f"r{number}-" if number else "", blocks) for number, source in enumerate(sources)]
    clauses = [clause for run in runs for chapter in run.chapters for clause in chapter.clauses]
    return render(
        "report.html.j2",
        style=read("report.css") + read("chart.css"),
        script=read("report.js"),
        runs=runs,
        blocks=blocks,
        verdicts=_having(clauses),
        levels=LEVELS,
        profiles=[each for each in PROFILES if any(clause.profile == each for clause in clauses)],
    )


def render(template: str, *, style: str, script: str, **values: object) -> str:
    """A page with one style and one script, which are the only ones that its policy allows."""
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),
            script=Markup(script),
            style_hash=_hash(style),
            script_hash=_hash(script),
            tones=TONES,
            **values,
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("gen_tck.conformance.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def read(name: str) -> str:
    """A file of this package."""
    return (files("gen_tck.conformance.reports") / name).read_text(encoding="utf-8")


def inline(markdown: str) -> Markup:
    """A sentence of the specification: code and emphasis, everything else as text."""
    return Markup(_INLINE.renderInline(" ".join(markdown.split())))


def _hash(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def _having(clauses: Sequence[ClauseEntry]) -> dict[Verdict, int]:
    """How many clauses have each verdict, the worst first."""
    found = {verdict: sum(verdict == clause.verdict for clause in clauses) for verdict in reversed(VERDICTS)}
    return {verdict: number for verdict, number in found.items() if number}


def _run(source: Source, prefix: str, blocks: dict[str, str]) -> RunEntry:
    chapters = [_chapter(source, name, prefix, blocks) for name in source.chapters()]
    homepage = source.results.node.homepage
    return RunEntry(
        source,
        chapters,
        sentence(source.results),
        [_root(source, root, prefix) for root in source.results.roots],
        not_wholly_claimed(source.results),
        ladder.in_words(source.results),
        CONCLUSION_TONES[source.results.conclusion],
        # It is the subject's word: an address of another kind could be a program.
        homepage if homepage.startswith(("https://", "http://")) else "",
        [each for each in VERDICTS if any(each in chapter.counts for chapter in chapters)],
    )


def _root(source: Source, root: Root, prefix: str) -> RootEntry:
    first = next(case for case in source.results.cases if case.id == root.cases[0])
    title = root.title or source.sentence(root.clause)
    return RootEntry(root, f"{prefix}{root.clause}", inline(title), evidence(root), holds_up(root), source.again(first))


def _chapter(source: Source, name: str, prefix: str, blocks: dict[str, str]) -> ChapterEntry:
    charts = _Charts(f"{prefix}charts-{name}")
    cases = {case.id: case for case in source.results.cases}
    entries = []
    for each, result in source.results.clauses.items():
        if each.partition("/")[0] == name:
            own = [cases[test] for test in result.tests]
            entries.append(
                ClauseEntry(
                    each,
                    f"{prefix}{each}",
                    result.verdict,
                    result.variant,
                    source.clauses.get(each),
                    inline(source.sentence(each)),
                    inline(source.clauses[each].intent if each in source.clauses else ""),
                    [_case(source, case, charts) for case in own],
                )
            )
    if charts.drawn:
        packed = zlib.compress(json.dumps(charts.drawn).encode(), 9)
        blocks[charts.block] = base64.b64encode(packed).decode()
    return ChapterEntry(name, f"{prefix}{name}", entries)


def _case(source: Source, case: Case, charts: _Charts) -> CaseEntry:
    entry = CaseEntry(case, inline(source.title(case)), source.again(case), source.replay(case), list(looks(case)))
    if case.id not in charts.numbers:
        trace = source.trace(case)
        if trace is not None:
            charts.add(case.id, "".join(_drawn(trace)))
    if case.id not in charts.numbers:
        entry.lacking = f"Its trace is missing: {case.trace}" if case.trace else "No trace was recorded."
        return entry
    entry.block, entry.number = charts.block, charts.numbers[case.id]
    return entry


def _drawn(trace: Trace) -> Iterator[str]:
    """A chart and the same in words, for those who cannot see it or want to copy from it."""
    yield f'<div class="scroll" tabindex="0" role="region" aria-label="Sequence chart">{chart(trace)}</div>'
    steps = narrate(trace.events)
    yield f'<details><summary>The {len(steps)} steps in words</summary><ol class="steps">'
    for step in steps:
        yield f'<li value="{step.line}"{"" if step.ok else " class=different"}>{escape(str(step))}</li>'
    yield "</ol></details>"
