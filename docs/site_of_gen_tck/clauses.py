"""Clauses, as sections of their chapters and in the index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from gen_tck.spec import retired
from gen_tck.spec.clause import CHAPTERS, Clause
from gen_tck.spec.directives import OPTIONS
from site_of_gen_tck import kit

CHOSEN_BY = {
    "implementation": "the implementation, once and for all",
    "situation": "the situation, each time",
}

Row = list[list[nodes.Node]]
"""The cells of a table's row, each of inline nodes."""


class ClauseDirective(SphinxDirective):
    """A clause becomes a section, so that the table of contents and the search lead to it."""

    required_arguments = 1
    has_content = True
    option_spec = dict.fromkeys(OPTIONS, directives.unchanged)

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        chapter = self.env.docname.rpartition("/")[2]
        clause = kit.clauses()[f"{chapter}/{self.arguments[0]}"]
        section = nodes.section(ids=[clause.slug, *_earlier(clause)], classes=["clause"])
        self.state.document.ids |= dict.fromkeys(section["ids"], section)  # nothing else on the page may take these ids
        section += nodes.title("", clause.slug)
        section += badges(clause)
        self.state.nested_parse(self.content, self.content_offset, section)
        section += self._facts(clause)
        return [section]

    def _facts(self, clause: Clause) -> nodes.Node:
        facts = nodes.field_list(classes=["facts"])
        facts += _field("Source", [nodes.Text(clause.source)])
        if clause.reason:
            facts += _field("Why, though OTP does otherwise", [nodes.Text(clause.reason)])
        if clause.chosen_by:
            facts += _field("Chosen by", [nodes.Text(CHOSEN_BY[clause.chosen_by])])
        if clause.is_slow:
            facts += _field("Slow", [nodes.Text("run on a node with a real clock only by certify --slow")])
        if clause.variants:
            facts += _field("Variants", separated(nodes.literal("", each) for each in clause.variants))
        if clause.builds_on:
            facts += _field("Builds on", separated(link(kit.clauses()[each], each) for each in clause.builds_on))
        tests = kit.tests().get(clause.id, [])
        if tests:
            facts += _field("Checked by", [_list([_test(each) for each in tests])])
        elif clause.id in kit.dispositions():
            disposition = kit.dispositions()[clause.id]
            words = f"{' '.join(filter(None, (disposition.kind, disposition.by)))}: {disposition.reason}"
            facts += _field("No test", [nodes.Text(words)])
        else:
            facts += _field("No test", [nodes.Text("yet")])
        return facts


class ClauseIndex(SphinxDirective):
    """All clauses in tables, one for each chapter."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        sections: list[nodes.Node] = []
        for chapter in CHAPTERS:
            own = [clause for clause in kit.clauses().values() if clause.chapter == chapter]
            if own:
                section = nodes.section(ids=[f"of-{chapter}"])
                section += nodes.title("", "", nodes.literal("", chapter))
                section += table(
                    ("Clause", "Level", "Profile", "Basis", "In one sentence"),
                    [self._row(clause) for clause in own],
                    (30, 8, 10, 12, 40),
                    "index",
                )
                sections.append(section)
        return sections

    def _row(self, clause: Clause) -> Row:
        sentence, _ = self.state.inline_text(clause.sentence, self.lineno)
        words = [plain(each) for each in (clause.level, clause.profile, clause.basis)]
        return [[link(clause, clause.slug, "chapters/")], *words, list(sentence)]


class RetiredList(SphinxDirective):
    """The ids that no clause has any more, each with an anchor of its own: what became of it."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        self.env.note_dependency(str(retired.FILE))
        sections: list[nodes.Node] = []
        for each in sorted(retired.load().values(), key=lambda one: one.id):
            section = nodes.section(ids=[each.id.replace("/", "-").replace("_", "-")])
            section += nodes.title("", each.id)
            now = [link(kit.clauses()[id_], id_, "chapters/") for id_ in retired.successors(each.id)]
            begin = [nodes.Text("See "), *separated(now)] if now else [nodes.Text("No clause stands for it")]
            section += nodes.paragraph("", "", *begin, nodes.Text(f": {each.reason}."))
            sections.append(section)
        return sections


class ChapterList(SphinxDirective):
    """The chapters, with the number of their clauses, examples and tests."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        rows: list[Row] = []
        for chapter in CHAPTERS:
            own = [clause for clause in kit.clauses().values() if clause.chapter == chapter]
            tests = {test for clause in own for test in kit.tests().get(clause.id, [])}
            page = nodes.reference("", chapter, internal=True, refuri=f"chapters/{chapter}.html")
            examples = sum(bool(clause.example) for clause in own)
            rows.append([[page], *(plain(str(each)) for each in (len(own), examples, len(tests)))])
        return [table(("Chapter", "Clauses", "Examples", "Tests"), rows, (40, 20, 20, 20), "chapters")]


def _earlier(clause: Clause) -> list[str]:
    """The retired slugs of its chapter that lead to a clause: it is the first that stands for them."""
    ids = [id_ for id_ in retired.load() if retired.successors(id_)[:1] == (clause.id,)]
    return [each.removeprefix(f"{clause.chapter}/") for each in ids if each.startswith(f"{clause.chapter}/")]


def badges(clause: Clause) -> nodes.Node:
    """Level, profile and basis, on one line."""
    line = nodes.paragraph(classes=["badges"])
    for kind, value in (("level", clause.level), ("profile", clause.profile), ("basis", clause.basis)):
        line += nodes.inline("", value, classes=["badge", f"{kind}-{value}"])
        line += nodes.Text(" ")
    return line


def link(clause: Clause, text: str, folder: str = "") -> nodes.Node:
    """A link to a clause. ``folder`` leads from the page that it stands on to the chapters."""
    address = f"{folder}{clause.chapter}.html#{clause.slug}"
    return nodes.reference("", "", nodes.Text(text), internal=True, refuri=address)


def plain(text: str) -> list[nodes.Node]:
    """A cell without any markup."""
    return [nodes.Text(text)]


def table(head: Sequence[str], rows: Iterable[Row], widths: Sequence[int], style: str) -> nodes.Node:
    """A table whose cells are inline nodes."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=width) for width in widths]
    group += nodes.thead("", _row([plain(each) for each in head]))
    group += nodes.tbody("", *(_row(row) for row in rows))
    # Furo lets a table scroll sideways only inside a container.
    return nodes.container("", nodes.table("", group, classes=style.split()), classes=["table-wrapper"])


def _row(cells: Row) -> nodes.Node:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def _field(name: str, content: Sequence[nodes.Node]) -> nodes.Node:
    whole = content if isinstance(content[0], nodes.bullet_list) else [nodes.paragraph("", "", *content)]
    return nodes.field("", nodes.field_name("", name), nodes.field_body("", *whole))


def _list(items: Sequence[nodes.Node]) -> nodes.Node:
    return nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", "", item)) for item in items))


def separated(items: Iterable[nodes.Node]) -> list[nodes.Node]:
    """``items`` with commas between them."""
    separated: list[nodes.Node] = []
    for item in items:
        separated += [nodes.Text(", "), item] if separated else [item]
    return separated


def _test(test: kit.Test) -> nodes.Node:
    address = f"../tests/{test.file.removesuffix('.py')}.html#line-{test.line}"
    text = nodes.literal("", test.function)
    return nodes.reference("", "", text, internal=True, refuri=address, reftitle=f"conformance/{test.file}")
