"""What an exploration looks like on a terminal or in a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from gen_tck.conformance.explorer.command import Explored, Options, Told, sorted_groups

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
        total = options.plan.scripts - options.plan.first
        task = bar.add_task(options.node, total=total, rate=0.0, covered=0, found="")

        def told(scripts: int, unexplained: int, covered: int, rate: float) -> None:
            found = f"{unexplained} unexplained" if unexplained else ""
            bar.update(task, completed=scripts, rate=rate, covered=covered, found=found)

        yield told


def show_explored(console: Console, explored: Explored) -> None:
    """Print what was found, in words."""
    outcome, plan = explored.outcome, explored.options.plan
    for number, group in enumerate(sorted_groups(outcome)):
        style = STYLES[group.verdict]
        name = f"{group.clause} ({group.variant})" if group.variant else group.clause
        console.print(
            f"{group.count:>6}  [{style}]{group.verdict}[/] {escape(name)}: {escape(group.kind)}", soft_wrap=True
        )
        if group.verdict == "unexplained" and number < SHOWN:
            for line in group.first.lines:
                console.print(f"          {escape(line)}", soft_wrap=True, highlight=False)
            console.print(f"          allowed: {escape(group.first.allowed)}", soft_wrap=True, highlight=False)
            console.print(f"          seen:    {escape(group.first.seen)}", soft_wrap=True, highlight=False)
    for sentence in outcome.deaths:
        console.print(f"[red]the node had to be started again:[/] {escape(sentence)}", soft_wrap=True)
    for sentence in explored.stale():
        console.print(escape(sentence), soft_wrap=True)
    covered = outcome.coverage.summary()
    console.print(
        f"{covered['transitions']} of {covered['of_transitions']} transitions, {covered['pairs']} pairs gone through",
        highlight=False,
    )
    never = outcome.coverage.missing()
    if never:
        console.print(f"never reached: {'; '.join(never)}", soft_wrap=True, highlight=False)
    rate = outcome.scripts / outcome.seconds if outcome.seconds else 0.0
    unexplained = len(outcome.unexplained)
    console.print(
        f"{explored.options.node}: {outcome.scripts} scripts, {outcome.steps} steps in {outcome.seconds:.1f} s "
        f"({rate:.0f} scripts/s), {unexplained} unexplained, {outcome.unsteady} unsteady, "
        f"{outcome.resumed} gone on with after a difference",
        highlight=False,
    )
    if outcome.interrupted:
        console.print(
            f"interrupted; to go on: --seed {plan.seed} --from {outcome.next_number} --scripts {plan.scripts}",
            highlight=False,
        )
