"""The limits, as a table."""

from __future__ import annotations

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from gen_tck.adapters.limits import ABOUT, DEFAULTS
from site_of_gen_tck.clauses import Row
from site_of_gen_tck.profiles import marked


class LimitList(SphinxDirective):
    """A section for each limit, so that everything can lead to it."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        return [self._section(name, default) for name, default in DEFAULTS.as_dict().items()]

    def _section(self, name: str, default: float) -> nodes.Node:
        section = nodes.section(ids=[f"limit-{name.replace('_', '-')}"], classes=["limit"])
        section += nodes.title("", "", nodes.literal("", name))
        it = ABOUT[name]
        section += nodes.paragraph("", "", nodes.strong("", f"{default:,.0f} {it.unit}"), *marked(f" {it.bounds}."))
        rows: Row = [marked(it.reached), marked(it.more)]
        facts = nodes.field_list(classes=["facts"])
        for title, cell in zip(("When it is passed", "What more costs"), rows, strict=True):
            body = nodes.field_body("", nodes.paragraph("", "", *cell))
            facts += nodes.field("", nodes.field_name("", title), body)
        section += facts
        return section
