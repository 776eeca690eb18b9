"""Draw the sequence chart of a case as SVG.

Everything that comes from a subject goes through :func:`escape`. There is no script and no style attribute in a chart,
so that a page may forbid both.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape as escape_html
from importlib.resources import files

from gen_tck.conformance.reports.chart_model import ChartModel, Lane, Row, chart_of
from gen_tck.conformance.reports.source import ReportError
from gen_tck.conformance.traces.file import Trace
from gen_tck.spec.printable import printable

LANE, MARGIN, HEAD, STEP, LETTER = 190, 64, 58, 34, 7.3
"""Pixels: between lanes, left of the first one, above the first row, from row to row, a letter's width."""
LEAST_WIDTH = 560
MOST_ROWS = 160
"""More rows are left out in the middle: nobody reads them, and the end is where it went wrong."""
MOST_LINES = 12
"""Of what was expected and of what was seen."""


def chart(trace: Trace, *, alone: bool = False) -> str:
    """The chart of a case. ``alone``: for a file of its own, with its style in it. Raises :class:`ReportError`."""
    try:
        drawn = chart_of(trace.events)
    except (LookupError, TypeError, ValueError) as reason:
        raise ReportError(f"{trace.path}: the lines do not hold together: {reason!r}") from reason
    return _Drawing(drawn, trace.header.case).svg(alone)


def escape(text: str) -> str:
    """``text`` for SVG: what is not printable, which XML may have no way to write, in Erlang's way."""
    return escape_html(printable(text))


class _Drawing:
    def __init__(self, drawn: ChartModel, case: str) -> None:
        self._lanes, self._rows, self._case = drawn.lanes, drawn.rows, case
        self._width = max(LEAST_WIDTH, MARGIN + LANE * len(self._lanes))
        self._lane_width = (self._width - MARGIN) / max(1, len(self._lanes))

    def svg(self, alone: bool) -> str:
        parts, y = [], float(HEAD)
        for row in _shortened(self._rows):
            drawn, height = self._row(row, y)
            parts.append(drawn)
            y += height
        height = y + 12
        style = (files("gen_tck.conformance.reports") / "chart.css").read_text() if alone else ""
        return "".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" width="{self._width}" ',
                f'height="{height:g}" viewBox="0 0 {self._width} {height:g}" ',
                f'aria-label="Sequence chart of {escape(self._case)}">',
                f"<style>{style}</style>" if alone else "",
                *self._heads(height),
                *parts,
                "</svg>",
            ]
        )

    def _x(self, lane: int) -> float:
        return MARGIN + self._lane_width * (lane + 0.5)

    def _heads(self, height: float) -> Iterator[str]:
        yield "".join(
            f'<path class="life" d="M{self._x(each):g} 44V{height - 6:g}"/>' for each in range(len(self._lanes))
        )
        for number, lane in enumerate(self._lanes):
            yield self._head(lane, self._x(number))

    def _head(self, lane: Lane, x: float) -> str:
        detail = lane.detail if len(lane.detail) <= 24 else f"{lane.detail[:23]}…"
        known = f'<text class="detail" x="{x:g}" y="36">{escape(detail)}</text>' if detail else ""
        return (
            f'<g class="lane"><title>{escape(f"{lane.name} {lane.detail}")}</title>'
            f'<rect x="{x - 80:g}" y="4" width="160" height="40" rx="{4 if lane.kind == "socket" else 0}"/>'
            f'<text x="{x:g}" y="{21 if detail else 28}">{escape(lane.name)}</text>{known}</g>'
        )

    def _row(self, row: Row, y: float) -> tuple[str, float]:
        """The drawing of ``row`` and its height."""
        time = f'<text class="time" x="4" y="{y + 13:g}">{row.at * 1000:.1f} ms</text>' if row.line else ""
        if row.kind == "divergence":
            inner, height = self._divergence(row, y)
        else:
            inner, height = self._way(row, y) + self._label(row, y), float(STEP)
        return f'<g class="row {row.kind}">{time}{inner}</g>', height

    def _label(self, row: Row, y: float) -> str:
        room = int((self._width - MARGIN) / LETTER)
        shown = row.text if len(row.text) <= room else f"{row.text[: room - 1]}…"
        half = len(shown) * LETTER / 2
        ends = [self._x(each) for each in (row.start, row.end) if each is not None]
        middle = sum(ends) / len(ends) if ends else MARGIN + (self._width - MARGIN) / 2
        x = min(max(middle, MARGIN + half), self._width - half)
        title = f"<title>{escape(row.text)}</title>" if shown != row.text else ""
        return f'<text x="{x:g}" y="{y + 13:g}">{title}{escape(shown)}</text>'

    def _way(self, row: Row, y: float) -> str:
        """The arrow, a loop for what stays in its lane; nothing for a note."""
        if row.kind == "note" or (row.start is None and row.end is None):
            return ""
        y += 20
        if row.start is None or row.end is None or row.start == row.end:
            lane = row.end if row.start is None else row.start
            assert lane is not None
            x = self._x(lane)
            return f'<path class="way" d="M{x:g} {y - 2:g}h14v8h-9"/>{_tip(x, y + 6, -1)}'
        start, end = self._x(row.start), self._x(row.end)
        towards = 1 if end > start else -1
        return f'<path class="way" d="M{start:g} {y:g}H{end - 6 * towards:g}"/>{_tip(end, y, towards)}'

    def _divergence(self, row: Row, y: float) -> tuple[str, float]:
        """What was expected and what was seen, side by side."""
        room = (self._width - MARGIN - 12) / 2
        letters = int((room - 16) / LETTER)
        columns = [_lines(text, letters) for text in (row.expected, row.seen)]
        height = 48 + 15 * max(map(len, columns))
        drawn = [f'<rect x="{MARGIN}" y="{y + 2:g}" width="{self._width - MARGIN - 4:g}" height="{height - 8:g}"/>']
        title = f"first difference: {row.text}" if row.text else "first difference"
        drawn.append(f'<text class="title" x="{MARGIN + 8}" y="{y + 18:g}">{escape(title)}</text>')
        for column, (name, lines) in enumerate(zip(("expected", "seen"), columns, strict=True)):
            x = MARGIN + 8 + column * (room + 4)
            drawn.append(f'<text class="title" x="{x:g}" y="{y + 36:g}">{name}</text>')
            drawn += [f'<text x="{x:g}" y="{y + 51 + 15 * n:g}">{escape(line)}</text>' for n, line in enumerate(lines)]
        return "".join(drawn), float(height + 12)


def _tip(x: float, y: float, towards: int) -> str:
    return f'<path class="head" d="M{x:g} {y:g}l{-8 * towards} -4v8z"/>'


def _lines(text: str, letters: int) -> list[str]:
    lines = textwrap.wrap(text, letters, break_on_hyphens=False) or [""]
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], "…"]


def _shortened(rows: list[Row]) -> list[Row]:
    if len(rows) <= MOST_ROWS:
        return rows
    half = MOST_ROWS // 2
    left_out = Row("note", 0.0, 0, f"… {len(rows) - 2 * half} steps are left out here …")
    return [*rows[:half], left_out, *rows[-half:]]
