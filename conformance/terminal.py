"""What a run looks like on a terminal or in a log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from gen_tck.conformance.case_text import case_lines, how_to_replay, how_to_run_again, visible
from gen_tck.conformance.conclusion import not_wholly_claimed, sentence
from gen_tck.conformance.results import Results
from gen_tck.conformance.roots import Root
from gen_tck.conformance.roots import sentence as root_sentence
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

DETAILED: tuple[Verdict, ...] = ("inconclusive", "flaky", "adapter-error", "kit-error", "fail")
"""The verdicts of cases that are shown one by one, with all that was seen."""


class Bar:
    """A progress bar; draws nothing where there is no terminal."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._failures = 0

    def expect(self, cases: int) -> None:
        self._progress.update(self._task, total=cases)

    def done(self, verdict: str) -> None:
        self._failures += verdict in DETAILED
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
    """The table of verdicts, what is not as it should be, the roots of that, and the verdict as the last line.

    ``file`` is where the results are kept. Roots and verdict fit on one screen of 24 lines.
    """
    node = results.node
    release = f"{node.name} {node.version}".strip()
    _line(console, f"[bold]{_safe(node.asked)}[/]: {_safe(release)}, {node.clock} clock")
    _show_table(console, results.cases)
    _line(console, f"{_count(results.cases, 'case')}, {_count(results.clauses, 'clause')}, {results.seconds:.1f} s")
    if results.voids:
        _line(console, f"{results.voids} times a case was played again: node or kit had stood still")
    for case in results.cases:
        if case.verdict in DETAILED:
            _show_case(console, results, case, clauses.get(case.clauses[0]), file)
    _show_blocked(console, results.cases)
    _show_not_run(console, results.cases)
    _show_deviations(console, results.cases)
    for stale in results.stale:
        _line(console, f"[bold red]stale[/]  {_safe(stale)}")
    _show_roots(console, results.roots)
    rest = not_wholly_claimed(results)
    if rest:
        _line(console, _safe(rest))
    told = sentence(results)
    style = CONCLUSION_STYLES[results.conclusion]
    scope = told.short.removeprefix(results.conclusion)
    _line(console, f"[bold]{_safe(node.asked)}[/]: [{style}]{results.conclusion}[/]{_safe(scope)} ({told.counts})")


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}" + ("" if len(things) == 1 else "s")


def _show_table(console: Console, cases: Sequence[Case]) -> None:
    """The cases by chapter and verdict: in as many tables as a terminal is too narrow for one; no word is cut."""
    used = [verdict for verdict in VERDICTS if any(case.verdict == verdict for case in cases)]
    table = _table(cases, used, last=True)
    if not console.is_terminal or _width(console, table) <= console.width:
        show_whole(console, table)
        return
    while used:
        some = list(used)
        while some[1:] and _width(console, _table(cases, some, last=some == used, dense=True)) > console.width:
            some.pop()
        console.print(_table(cases, some, last=some == used, dense=True))
        used = used[len(some) :]


_ENDLESS = 1000
"""Columns of what is no terminal."""


def show_whole(console: Console, table: Table) -> None:
    """Print ``table`` as wide as it is, unless a terminal is narrower: a file has no width."""
    width = console.width
    if not console.is_terminal:
        console.width = _ENDLESS
    console.print(table)
    console.width = width


def _width(console: Console, table: Table) -> int:
    return Measurement.get(console, console.options.update(width=_ENDLESS), table).maximum


def _table(cases: Sequence[Case], verdicts: Sequence[Verdict], *, last: bool, dense: bool = False) -> Table:
    table = Table(show_footer=True)
    if dense:
        table.box, table.pad_edge, table.padding = SIMPLE, False, (0, 1, 0, 0)
    table.add_column("chapter", footer="all", no_wrap=True)
    for verdict in verdicts:
        count = sum(case.verdict == verdict for case in cases)
        table.add_column(verdict, justify="right", style=STYLES[verdict], footer=str(count), no_wrap=True)
    if last:
        table.add_column("cases", justify="right", footer=str(len(cases)), no_wrap=True)
    for chapter in CHAPTERS:
        own = [case.verdict for case in cases if case.chapter == chapter]
        if own:
            counts = [str(own.count(verdict) or "") for verdict in verdicts]
            table.add_row(chapter, *counts, *([str(len(own))] if last else []))
    return table


def _show_case(console: Console, results: Results, case: Case, clause: Clause | None, file: Path | None) -> None:
    style = STYLES[case.verdict]
    about = f" ({clause.level}, {clause.basis})" if clause is not None else ""
    if clause is not None and clause.level not in results.levels:
        about += ", which changes nothing"
    _line(console, f"[{style}]{case.verdict}[/]  [bold]{_safe(case.clauses[0])}[/]{about}")
    for text in case_lines(case, clause, how_to_run_again(results, case), how_to_replay(case, file)):
        for number, line in enumerate(text.splitlines() or [""]):
            _line(console, f"    {' ' * 10 if number else ''}{_safe(line)}")
    console.print()


def _show_blocked(console: Console, cases: Sequence[Case]) -> None:
    """A line for each clause that blocks others: what they are is in the results."""
    blocked = [case for case in cases if case.verdict == "blocked"]
    for culprit in dict.fromkeys(case.blocked_by for case in blocked):
        own = [case for case in blocked if case.blocked_by == culprit]
        clauses = {case.clauses[0] for case in own}
        by = f"by {_safe(culprit)}: " if culprit else ""
        _line(console, f"[magenta]blocked[/]  {by}{_count(own, 'case')} of {_count(clauses, 'clause')}")


def _show_not_run(console: Console, cases: Sequence[Case]) -> None:
    for reason, number in Counter(case.message for case in cases if case.verdict == "not-run").items():
        cases_ = f"{number} case{'' if number == 1 else 's'}"
        _line(console, f"[magenta]not-run[/]  {cases_}{f': {_safe(reason)}' if reason else ''}")


def _show_deviations(console: Console, cases: Sequence[Case]) -> None:
    for case in cases:
        if case.verdict == "deviates":
            _line(console, f"[yellow]deviates[/]  {_safe(case.clauses[0])} ({_safe(case.name)}): {_safe(case.message)}")


MOST_LINES = 12
"""Of the roots: with the verdict they are to fit on one screen."""


def _show_roots(console: Console, roots: Sequence[Root]) -> None:
    lines: list[str] = []
    shown = 0
    for root in roots:
        more = _root_lines(root, console.width if console.is_terminal else _ENDLESS, cut=console.is_terminal)
        if lines and len(lines) + len(more) > MOST_LINES:
            break
        lines += more
        shown += 1
    if not lines:
        return
    _line(console, "[bold]roots[/], the weightiest first:")
    for line in lines:
        _line(console, _safe(line))
    if shown < len(roots):
        _line(console, f"  and {len(roots) - shown} more")


def _root_lines(root: Root, width: int, *, cut: bool) -> list[str]:
    """A root in one line; on a terminal (``cut``) in at most two or three, with long values cut."""
    if not cut:
        return [f"  {root_sentence(root)}"]
    for most in (60, 40, 25, 15):
        lines = wrap(visible(root_sentence(root, most=most)), width, initial_indent="  ", subsequent_indent="    ")
        if len(lines) <= _ROOT_LINES:
            break
    return lines


_ROOT_LINES = 2


def _safe(text: str) -> str:
    """``text`` as it is: no markup, nothing that moves the cursor, one line."""
    return escape(visible(" ".join(text.splitlines())))


def _line(console: Console, text: str) -> None:
    """One line as it is: wrapped lines cannot be searched, and numbers need no colours."""
    console.print(text, soft_wrap=True, highlight=False)
