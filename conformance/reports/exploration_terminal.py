"""What an exploration looks like on a terminal or in a log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.looked import Looked
from gen_tck.conformance.explorer.findings.results import Ended, Found, KitErrors, Results
from gen_tck.conformance.explorer.generate.vocabulary import in_words
from gen_tck.conformance.explorer.session import Options, Watch
from gen_tck.conformance.output.screen import Screen, Styled

_OF_GIVEN = {
    "seen": "green",
    "not seen": "red",
    "differs": "red",
    "impossible": "red",
    "inconclusive": "yellow",
    "no script": "yellow",
}
STYLES = {"unexplained": "red", "flaky": "yellow", "deviates": "yellow", "varies": "green"}
MOST_OUT = 3
"""Transitions out of reach that are named."""
SHOWN = 20
"""Unexplained groups that are printed whole."""


@contextmanager
def progress(screen: Screen, options: Options) -> Iterator[Watch]:
    """A bar for the exploration, gone when it is over."""
    with screen.bar(options.node, options.plan.end - options.plan.first) as bar:

        def played(scripts: int, unexplained: int, covered: int, rate: float) -> None:
            found = f"{unexplained} unexplained" if unexplained else ""
            bar.update(scripts, told=f"{rate:.0f} scripts/s, {covered} transitions", alarm=found)

        def then(what: str, number: int, groups: int) -> None:
            bar.update(number, total=groups, told=f"{what} (Ctrl-C: let that be)")

        yield Watch(played, then)


def show(screen: Screen, results: Results) -> None:
    """Print what was found, in words."""
    if results.given or not results.exploration.scripts:
        for looked in results.given:
            show_looked(screen, looked)
        screen.line(given_in_words(results))
        if not results.exploration.scripts:
            for line in in_words(results.left_out):
                screen.line(line)
    if results.exploration.scripts:
        _show_drawn(screen, results)


def show_looked(screen: Screen, looked: Looked) -> None:
    """Print what a given script showed."""
    style = "yellow" if looked.right and looked.verdict != "seen" else _OF_GIVEN[looked.verdict]
    screen.line(Styled(f"{looked.verdict:>10}", style), f"  {name_of(looked)}: {looked.reason or looked.words}")
    for clause in looked.clauses:
        screen.line(f"            breaks {clause}")
    if looked.verdict in ("seen", "no script"):
        return
    if looked.right:
        if looked.sometimes:
            screen.line(f"            this time, as it may be: {looked.sometimes}")
        return
    for line in [looked.words, *looked.script.splitlines()]:
        screen.line(f"            {line.strip()}")


def name_of(looked: Looked) -> str:
    """The clause that it is about, if any."""
    name = looked.departure or looked.clause or looked.name
    return f"{name} ({looked.variant})" if looked.variant else name


def given_in_words(results: Results) -> str:
    """How many of the given scripts showed what they should."""
    played = [each for each in results.given if each.verdict != "no script"]
    right, rest = sum(each.right for each in played), len(results.given) - len(played)
    unshown = f"; no script shows {rest} more" if rest else ""
    return f"{results.node.asked}: {right} of {len(played)} {_what(results.given)} as recorded{unshown}"


def _what(given: Sequence[Looked]) -> str:
    return "known differences are" if all(each.reason for each in given) else "given scripts went"


def _show_drawn(screen: Screen, results: Results) -> None:
    for number, found in enumerate(results.groups):
        _show_group(screen, found, whole=number < SHOWN, traced=not results.interrupted)
    for end in results.node_ended:
        screen.line(Styled("the node had to be started again:", "red"), f" {end_in_words(results, end)}")
    for each in results.kit_errors:
        screen.line(Styled("kit-error:", "red"), f" {kit_error_in_words(results, each)}")
    for what, numbers in sorted(results.undecided.items()):
        screen.line(Styled(f"{what}:", "yellow"), f" {undecided_in_words(results, numbers)}")
    if results.given_up:
        screen.line(Styled("ended early:", "red"), f" {results.given_up}")
    for sentence in results.stale():
        screen.line(sentence)
    for line in left_out_in_words(results):
        screen.line(line)
    covered = results.coverage
    screen.line(covered.in_words())
    if covered.never_reached:
        screen.line(f"never reached: {'; '.join(covered.never_reached)}")
    if 0 < len(covered.pairs_never_reached) <= SHOWN:
        screen.line(f"pairs never reached: {'; '.join(covered.pairs_never_reached)}")
    if results.outcomes:
        screen.line(allowed_in_words(results))
    screen.line(f"{results.node.asked}: {summary(results)}")
    for command in to_go_on(results):
        screen.line(f"{'interrupted; ' if results.interrupted else ''}to go on: {command}")


def _show_group(screen: Screen, found: Found, *, whole: bool, traced: bool) -> None:
    name = f"{found.clause} ({found.variant})" if found.variant else words.clause(found.clause)
    screen.line(f"{found.count:>6}  ", Styled(found.verdict, STYLES[found.verdict]), f" {name}: {found.kind}")
    if found.verdict in ("unexplained", "flaky") and whole:
        for line in [*found.script, f"allowed: {found.allowed}", f"seen:    {found.seen}"]:
            screen.line(f"          {line}")
        if found.trace is not None:
            screen.line(f"          trace:   {found.trace}")
        elif traced and found.verdict == "unexplained":
            screen.line("          played step by step it is not seen, so that there is no trace of it")


def end_in_words(results: Results, end: Ended) -> str:
    """Why a node had to be started again, and which script is to blame."""
    if not end.script:
        return f"{end.why} (while several scripts were under way, none of which ends it alone)"
    if end.number is None:
        return f"{end.why} (a smaller form of a script: {'; '.join(end.script.splitlines())})"
    return f"{end.why} (script {results.exploration.seed}:{end.number})"


def kit_error_in_words(results: Results, each: KitErrors) -> str:
    """How the kit stumbles, over how many scripts, and the first of them."""
    scripts = "1 script" if each.count == 1 else f"{each.count} scripts"
    first = f"{results.exploration.seed}:{each.number}"
    return f"{scripts} could not be judged, the first is {first}: {each.why} ({'; '.join(each.script.splitlines())})"


def undecided_in_words(results: Results, numbers: Sequence[int]) -> str:
    """Of which scripts nothing can be told, the first of them, and how the first is played again."""
    asked = results.exploration
    named = ", ".join([f"{asked.seed}:{each}" for each in numbers])
    again = f"--seed {asked.seed} --scripts {asked.scripts} --from {numbers[0]} --to {numbers[0] + 1}"
    return f"{named} ({again})"


def left_out_in_words(results: Results) -> Iterator[str]:
    """What was not asked of the node, what it refused, and what could not be reached so."""
    yield from in_words(results.left_out)
    for each in results.refused:
        scripts = "1 script" if each.count == 1 else f"{each.count} scripts"
        first = f"{results.exploration.seed}:{each.number}"
        yield f"{scripts} could not be played, the first is {first}: {each.why}"
    out = results.coverage.out_of_reach
    if out:
        shown = f"{'; '.join(out[:MOST_OUT])}{f' and {len(out) - MOST_OUT} more' if out[MOST_OUT:] else ''}"
        yield f"out of reach of what the node has, and not counted: {shown}"


def summary(results: Results) -> str:
    """The numbers, in one line."""
    rate = results.scripts / results.seconds if results.seconds else 0.0
    return (
        f"{results.scripts} scripts, {results.steps} steps in {results.seconds:.1f} s ({rate:.0f} scripts/s), "
        f"{len(results.unexplained)} unexplained, {results.flaky} flaky, {results.inconclusive} inconclusive"
    )


def allowed_in_words(results: Results) -> str:
    """How much is allowed."""
    mean, most = results.allowed_on_average(), results.allowed_at_most(0.99)
    return f"{mean:.3f} outcomes are allowed at a step on average, at most {most} at 99 steps of 100"


def to_go_on(results: Results) -> list[str]:
    """The options with which what was not played is explored."""
    asked = results.exploration
    same = f"--seed {asked.seed} " + (f"--depth {asked.depth} " if asked.depth else "") + f"--scripts {asked.scripts}"
    return [
        f"{same} --from {first}" + (f" --to {end}" if end < asked.scripts else "") for first, end in results.missing()
    ]
