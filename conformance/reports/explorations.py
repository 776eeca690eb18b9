"""Reports of what scripts showed: the results of parts together, as text, Markdown, a page or results again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from markdown_it import MarkdownIt

from gen_tck.conformance.explorer.findings import merging, reading, words
from gen_tck.conformance.explorer.findings import results as store
from gen_tck.conformance.explorer.findings.looked import Looked
from gen_tck.conformance.explorer.findings.recorded import CASE
from gen_tck.conformance.explorer.findings.results import Found, Results
from gen_tck.conformance.explorer.generate.vocabulary import in_words
from gen_tck.conformance.output.documents import Document, in_text
from gen_tck.conformance.reports import exploration_terminal as terminal
from gen_tck.conformance.reports.chart import chart as draw
from gen_tck.conformance.reports.markdown import MOST_TOLD, code, plain, table
from gen_tck.conformance.reports.source import ReportError
from gen_tck.conformance.results.file import ResultsError
from gen_tck.conformance.traces.file import TraceError, read

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; }} td, th {{ border: 1px solid #8888; padding: .2rem .6rem; text-align: left; }}
pre {{ overflow-x: auto; background: #8882; padding: .6rem; }}
</style>
</head>
<body>
{body}</body>
</html>
"""


def load(paths: Sequence[Path], beside: Path) -> list[Results]:
    """The explorations of which parts are in ``paths``, each put together; traces are named relative to ``beside``.

    Parts belong together if node, kit, seed and depth are the same. Raises :class:`ReportError`.
    """
    explorations: dict[bytes, list[tuple[str, Results]]] = {}
    try:
        for path in paths:
            results = reading.read(path)
            traced: list[Found | Looked] = [*results.groups, *results.given]
            for each in traced:
                if each.trace is not None:
                    each.trace = os.path.relpath(path.parent / each.trace, beside)
            asked = results.exploration
            same = msgspec.json.encode([results.kit, results.node, asked.seed, asked.depth, results.left_out])
            explorations.setdefault(same, []).append((str(path), results))
        return [merging.put_together(parts) for parts in explorations.values()]
    except ResultsError as reason:
        raise ReportError(str(reason)) from reason


def make(form: str, explorations: Sequence[Results]) -> Document:
    """The report in one of :data:`FORMS`. Raises :class:`ReportError`."""
    return FORMS[form](explorations)


def merged(explorations: Sequence[Results]) -> Document:
    """The results, as one file. Raises :class:`ReportError` if they are of more than one exploration."""
    if len(explorations) > 1:
        one, other = (_name(each) for each in explorations[:2])
        raise ReportError(f"these are parts of different explorations: {one}; {other}")
    return store.encode(explorations[0])


def markdown(explorations: Sequence[Results]) -> str:
    """A section for each exploration."""
    return "\n".join(line for each in explorations for line in _section(each)) + "\n"


def chart(explorations: Sequence[Results], case: str) -> Document:
    """The sequence chart of the trace that is called ``case``, such as ``script:1:886``. Raises :class:`ReportError`.

    Traces are looked for where they are named from the present folder.
    """
    traces = {
        f"{CASE}{results.exploration.seed}:{group.number}": group.trace
        for results in explorations
        for group in results.groups
    }
    traces |= {CASE + each.name: each.trace for results in explorations for each in results.given}
    known = {name: trace for name, trace in traces.items() if trace is not None}
    if case not in known:
        there = ", ".join(known) or "no trace was recorded"
        raise ReportError(f"no script with a trace is called {case!r}: {there}")
    try:
        return in_text(draw(read(Path(known[case])), alone=True) + "\n")
    except TraceError as reason:
        raise ReportError(str(reason)) from reason


def page(explorations: Sequence[Results]) -> str:
    """The same for a browser: nothing of what a node said is taken for HTML."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown(explorations))
    title = ", ".join(_name(each) for each in explorations).replace("&", "&amp;").replace("<", "&lt;")
    return _PAGE.format(title=title, body=body)


FORMS: dict[str, Callable[[Sequence[Results]], Document]] = {
    "markdown": lambda explorations: in_text(markdown(explorations)),
    "html": lambda explorations: in_text(page(explorations)),
    "json": merged,
}


def _name(results: Results) -> str:
    asked = results.exploration
    if not asked.scripts:
        return f"{results.node.asked} {results.node.version}, given scripts"
    depth = f", depth {asked.depth}" if asked.depth else ""
    return f"{results.node.asked} {results.node.version}, seed {asked.seed}{depth}"


def _section(results: Results) -> Iterator[str]:
    if results.given or not results.exploration.scripts:
        yield f"## {'✅' if all(each.right for each in results.given) else '❌'} {plain(_name(results))}"
        yield ""
        yield f"{plain(terminal.given_in_words(results))}."
        yield ""
        yield from table(["verdict", "script", "clause", "what"], map(_given_row, results.given))
        yield ""
        if results.left_out and not results.exploration.scripts:
            yield from (f"- {plain(line)}" for line in in_words(results.left_out))
            yield ""
    if results.exploration.scripts:
        yield from _drawn(results)


def _given_row(looked: Looked) -> list[str]:
    return [looked.verdict, plain(looked.name), plain(terminal.name_of(looked)), plain(looked.reason or looked.words)]


def _drawn(results: Results) -> Iterator[str]:
    number = len(results.unexplained)
    sign = "❌" if number or results.node_ended else "❔" if results.missing() else "✅"
    yield f"## {sign} {plain(_name(results))}: {number or 'nothing'} unexplained"
    yield ""
    allowed = f"; {terminal.allowed_in_words(results)}" if results.outcomes else ""
    yield f"{plain(terminal.summary(results))}{plain(allowed)}."
    yield ""
    if results.groups:
        yield from table(["verdict", "scripts", "clause", "what"], map(_row, results.groups))
        yield ""
    for end in results.node_ended:
        yield f"- **the node had to be started again** {plain(terminal.end_in_words(results, end))}"
    if results.given_up:
        yield f"- **ended early** {plain(results.given_up)}"
    for sentence in results.stale():
        yield f"- **stale** {plain(sentence)}"
    for line in terminal.left_out_in_words(results):
        yield f"- {plain(line)}"
    covered = results.coverage
    yield f"- {covered.in_words()}"
    if covered.never_reached:
        yield f"- never reached: {plain('; '.join(covered.never_reached))}"
    for command in terminal.to_go_on(results):
        yield f"- to go on: {code(f'gen-tck explore {results.node.asked} {command}')}"
    yield ""
    for group in results.unexplained[:MOST_TOLD]:
        yield from _group(results, group)
    if number > MOST_TOLD:
        yield f"{number - MOST_TOLD} more are unexplained."
        yield ""


def _row(group: Found) -> list[str]:
    clause = f"{group.clause} ({group.variant})" if group.variant else words.clause(group.clause)
    return [group.verdict, str(group.count), plain(clause), plain(group.kind)]


def _group(results: Results, group: Found) -> Iterator[str]:
    yield f"### {plain(words.clause(group.clause))}: {plain(group.kind)}"
    yield ""
    yield f"Seen {group.count} times, first in script {results.exploration.seed}:{group.number}."
    yield ""
    yield from (f"    {' '.join(line.split())}" for line in group.script)
    yield ""
    facts: dict[str, Any] = {"allowed": group.allowed, "seen": group.seen}
    if group.trace is not None:
        facts["again"] = f"gen-tck replay {group.trace} --node {results.node.asked}"
    for name, text in facts.items():
        yield f"- {name}: {code(text)}"
    yield ""
