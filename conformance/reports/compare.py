"""Runs side by side: which clauses they differ in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gen_tck.conformance.output.screen import Grid, Screen, Styled
from gen_tck.conformance.reports import markdown, page
from gen_tck.conformance.reports.source import Source
from gen_tck.conformance.reports.terminal import CONCLUSION_STYLES, STYLES
from gen_tck.conformance.results.claims import ClauseResult
from gen_tck.conformance.results.conclusion import Sentence, not_wholly_claimed, sentence
from gen_tck.conformance.results.verdicts import VERDICTS, Verdict, verdicts_of
from gen_tck.spec.clause import Clause
from gen_tck.spec.retired import successors

UNKNOWN = verdicts_of("not-run", "unsure", "broken")
"""The verdicts that leave open whether a clause holds."""
UNCLAIMED = verdicts_of("not-claimed")
"""The verdict of clauses of which a node makes no claim."""
UNTOLD = (*UNKNOWN, *UNCLAIMED, *verdicts_of("left-out"))
"""The verdicts that say nothing of a clause."""
NOT_CHOSEN = "not chosen"
"""Where no case of a clause was chosen for a run."""


@dataclass(frozen=True)
class Cell:
    """How a clause fared in one run."""

    verdict: Verdict
    variant: str | None

    def __str__(self) -> str:
        return f"{self.verdict}: {self.variant}" if self.variant else self.verdict


@dataclass(frozen=True)
class Row:
    """A clause in all runs; ``None`` where no case of it was chosen."""

    clause: str
    cells: tuple[Cell | None, ...]

    @property
    def differs(self) -> bool:
        """Whether not all runs agree, out of those that could tell and whose nodes claim it."""
        return len({cell for cell in self.cells if cell is None or cell.verdict not in UNTOLD}) > 1

    @property
    def open(self) -> bool:
        """Whether a run could not tell, and the others agree."""
        return not self.differs and any(cell is not None and cell.verdict in UNKNOWN for cell in self.cells)

    @property
    def unclaimed(self) -> bool:
        """Whether some of the nodes do not claim it, or cannot show it, and others do."""
        return len({cell.verdict in UNCLAIMED for cell in self.cells if cell is not None}) > 1


@dataclass(frozen=True)
class Comparison:
    """Runs side by side."""

    sources: Sequence[Source]
    names: Sequence[str]
    """Of the runs; each another one."""
    rows: Sequence[Row]
    """What is to be shown."""
    clauses: int
    """How many there are in all."""
    differing: int
    open: int
    """In how many of them a run could not tell, and the others agree."""
    unclaimed: int = 0
    """How many of them some of the nodes do not claim, and others do."""

    @property
    def sentence(self) -> str:
        """What it comes to."""
        left_open = f"; of {self.open} a run could not tell" if self.open else ""
        unclaimed = f"; {self.unclaimed} are not claimed by all" if self.unclaimed else ""
        return f"{self.differing} of {self.clauses} clauses differ{left_open}{unclaimed}"

    @property
    def claims(self) -> list[tuple[str, str]]:
        """The name of each run, and what its node does not claim; nothing where all claim the same."""
        told = [not_wholly_claimed(source.results) for source in self.sources]
        pairs = zip(self.names, told, strict=True)
        return [(name, lacking or "all is claimed") for name, lacking in pairs] if len(set(told)) > 1 else []

    @property
    def verdicts(self) -> list[tuple[str, Sentence]]:
        """The name of each run, and what it came to."""
        return [(name, sentence(source.results)) for name, source in zip(self.names, self.sources, strict=True)]


def compare(sources: Sequence[Source], clauses: Mapping[str, Clause], *, everything: bool = False) -> Comparison:
    """Put ``sources`` side by side, in the order of the specification. ``everything``: also what does not differ."""
    present = [_present(source.results.clauses) for source in sources]
    known = {each for results in present for each in results}
    order = [each for each in clauses if each in known] + sorted(known - set(clauses))
    rows = [Row(each, tuple(results.get(each) for results in present)) for each in order]
    shown = [row for row in rows if everything or row.differs or row.open]
    differing, left_open = sum(row.differs for row in rows), sum(row.open for row in rows)
    unclaimed = sum(row.unclaimed for row in rows)
    return Comparison(sources, _names(sources), shown, len(rows), differing, left_open, unclaimed)


def _present(results: Mapping[str, ClauseResult]) -> dict[str, Cell]:
    """How clauses fared, by the ids that they have now: results of earlier times name ids that are retired.

    A clause that has results of its own needs none of another id. Of several ids that it stands for, the weightiest
    counts; what is retired for good keeps its id.
    """
    found: dict[str, Cell] = {}
    for each, result in results.items():
        for now in successors(each) or (each,):
            if now == each or now not in results:
                cells = [*filter(None, [found.get(now)]), Cell(result.verdict, result.variant)]
                found[now] = max(cells, key=lambda cell: VERDICTS.index(cell.verdict))
    return found


def _names(sources: Sequence[Source]) -> list[str]:
    """Node and version; the file as well where that is not enough, or the file with its folder."""
    names = [source.name for source in sources]
    for more in ("stem", "path"):
        names = [
            name if names.count(name) == 1 else f"{source.name} ({source.path.stem if more == 'stem' else source.path})"
            for name, source in zip(names, sources, strict=True)
        ]
    return names


def show(screen: Screen, comparison: Comparison) -> None:
    """On a terminal: a table, if there is anything to show in it, and the conclusions."""
    if comparison.rows:
        grid = Grid()
        for head in ("clause", *comparison.names):
            grid.column(head, fold=True)
        chapter = ""
        for row in comparison.rows:
            if chapter and row.clause.partition("/")[0] != chapter:
                grid.section()
            chapter = row.clause.partition("/")[0]
            grid.row(row.clause, *map(_styled, row.cells))
        screen.grid(grid)
    for name, told in comparison.verdicts:
        conclusion = Styled(told.conclusion, CONCLUSION_STYLES[told.conclusion])
        screen.line(Styled(name, "bold"), ": ", conclusion, str(told)[len(told.conclusion) :])
    for name, lacking in comparison.claims:
        screen.line(Styled(name, "bold"), f": {lacking}")
    screen.line(comparison.sentence)


def _styled(cell: Cell | None) -> Styled:
    return Styled(NOT_CHOSEN, "dim") if cell is None else Styled(str(cell), STYLES[cell.verdict])


def as_markdown(comparison: Comparison) -> str:
    """A table in Markdown."""
    return "\n".join(_markdown(comparison)) + "\n"


def _markdown(comparison: Comparison) -> Iterator[str]:
    yield f"## {comparison.sentence}"
    yield ""
    for name, told in comparison.verdicts:
        yield f"- {markdown.SIGNS[told.conclusion]} {markdown.plain(name)}: {markdown.plain(str(told))}"
    for name, lacking in comparison.claims:
        yield f"- {markdown.plain(name)}: {markdown.plain(lacking)}"
    yield ""
    if comparison.rows:
        rows = ([markdown.code(row.clause), *map(_plain, row.cells)] for row in comparison.rows)
        yield from markdown.table(["clause", *map(markdown.plain, comparison.names)], rows)


def _plain(cell: Cell | None) -> str:
    return NOT_CHOSEN if cell is None else markdown.plain(str(cell))


def as_html(comparison: Comparison) -> str:
    """A matrix as a page of its own."""
    rows = [(row, page.inline(comparison.sources[0].sentence(row.clause))) for row in comparison.rows]
    style = page.read("report.css")
    return page.render(
        "compare.html.j2",
        style=style,
        script="",
        it=comparison,
        rows=rows,
        not_chosen=NOT_CHOSEN,
        conclusions=page.CONCLUSION_TONES,
    )
