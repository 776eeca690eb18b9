"""A summary in Markdown, for the page that a CI service shows of a job."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from gen_tck.conformance.reports.case_text import looks
from gen_tck.conformance.reports.source import Source, count
from gen_tck.conformance.results import ladder, roots
from gen_tck.conformance.results.conclusion import not_wholly_claimed, sentence
from gen_tck.conformance.results.file import Results
from gen_tck.conformance.results.verdicts import VERDICTS, Case, Conclusion, Verdict, verdicts_of
from gen_tck.conformance.traces.narration import shortened
from gen_tck.spec.printable import printable

SIGNS: dict[Conclusion, str] = {
    "CONFORMS": "✅",
    "DEVIATES AS RECORDED": "🟡",
    "DOES NOT CONFORM": "❌",
    "COULD NOT TELL": "❔",
}
MOST_TOLD = 40
"""So many cases of a kind are told one by one: GitHub refuses more than 1 MiB, and nobody reads it."""
_WRONG = verdicts_of("unsure", "broken", "fails")


def markdown(sources: Sequence[Source]) -> str:
    """A section for each run."""
    return "\n".join(line for each in sources for line in _section(each)) + "\n"


def _section(source: Source) -> Iterator[str]:
    results = source.results
    yield f"## {SIGNS[results.conclusion]} {plain(source.name)}: {results.conclusion}"
    yield ""
    yield plain(str(sentence(results)))
    yield ""
    rest = not_wholly_claimed(results)
    if rest:
        yield plain(rest)
        yield ""
    climbed = ladder.in_words(results)
    if climbed:
        yield f"**Ladder**: {plain(climbed)}"
        yield ""
    yield from _roots(results)
    for each in results.stale:
        yield f"- **stale** {plain(each)}"
    if results.stale:
        yield ""
    yield from _chapters(source)
    yield from _facts(results)
    wrong = [case for case in results.cases if case.verdict in _WRONG]
    for case in wrong[:MOST_TOLD]:
        yield from _case(source, case)
    if len(wrong) > MOST_TOLD:
        yield f"{len(wrong) - MOST_TOLD} more are not as expected; the HTML report has them all."
        yield ""
    for verdict in reversed(verdicts_of("blocked", "not-run", "deviates")):
        own = [case for case in results.cases if case.verdict == verdict]
        if own:
            yield from _folded(f"{len(own)} {verdict}", _grouped(own) if verdict != "deviates" else _listed(own))


def _roots(results: Results) -> Iterator[str]:
    if not results.roots:
        return
    yield "**Roots**, the weightiest first:"
    yield ""
    for root in results.roots[:MOST_TOLD]:
        level = f" ({plain(root.level)})" if root.level not in ("", "must") else ""
        yield f"1. {code(root.clause)}{level}: {code(roots.evidence(root))}: {roots.holds_up(root)}"
    if len(results.roots) > MOST_TOLD:
        yield f"1. and {len(results.roots) - MOST_TOLD} more"
    yield ""


def _facts(results: Results) -> Iterator[str]:
    """When, where and how the run was made."""
    run = results.run
    when = " ".join(
        part for part in (run.date, f"on {run.host}" if run.host else "", f"({run.system})" * bool(run.system)) if part
    )
    with_ = f"{results.kit.name} {results.kit.version}, {len(results.cases)} cases in {results.seconds:.1f} s"
    yield f"{plain(with_)}{f', {plain(when)}' if when else ''}{f': {code(run.command)}' if run.command else ''}"
    yield ""
    details = ", ".join(f"{name}: {value}" for name, value in results.node.details.items())
    if details:
        yield plain(details)
        yield ""


def _chapters(source: Source) -> Iterator[str]:
    clauses = source.results.clauses
    used = [each for each in VERDICTS if any(clause.verdict == each for clause in clauses.values())]
    yield from table(["chapter", *used, "clauses"], _rows(source, used))
    yield ""


def _rows(source: Source, used: Sequence[Verdict]) -> Iterator[list[str]]:
    for chapter in source.chapters():
        own = [each.verdict for id_, each in source.results.clauses.items() if id_.partition("/")[0] == chapter]
        counts = count(own)
        yield [plain(chapter), *(str(counts.get(verdict, "")) for verdict in used), str(len(own))]


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
    yield f"> {prose(source.title(case))}"
    yield ""
    waited = roots.waited(case.waited) if case.waited is not None else ""
    facts = [
        ("test", f"{case.place} {case.name}"),
        ("at", case.where),
        ("expected", case.expected),
        ("saw", case.seen),
        ("waited", waited.removeprefix("waited ")),
        ("after", case.step),
        ("because", case.message),
        *looks(case),
        ("again", source.again(case)),
        ("erlang", source.replay(case)),
    ]
    for name, text in facts:
        if text.strip():
            yield f"- {name}: {code(text.strip())}"
    yield ""


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield from lines[:MOST_TOLD]
    if len(lines) > MOST_TOLD:
        yield f"- and {len(lines) - MOST_TOLD} more"
    yield ""
    yield "</details>"
    yield ""


def _listed(cases: Sequence[Case]) -> list[str]:
    return [f"- {code(case.clauses[0])} ({code(case.name)}): {plain(case.message)}" for case in cases]


def _grouped(cases: Sequence[Case]) -> list[str]:
    """How many there are for each clause that blocks them, or each reason why they were not run."""
    reasons = Counter(f"by {code(case.blocked_by)}" if case.blocked_by else plain(case.message) for case in cases)
    return [f"- {number}{f' {reason}' if reason else ''}" for reason, number in reasons.items()]


def prose(text: str) -> str:
    """``text`` on one line with its code as code, and nothing else in it taken for Markdown or HTML."""
    pieces = re.split(r"`([^`]+)`", _one_line(text))
    return "".join(code(piece) if number % 2 else _escaped(piece) for number, piece in enumerate(pieces))


def plain(text: str) -> str:
    """``text`` as it is, on one line: nothing in it is taken for Markdown or HTML, or for an address."""
    return _BEGINNING.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", _escaped(_one_line(text)))


_SIGN = re.compile(r"([\\`*_\[\]#|<>~&@$]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_BEGINNING = re.compile(r"^(\d+[.)]|[-+=])")
"""What makes a list, a heading or a rule of a line that begins with it."""


def _escaped(text: str) -> str:
    return _SIGN.sub(r"\\\1", text)


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())


def code(text: str) -> str:
    """``text`` as code on one line, whatever backticks are in it; also inside a table."""
    text = shortened(_one_line(text))
    # A bar would end the cell of a table; there is no way to write one in code that all readers know.
    text = text.replace("|", "¦")
    fence = "`" * (max((len(each) for each in re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if text.startswith("`") or text.endswith("`") else f"{fence}{text}{fence}"
