"""The recorded deviations of each node."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import gen_tck.adapters.beam as beam
from gen_tck.conformance.results import deviations
from site_of_gen_tck import kit
from site_of_gen_tck.clauses import badges, link

FOLDER = Path(str(beam.__file__)).parent
SUFFIX = ".deviations.toml"


class DeviationList(SphinxDirective):
    """A section for each node, a definition for each clause it breaks."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        names = deviations.names_of_tests(kit.TESTS)
        sections: list[nodes.Node] = []
        for file in sorted(FOLDER.glob(f"*{SUFFIX}")):
            self.env.note_dependency(str(file))
            node = file.name.removesuffix(SUFFIX)
            entries = deviations.load(file, kit.clauses(), names)
            section = nodes.section(ids=[f"node-{node}"])
            section += nodes.title("", "", nodes.literal("", node))
            section += nodes.paragraph("", f"{len({each.clause for each in entries})} clauses.")
            order = {each: number for number, each in enumerate(kit.clauses())}
            entries.sort(key=lambda each: order[each.clause])
            for clause, own in groupby(entries, key=lambda each: each.clause):
                section += self._clause(clause, list(own))
            sections.append(section)
        return sections

    def _clause(self, name: str, entries: list[deviations.Deviation]) -> nodes.Node:
        clause = kit.clauses()[name]
        part = nodes.container(classes=["deviation"])
        part += nodes.paragraph("", "", nodes.strong("", "", link(clause, clause.id, "chapters/")))
        part += badges(clause)
        listed = nodes.bullet_list()
        for each in entries:
            releases = "all releases" if each.releases is None else f"OTP {', '.join(each.releases)}"
            text = nodes.paragraph("", f"{releases}: saw ")
            text += nodes.literal("", each.seen)
            text += nodes.Text(". ")
            text += self.state.inline_text(each.reason, self.lineno)[0]
            listed += nodes.list_item("", text)
        part += listed
        return part
