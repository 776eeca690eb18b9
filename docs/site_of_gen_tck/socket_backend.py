"""The model of OTP's socket backend: its tables, and what it does otherwise than the reference, release by release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import tomlkit
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import gen_tck.adapters.beam as beam
from gen_tck.reference.models.otp_socket import table as model
from gen_tck.reference.models.otp_socket import table_reading as reading
from gen_tck.reference.models.otp_socket.rows import Released
from site_of_gen_tck import kit
from site_of_gen_tck.clauses import Row, link, plain, table

KNOWN = Path(str(beam.__file__)).with_name("otp-socket.scripts.toml")
RELEASES = (25, 27, 29)
"""Those that the model was held against; of others nothing is known."""
PARTS: tuple[tuple[str, Sequence[Released]], ...] = (
    ("Whose it is", model.OWNERSHIP),
    ("Becoming a connection", model.OPENING),
    ("Receiving", reading.RECEIVING),
    ("Failing", reading.FAILING),
    ("Setting options", model.SETTING),
    ("Closing", model.CLOSING),
    ("Shutting down", model.SHUTTING_DOWN),
    ("Asking", model.ASKING),
    ("What comes too late", model.OTHERWISE),
)


class SocketBackend(SphinxDirective):
    """The tables of the server process, and the departures by clause."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        self.env.note_dependency(str(KNOWN))
        rows = nodes.section(ids=["rows"])
        rows += nodes.title("", "The tables")
        for title, part in PARTS:
            rows += nodes.rubric("", title)
            rows += table(
                ("Event", "while", "if", "what is done", "then", "OTP", "function, clauses"),
                [_row(each) for each in part],
                (12, 14, 10, 22, 10, 7, 25),
                "events",
            )
        return [rows, self._departures()]

    def _departures(self) -> nodes.Node:
        section = nodes.section(ids=["departures"])
        section += nodes.title("", "Clause by clause")
        known = tomlkit.parse(KNOWN.read_text()).unwrap()["known"]
        order = {each: number for number, each in enumerate(kit.clauses())}
        known.sort(key=lambda each: order[each["clause"]])
        for clause, entries in groupby(known, key=lambda each: each["clause"]):
            section += nodes.paragraph("", "", nodes.strong("", "", link(kit.clauses()[clause], clause, "chapters/")))
            section += nodes.bullet_list("", *(self._departure(each) for each in entries))
        return section

    def _departure(self, entry: dict[str, object]) -> nodes.Node:
        releases = entry.get("releases")
        where = f"OTP {', '.join(map(str, releases))}" if isinstance(releases, list) else "all releases"
        text = nodes.paragraph("", f"{where}: ")
        if "variant" in entry:
            text += [nodes.emphasis("", str(entry["variant"])), nodes.Text(", ")]
        text += nodes.Text(str(entry["reason"]))
        script = nodes.literal_block("", str(entry["script"]).strip())
        return nodes.list_item("", text, script)


def _row(each: Released) -> Row:
    row = each.row
    function: list[nodes.Node] = [nodes.literal("", row.otp.removeprefix("gen_tcp_socket.erl: "))]
    for clause in row.clauses:
        function += [nodes.Text(" "), link(kit.clauses()[clause], clause, "chapters/")]
    return [
        _words([row.event]),
        plain(", ".join([state.value for state in row.states])),
        _words(row.when.split()),
        _words(row.do),
        plain("-" if row.to is None else row.to.value),
        plain(", ".join([str(release) for release in RELEASES if each.since <= release <= each.until])),
        function,
    ]


def _words(words: Iterable[str]) -> list[nodes.Node]:
    spaced: list[nodes.Node] = []
    for word in words:
        spaced += [nodes.Text(word) if word == "and" else nodes.literal("", word), nodes.Text(" ")]
    return spaced or plain("-")
