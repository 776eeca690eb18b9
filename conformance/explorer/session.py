"""The command ``gen-tck explore``: what is asked for, who explores, the results and what is said of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gen_tck.adapters import interrupts, registry
from gen_tck.adapters.interface import NodeError
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.findings import assembling
from gen_tck.conformance.explorer.findings import results as store
from gen_tck.conformance.explorer.findings.exploration import MOST_SHRUNK, SHRINK_SECONDS, Exploration, Outcome
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.playing import CannotExplore, explained
from gen_tck.conformance.explorer.findings.recorded import CASE, case_of, keep_what_differs
from gen_tck.conformance.explorer.findings.results import Found, Part, Results
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.places import NoPlace, places_of
from gen_tck.conformance.explorer.play.player import IN_FLIGHT, limits_for
from gen_tck.conformance.explorer.play.restarts import GivenUp
from gen_tck.conformance.explorer.script.offer import LeftOut
from gen_tck.conformance.explorer.shards import DistributionError, cut, distribute
from gen_tck.conformance.explorer.worker import Job
from gen_tck.conformance.output import files
from gen_tck.conformance.output.targets import Target
from gen_tck.conformance.traces import evidence

TRACES = Path("gen-tck-explore")
"""Where traces go without ``--results``."""


@dataclass(frozen=True)
class Watch:
    """Who is told how far it is."""

    played: Callable[[int, int, int, float], None] = lambda *_: None
    """Scripts done, unexplained groups, transitions covered, scripts a second."""
    then: Callable[[str, int, int], None] = lambda *_: None
    """What is done when all have been played, of which group of findings, of how many."""


NOBODY = Watch()


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    node: str
    plan: Plan
    erl: str = "erl"
    in_flight: int = IN_FLIGHT
    workers: tuple[str, ...] = ()
    """Who explores, as :mod:`~gen_tck.conformance.explorer.places` has it; without any, this process does."""
    results: Target | None = None
    """Where the results go, and the traces beside it if that is a file."""
    strict: bool = False
    limits: tuple[str, ...] = ()
    """``NAME=VALUE`` of :class:`~gen_tck.adapters.limits.Limits`."""


def status(results: Results) -> int:
    """The exit status: 0 nothing unexplained, 1 something, 2 could not tell."""
    if results.interrupted or results.kit_errors:
        return 2
    if results.unexplained or results.node_ended:
        return 1
    if results.refused or any(each.why == "refused" for each in results.left_out):
        return 2  # it claims what it does not have
    return 2 if results.missing() else 0


def check(options: Options) -> None:
    """Raise :class:`CannotExplore` for options that make no sense, before anything is started."""
    plan = options.plan
    if plan.end > plan.scripts:
        raise CannotExplore(f"--to {plan.end} is more than there are: {plan.scripts} scripts")
    if plan.first >= plan.end:
        there = f"--to {plan.end} is before it" if plan.last is not None else f"there are {plan.scripts} scripts"
        raise CannotExplore(f"--from {plan.first} leaves nothing to do: {there}")
    try:
        count = len(places_of(options.workers))
    except NoPlace as reason:
        raise CannotExplore(str(reason)) from reason
    if count > plan.end - plan.first:
        raise CannotExplore(f"{count} workers are more than there are scripts")
    with explained():
        if options.results is None:
            files.check_folder(TRACES, "traces")
        elif options.results.path is not None:
            evidence.check(options.results.path)


def explore(options: Options, watch: Watch = NOBODY) -> Results:
    """Explore. Raises :class:`CannotExplore`."""
    check(options)
    try:
        with explained():
            entry = registry.find(options.node, erl=options.erl, limits=limits_for(options.in_flight, options.limits))
            return _explore(options, entry, watch)
    except DistributionError as reason:
        raise CannotExplore(str(reason)) from reason


def _explore(options: Options, entry: Entry, watch: Watch) -> Results:
    def progress(outcome: Outcome) -> None:
        rate = outcome.scripts / outcome.seconds if outcome.seconds else 0.0
        watch.played(outcome.scripts, len(outcome.unexplained), len(outcome.coverage.transitions), rate)

    plan = options.plan
    exploration = Exploration(entry.open, plan, in_flight=options.in_flight, progress=progress)
    try:
        if not options.strict:
            exploration.know(entry)
        part = (
            _shards(options, exploration.left_out, watch)
            if options.workers
            else assembling.part_of(exploration.run(), plan.first)
        )
        _make_small(part, exploration, watch)
    finally:
        exploration.close()
    _keep_traces(part, options, entry, exploration.oracle, watch)
    results = assembling.assemble(
        part, plan, options.node, exploration.capabilities, exploration.left_out, exploration.known
    )
    if options.results is not None:
        options.results.write(store.encode(results), "results")
    return results


def _shards(options: Options, left_out: tuple[LeftOut, ...], watch: Watch) -> Part:
    plan, places = options.plan, places_of(options.workers)
    job = Job(
        node=options.node,
        erl=options.erl,
        limits=options.limits,
        strict=options.strict,
        in_flight=options.in_flight,
        seed=plan.seed,
        depth=plan.depth,
        scripts=plan.scripts,
        left_out=left_out,
    )

    def progress(part: Part) -> None:
        rate = part.scripts / part.seconds if part.seconds else 0.0
        watch.played(part.scripts, len(part.unexplained), len(part.gone_through), rate)

    return distribute(job, cut(plan.first, plan.end, len(places)), places, progress)


def _make_small(part: Part, exploration: Exploration, watch: Watch) -> None:
    """Find the smallest script of each unexplained group while there is time; Ctrl-C leaves the rest as they are."""
    if part.interrupted:
        return
    oracle, before = exploration.oracle, len(exploration.outcome.ends)
    until = time.monotonic() + SHRINK_SECONDS
    large = part.unexplained[:MOST_SHRUNK]
    try:
        for number, found in enumerate(large, 1):
            if not _before(until):
                break
            watch.then("making small scripts of what is unexplained", number, len(large))
            smaller = exploration.smaller_than(found.at(oracle), found.holds, partial(_before, until))
            if smaller is not None:
                found.show(smaller)
    except KeyboardInterrupt:
        part.interrupted = True
    except GivenUp:
        pass  # as they were found, then
    part.node_ended += map(assembling.ended, exploration.outcome.ends[before:])


def _before(until: float) -> bool:
    return time.monotonic() < until


# Traces


def _keep_traces(part: Part, options: Options, entry: Entry, oracle: Oracle, watch: Watch) -> None:
    """Play the small script of each unexplained group once more, for its trace; not after Ctrl-C."""
    if part.interrupted or not part.unexplained or options.results == Target():
        return
    results = None if options.results is None else options.results.path
    folder, beside = (TRACES, Path()) if results is None else (evidence.folder_of(results), results.parent)
    files.make_folder(folder, "traces")
    try:
        for number, found in enumerate(part.unexplained, 1):
            interrupts.check()
            watch.then("keeping traces of what is unexplained", number, len(part.unexplained))
            path = folder / f"script-{options.plan.seed}-{number}.trace"
            if _keep_trace(path, found, options.plan.seed, entry, oracle):
                found.trace = str(path.relative_to(beside))
    except KeyboardInterrupt:
        part.interrupted = True


def _keep_trace(path: Path, found: Found, seed: int, entry: Entry, oracle: Oracle) -> bool:
    """Play the script of ``found`` step by step and keep the trace; whether anything differed that way."""
    prediction = found.at(oracle).prediction
    node = entry.open()
    try:
        name = f"{CASE}{seed}:{prediction.number}"
        return keep_what_differs(path, prediction, node, oracle, lambda _, finding: case_of(name, finding))
    except NodeError:
        return False
    finally:
        node.close()


__all__ = ["CannotExplore", "Options", "check", "explore", "status"]
