"""The commands that print the specification: ``gen-tck clauses`` and ``gen-tck show``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from textwrap import indent
from typing import TYPE_CHECKING

import click

from gen_tck.conformance.commands import completion, options
from gen_tck.conformance.commands.errors import Failed
from gen_tck.conformance.commands.specification import dispositions, known_clauses
from gen_tck.conformance.output.streams import STDOUT

if TYPE_CHECKING:
    from gen_tck.conformance.commands.shapes import ClauseShape
    from gen_tck.conformance.run.listing import Listed
    from gen_tck.spec.clause import Clause
    from gen_tck.spec.ledger import Disposition


@click.command()
@click.argument("glob", default="*", shell_complete=completion.clauses)
@options.as_json
def clauses(glob: str, json: bool) -> None:
    """List the clauses whose id matches GLOB, with level, profile and number of cases."""
    from gen_tck.conformance.run import listing

    known = known_clauses()
    wanted = _matching(glob, known)
    untested = dispositions(known)
    with _readable():
        tests = listing.by_clause(listing.read())
    if json:
        options.in_json([_shape(each, tests.get(each.id, ()), untested.get(each.id)) for each in wanted])
        return
    width = max(len(clause.id) for clause in wanted)
    for clause in wanted:
        count = len(tests.get(clause.id, ()))
        cases = f"{count} case{'' if count == 1 else 's'}"
        if clause.id in untested:
            cases = untested[clause.id].kind
        slow = ", slow" if clause.is_slow else ""
        STDOUT.line(f"{clause.id:<{width}}  {clause.level:<6}  {clause.profile:<15}  {clause.basis:<10}  {cases}{slow}")


@click.command()
@click.argument("clauses", metavar="CLAUSE...", nargs=-1, required=True, shell_complete=completion.clauses)
@options.as_json
def show(clauses: tuple[str, ...], json: bool) -> None:
    """Print each CLAUSE whole; of a retired id, what became of it, and the clauses that stand for it."""
    known = known_clauses()
    wanted = {each: _standing_for(each, known) for each in clauses}
    if json:
        from gen_tck.conformance.commands.shapes import Shown

        untested = dispositions(known)
        told = "\n".join(became for became, _ in wanted.values() if became)
        ids = dict.fromkeys(each for _, own in wanted.values() for each in own)
        options.in_json(Shown(told, [_shape(known[each], _tests_of(each), untested.get(each)) for each in ids]))
        return
    parts: list[list[str]] = []
    for became, own in wanted.values():
        parts += [[became]] if became else []
        parts += [list(_lines_with_tests(each, known)) for each in own]
    for number, part in enumerate(parts):
        for line in ["", *part] if number else part:
            STDOUT.line(line)


def _standing_for(clause: str, known: Mapping[str, Clause]) -> tuple[str, Sequence[str]]:
    """What became of ``clause``, if it is retired, and the clauses that stand for it. Raises ``Failed``."""
    from gen_tck.spec.retired import successors, what_became_of

    became = what_became_of(clause)
    if not became and clause not in known:
        from gen_tck.conformance.run.collection import nearest

        raise Failed(f"no clause is called {clause!r}: {nearest(clause, known)}")
    return became, successors(clause) if became else [clause]


def _lines_with_tests(clause: str, known: Mapping[str, Clause]) -> Iterator[str]:
    """The same as :func:`_lines_of`, and its tests, or what there is in their place."""
    yield from _lines_of(known[clause])
    for test in _tests_of(clause):
        yield f"  {test.id}"
    disposition = dispositions(known).get(clause)
    if disposition is not None:
        yield f"  {_in_place_of_a_test(disposition)}"


def _tests_of(clause: str) -> Sequence[Listed]:
    from gen_tck.conformance.run import listing

    with _readable():
        return listing.about(clause)


def _in_place_of_a_test(disposition: Disposition) -> str:
    return f"{' '.join(filter(None, (disposition.kind, disposition.by)))}: {disposition.reason}"


def _shape(found: Clause, tests: Sequence[Listed], disposition: Disposition | None) -> ClauseShape:
    """All that is said of a clause, for ``--json``."""
    from gen_tck.conformance.commands.shapes import CaseShape, ClauseShape

    return ClauseShape(
        id=found.id,
        level=found.level,
        profile=found.profile,
        basis=found.basis,
        source=found.source,
        builds_on=list(found.builds_on),
        variants=list(found.variants),
        chosen_by=found.chosen_by,
        reason=found.reason,
        cost=found.cost,
        sentence=found.sentence,
        text=found.text,
        intent=found.intent,
        example=found.example,
        cases=[CaseShape(test.id, test.file, test.line) for test in tests],
        untested="" if disposition is None else _in_place_of_a_test(disposition),
    )


def _lines_of(found: Clause) -> Iterator[str]:
    """All that is said of a clause, but for its tests."""
    yield found.id
    facts = {
        "level": found.level,
        "profile": found.profile,
        "basis": found.basis,
        "source": found.source,
        "builds on": ", ".join(found.builds_on),
        "variants": ", ".join(found.variants),
        "chosen by": found.chosen_by,
        "reason": found.reason,
        "cost": found.cost,
        "text at": f"{found.file}:{found.line}",
    }
    for name, value in facts.items():
        if value:
            yield f"  {name:<9}  {value}"
    words = f"\n{found.text}\n\nIntent: {found.intent}\n\n"
    if found.example:
        about = "Example (the page *The examples* of the site explains its words)"
        words += f"{about}:\n\n{indent(found.example, '  ')}\n\n"
    yield from words.splitlines()


@contextmanager
def _readable() -> Iterator[None]:
    """Raise ``Failed`` for tests of the kit that cannot be read."""
    from gen_tck.conformance.run.listing import ListingError

    try:
        yield
    except ListingError as reason:
        raise Failed(str(reason)) from reason


def _matching(glob: str, known: Mapping[str, Clause]) -> list[Clause]:
    wanted = [clause for clause in known.values() if fnmatchcase(clause.id, glob)]
    if not wanted:
        from gen_tck.conformance.run.collection import nearest

        raise Failed(f"no clause matches {glob!r}: {nearest(glob, known)}")
    return wanted
