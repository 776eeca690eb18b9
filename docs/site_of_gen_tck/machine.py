"""The reference's transition table: as it stands, and drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from gen_tck.reference.driver.inet_drv import (
    AFTER_PACKET,
    CONNECTED,
    DISCONNECTED,
    GONE,
    HALF_CLOSED,
    TABLE,
    ConnectionState,
)
from gen_tck.spec.terms import show
from site_of_gen_tck.clauses import Row, plain, table

MODES = {False: "passive", True: "active"}
ENDS = {"exit": GONE, "disconnect": DISCONNECTED, "half_close": HALF_CLOSED}
"""What an action's name says about the state it leads to."""
PLACES = {CONNECTED: (105, 250), HALF_CLOSED: (450, 50), DISCONNECTED: (450, 450), GONE: (820, 250)}
"""Where a state is drawn: the middle of its box, in pixels."""
LABELS = {
    (CONNECTED, HALF_CLOSED): (262, 110, "end"),
    (CONNECTED, DISCONNECTED): (250, 365, "end"),
    (CONNECTED, GONE): (200, 212, "start"),
    (HALF_CLOSED, DISCONNECTED): (460, 110, "start"),
    (HALF_CLOSED, GONE): (665, 100, "start"),
    (DISCONNECTED, GONE): (640, 385, "start"),
}
"""Where the first label of an arrow is drawn, and which of its ends is there."""
WIDTH, HEIGHT, LINE = 130, 40, 15


def moves(action: str) -> Iterator[tuple[ConnectionState, str]]:
    """The states that an action may lead to, each with the option it takes: "E" is exit_on_close."""
    name, told, _ = action.partition("_if_told")
    whole, *other = name.split("_or_")
    if whole in ENDS:
        yield ENDS[whole], "T" if told else "E" if other else ""
    if other and other[0] in ENDS:
        yield ENDS[other[0]], "¬E"


def arrows() -> dict[tuple[ConnectionState, ConnectionState], list[str]]:
    """What may lead from one state to another."""
    found: dict[tuple[ConnectionState, ConnectionState], dict[str, set[bool]]] = {}
    for (state, event, mode), actions in TABLE.items():
        for action in actions:
            for to, option in moves(action):
                if to is not state:
                    label = f"{event} ({option})" if option else event
                    found.setdefault((state, to), {}).setdefault(label, set()).add(mode)
    return {
        ends: [
            label if len(modes) == len(MODES) else f"{MODES[modes.pop()]}: {label}" for label, modes in labels.items()
        ]
        for ends, labels in found.items()
    }


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


def _arrow(start: ConnectionState, end: ConnectionState, labels: list[str]) -> str:
    (x1, y1), (x2, y2) = _edge(start, end), _edge(end, start)
    x, y, anchor = LABELS[start, end]
    text = "".join(
        f'<text class="event" x="{x}" y="{y + number * LINE}" text-anchor="{anchor}">{escape(label)}</text>'
        for number, label in enumerate(labels)
    )
    return f'<path d="M{x1:.0f},{y1:.0f} L{x2:.0f},{y2:.0f}" marker-end="url(#head)"/>{text}'


def _edge(state: ConnectionState, towards: ConnectionState) -> tuple[float, float]:
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


class ModeTable(SphinxDirective):
    """What a packet does to each active mode."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        rows: list[Row] = []
        for kind, after in AFTER_PACKET.items():
            for count in (2, 1) if kind == "count" else (1,):
                mode, told = after(count)
                name = str(count) if kind == "count" else kind
                rows.append([_code(name), _code(show(mode)), _code("{tcp_passive, Socket}") if told else _dash()])
        return [table(("Mode", "after a packet", "also told"), rows, (30, 30, 40), "modes")]


class EventTable(SphinxDirective):
    """The transition table, a section for each event."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        sections: list[nodes.Node] = []
        for event in dict.fromkeys(event for _, event, _ in TABLE):
            section = nodes.section(ids=[f"event-{event.replace('_', '-')}"])
            section += nodes.title("", "", nodes.literal("", event))
            rows: list[Row] = [
                [plain(state.value), *(_actions(TABLE.get((state, event, mode))) for mode in MODES)]
                for state in ConnectionState
                if any((state, event, mode) in TABLE for mode in MODES)
            ]
            section += table(("State", *MODES.values()), rows, (20, 40, 40), "events")
            sections.append(section)
        return sections


def _actions(actions: tuple[str, ...] | None) -> list[nodes.Node]:
    if actions is None:
        return plain("")
    spaced: list[nodes.Node] = []
    for action in actions:
        spaced += [nodes.literal("", action), nodes.Text(" ")]
    return spaced or _dash()


def _code(text: str) -> list[nodes.Node]:
    return [nodes.literal("", text)]


def _dash() -> list[nodes.Node]:
    return plain("-")
