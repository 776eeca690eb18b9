"""The commands that take traces: ``gen-tck judge`` and ``gen-tck replay``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gen_tck.conformance.commands import options as common_options
from gen_tck.conformance.commands.errors import COULD_NOT_TELL, Failed, say_error
from gen_tck.conformance.commands.specification import known_clauses
from gen_tck.conformance.output.documents import in_text
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.output.streams import STDERR, STDOUT
from gen_tck.conformance.output.targets import Target, to

if TYPE_CHECKING:
    from gen_tck.conformance.commands.rejudge import Judged
    from gen_tck.conformance.commands.replay import Replayed
    from gen_tck.conformance.results.verdicts import Case
    from gen_tck.conformance.traces.file import Trace

FAILED = 1


@click.command()
@click.argument("traces", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="TRACE...")
@common_options.limit
def judge(traces: tuple[Path, ...], limits: tuple[str, ...]) -> int:
    """Say the verdict of each recorded TRACE, without the subject.

    The test of the case runs on what was recorded; the verdict that was written down is only compared with it.
    """
    from gen_tck.adapters.limits import LimitError, parse
    from gen_tck.conformance.commands.rejudge import rejudge
    from gen_tck.conformance.run.session import UsageError
    from gen_tck.conformance.traces.file import TraceError

    try:
        known = parse(limits)
    except LimitError as reason:
        raise Failed.of(reason) from reason
    status, readable = 0, []
    for path in traces:
        try:
            readable.append(_read(path, limits))
        except click.ClickException as reason:
            say_error(reason)
            status = COULD_NOT_TELL
    try:
        found = rejudge(readable, known)
    except (TraceError, UsageError) as reason:
        raise Failed.of(reason) from reason
    for judged in found:
        status = max(status, _say(judged))
    if len(traces) > 1:
        STDOUT.line(f"{len(traces)} traces, {sum(each.agrees for each in found)} judged as recorded")
    return status


def _say(judged: Judged) -> int:
    """Print one verdict; the exit status that it asks for."""
    from gen_tck.conformance.reports.case_text import case_lines

    case, path = judged.case, judged.trace.path
    if case is None:
        STDOUT.line(f"{path}: could not tell")
        STDERR.line(f"  {judged.trouble}")
        return COULD_NOT_TELL
    if judged.agrees:
        STDOUT.line(f"{path}: {case.verdict}, as recorded")
    else:
        STDOUT.line(f"{path}: {case.verdict}; recorded was {_in_short(judged.recorded)}")
    if case.verdict not in ("pass", "varies"):
        clause = known_clauses().get(case.clauses[0]) if case.clauses else None
        for line in case_lines(case, clause, f"gen-tck replay {_quoted(path)} --as erlang"):
            STDOUT.line(f"    {line}")
    if case.verdict in ("pass", "varies", "deviates"):
        return 0
    return FAILED if case.verdict == "fail" else COULD_NOT_TELL


def _in_short(case: Case) -> str:
    rest = ", ".join(case.variants) or (f"expected {case.expected}, saw {case.seen}" if case.expected else "")
    return f"{case.verdict} ({rest})" if rest else case.verdict


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--node", metavar="NODE", help="Run the case on this node and compare.")
@common_options.erl
@click.option("--as", "form", type=click.Choice(["erlang"]), help="Print a module that does the same on any Erlang.")
@click.option("-o", "output", type=to, metavar="FILE", help="Write the module to FILE.")
@common_options.limit
def replay(
    trace: Path, node: str | None, erl: str, form: str | None, output: Target | None, limits: tuple[str, ...]
) -> int:
    """Run a recorded TRACE again, on a node of the kit or as an Erlang module of its own."""
    if (node is None) == (form is None):
        raise click.UsageError("say where: either --node NODE or --as erlang")
    if output is not None and form is None:
        raise click.UsageError("-o goes with --as erlang")
    if node is not None:
        return _replay(_read(trace, limits), node, erl, limits)
    target = output or Target()
    try:
        target.check("the module")
        target.write(in_text(_module(_read(trace, limits))), "the module")
    except FileError as reason:
        raise Failed(str(reason)) from reason
    return 0


def _module(trace: Trace) -> str:
    from gen_tck.conformance.traces.erlang_export import erlang_module
    from gen_tck.conformance.traces.file import TraceError

    sentences = {each.id: each.sentence for each in known_clauses().values()}
    try:
        return erlang_module(trace, sentences)
    except TraceError as reason:
        raise click.ClickException(str(reason)) from reason
    except (LookupError, TypeError, ValueError) as reason:
        raise Failed(f"{trace.path}: the lines do not hold together: {reason!r}") from None


def _replay(trace: Trace, node: str, erl: str, limits: tuple[str, ...]) -> int:
    from gen_tck.adapters.interface import NodeError
    from gen_tck.conformance.commands.replay import CannotReplay, replay
    from gen_tck.conformance.run.session import UsageError
    from gen_tck.conformance.traces.file import TraceError

    try:
        replayed = replay(trace, node, erl, limits)
    except (CannotReplay, TraceError, UsageError, NodeError) as reason:
        raise Failed.of(reason) from reason
    facts = trace.header.node
    STDOUT.line(trace.header.case)
    STDOUT.line(f"recorded on {facts.name} {facts.version}: {_in_short(replayed.recorded)}")
    STDOUT.line(f"now on {replayed.node}: {_in_short(replayed.case)}")
    STDOUT.line("")
    _say_steps(replayed)
    if replayed.agrees:
        STDOUT.line("")
        STDOUT.line("same: the verdict is the recorded one")
        return 0
    STDOUT.line("")
    STDOUT.line("different: the verdict is another one")
    return FAILED if replayed.case.verdict in ("pass", "varies", "fail") else COULD_NOT_TELL


def _say_steps(replayed: Replayed) -> None:
    first = replayed.difference
    for step in replayed.steps[:first]:
        STDOUT.line(f"  {step.at:7.3f}  {step}")
    if first is None:
        return
    STDOUT.line("first difference, - recorded, + now:")
    for mark, steps in (("-", replayed.recorded_steps), ("+", replayed.steps)):
        for step in steps[first:]:
            STDOUT.line(f"{mark} {step.at:7.3f}  {step}")


def _quoted(path: Path | None) -> str:
    return shlex.quote(str(path))


def _read(path: Path, limits: tuple[str, ...]) -> Trace:
    from gen_tck.adapters.limits import LimitError, parse
    from gen_tck.conformance.traces.file import TraceError, read

    try:
        return read(path, parse(limits))
    except (LimitError, TraceError) as reason:
        raise Failed.of(reason) from reason
