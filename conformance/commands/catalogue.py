"""The commands that print the catalogue: ``gen-tck calls`` and ``gen-tck options``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gen_tck.conformance.commands.options import as_json, in_json
from gen_tck.conformance.output.streams import STDOUT

if TYPE_CHECKING:
    from gen_tck.conformance.commands.shapes import CallShape, OptionsShape


@click.command()
@as_json
def calls(json: bool) -> None:
    """List the calls that the specification is about, with profile, clause and meaning."""
    found = _calls()
    if json:
        in_json(found)
        return
    _columns([(each.call, each.profile, each.clause or "a helper of the tests", each.meaning) for each in found])


@click.command()
@as_json
def options(json: bool) -> None:
    """List the options of a socket, what each may be and where, and the framings (the option packet)."""
    found = _options()
    if json:
        in_json(found)
        return
    _columns(
        [
            (
                each.name,
                each.profile,
                each.clause,
                ", ".join(each.places),
                "" if each.default is None else f"default {each.default}",
                each.values,
            )
            for each in found.options
        ]
    )
    STDOUT.line("")
    _columns([(f"packet {each.values}", each.profile, each.clause, f"cuts {each.meaning}") for each in found.framings])
    STDOUT.line("")
    _columns([(each.setting, each.profile, each.clause, each.meaning) for each in found.raw])


def _calls() -> list[CallShape]:
    from gen_tck.conformance.commands.shapes import CallShape
    from gen_tck.spec.calls import CALLS

    return [CallShape(name, each.profile, each.clause, each.is_helper, each.meaning) for name, each in CALLS.items()]


def _options() -> OptionsShape:
    from gen_tck.conformance.commands.shapes import FramingShape, OptionShape, OptionsShape, RawShape
    from gen_tck.spec.framings import FRAMINGS
    from gen_tck.spec.options import OPTIONS, RAW
    from gen_tck.spec.terms import show, term
    from gen_tck.spec.values import words

    return OptionsShape(
        [
            OptionShape(
                each.name,
                each.profile,
                each.clause,
                words(each.values),
                None if each.default is None else show(term(each.default)),
                list(each.places),
                each.exact,
            )
            for each in OPTIONS
        ],
        [FramingShape(each.name, each.profile, each.clause, words(each.values), each.meaning) for each in FRAMINGS],
        [RawShape(each.written, each.profile, each.clause, each.meaning) for each in RAW],
    )


def _columns(rows: Sequence[tuple[str, ...]]) -> None:
    """Print ``rows``, each cell below the one above it."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        STDOUT.line("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
