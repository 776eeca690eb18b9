"""What a run looks like on a terminal or in a log."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from gen_tck.conformance.results import Results
from gen_tck.conformance.verdicts import VERDICTS, Case, Verdict
from gen_tck.spec.clauses import CHAPTERS, Clause

STYLES: Mapping[Verdict, str] = {
    "pass": "green",
    "varies": "green",
    "deviates": "yellow",
    "unsupported": "dim",
    "not-run": "magenta",
    "blocked": "magenta",
    "inconclusive": "yellow",
    "flaky": "red",
    "adapter-error": "red",
    "kit-error": "red",
    "fail": "red",
}
CONCLUSION_STYLES = {
    "CONFORMS": "bold green",
    "DEVIATES AS RECORDED": "bold yellow",
    "DOES NOT CONFORM": "bold red",
    "COULD NOT TELL": "bold magenta",
}


class Bar:
    """A progress bar; draws nothing where there is no terminal."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._failures = 0

    def expect(self, cases: int) -> None:
        self._progress.update(self._task, total=cases)

    def done(self, verdict: str) -> None:
        self._failures += verdict in ("fail", "inconclusive", "kit-error")
        told = f"{self._failures} not as expected" if self._failures else ""
        self._progress.update(self._task, advance=1, told=told)


@contextmanager
def progress_bar(console: Console, node: str) -> Iterator[Bar]:
    """A bar for the run on ``node``, gone when it is over."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("[red]{task.fields[told]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Bar(progress, progress.add_task(escape(node), total=None, told=""))


def show_results(console: Console, results: Results, clauses: Mapping[str, Clause], file: Path | None = None) -> None:
    """The table of verdicts, what is not as it should be, and the conclusion. ``file``: where the results are kept."""
    node = results.node
    release = f"{node.name} {node.version}".strip()
    console.print(f"[bold]{escape(node.asked)}[/]: {escape(release)}, {node.clock} clock", highlight=False)
    console.print(_table(results.cases))
    for case in results.cases:
        if case.verdict in ("fail", "inconclusive", "kit-error"):
            _show_case(console, case, clauses[case.clauses[0]], how_to_see_it(results.node.asked, case, file))
    _show_blocked(console, results.cases)
    _show_deviations(console, results.cases)
    for sentence in results.stale:
        _line(console, f"[bold red]stale[/]  {escape(sentence)}")
    style = CONCLUSION_STYLES[results.conclusion]
    part = "" if results.complete else "; the run is not complete"
    counts = f"{_count(results.cases, 'case')}, {_count(results.clauses, 'clause')}"
    summary = f"{counts}, {results.seconds:.1f} s{part}"
    _line(console, f"[bold]{escape(node.asked)}[/]: [{style}]{results.conclusion}[/] ({summary})")


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}" + ("" if len(things) == 1 else "s")


def _table(cases: Sequence[Case]) -> Table:
    used = [verdict for verdict in VERDICTS if any(case.verdict == verdict for case in cases)]
    table = Table("chapter", show_footer=True)
    table.columns[0].footer = "all"
    for verdict in used:
        count = sum(case.verdict == verdict for case in cases)
        table.add_column(verdict, justify="right", style=STYLES[verdict], footer=str(count))
    table.add_column("cases", justify="right", footer=str(len(cases)))
    for chapter in CHAPTERS:
        own = [case.verdict for case in cases if case.chapter == chapter]
        if own:
            table.add_row(chapter, *(str(own.count(verdict) or "") for verdict in used), str(len(own)))
    return table


def _show_case(console: Console, case: Case, clause: Clause, again: str) -> None:
    style = STYLES[case.verdict]
    _line(console, f"[{style}]{case.verdict}[/]  [bold]{clause.id}[/] ({clause.level}, {clause.basis})")
    for text in case_lines(case, clause, again):
        _line(console, f"    {escape(text)}")
    console.print()


def case_lines(case: Case, clause: Clause | None, again: str) -> list[str]:
    """What there is to say of a case that is not as it should be, the clause first, the command ``again`` last."""
    rows = {
        "test": f"{case.place} {case.name}",
        "at": case.where,
        "expected": case.expected,
        "saw": case.seen,
        "after": case.step,
        "because": case.message,
        "again": again,
    }
    return [clause.sentence if clause is not None else case.clauses[0]] + [
        f"{name:<8}  {text}" for name, text in rows.items() if text
    ]


def how_to_see_it(node: str, case: Case, file: Path | None) -> str:
    """The command that does again what the case did: without the kit if it was recorded, else recording it."""
    if file is not None and case.trace is not None:
        return f"gen-tck replay {shlex.quote(str(file.parent / case.trace))} --as erlang"
    return f"gen-tck certify {shlex.quote(node)} --clause {shlex.quote(case.clauses[0])} --results FILE.json"


def _show_blocked(console: Console, cases: Sequence[Case]) -> None:
    for case in cases:
        if case.verdict == "blocked":
            _line(
                console,
                f"[magenta]blocked[/]  {case.clauses[0]} ({escape(case.name)}): {case.message}",
            )


def _show_deviations(console: Console, cases: Sequence[Case]) -> None:
    for case in cases:
        if case.verdict == "deviates":
            _line(console, f"[yellow]deviates[/]  {case.clauses[0]} ({escape(case.name)}): ", end="")
            _line(console, escape(case.message))


def _line(console: Console, text: str, end: str = "\n") -> None:
    """One line as it is: wrapped lines cannot be searched, and numbers need no colours."""
    console.print(text, end=end, soft_wrap=True, highlight=False)
