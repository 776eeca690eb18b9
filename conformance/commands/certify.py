"""The command ``gen-tck certify``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gen_tck.conformance.commands import completion
from gen_tck.conformance.commands import options as common_options
from gen_tck.conformance.commands.errors import COULD_NOT_TELL, Failed, say_error
from gen_tck.conformance.commands.reports import Reporting
from gen_tck.conformance.output import files
from gen_tck.conformance.output.documents import in_json
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.output.screen import Screen, Styled
from gen_tck.conformance.output.streams import STDERR, STDOUT
from gen_tck.conformance.output.targets import Target, to, words_beside

if TYPE_CHECKING:
    from gen_tck.conformance.results.file import Results
    from gen_tck.conformance.run.session import Run


@click.command()
@click.argument("nodes", nargs=-1, metavar="[NODE]...", shell_complete=completion.nodes)
@click.option("--profile", "profiles", multiple=True, metavar="PROFILE", help="Only cases of clauses of this profile.")
@click.option(
    "--clause",
    "globs",
    multiple=True,
    metavar="GLOB",
    shell_complete=completion.clauses,
    help="Only cases of matching clauses.",
)
@click.option(
    "-n", "workers", type=click.IntRange(0, 1000), default=0, metavar="WORKERS", help="Run in so many processes."
)
@common_options.erl
@click.option("--results", type=to, metavar="FILE", help="Write the results to FILE (JSON; -: standard output).")
@click.option("--html", type=to, metavar="FILE", help="Write a report for people to FILE.")
@click.option("--junit", type=to, metavar="FILE", help="Write a report to FILE as JUnit XML.")
@click.option(
    "--with",
    "departures",
    multiple=True,
    metavar="CAUSE",
    help="The reference departs from the specification in this way, or has the variant CLAUSE=VARIANT.",
)
@click.option("--strict", is_flag=True, help="Take no notice of the recorded deviations.")
@click.option("--update-deviations", is_flag=True, help="Record how the nodes fail now; reasons are left to you.")
@click.option(
    "--level", "levels", multiple=True, metavar="LEVEL", help="Judge clauses of this level (default: must, should)."
)
@click.option("--slow", is_flag=True, help="Also run what takes a node with a real clock long.")
@click.option("--run-blocked", is_flag=True, help="Also run the cases that a failure blocks.")
@common_options.limit
@click.option("-x", "first_root", is_flag=True, help="Stop at the first failure.")
@click.option("--wire", is_flag=True, help="Show the lines between kit and node; goes with --clause.")
@click.option(
    "--watch",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Certify again whenever files below DIR change, until Ctrl-C.",
)
@click.option("--no-check", "unchecked", is_flag=True, help="Do not see first whether the node speaks the protocol.")
def certify(
    nodes: tuple[str, ...],
    profiles: tuple[str, ...],
    globs: tuple[str, ...],
    workers: int,
    erl: str,
    results: Target | None,
    html: Target | None,
    junit: Target | None,
    departures: tuple[str, ...],
    strict: bool,
    update_deviations: bool,
    levels: tuple[str, ...],
    slow: bool,
    run_blocked: bool,
    limits: tuple[str, ...],
    first_root: bool,
    wire: bool,
    watch: Path | None,
    unchecked: bool,
) -> int:
    """Run the tests on each NODE (default: reference) and say whether it conforms.

    For several nodes --results is a folder, in which each gets a file of its name. As DIR/ it is made if there is none.
    """
    from gen_tck.adapters.registry import WITH
    from gen_tck.conformance.results.verdicts import JUDGED
    from gen_tck.conformance.run.options import Options
    from gen_tck.conformance.run.session import Run, UsageError

    configured: Sequence[str] | None = click.get_current_context().lookup_default("nodes")
    nodes = nodes or (("reference",) if departures else tuple(configured or ("reference",)))
    if departures:
        if nodes != ("reference",):
            raise click.UsageError("--with is of the reference alone")
        nodes = (WITH.join(["reference", *departures]),)
    if strict and update_deviations:
        raise click.UsageError("--strict takes no notice of what --update-deviations writes: leave one of them out")
    if wire and (workers or not globs):
        raise click.UsageError("--wire shows a few cases in one process: it goes with --clause, and without -n")
    kept = _one_for_each(results, nodes)
    screen = words_beside(*(("--results", each) for each in kept), ("--html", html), ("--junit", junit))

    def once() -> int:
        with Reporting(kept, limits, html=html, junit=junit) as reports:
            asked = [
                Options(
                    node,
                    erl,
                    globs,
                    profiles,
                    path,
                    strict,
                    update_deviations=update_deviations,
                    levels=levels or JUDGED,
                    slow=slow,
                    run_blocked=run_blocked or update_deviations,
                    limits=limits,
                    first_root=first_root,
                    unchecked=unchecked,
                )
                for node, path in zip(nodes, reports.results, strict=True)
            ]
            try:
                runs = [Run(each) for each in asked]
            except UsageError as reason:
                raise Failed.of(reason) from reason
            status = max(_certify_one(run, workers, screen, each, wire) for run, each in zip(runs, kept, strict=True))
            reports.write()
        return status

    return once() if watch is None else _again_and_again(once, watch, screen)


def _again_and_again(once: Callable[[], int], folder: Path, screen: Screen) -> int:
    """Certify whenever files below ``folder`` have changed, until a signal comes: ``KeyboardInterrupt``.

    What changes while a run is on may be the run's own doing: it is named, and begins no other run.
    """
    from gen_tck.conformance.commands import watching

    while True:
        before = watching.look(folder)
        try:
            once()
        except click.ClickException as reason:
            say_error(reason)
        now = watching.look(folder)
        meanwhile = watching.changed(before, now)
        if meanwhile:
            screen.line(f"changed during the run, and not waited for: {_few(meanwhile)}")
        screen.line(f"waiting for changes below {folder} (Ctrl-C ends it)")
        screen.line(f"changed: {_few(watching.wait(folder, now))}")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")


def _one_for_each(results: Target | None, nodes: Sequence[str]) -> list[Target | None]:
    """Where the results of each of ``nodes`` go."""
    if results is None or (len(nodes) == 1 and not results.folder):
        return [results] * len(nodes)
    if results.path is None or not (results.folder or results.path.is_dir()):
        raise click.UsageError("--results takes the results of one node: name one, or a folder, as DIR/, for several")
    names = [re.sub(r"[^\w.@+-]+", "-", node).strip("-.") or "node" for node in nodes]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"two results would both be called {name}.json: certify one node after the other")
    try:
        files.make_folder(results.path, "results")
    except FileError as reason:
        raise Failed(str(reason)) from reason
    return [Target(results.path / f"{name}.json") for name in names]


def _certify_one(run: Run, workers: int, screen: Screen, target: Target | None, wire: bool) -> int:
    """Certify one node, and say how it did. ``target``: where its results are found afterwards."""
    from gen_tck.adapters import tap
    from gen_tck.conformance.reports.terminal import progress_bar, show_results
    from gen_tck.conformance.results.verdicts import EXIT_STATUS
    from gen_tck.conformance.run.certify import certify
    from gen_tck.conformance.run.wire_words import WireWords

    options = run.options
    words = WireWords(screen.line)
    with progress_bar(screen, options.node) as bar, tap.read_by(words.read) if wire else nullcontext():
        outcome = certify(run, bar, workers=workers, plugin=words)
    if wire and not words.heard:
        STDERR.line(
            f"{options.node}: --wire has nothing to show: this node is no program that the kit talks to by wire"
        )
    for sentence in outcome.trouble:
        STDERR.line(f"{options.node}: {sentence}")
    if outcome.results is not None:
        show_results(screen, outcome.results, run.clauses, None if target is None else target.path)
        if target == Target():
            _print(outcome.results)
    if outcome.interrupted:
        raise KeyboardInterrupt
    if outcome.results is None:
        screen.line(Styled(options.node, "bold"), ": ", Styled("COULD NOT TELL", "bold magenta"))
        return COULD_NOT_TELL
    if options.update_deviations:
        return _update_deviations(run.entry.deviations, outcome.results, screen)
    return max(EXIT_STATUS[outcome.results.conclusion], COULD_NOT_TELL if outcome.trouble else 0)


def _print(results: Results) -> None:
    from gen_tck.conformance.results.file import without_traces

    try:
        STDOUT.document(in_json(without_traces(results)))
    except FileError as reason:
        raise Failed(str(reason)) from reason


def _update_deviations(file: Path, results: Results, screen: Screen) -> int:
    """Record how the node failed; 0 if that is what was recorded already."""
    from gen_tck.conformance.results.update import CannotUpdate, update

    if not results.complete:
        raise Failed(f"{file} is left as it is: the run is not complete")
    try:
        done = update(file, results.cases, results.node.details.get("release", ""))
    except CannotUpdate as reason:
        raise Failed(str(reason)) from reason
    for verb, sentences in (("removed", done.removed), ("added", done.added)):
        for sentence in sentences:
            screen.line(f"{file}: {verb} {sentence}")
    if done.added:
        screen.line(f"{file}: {len(done.added)} of them wait for a reason; write it in the place of TODO")
    if not done.added and not done.removed:
        screen.line(f"{file}: nothing to change")
    return 1 if done.added or done.removed else 0
