"""The command ``gen-tck explore``."""

from __future__ import annotations

import click
from click.core import ParameterSource

from gen_tck.conformance.commands import completion
from gen_tck.conformance.commands import options as common_options
from gen_tck.conformance.commands.errors import Failed
from gen_tck.conformance.output.targets import Target, to, words_beside

_UNSAID = (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)
"""Where a value comes from that is not on the command line."""


@click.command()
@click.argument("node", default="reference", shell_complete=completion.nodes)
@click.option(
    "--scripts",
    type=click.IntRange(1, 10_000_000_000),
    default=10_000,
    show_default=True,
    metavar="N",
    help="How many scripts there are.",
)
@click.option(
    "--depth",
    type=click.IntRange(0, 5),
    default=0,
    show_default=True,
    metavar="D",
    help="The first are all those of a small alphabet up to this length.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**53),
    default=1,
    show_default=True,
    metavar="S",
    help="The rest are drawn from this.",
)
@click.option("--from", "first", type=click.IntRange(0), default=0, metavar="NUMBER", help="Begin with this script.")
@click.option("--to", "last", type=click.IntRange(1), metavar="NUMBER", help="End before this script.")
@click.option(
    "--in-flight",
    type=click.IntRange(1, 4000),
    default=96,
    show_default=True,
    metavar="K",
    help="So many at a time, on a node that plays by itself.",
)
@click.option("-n", "workers", type=click.IntRange(1, 64), metavar="WORKERS", help="Explore in so many processes.")
@click.option(
    "--tx",
    multiple=True,
    metavar="SPEC",
    help="Explore there, where gen-tck is installed too: popen//python=python3.12, ssh=HOST; see execnet.",
)
@common_options.erl
@click.option("--results", type=to, metavar="FILE", help="Write the results to FILE (JSON; -: standard output).")
@common_options.limit
@click.option("--strict", is_flag=True, help="Take no notice of what is known to differ.")
@click.option("--known", is_flag=True, help="Play the scripts of what is known to differ instead: is it still seen?")
@click.option(
    "--script",
    metavar="FILE",
    help="Play the script in FILE instead (-: standard input), line by line.",
)
@click.option("--trace", type=to, metavar="FILE", help="Write the trace of --script to FILE.")
@click.pass_context
def explore(
    context: click.Context,
    node: str,
    scripts: int,
    depth: int,
    seed: int,
    first: int,
    last: int | None,
    in_flight: int,
    workers: int | None,
    tx: tuple[str, ...],
    erl: str,
    results: Target | None,
    limits: tuple[str, ...],
    strict: bool,
    known: bool,
    script: str | None,
    trace: Target | None,
) -> int:
    """Play generated scripts on NODE and let the reference judge them.

    Script NUMBER of a seed and depth is the same everywhere. Results of parts, from one script to before another, are
    put together by gen-tck report.

    Exit status: 0 nothing unexplained, 1 something, or the node ended, 2 could not tell.
    """
    from gen_tck.conformance.explorer.findings.plan import Plan
    from gen_tck.conformance.explorer.session import CannotExplore, Options, explore, status
    from gen_tck.conformance.reports.exploration_terminal import progress, show

    if known or script is not None:
        return _given(context, node, erl, limits, results, script, trace)
    if trace is not None:
        raise click.UsageError("--trace goes with --script")
    if workers is not None:
        if tx:
            raise click.UsageError(f"-n {workers} is short for --tx {workers}*popen: leave one of them out")
        tx = (f"{workers}*popen",)
    options = Options(node, Plan(scripts, seed, depth, first, last), erl, in_flight, tx, results, strict, limits)
    screen = words_beside(("--results", results))
    try:
        with progress(screen, options) as told:
            found = explore(options, told)
    except CannotExplore as reason:
        raise Failed(str(reason)) from reason
    show(screen, found)
    return status(found)


def _given(
    context: click.Context,
    node: str,
    erl: str,
    limits: tuple[str, ...],
    results: Target | None,
    script: str | None,
    trace: Target | None,
) -> int:
    """Play what is known to differ, or one script."""
    from gen_tck.conformance.commands import scripts as given_command
    from gen_tck.conformance.explorer.findings.playing import CannotExplore

    mode, goes_with = ("known", {"results"}) if script is None else ("script", {"trace", "results"})
    goes_with |= {"node", "erl", "limits", mode}
    for option in context.command.params:
        name = option.name or ""
        if name not in goes_with and context.get_parameter_source(name) not in _UNSAID:
            raise click.UsageError(f"{option.opts[0]} does not go with --{mode}")
    screen = words_beside(("--results", results), ("--trace", trace))
    try:
        if script is None:
            return given_command.known(screen, node, erl, limits, results)
        return given_command.script(screen, node, erl, limits, given_command.text_of(script), trace, results)
    except CannotExplore as reason:
        where = "" if script is None else f"{'<stdin>' if script == '-' else script}: "
        raise Failed(f"{where}{reason}") from reason
