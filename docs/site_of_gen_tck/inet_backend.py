"""The model of OTP's inet backend: how it departs from the reference, cause by cause and clause by clause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from gen_tck.conformance.explorer.generate import witnesses
from gen_tck.reference.models.departure import Departure
from gen_tck.reference.models.otp_inet import DEPARTURES
from gen_tck.spec import observed
from site_of_gen_tck import kit
from site_of_gen_tck.clauses import Row, link, plain, table


class InetBackend(SphinxDirective):
    """Its departures, and what each clause is broken by."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        self.env.note_dependency(str(witnesses.FILE))
        causes = nodes.section(ids=["causes"])
        causes += nodes.title("", "Cause by cause")
        for each in DEPARTURES:
            causes += _departure(each)
        clauses = nodes.section(ids=["by-clause"])
        clauses += nodes.title("", "Clause by clause")
        clauses += table(("Clause", "OTP", "broken by"), _broken(), (40, 12, 48), "events")
        return [causes, clauses]


def had_by(departures: Iterable[Departure]) -> str:
    """The releases that were run and have one of ``departures``."""
    there = [each for each in observed.releases("otp") if any(one.is_of(each) for one in departures)]
    return ", ".join(map(str, there))


def scripts(model: str, shows: str) -> Iterable[tuple[str, nodes.Node]]:
    """The scripts that show something, each with the releases in which it does."""
    for each in witnesses.load():
        if (each.model, each.shows) == (model, shows):
            yield ", ".join(map(str, each.releases)), nodes.literal_block("", each.script.strip())


def _departure(departure: Departure) -> nodes.Node:
    section = nodes.section(ids=[_id(departure)])
    section += nodes.title("", departure.name.partition("/")[2])
    section += nodes.paragraph("", f"{departure.reason[0].upper()}{departure.reason[1:]}.")
    facts = [f"OTP {had_by([departure])}", *departure.otp.split("; ")]
    section += nodes.paragraph("", "; ".join(facts))
    if departure.clauses:
        section += nodes.paragraph("", "", nodes.Text("Breaks "), *_links(departure.clauses))
    found = list(scripts("otp-inet", departure.name))
    for releases, block in found:
        section += nodes.paragraph("", f"Shown in OTP {releases} by")
        section += block
    if not found:
        section += nodes.paragraph(
            "", "No script shows it." if not departure.clauses else "Shown by the clauses' tests."
        )
    return section


def _id(departure: Departure) -> str:
    return departure.name.replace("/", "-")


def _links(clauses: Sequence[str]) -> list[nodes.Node]:
    found: list[nodes.Node] = []
    for each in clauses:
        found += [nodes.Text(", ")] if found else []
        found.append(link(kit.clauses()[each], each, "chapters/"))
    return found


def _broken() -> Iterable[Row]:
    for name, clause in kit.clauses().items():
        by = [each for each in DEPARTURES if name in each.clauses]
        if by:
            names: list[nodes.Node] = []
            for each in by:
                names += [nodes.Text(", ")] if names else []
                short = each.name.partition("/")[2]
                names.append(nodes.reference("", "", nodes.Text(short), internal=True, refid=_id(each)))
            yield [[link(clause, name, "chapters/")], plain(had_by(by)), names]
