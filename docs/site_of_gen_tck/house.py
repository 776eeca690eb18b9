"""The floors of the kit, drawn from its imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from gen_tck.spec.clause import CHAPTERS
from gen_tck.spec.directives import first_sentence
from site_of_gen_tck.clauses import Row, plain, table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PREFIX = "gen_tck."
ROW, WIDTH, HEIGHT, MIDDLE = 58, 260, 34, 330
"""Pixels: from floor to floor, of a box, and where the middle of all boxes is."""
CHAPTERS_FLOOR = "the chapters"


def floors() -> list[str]:
    """From top to bottom, as the import contract has them; the chapters are one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    return [CHAPTERS_FLOOR if ":" in each else each.removeprefix(PREFIX) for each in layers]


@cache
def modules() -> Mapping[str, tuple[str, int, frozenset[str]]]:
    """Each module: its floor, its lines, and the floors that it imports from, also where only types need it."""
    found = {}
    for room in ("spec", "reference", "adapters", "conformance"):
        for path in sorted((ROOT / room).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            text = path.read_text(encoding="utf-8")
            floor = _floor(name)
            others = {_floor(each) for each in _imports(ast.parse(text))} - {floor, ""}
            if floor:
                found[name] = (floor, text.count("\n"), frozenset(others))
    return found


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PREFIX):
            yield str(node.module).removeprefix(PREFIX)
        elif isinstance(node, ast.Import):
            yield from (each.name.removeprefix(PREFIX) for each in node.names if each.name.startswith(PREFIX))


def _floor(module: str) -> str:
    """The floor on which a module stands; none for a package that only holds others."""
    parts = module.split(".")
    if parts[0] == "conformance":
        if len(parts) == 1:
            return ""
        return CHAPTERS_FLOOR if parts[1] in CHAPTERS else f"conformance.{parts[1]}"
    return parts[0]


def arrows() -> dict[tuple[str, str], int]:
    """From floor to floor, how many modules import: without those that follow from others by way of a floor between."""
    counted: dict[tuple[str, str], int] = {}
    for floor, _, others in modules().values():
        for other in sorted(others):
            counted[floor, other] = counted.get((floor, other), 0) + 1
    below = {floor: {other for start, other in counted if start == floor} for floor in floors()}

    def reached(floor: str) -> set[str]:
        return set().union(*({each} | reached(each) for each in below[floor])) if below[floor] else set()

    return {
        (start, end): count
        for (start, end), count in counted.items()
        if not any(end in reached(between) for between in below[start] - {end})
    }


def drawing() -> str:
    """The floors, and the arrows between them that do not follow from others, as SVG."""
    order = floors()
    shapes = []
    for (start, end), count in arrows().items():
        top, bottom = order.index(start), order.index(end)
        y1, y2 = top * ROW + HEIGHT + 8, bottom * ROW + 6
        bend = 0 if bottom == top + 1 else WIDTH / 2 + 14 * (bottom - top)
        path = f"M{MIDDLE},{y1} L{MIDDLE},{y2}"
        if bend:
            edge = MIDDLE + WIDTH / 2
            path = f"M{edge},{y1 - HEIGHT / 2} C{MIDDLE + bend},{y1} {MIDDLE + bend},{y2} {edge + 4},{y2 + HEIGHT / 2}"
        shapes.append(f'<path fill="none" d="{path}" marker-end="url(#arrow)"><title>{count} modules</title></path>')
    for number, floor in enumerate(order):
        x, y = MIDDLE - WIDTH / 2, number * ROW + 8
        shapes.append(
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
            f'<text x="{MIDDLE}" y="{y + 22}" text-anchor="middle">{escape(floor)}</text>'
        )
    title = "The floors of the kit, and who imports from whom"
    marker = (
        '<marker id="arrow" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
        '<path d="M0,0 L9,4 L0,8 z"/></marker>'
    )
    return (
        f'<div class="drawing"><svg viewBox="0 0 {2 * MIDDLE} {len(order) * ROW + 10}" role="img" '
        f'aria-label="{title}"><title>{title}</title><defs>{marker}</defs>{"".join(shapes)}</svg></div>'
    )


class FloorDrawing(SphinxDirective):
    """The floors, drawn."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        return [nodes.raw("", drawing(), format="html")]


class FloorTable(SphinxDirective):
    """The floors with what is on them, in the words of their packages, and their size."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        rows: list[Row] = []
        for floor in floors():
            sizes = [lines for at, lines, _ in modules().values() if at == floor]
            rows.append(
                [[nodes.literal("", floor)], plain(_says(floor)), plain(f"{len(sizes)}"), plain(f"{sum(sizes):,}")]
            )
        return [table(("Floor", "What is there", "Modules", "Lines"), rows, (26, 54, 10, 10), "floors")]


def _says(floor: str) -> str:
    """How the docstring of its package begins."""
    if floor == CHAPTERS_FLOOR:
        return "The tests, a folder for each chapter of the specification."
    path = ROOT.joinpath(*floor.split("."), "__init__.py")
    return first_sentence(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").replace("``", "")
