"""What a run looks like on a terminal or in a log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap

from gen_tck.conformance.output import screen as output
from gen_tck.conformance.output.screen import Grid, Screen, Styled
from gen_tck.conformance.reports.case_text import case_lines, how_to_replay, how_to_run_again
from gen_tck.conformance.results import ladder
from gen_tck.conformance.results.conclusion import not_wholly_claimed, sentence
from gen_tck.conformance.results.file import Results
from gen_tck.conformance.results.roots import Root
from gen_tck.conformance.results.roots import sentence as root_sentence
from gen_tck.conformance.results.verdicts import VERDICTS, Case, Meaning, Verdict, meaning, verdicts_of
from gen_tck.spec.clause import CHAPTERS, Clause
from gen_tck.spec.printable import printable

_STYLES: Mapping[Meaning, str] = {
    "holds": "green",
    "deviates": "yellow",
    "not-claimed": "dim",
    "left-out": "dim",
    "not-run": "magenta",
    "blocked": "magenta",
    "unsure": "yellow",
    "broken": "red",
    "fails": "red",
}
STYLES: Mapping[Verdict, str] = {each: _STYLES[meaning(each)] for each in VERDICTS}
CONCLUSION_STYLES = {
    "CONFORMS": "bold green",
    "DEVIATES AS RECORDED": "bold yellow",
    "DOES NOT CONFORM": "bold red",
    "COULD NOT TELL": "bold magenta",
}

DETAILED = verdicts_of("unsure", "broken", "fails")
"""The verdicts of cases that are shown one by one, with all that was seen."""


class Bar:
    """How a run gets on: cases done, and those that are not as expected."""

    def __init__(self, bar: output.Bar) -> None:
        self._bar = bar
        self._total: int | None = None
        self._done = self._failures = 0

    def expect(self, cases: int) -> None:
        self._total = cases
        self._show()

    def done(self, verdict: str) -> None:
        self._done += 1
        self._failures += verdict in DETAILED
        self._show()

    def _show(self) -> None:
        told = f"{self._failures} not as expected" if self._failures else ""
        self._bar.update(self._done, total=self._total, alarm=told)


@contextmanager
def progress_bar(screen: Screen, node: str) -> Iterator[Bar]:
    """A bar for the run on ``node``, gone when it is over."""
    with screen.bar(node) as bar:
        yield Bar(bar)


def show_results(screen: Screen, results: Results, clauses: Mapping[str, Clause], file: Path | None = None) -> None:
    """The table of verdicts, what is not as it should be, the roots of that, and the verdict as the last line.

    ``file`` is where the results are kept. Roots and verdict fit on one screen of 24 lines.
    """
    node = results.node
    release = f"{node.name} {node.version}".strip()
    screen.line(Styled(node.asked, "bold"), f": {release}, {node.clock} clock")
    _show_table(screen, results.cases)
    screen.line(f"{_count(results.cases, 'case')}, {_count(results.clauses, 'clause')}, {results.seconds:.1f} s")
    if results.voids:
        screen.line(f"{results.voids} times a case was played again: node or kit had stood still")
    for case, *others in _alike(results.cases):
        _show_case(screen, results, case, clauses.get(case.clauses[0]), file, others)
    _show_blocked(screen, results.cases)
    _show_not_run(screen, results.cases)
    _show_deviations(screen, results.cases)
    for stale in results.stale:
        screen.line(Styled("stale", "bold red"), f"  {stale}")
    _show_roots(screen, results.roots)
    rest = not_wholly_claimed(results)
    if rest:
        screen.line(rest)
    climbed = ladder.in_words(results)
    if climbed:
        screen.line(Styled("ladder", "bold"), f"  {climbed}")
    told = sentence(results)
    conclusion = Styled(results.conclusion, CONCLUSION_STYLES[results.conclusion])
    scope = told.short.removeprefix(results.conclusion)
    screen.line(Styled(node.asked, "bold"), ": ", conclusion, f"{scope} ({told.counts})")


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}" + ("" if len(things) == 1 else "s")


def _show_table(screen: Screen, cases: Sequence[Case]) -> None:
    """The cases by chapter and verdict: in as many tables as a terminal is too narrow for one; no word is cut."""
    used = [verdict for verdict in VERDICTS if any(case.verdict == verdict for case in cases)]
    table = _table(cases, used, last=True)
    if screen.has_room(table):
        screen.grid(table)
        return
    while used:
        some = list(used)
        while some[1:] and not screen.has_room(_table(cases, some, last=some == used, dense=True)):
            some.pop()
        screen.grid(_table(cases, some, last=some == used, dense=True))
        used = used[len(some) :]


def _table(cases: Sequence[Case], verdicts: Sequence[Verdict], *, last: bool, dense: bool = False) -> Grid:
    table = Grid(foot=True, dense=dense)
    table.column("chapter", foot="all")
    for verdict in verdicts:
        count = sum(case.verdict == verdict for case in cases)
        table.column(verdict, foot=str(count), numbers=True, style=STYLES[verdict])
    if last:
        table.column("cases", foot=str(len(cases)), numbers=True)
    for chapter in CHAPTERS:
        own = [case.verdict for case in cases if case.chapter == chapter]
        if own:
            counts = [str(own.count(verdict) or "") for verdict in verdicts]
            table.row(chapter, *counts, *([str(len(own))] if last else []))
    return table


def _alike(cases: Iterable[Case]) -> Iterable[list[Case]]:
    """The cases that are shown one by one; those of a clause of which the same was seen together."""
    found: dict[tuple[object, ...], list[Case]] = {}
    for case in cases:
        if case.verdict in DETAILED:
            what = (case.verdict, case.clauses[0], case.expected, case.seen, case.message, case.waited is None)
            evidence = (*what, "" if any(what[2:5]) else case.id)  # where nothing was seen nothing is alike
            found.setdefault(evidence, []).append(case)
    return found.values()


def _show_case(
    screen: Screen, results: Results, case: Case, clause: Clause | None, file: Path | None, others: Sequence[Case]
) -> None:
    about = f" ({clause.level}, {clause.basis})" if clause is not None else ""
    if clause is not None and clause.level not in results.levels:
        about += ", which changes nothing"
    screen.line(Styled(case.verdict, STYLES[case.verdict]), "  ", Styled(case.clauses[0], "bold"), about)
    for line in case_lines(case, clause, how_to_run_again(results, case), how_to_replay(case, file)):
        screen.line(f"    {line}")
    if others:
        screen.line(f"    and also  {', '.join(each.name for each in others)}")
    screen.line()


def _show_blocked(screen: Screen, cases: Sequence[Case]) -> None:
    """A line for each clause that blocks others: what they are is in the results."""
    blocked = [case for case in cases if case.verdict == "blocked"]
    for culprit in dict.fromkeys(case.blocked_by for case in blocked):
        own = [case for case in blocked if case.blocked_by == culprit]
        clauses = {case.clauses[0] for case in own}
        by = f"by {culprit}: " if culprit else ""
        screen.line(Styled("blocked", "magenta"), f"  {by}{_count(own, 'case')} of {_count(clauses, 'clause')}")


def _show_not_run(screen: Screen, cases: Sequence[Case]) -> None:
    own = Counter((case.verdict, case.message) for case in cases if meaning(case.verdict) in ("left-out", "not-run"))
    for (verdict, reason), number in own.items():
        cases_ = f"{number} case{'' if number == 1 else 's'}"
        screen.line(Styled(verdict, STYLES[verdict]), f"  {cases_}{f': {reason}' if reason else ''}")


def _show_deviations(screen: Screen, cases: Sequence[Case]) -> None:
    for case in cases:
        if case.verdict == "deviates":
            screen.line(Styled("deviates", "yellow"), f"  {case.clauses[0]} ({case.name}): {case.message}")


MOST_LINES = 12
"""Of the roots: with the verdict they are to fit on one screen."""


def _show_roots(screen: Screen, roots: Sequence[Root]) -> None:
    lines: list[str] = []
    shown = 0
    for root in roots:
        more = _root_lines(root, screen.width, cut=screen.is_terminal)
        if lines and len(lines) + len(more) > MOST_LINES:
            break
        lines += more
        shown += 1
    if not lines:
        return
    screen.line(Styled("roots", "bold"), ", the weightiest first:")
    for line in lines:
        screen.line(line)
    if shown < len(roots):
        screen.line(f"  and {len(roots) - shown} more")


def _root_lines(root: Root, width: int, *, cut: bool) -> list[str]:
    """A root in one line; on a terminal (``cut``) in at most two or three, with long values cut."""
    if not cut:
        return [f"  {root_sentence(root)}"]
    for most in (60, 40, 25, 15):
        lines = wrap(printable(root_sentence(root, most=most)), width, initial_indent="  ", subsequent_indent="    ")
        if len(lines) <= _ROOT_LINES:
            break
    return lines


_ROOT_LINES = 2
