"""The command ``gen-tck explore``: what is asked for, the shards, the results and what is said of them."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from gen_tck.adapters import registry
from gen_tck.adapters.interface import Capabilities, Node, NodeError
from gen_tck.adapters.recorder import Recorder, node_facts
from gen_tck.adapters.traces import Header, write
from gen_tck.conformance.explorer.explore import Exploration, Group, Outcome, Plan, merged
from gen_tck.conformance.explorer.judge import Finding
from gen_tck.conformance.explorer.player import IN_FLIGHT
from gen_tck.conformance.explorer.settled import Settled, SettledError, load, unseen
from gen_tck.conformance.explorer.stage import play
from gen_tck.conformance.verdicts import Case
from gen_tck.spec import clauses as clause_loader

TRACES = Path("gen-tck-explore")
"""Where traces go without ``--results``."""
MOST_DEPTH = 5
ENOUGH_SCRIPTS = 20_000
"""From so many scripts on, a settled difference that was not seen is worth a word."""

Told: TypeAlias = Callable[[int, int, int, float], None]
"""Scripts done, unexplained groups, transitions covered, scripts a second."""


class CannotExplore(Exception):
    """What was asked for makes no sense, or the node cannot be had; the message is one line."""


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    node: str
    plan: Plan
    erl: str = "erl"
    in_flight: int = IN_FLIGHT
    shards: int = 1
    results: Path | None = None
    strict: bool = False


@dataclass
class Explored:
    """What came of it."""

    options: Options
    capabilities: Capabilities
    outcome: Outcome
    settled: Sequence[Settled]

    @property
    def status(self) -> int:
        """The exit status: 0 nothing unexplained, 1 something, 2 could not tell."""
        if self.outcome.unexplained or self.outcome.deaths:
            return 1
        return 2 if self.outcome.interrupted or not self.outcome.scripts else 0

    def stale(self) -> list[str]:
        """A sentence for each settled difference that enough scripts did not show."""
        if self.outcome.scripts < ENOUGH_SCRIPTS:
            return []
        seen = {(each.clause, each.reason) for each in self.outcome.groups.values()}
        never = [each for each in self.settled if (each.clause, each.reason) not in seen]
        return [
            f"settled, but not seen in {self.outcome.scripts} scripts: {each.clause}: {each.reason}" for each in never
        ]


def check(options: Options) -> None:
    """Raise :class:`CannotExplore` for options that make no sense, before anything is started."""
    plan = options.plan
    if plan.first >= plan.scripts:
        raise CannotExplore(f"--from {plan.first} leaves nothing to do: there are {plan.scripts} scripts")
    if options.shards > plan.scripts - plan.first:
        raise CannotExplore(f"-n {options.shards} is more than there are scripts")
    if options.results is not None and not options.results.parent.is_dir():
        raise CannotExplore(f"--results {options.results}: there is no folder {options.results.parent}")


def explore(options: Options, told: Told = lambda *_: None) -> Explored:
    """Explore. Raises :class:`CannotExplore`."""
    check(options)
    try:
        entry = registry.find(options.node, erl=options.erl)
        node = entry.open()
        capabilities = node.capabilities
        node.close()
        file = entry.deviations.with_name(entry.deviations.name.replace("deviations.toml", "scripts.toml"))
        release = capabilities.details.get("release", "")
        settled = [] if options.strict else load(file, release, clause_loader.load())
        outcome = _alone(options, settled, told) if options.shards == 1 else _shards(options, settled, told)
    except (NodeError, SettledError, clause_loader.SpecError) as reason:
        raise CannotExplore(str(reason)) from reason
    explored = Explored(options, capabilities, outcome, settled)
    traces = _record(explored)
    if options.results is not None:
        options.results.write_bytes(msgspec.json.format(msgspec.json.encode(_document(explored, traces)), indent=1))
    return explored


# Shards


def _alone(options: Options, settled: Sequence[Settled], told: Told) -> Outcome:
    def progress(outcome: Outcome) -> None:
        rate = outcome.scripts / outcome.seconds if outcome.seconds else 0.0
        told(outcome.scripts, len(outcome.unexplained), len(outcome.coverage.transitions), rate)

    def open_node() -> Node:
        return registry.open_node(options.node, erl=options.erl)

    exploration = Exploration(open_node, options.plan, settled, in_flight=options.in_flight, progress=progress)
    try:
        outcome = exploration.run()
        if not outcome.interrupted:
            exploration.shrink()
        return outcome
    finally:
        exploration.close()


_told_to: Any = None


def _shard_begins(news: Any) -> None:
    global _told_to
    _told_to = news


def _shard(number: int, options: Options, settled: Sequence[Settled]) -> Outcome:
    def told(*news: float) -> None:
        _told_to.put((number, news))

    return _alone(options, settled, told)


def _shards(options: Options, settled: Sequence[Settled], told: Told) -> Outcome:
    """Every shard takes each so many-th script: together they do what one would do alone."""
    count, plan = options.shards, options.plan
    context = multiprocessing.get_context("spawn")
    news: Any = context.Queue()
    latest: dict[int, tuple[Any, ...]] = {}
    with ProcessPoolExecutor(count, mp_context=context, initializer=_shard_begins, initargs=(news,)) as pool:
        parts = [replace(options, plan=replace(plan, first=plan.first + number, step=count)) for number in range(count)]
        futures: list[Future[Outcome]] = [pool.submit(_shard, n, part, settled) for n, part in enumerate(parts)]
        while not all(each.done() for each in futures):
            try:
                number, what = news.get(timeout=0.2)
            except queue.Empty:
                continue
            except KeyboardInterrupt:
                break  # the shards have it too, and hand in what they have
            latest[number] = what
            known = list(latest.values())
            told(sum(k[0] for k in known), max(k[1] for k in known), max(k[2] for k in known), sum(k[3] for k in known))
        return merged([each.result() for each in futures])


# Results


def _record(explored: Explored) -> dict[tuple[str, str], Path]:
    """Play the small script of each unexplained group once more, for its trace."""
    options = explored.options
    groups = explored.outcome.unexplained
    if not groups:
        return {}
    folder = TRACES if options.results is None else options.results.with_suffix(".traces")
    written: dict[tuple[str, str], Path] = {}
    node = registry.open_node(options.node, erl=options.erl)
    try:
        for number, group in enumerate(groups, 1):
            finding = group.first
            recorder = Recorder(node)
            try:
                told = finding.report.told
                virtual = node.capabilities.clock == "virtual"
                play(recorder, told.script, told.expected, 0.0 if virtual else 0.5)
            except NodeError:
                node.close()
                node = registry.open_node(options.node, erl=options.erl)
                continue
            path = folder / f"script-{options.plan.seed}-{number}.trace"
            facts = node_facts(node.capabilities)
            name = f"script:{options.plan.seed}:{told.number}"
            header = Header(kit=version("gen-tck"), case=name, clauses=[group.clause], node=facts)
            write(path, header, recorder.events, _case(name, group))
            written[group.clause, group.kind] = path
    finally:
        node.close()
    return written


def _case(name: str, group: Group) -> Case:
    finding = group.first
    return Case(
        id=name,
        clauses=[group.clause],
        verdict="fail",
        expected=finding.allowed,
        seen=finding.seen,
        step=finding.lines[-1].partition(" => ")[0],
        message=group.kind,
    )


def _document(explored: Explored, traces: dict[tuple[str, str], Path]) -> dict[str, Any]:
    outcome, plan, options = explored.outcome, explored.options.plan, explored.options
    known = explored.capabilities
    return {
        "format": 1,
        "kit": {"name": "gen-tck", "version": version("gen-tck")},
        "node": {"asked": options.node, "name": known.name, "version": known.version, "details": known.details},
        "exploration": {"seed": plan.seed, "depth": plan.depth, "from": plan.first, "scripts": plan.scripts},
        "scripts": outcome.scripts,
        "steps": outcome.steps,
        "seconds": round(outcome.seconds, 3),
        "scripts_per_second": round(outcome.scripts / outcome.seconds, 1) if outcome.seconds else 0.0,
        "unsteady": outcome.unsteady,
        "resumed": outcome.resumed,
        "interrupted": outcome.interrupted,
        "next": outcome.next_number,
        "node_ended": outcome.deaths,
        "coverage": outcome.coverage.summary(),
        "groups": [_group(each, options, traces) for each in sorted_groups(outcome)],
        "stale": explored.stale(),
    }


def _group(group: Group, options: Options, traces: dict[tuple[str, str], Path]) -> dict[str, Any]:
    finding: Finding = group.first
    path = traces.get((group.clause, group.kind))
    beside = options.results.parent if options.results is not None else None
    return {
        "verdict": group.verdict,
        "clause": group.clause,
        "variant": group.variant,
        "kind": group.kind,
        "reason": group.reason,
        "count": group.count,
        "script": list(finding.lines),
        "number": finding.report.told.number,
        "allowed": finding.allowed,
        "seen": finding.seen,
        "trace": None if path is None else str(path.relative_to(beside) if beside is not None else path),
    }


def sorted_groups(outcome: Outcome) -> list[Group]:
    """Unexplained ones first, then the most frequent, then by name: the same findings give the same list."""
    order = {"unexplained": 0, "deviates": 1, "varies": 2}
    return sorted(outcome.groups.values(), key=lambda each: (order[each.verdict], -each.count, each.clause, each.kind))


__all__ = ["CannotExplore", "Explored", "Options", "check", "explore", "sorted_groups", "unseen"]
