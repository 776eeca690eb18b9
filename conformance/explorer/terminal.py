"""What an exploration looks like on a terminal or in a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from gen_tck.conformance.explorer.command import Options, Told
from gen_tck.conformance.explorer.results import Ended, Found, Results

STYLES = {"unexplained": "red", "deviates": "yellow", "varies": "green"}
SHOWN = 20
"""Unexplained groups that are printed whole."""


@contextmanager
def progress(console: Console, options: Options) -> Iterator[Told]:
    """A bar for the exploration, gone when it is over."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.0f} scripts/s, {task.fields[covered]} transitions"),
        TextColumn("[red]{task.fields[found]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        total = options.plan.end - options.plan.first
        task = bar.add_task(options.node, total=total, rate=0.0, covered=0, found="")

        def told(scripts: int, unexplained: int, covered: int, rate: float) -> None:
            found = f"{unexplained} unexplained" if unexplained else ""
            bar.update(task, completed=scripts, rate=rate, covered=covered, found=found)

        yield told


def show(console: Console, results: Results) -> None:
    """Print what was found, in words."""
    for number, found in enumerate(results.groups):
        _show_group(console, found, whole=number < SHOWN, traced=not results.interrupted)
    for end in results.node_ended:
        _say(console, f"[red]the node had to be started again:[/] {escape(end_in_words(results, end))}")
    if results.given_up:
        _say(console, f"[red]ended early:[/] {escape(results.given_up)}")
    for sentence in results.stale():
        _say(console, escape(sentence))
    covered = results.coverage
    _say(console, covered.in_words())
    if covered.never_reached:
        _say(console, f"never reached: {'; '.join(covered.never_reached)}")
    if 0 < len(covered.pairs_never_reached) <= SHOWN:
        _say(console, f"pairs never reached: {'; '.join(covered.pairs_never_reached)}")
    _say(console, f"{results.node.asked}: {summary(results)}")
    for command in to_go_on(results):
        _say(console, f"{'interrupted; ' if results.interrupted else ''}to go on: {command}")


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False)


def _show_group(console: Console, found: Found, *, whole: bool, traced: bool) -> None:
    name = f"{found.clause} ({found.variant})" if found.variant else found.clause
    verdict = f"[{STYLES[found.verdict]}]{found.verdict}[/]"
    _say(console, f"{found.count:>6}  {verdict} {escape(name)}: {escape(found.kind)}")
    if found.verdict == "unexplained" and whole:
        for line in [*found.script, f"allowed: {found.allowed}", f"seen:    {found.seen}"]:
            _say(console, f"          {escape(line)}")
        if found.trace is not None:
            _say(console, f"          trace:   {escape(found.trace)}")
        elif traced:
            _say(console, "          played step by step it is not seen, so that there is no trace of it")


def end_in_words(results: Results, end: Ended) -> str:
    """Why a node had to be started again, and which script is to blame."""
    if not end.script:
        return f"{end.why} (while several scripts were under way, none of which ends it alone)"
    if end.number is None:
        return f"{end.why} (a smaller form of a script: {'; '.join(end.script.splitlines())})"
    return f"{end.why} (script {results.exploration.seed}:{end.number})"


def summary(results: Results) -> str:
    """The numbers, in one line."""
    rate = results.scripts / results.seconds if results.seconds else 0.0
    return (
        f"{results.scripts} scripts, {results.steps} steps in {results.seconds:.1f} s ({rate:.0f} scripts/s), "
        f"{len(results.unexplained)} unexplained, {results.unsteady} unsteady"
    )


def to_go_on(results: Results) -> list[str]:
    """The options with which what was not played is explored."""
    asked = results.exploration
    same = f"--seed {asked.seed} " + (f"--depth {asked.depth} " if asked.depth else "") + f"--scripts {asked.scripts}"
    return [
        f"{same} --from {first}" + (f" --to {end}" if end < asked.scripts else "") for first, end in results.missing()
    ]
