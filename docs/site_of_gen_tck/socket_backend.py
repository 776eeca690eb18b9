"""The model of OTP's socket backend: its tables, and what it does otherwise than the reference, release by release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import gen_tck.adapters.beam as beam
from gen_tck.conformance.explorer.generate import witnesses
from gen_tck.conformance.results import deviations
from gen_tck.reference.models.otp_socket import table as model
from gen_tck.reference.models.otp_socket import table_reading as reading
from gen_tck.reference.models.otp_socket.rows import Released
from gen_tck.spec import observed
from site_of_gen_tck import kit
from site_of_gen_tck.clauses import Row, link, plain, table
from site_of_gen_tck.inet_backend import scripts

RECORDED = Path(str(beam.__file__)).with_name("otp-socket.deviations.toml")
RELEASES = tuple(observed.releases("otp-socket"))
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
        for each in (RECORDED, witnesses.FILE):
            self.env.note_dependency(str(each))
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
        recorded = deviations.load(RECORDED, kit.clauses(), deviations.names_of_tests(kit.TESTS))
        for name, clause in kit.clauses().items():
            reasons = [each for each in recorded if each.clause == name]
            shown = list(scripts("otp-socket", name))
            if not reasons and not shown:
                continue
            section += nodes.paragraph("", "", nodes.strong("", "", link(clause, name, "chapters/")))
            listed = nodes.bullet_list()
            for each in reasons:
                listed += nodes.list_item(
                    "", nodes.paragraph("", f"OTP {', '.join(each.releases or [])}: {each.reason}")
                )
            for releases, block in shown:
                listed += nodes.list_item("", nodes.paragraph("", f"OTP {releases}, by this script:"), block)
            section += listed
        return section


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
