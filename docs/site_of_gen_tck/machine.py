"""The reference's tables: as they stand, and that of the connection drawn."""

from __future__ import annotations

import math
from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from gen_tck.reference.driver.connection import CONNECTION
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import CONNECTED, DISCONNECTED, GONE, HALF_CLOSED
from gen_tck.reference.tables import Row as TableRow
from gen_tck.reference.tables import State, Table
from site_of_gen_tck.clauses import Row, plain, table

EXITS = frozenset(["exit", "exit_for"])
"""Actions that end the port from within, whatever state the row leads to."""
PLACES: dict[State, tuple[int, int]] = {
    CONNECTED: (105, 250),
    HALF_CLOSED: (450, 50),
    DISCONNECTED: (450, 450),
    GONE: (820, 250),
}
"""Where a state is drawn: the middle of its box, in pixels."""
LABELS: dict[tuple[State, State], tuple[int, int, str]] = {
    (CONNECTED, HALF_CLOSED): (262, 110, "end"),
    (CONNECTED, DISCONNECTED): (250, 365, "end"),
    (CONNECTED, GONE): (200, 212, "start"),
    (HALF_CLOSED, DISCONNECTED): (460, 110, "start"),
    (HALF_CLOSED, GONE): (665, 100, "start"),
    (DISCONNECTED, GONE): (640, 385, "start"),
}
"""Where the first label of an arrow is drawn, and which of its ends is there."""
WIDTH, HEIGHT, LINE = 130, 40, 15


def arrows() -> dict[tuple[State, State], list[str]]:
    """What may lead from one state of the connection to another."""
    found: dict[tuple[State, State], dict[str, None]] = {}
    for row in CONNECTION.rows:
        to = GONE if EXITS.intersection(row.do) else row.to
        for state in row.states:
            if to is not None and to is not state and state in PLACES and row.event != "released":
                found.setdefault((state, to), {})[label(row)] = None
    return {ends: list(labels) for ends, labels in found.items()}


def label(row: TableRow) -> str:
    """An event with its guard."""
    return f"{row.event} [{row.when}]" if row.when else row.event


def drawing() -> str:
    """The states and the arrows between them, as SVG."""
    shapes = [_arrow(start, end, labels) for (start, end), labels in arrows().items()]
    boxes = [
        f'<rect x="{x - WIDTH / 2}" y="{y - HEIGHT / 2}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
        f'<text x="{x}" y="{y + 5}" text-anchor="middle">{state.value}</text>'
        for state, (x, y) in PLACES.items()
    ]
    head = (
        '<marker id="head" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
        '<path d="M0,0 L9,4 L0,8 z"/></marker>'
    )
    title = "The states of a connected socket"
    return (
        f'<div class="drawing"><svg viewBox="0 0 900 500" role="img" aria-label="{title}"><title>{title}</title>'
        f"<defs>{head}</defs>{''.join(shapes)}{''.join(boxes)}</svg></div>"
    )


def _arrow(start: State, end: State, labels: list[str]) -> str:
    (x1, y1), (x2, y2) = _edge(start, end), _edge(end, start)
    x, y, anchor = LABELS[start, end]
    text = "".join(
        f'<text class="event" x="{x}" y="{y + number * LINE}" text-anchor="{anchor}">{escape(label)}</text>'
        for number, label in enumerate(labels)
    )
    return f'<path d="M{x1:.0f},{y1:.0f} L{x2:.0f},{y2:.0f}" marker-end="url(#head)"/>{text}'


def _edge(state: State, towards: State) -> tuple[float, float]:
    """Where the line between the middles of two boxes leaves the first."""
    (x, y), (tx, ty) = PLACES[state], PLACES[towards]
    dx, dy = tx - x, ty - y
    share = min(WIDTH / 2 / abs(dx) if dx else math.inf, HEIGHT / 2 / abs(dy) if dy else math.inf)
    return x + dx * share, y + dy * share


class StateDiagram(SphinxDirective):
    """The states of a connected socket, drawn."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        return [nodes.raw("", drawing(), format="html")]


class EventTable(SphinxDirective):
    """The tables of the machines, a section for each machine."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        return [_section(each) for each in TcpDriver.tables]


def _section(machine: Table) -> nodes.Node:
    section = nodes.section(ids=[f"machine-{machine.machine.replace(' ', '-')}"])
    section += nodes.title("", "", nodes.Text(machine.machine))
    rows: list[Row] = [
        [
            _code(row.event),
            plain(", ".join([state.value for state in row.states])),
            _words(*row.when.split()) if row.when else _dash(),
            _words(*row.do),
            plain(row.to.value) if row.to is not None else _dash(),
        ]
        for row in machine.rows
    ]
    section += table(("Event", "while", "if", "what is done", "then"), rows, (15, 20, 20, 30, 15), "events")
    return section


def _words(*words: str) -> list[nodes.Node]:
    spaced: list[nodes.Node] = []
    for word in words:
        spaced += [nodes.Text(word) if word == "and" else nodes.literal("", word), nodes.Text(" ")]
    return spaced or _dash()


def _code(text: str) -> list[nodes.Node]:
    return [nodes.literal("", text)]


def _dash() -> list[nodes.Node]:
    return plain("-")
