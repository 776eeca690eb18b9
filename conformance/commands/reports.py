"""The commands that take results: ``gen-tck report`` and ``gen-tck compare``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import click

from gen_tck.conformance.commands import options
from gen_tck.conformance.commands.errors import Failed
from gen_tck.conformance.commands.specification import known_clauses
from gen_tck.conformance.output.documents import Document, in_json, in_text
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.output.screen import Screen
from gen_tck.conformance.output.targets import Target, to

if TYPE_CHECKING:
    from gen_tck.conformance.reports.source import Source
    from gen_tck.conformance.results.file import Results
    from gen_tck.conformance.results.verdicts import Case

FORMS = {
    "html": "A page for people, in one file.",
    "junit": "JUnit XML.",
    "markdown": "A summary for the page of a CI job.",
    "earl": "EARL, as JSON-LD.",
    "badge": "A badge, as SVG.",
    "shields": "The JSON for an endpoint badge of shields.io.",
    "json": "Results of scripts, put together.",
}
_F = TypeVar("_F", bound=Callable[..., object])
_OUTPUT = click.option("-o", "output", type=to, metavar="FILE", help="Write to FILE.")


def _forms(*names: str) -> Callable[[_F], _F]:
    def add(function: _F) -> _F:
        for name in reversed(names):
            function = click.option(f"--{name}", "form", flag_value=name, help=FORMS[name])(function)
        return function

    return add


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULTS...")
@_forms(*FORMS)
@click.option("--chart", "case", metavar="CASE", help="The sequence chart of the case with this id, as SVG.")
@_OUTPUT
@options.limit
def report(
    results: tuple[Path, ...], form: str | None, case: str | None, output: Target | None, limits: tuple[str, ...]
) -> None:
    """Make a report from the RESULTS of one or more runs, in one of these forms.

    Results of scripts (gen-tck explore) are put together, where they are parts of one; without a form they are printed.
    """
    check(output)
    if _are_explorations(results):
        _report_explorations(results, form, case, output)
        return
    if form == "json":
        raise click.UsageError("--json takes results of scripts")
    if (form is None) == (case is None):
        raise click.UsageError(f"say which form: {', '.join(f'--{each}' for each in FORMS)} or --chart CASE")
    if form in ("badge", "shields") and len(results) > 1:
        raise click.UsageError(f"--{form} takes the results of one run")
    sources = _sources(results, limits)
    write(_chart(sources, case) if case is not None else make(str(form), sources), output)


def _are_explorations(paths: Sequence[Path]) -> bool:
    """Whether these are results of scripts. Raises ``Failed`` if some are and some are not."""
    from gen_tck.conformance.explorer.findings.reading import are_of_scripts

    explored = [path for path in paths if are_of_scripts(path)]
    others = [path for path in paths if path not in explored]
    if explored and others:
        told = f"{explored[0]} holds results of scripts, {others[0]} does not: report them one by one"
        raise Failed(told)
    return bool(explored)


def _report_explorations(paths: Sequence[Path], form: str | None, case: str | None, output: Target | None) -> None:
    from gen_tck.conformance.reports import explorations
    from gen_tck.conformance.reports.exploration_terminal import show
    from gen_tck.conformance.reports.source import ReportError

    if form is not None and (case is not None or form not in explorations.FORMS):
        known = ", ".join(f"--{each}" for each in (*explorations.FORMS, "chart"))
        raise click.UsageError(f"explorations have no --{form}, or not at once: take one of {known}")
    if form is None and case is None and output is not None:
        raise click.UsageError("-o goes with one of the forms")
    try:
        file = None if output is None or case is not None else output.path
        found = explorations.load(paths, Path() if file is None else file.parent)
        if case is not None:
            write(explorations.chart(found, case), output)
        elif form is None:
            screen = Screen()
            for each in found:
                show(screen, each)
        else:
            write(explorations.make(form, found), output)
    except ReportError as reason:
        raise Failed(str(reason)) from reason


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULTS RESULTS...")
@click.option("--all", "everything", is_flag=True, help="Also clauses in which they do not differ.")
@_forms("html", "markdown")
@_OUTPUT
def compare(results: tuple[Path, ...], everything: bool, form: str | None, output: Target | None) -> None:
    """Show side by side in which clauses the RESULTS differ."""
    if len(results) < 2:
        raise click.UsageError("there is nothing to compare with: name two results or more")
    if output is not None and form is None:
        raise click.UsageError("-o goes with --html or --markdown")
    check(output)
    from gen_tck.conformance.reports import compare as side_by_side

    sources = _sources(results)
    found = side_by_side.compare(sources, sources[0].clauses, everything=everything)
    if form is None:
        side_by_side.show(Screen(), found)
    else:
        write(in_text(side_by_side.as_html(found) if form == "html" else side_by_side.as_markdown(found)), output)


def make(form: str, sources: Sequence[Source]) -> Document:
    """The report of that form. Raises :class:`~gen_tck.conformance.commands.errors.Failed`."""
    from gen_tck.conformance.reports import badge, earl, junit, markdown, page
    from gen_tck.conformance.reports.source import ReportError

    forms: dict[str, Callable[[], Document]] = {
        "html": lambda: in_text(page.page(sources)),
        "junit": lambda: in_text(junit.junit(sources)),
        "markdown": lambda: in_text(markdown.markdown(sources)),
        "earl": lambda: in_json(earl.earl(sources)),
        "badge": lambda: in_text(badge.badge(sources[0].results)),
        "shields": lambda: in_json(badge.endpoint(sources[0].results)),
    }
    try:
        return forms[form]()
    except ReportError as reason:
        raise Failed(str(reason)) from reason


def check(output: Target | None) -> None:
    """Raise :class:`~gen_tck.conformance.commands.errors.Failed` unless a report can be written to ``output``."""
    try:
        (output or Target()).check("the report")
    except FileError as reason:
        raise Failed(str(reason)) from reason


def write(content: Document, output: Target | None) -> None:
    """To ``output``, whole or not at all, or to standard output. Raises ``Failed``."""
    try:
        (output or Target()).write(content, "the report")
    except FileError as reason:
        raise Failed(str(reason)) from reason


def _chart(sources: Sequence[Source], case: str) -> Document:
    from gen_tck.conformance.reports.chart import chart
    from gen_tck.conformance.reports.source import ReportError

    if len(sources) > 1:
        raise click.UsageError("--chart takes the results of one run")
    source = sources[0]
    found = _case(source.results, case)
    try:
        trace = source.trace(found)
        if trace is None:
            lacking = f"its trace is missing: {found.trace}" if found.trace else "no trace was recorded"
            raise ReportError(f"{source.path}: {case} cannot be drawn: {lacking}")
        return in_text(chart(trace, alone=True) + "\n")
    except ReportError as reason:
        raise Failed(str(reason)) from reason


def _case(results: Results, name: str) -> Case:
    from difflib import get_close_matches

    known = {case.id: case for case in results.cases}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 3, 0.5)
    hint = f"do you mean {' or '.join(near)}?" if near else "their ids are in the results"
    raise Failed(f"no case of these results is called {name!r}: {hint}")


def _sources(paths: Sequence[Path], limits: Sequence[str] = ()) -> list[Source]:
    from gen_tck.adapters.limits import LimitError, parse
    from gen_tck.conformance.reports.source import ReportError, load

    known = known_clauses()
    try:
        allowed = parse(limits)
        return [load(path, known, allowed) for path in paths]
    except (LimitError, ReportError) as reason:
        raise Failed.of(reason) from reason


class Reporting:
    """The reports that ``gen-tck certify`` was asked for, made when all of its runs are over.

    Raises ``Failed`` if one of them could not be written: nobody wants to know that
    afterwards.
    """

    def __init__(self, kept: Sequence[Target | None], limits: Sequence[str], **reports: Target | None) -> None:
        """``kept``: where the results of each run are to go; ``limits``: those of the runs (``NAME=VALUE``)."""
        self._limits = limits
        self._reports = {form: target for form, target in reports.items() if target is not None}
        for target in self._reports.values():
            check(target)
        paths = [None if target is None else target.path for target in kept]
        # Traces are only recorded beside results: where there are none, they are made for the reports alone.
        self._folder = TemporaryDirectory(prefix="gen-tck-") if self._reports and None in paths else None
        self._kept = {path for path in paths if path is not None}
        self.results = [self._made(number) if path is None else path for number, path in enumerate(paths)]
        """Where each run is to keep its results, if anywhere."""

    def _made(self, number: int) -> Path | None:
        return None if self._folder is None else Path(self._folder.name, f"{number}.json")

    def __enter__(self) -> Reporting:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def write(self) -> None:
        """Write the reports, unless no run came to results at all."""
        there = [path for path in self.results if path is not None and path.exists()] if self._reports else []
        if not there:
            return
        sources = [replace(each, kept=each.path in self._kept) for each in _sources(there, self._limits)]
        for form, target in self._reports.items():
            write(make(form, sources), target)
