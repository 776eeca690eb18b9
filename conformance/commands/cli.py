"""The command ``gen-tck``.

Everything that takes time to import is imported by the command that needs it, so that help comes at once.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import indent
from traceback import extract_tb
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from gen_tck.adapters import interrupts
from gen_tck.conformance.commands import options as common_options
from gen_tck.conformance.commands.errors import Failed, say_error
from gen_tck.conformance.commands.reports import Reporting, compare, report
from gen_tck.conformance.commands.traces import judge, replay
from gen_tck.conformance.output import screen as output
from gen_tck.conformance.output.documents import in_json
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.output.screen import STDERR, STDOUT, Screen, Styled
from gen_tck.conformance.output.targets import Target, to, words_beside

if TYPE_CHECKING:
    from gen_tck.conformance.results.file import Results
    from gen_tck.conformance.run.session import Run
    from gen_tck.spec.clauses import Clause
    from gen_tck.spec.ledger import Ledger

COULD_NOT_TELL = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="gen-tck")
@click.pass_context
def gen_tck(context: click.Context) -> int:
    """Judge implementations of Erlang's TCP sockets.

    Exit status: 0 as expected, 1 not, 2 could not tell.
    """
    if context.invoked_subcommand is None:
        for line in context.get_help().splitlines():
            STDERR.line(line)
    return COULD_NOT_TELL


for _command in (judge, replay, report, compare):
    gen_tck.add_command(_command)


def main() -> None:
    """Do what the command line says, and exit."""
    output.begin()
    status: object
    stdout = STDOUT.current
    try:
        status = gen_tck.main(standalone_mode=False)
        interrupts.check()  # whoever was in a hurry and got it all the same is told so
    except click.exceptions.Exit as reason:
        status = reason.exit_code
    except (click.Abort, KeyboardInterrupt):
        status = COULD_NOT_TELL
    except click.ClickException as reason:
        say_error(reason)
        status = COULD_NOT_TELL
    except SystemExit as reason:
        # click's own, where nobody reads its help to the end; or that of a node in this process, which proves nothing.
        status = 0 if STDOUT.is_replaced(stdout) else COULD_NOT_TELL
        if status:
            STDERR.line(f"Error: a node, or what it is made of, ended the kit: {reason.code}")
    except Exception as reason:  # Python's own status for it is 1, which is that of a judged difference
        STDERR.line(f"Error: the kit itself failed: {_fault(reason)}")
        status = COULD_NOT_TELL
    interrupts.ignore()
    if interrupts.came():
        STDERR.line("interrupted")
        status = COULD_NOT_TELL
    if not output.end() and not isinstance(status, int):
        status = COULD_NOT_TELL  # a verdict stays what it is; other commands have nothing but their words
    sys.exit(status if isinstance(status, int) else 0)


def _fault(reason: Exception) -> str:
    """An error that nobody expected, and the last place of the kit's own on the way to it, in one line."""
    places = [each for each in extract_tb(reason.__traceback__) if f"{os.sep}gen_tck{os.sep}" in each.filename]
    place = f" ({places[-1].filename.rpartition(f'{os.sep}gen_tck{os.sep}')[2]}:{places[-1].lineno})" if places else ""
    return f"{type(reason).__name__}: {reason}{place}"


@gen_tck.command()
@common_options.erl
def nodes(erl: str) -> None:
    """What can be certified from here, and what is missing for the rest."""
    from gen_tck.adapters.interface import NodeError
    from gen_tck.adapters.registry import known_nodes
    from gen_tck.spec.clauses import shortened

    for entry in known_nodes(erl=erl):
        try:
            node = entry.open()
        except NodeError as reason:
            state = f"missing: {reason}"
        else:
            known = node.capabilities
            state = f"ready: {known.name} {known.version} ({', '.join(shortened(known.profiles))})"
            node.close()
        STDOUT.line(f"{entry.name:<18}  {entry.description:<32}  {state}")


@gen_tck.command()
@click.argument("nodes", nargs=-1, metavar="[NODE]...")
@click.option("--profile", "profiles", multiple=True, metavar="PROFILE", help="Only cases of clauses of this profile.")
@click.option("--clause", "globs", multiple=True, metavar="GLOB", help="Only cases of matching clauses.")
@click.option(
    "-n", "workers", type=click.IntRange(0, 1000), default=0, metavar="WORKERS", help="Run in so many processes."
)
@common_options.erl
@click.option("--results", type=to, metavar="FILE", help="Write the results to FILE (JSON; -: standard output).")
@click.option("--html", type=to, metavar="FILE", help="Write a report for people to FILE.")
@click.option("--junit", type=to, metavar="FILE", help="Write a report to FILE as JUnit XML.")
@click.option("--strict", is_flag=True, help="Take no notice of the recorded deviations.")
@click.option("--update-deviations", is_flag=True, help="Record how the nodes fail now; reasons are left to you.")
@click.option(
    "--level", "levels", multiple=True, metavar="LEVEL", help="Judge clauses of this level (default: must, should)."
)
@click.option("--run-blocked", is_flag=True, help="Also run the cases that a failure blocks.")
@common_options.limit
@click.option("-x", "first_root", is_flag=True, help="Stop at the first failure.")
def certify(
    nodes: tuple[str, ...],
    profiles: tuple[str, ...],
    globs: tuple[str, ...],
    workers: int,
    erl: str,
    results: Target | None,
    html: Target | None,
    junit: Target | None,
    strict: bool,
    update_deviations: bool,
    levels: tuple[str, ...],
    run_blocked: bool,
    limits: tuple[str, ...],
    first_root: bool,
) -> int:
    """Run the tests on each NODE (default: reference) and say whether it conforms.

    For several nodes --results is a folder, in which each gets a file of its name.
    """
    from gen_tck.conformance.results.verdicts import JUDGED
    from gen_tck.conformance.run.session import Options, Run, UsageError

    nodes = nodes or ("reference",)
    if strict and update_deviations:
        raise click.UsageError("--strict takes no notice of what --update-deviations writes: leave one of them out")
    kept = _one_for_each(results, nodes)
    screen = words_beside(*(("--results", each) for each in kept), ("--html", html), ("--junit", junit))
    with Reporting(kept, html=html, junit=junit) as reports:
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
                run_blocked=run_blocked or update_deviations,
                limits=limits,
                first_root=first_root,
            )
            for node, path in zip(nodes, reports.results, strict=True)
        ]
        try:
            runs = [Run(each) for each in asked]
        except UsageError as reason:
            raise Failed.of(reason) from reason
        status = max(_certify_one(run, workers, screen, each) for run, each in zip(runs, kept, strict=True))
        reports.write()
    return status


def _one_for_each(results: Target | None, nodes: Sequence[str]) -> list[Target | None]:
    """Where the results of each of ``nodes`` go."""
    if results is None or len(nodes) == 1:
        return [results] * len(nodes)
    if results.path is None or not results.path.is_dir():
        raise click.UsageError("--results takes the results of one node: name one, or a folder for those of several")
    names = [re.sub(r"[^\w.@+-]+", "-", node).strip("-.") or "node" for node in nodes]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"two results would both be called {name}.json: certify one node after the other")
    return [Target(results.path / f"{name}.json") for name in names]


def _certify_one(run: Run, workers: int, screen: Screen, target: Target | None) -> int:
    """Certify one node, and say how it did. ``target``: where its results are found afterwards."""
    from gen_tck.conformance.reports.terminal import progress_bar, show_results
    from gen_tck.conformance.results.verdicts import EXIT_STATUS
    from gen_tck.conformance.run.certify import certify

    options = run.options
    with progress_bar(screen, options.node) as bar:
        outcome = certify(options, bar, workers=workers)
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


@gen_tck.command()
@click.argument("node", default="reference")
@click.option(
    "--scripts",
    type=click.IntRange(1, 100_000_000),
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
    help="Explore there, where gen-tck is installed too: popen//python=python3.12, ssh=HOST; see pytest-xdist.",
)
@common_options.erl
@click.option("--results", type=to, metavar="FILE", help="Write the results to FILE (JSON; -: standard output).")
@common_options.limit
@click.option("--strict", is_flag=True, help="Take no notice of what is settled.")
@click.option("--settled", is_flag=True, help="Play the scripts of what is settled instead: is it still seen?")
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
    settled: bool,
    script: str | None,
    trace: Target | None,
) -> int:
    """Play generated scripts on NODE and let the reference judge them.

    Script NUMBER of a seed and depth is the same everywhere. Results of parts, from one script to before another, are
    put together by gen-tck report.

    Exit status: 0 nothing unexplained, 1 something, or the node ended, 2 could not tell.
    """
    from gen_tck.conformance.explorer.findings.exploration import Plan
    from gen_tck.conformance.explorer.session import CannotExplore, Options, explore, status
    from gen_tck.conformance.reports.exploration_terminal import progress, show

    if settled or script is not None:
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
    """Play what is settled, or one script."""
    from gen_tck.conformance.commands import scripts as given_command
    from gen_tck.conformance.explorer.findings.user_scripts import CannotPlay

    mode, goes_with = ("settled", {"results"}) if script is None else ("script", {"trace"})
    goes_with |= {"node", "erl", "limits", mode}
    for option in context.command.params:
        name = option.name or ""
        if name not in goes_with and context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{option.opts[0]} does not go with --{mode}")
    screen = words_beside(("--results", results), ("--trace", trace))
    try:
        if script is None:
            return given_command.settled(screen, node, erl, limits, results)
        return given_command.script(screen, node, erl, limits, _script_text(script), trace)
    except CannotPlay as reason:
        where = "" if script is None else f"{'<stdin>' if script == '-' else script}: "
        raise Failed(f"{where}{reason}") from reason


def _script_text(script: str) -> str:
    """The text of the script in the file of that name. Raises ``CannotPlay``."""
    from gen_tck.conformance.explorer.findings.user_scripts import CannotPlay
    from gen_tck.spec import inputs

    try:
        with interrupts.raising():
            if script == "-":
                if sys.stdin is None:
                    raise CannotPlay("the script cannot be read: standard input is closed")
                return inputs.decoded(sys.stdin.buffer.read(inputs.MOST_TEXT + 1))
            return inputs.text(Path(script))
    except inputs.InputError as reason:
        raise CannotPlay(f"the script cannot be read: {reason}") from None
    except OSError as reason:
        raise CannotPlay(f"the script cannot be read: {inputs.cause(reason)}") from None


@gen_tck.command()
@click.argument("glob", default="*")
def clauses(glob: str) -> None:
    """List the clauses whose id matches GLOB, with level, profile and number of cases."""
    known = _clauses()
    wanted = _matching(glob, known)
    tests, dispositions = _tests(), _ledger(known).dispositions
    width = max(len(clause.id) for clause in wanted)
    for clause in wanted:
        count = len(tests.get(clause.id, ()))
        cases = f"{count} case{'' if count == 1 else 's'}"
        if clause.id in dispositions:
            cases = dispositions[clause.id].kind
        STDOUT.line(f"{clause.id:<{width}}  {clause.level:<6}  {clause.profile:<15}  {clause.basis:<10}  {cases}")


@gen_tck.command()
@click.argument("clause")
def show(clause: str) -> None:
    """Print one CLAUSE whole."""
    known = _clauses()
    if clause not in known:
        from gen_tck.conformance.run.collection import nearest

        raise Failed(f"no clause is called {clause!r}: {nearest(clause, known)}")
    found = known[clause]
    STDOUT.line(found.id)
    facts = {
        "level": found.level,
        "profile": found.profile,
        "basis": found.basis,
        "source": found.source,
        "builds on": ", ".join(found.builds_on),
        "variants": ", ".join(found.variants),
        "chosen by": found.chosen_by,
        "reason": found.reason,
        "text at": f"{found.file}:{found.line}",
    }
    for name, value in facts.items():
        if value:
            STDOUT.line(f"  {name:<9}  {value}")
    words = f"\n{found.text}\n\nIntent: {found.intent}\n\n"
    if found.example:
        words += f"Example (spec/EXAMPLES.md explains its words):\n\n{indent(found.example, '  ')}\n\n"
    for line in words.splitlines():
        STDOUT.line(line)
    for test in _tests().get(clause, ()):
        STDOUT.line(f"  {test}")
    disposition = _ledger(known).dispositions.get(clause)
    if disposition is not None:
        STDOUT.line(f"  {' '.join(filter(None, (disposition.kind, disposition.by)))}: {disposition.reason}")


def _clauses() -> dict[str, Clause]:
    from gen_tck.spec.clauses import SpecError, load

    try:
        return load()
    except SpecError as reason:
        raise Failed.of(reason) from reason


def _ledger(known: dict[str, Clause]) -> Ledger:
    from gen_tck.spec.ledger import LedgerError, load

    try:
        return load(known)
    except LedgerError as reason:
        raise Failed.of(reason) from reason


def _tests() -> dict[str, list[str]]:
    """The ids of the cases of each clause that has any."""
    from gen_tck.conformance.run.certify import collect

    try:
        collected = collect()
    except RuntimeError as reason:
        raise Failed(*str(reason).split("\n")) from reason
    tests: dict[str, list[str]] = {}
    for case in collected:
        for each in case.clauses:
            tests.setdefault(each, []).append(case.id)
    return tests


def _matching(glob: str, known: dict[str, Clause]) -> list[Clause]:
    from fnmatch import fnmatchcase

    found: Iterable[Clause] = (clause for clause in known.values() if fnmatchcase(clause.id, glob))
    wanted = list(found)
    if not wanted:
        from gen_tck.conformance.run.collection import nearest

        raise Failed(f"no clause matches {glob!r}: {nearest(glob, known)}")
    return wanted
