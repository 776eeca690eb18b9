"""A summary in Markdown, for the page that a CI service shows of a job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from gen_tck.conformance.reports.source import Source, count, summary
from gen_tck.conformance.story import shortened
from gen_tck.conformance.terminal import how_to_see_it
from gen_tck.conformance.verdicts import VERDICTS, Case, Conclusion, Verdict

SIGNS: dict[Conclusion, str] = {
    "CONFORMS": "✅",
    "DEVIATES AS RECORDED": "🟡",
    "DOES NOT CONFORM": "❌",
    "COULD NOT TELL": "❔",
}
MOST_TOLD = 40
"""So many cases of a kind are told one by one: GitHub refuses more than 1 MiB, and nobody reads it."""
_WRONG: tuple[Verdict, ...] = ("fail", "adapter-error", "kit-error", "flaky", "inconclusive")


def markdown(sources: Sequence[Source]) -> str:
    """A section for each run."""
    return "\n".join(line for each in sources for line in _section(each)) + "\n"


def _section(source: Source) -> Iterator[str]:
    results = source.results
    yield f"## {SIGNS[results.conclusion]} {plain(source.name)}: {results.conclusion}"
    yield ""
    yield f"{summary(results)}; {len(results.cases)} cases in {results.seconds:.1f} s."
    yield ""
    for sentence in results.stale:
        yield f"- **stale** {plain(sentence)}"
    if results.stale:
        yield ""
    yield from _chapters(source)
    wrong = [case for case in results.cases if case.verdict in _WRONG]
    for case in wrong[:MOST_TOLD]:
        yield from _case(source, case)
    if len(wrong) > MOST_TOLD:
        yield f"{len(wrong) - MOST_TOLD} more are not as expected; the HTML report has them all."
        yield ""
    for verdict in ("blocked", "deviates"):
        own = [case for case in results.cases if case.verdict == verdict]
        if own:
            yield from _folded(f"{len(own)} {verdict}", own)


def _chapters(source: Source) -> Iterator[str]:
    clauses = source.results.clauses
    used = [each for each in VERDICTS if any(clause.verdict == each for clause in clauses.values())]
    yield from table(["chapter", *used, "clauses"], _rows(source, used))
    yield ""


def _rows(source: Source, used: Sequence[Verdict]) -> Iterator[list[str]]:
    for chapter in source.chapters():
        own = [each.verdict for id_, each in source.results.clauses.items() if id_.partition("/")[0] == chapter]
        counts = count(own)
        yield [chapter, *(str(counts.get(verdict, "")) for verdict in used), str(len(own))]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; what is in it is Markdown already."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join([' --- ', *(' ---: ' for _ in head[1:])])}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _case(source: Source, case: Case) -> Iterator[str]:
    clause = case.clauses[0]
    yield f"### {case.verdict}: {plain(clause)}"
    yield ""
    sentence = source.sentence(clause)
    if sentence:
        yield f"> {' '.join(sentence.split())}"
        yield ""
    again = how_to_see_it(source.results.node.asked, case, source.path if source.kept else None)
    facts = {
        "test": f"{case.place} {case.name}",
        "at": case.where,
        "expected": case.expected,
        "saw": case.seen,
        "after": case.step,
        "because": case.message,
        "again": again,
    }
    for name, text in facts.items():
        if text.strip():
            yield f"- {name}: {code(text.strip())}"
    yield ""


def _folded(title: str, cases: Sequence[Case]) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>"
    yield ""
    for case in cases[:MOST_TOLD]:
        yield f"- {code(case.clauses[0])} ({code(case.name)}): {plain(case.message)}"
    if len(cases) > MOST_TOLD:
        yield f"- and {len(cases) - MOST_TOLD} more"
    yield ""
    yield "</details>"
    yield ""


def plain(text: str) -> str:
    """``text`` as it is, on one line: nothing in it is taken for Markdown or HTML."""
    return re.sub(r"([\\`*_\[\]#|<>~&@$])", r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """``text`` as code on one line, whatever backticks are in it; also inside a table."""
    text = shortened(" ".join(text.split()))
    # A bar would end the cell of a table; there is no way to write one in code that all readers know.
    text = text.replace("|", "¦")
    fence = "`" * (max((len(each) for each in re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if text.startswith("`") or text.endswith("`") else f"{fence}{text}{fence}"
