"""The modes of ``truth.py``: what is to be run, and what of what came of it is not as it should be."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import msgspec

from gen_tck.adapters.registry import find
from gen_tck.conformance.results.deviations import Deviation
from gen_tck.conformance.results.verdicts import Case
from gen_tck.spec import toml
from truth_runs import HERE, NO_ANSWER, Job, Kept, Store, erl

NODES = HERE / "tests" / "nodes"
STRICT = ("--strict", "--run-blocked")
WORKERS = (0, 2, 4)
ROOTS = ("inet.monitor/1", "gen_tcp.unrecv/2", "gen_tcp.shutdown/2", "inet.getstat/2")
"""Calls that hardly build on one another: a node on which none of them comes back has as many roots."""
SICK = ("mute", "deaf", "refuse", "die-always")
"""Nodes of ``tests/nodes`` that are bad all through."""
UNSURE = ("flaky", "inconclusive", "not-run", "adapter-error", "kit-error")


@dataclass
class Bench:
    """What is asked for, and what is kept."""

    store: Store
    releases: list[str]
    nodes: list[str]
    runs: int | None
    clauses: list[str]
    load: list[str]
    """Of ``idle`` and ``busy``: whether four loops keep the machine so meanwhile."""

    def times(self, usual: int) -> int:
        """How often a thing is done."""
        return usual if self.runs is None else self.runs

    def kept(self, jobs: list[Job]) -> list[tuple[Job, Kept]]:
        """Those of ``jobs`` that are done."""
        return [(job, self.store.runs[job.key]) for job in jobs if job.key in self.store.runs]

    def jobs(self, mode: str) -> list[Job]:
        """The jobs of ``mode``, of the clauses that are asked for."""
        globs = [f"--clause={each}" for each in self.clauses]
        name = " ".join(self.clauses)
        jobs = [each for each in MODES[mode][0](self) if ("busy" if each.busy else "idle") in self.load]
        return [replace(job, key=f"{job.key} {name}".strip(), flags=(*job.flags, *globs)) for job in jobs]

    def relay(self, release: str, name: str, *meddling: str) -> str:
        """The manifest of a relay before OTP, with the recorded deviations of OTP beside it."""
        folder = self.store.folder / f"{name}-{release}"
        folder.mkdir(exist_ok=True)
        command = [sys.executable, str(NODES / "relay.py"), "--erl", erl(release), *meddling]
        (folder / "node.toml").write_text(f"command = {json.dumps(command)}\n")
        shutil.copy(find("otp").deviations, folder / "deviations.toml")
        return str(folder / "node.toml")


class Wrong(NamedTuple):
    """Something that is not as it should be."""

    run: str
    """The key of the run."""
    case: str
    what: str


Wrongs = Iterator[Wrong]


def strict_jobs(bench: Bench) -> list[Job]:
    return [
        Job(
            f"strict/{node}/{release}/n{workers}/{'busy' if busy else 'idle'}/{number}",
            node,
            release,
            (*STRICT, "-n", str(workers)),
            busy,
        )
        for number in range(bench.times(5))
        for busy in (False, True)
        for workers in WORKERS
        for node in bench.nodes
        for release in bench.releases
    ]


def strict(bench: Bench, jobs: list[Job]) -> Wrongs:
    for job, kept in bench.kept(jobs):
        document = toml.read(find(job.node).deviations)
        entries = msgspec.convert(document.get("deviation", []), list[Deviation])
        entries = [each for each in entries if each.releases is None or job.release in each.releases]
        if not kept.cases:
            yield Wrong(job.key, "", f"no results: {kept.last}")
        for case in kept.cases:
            recorded = any(each.is_about(case) for each in entries)
            failed = case.verdict == "fail" or (case.verdict == "blocked" and case.own == "fail")
            unsure = case.verdict if case.verdict in UNSURE else case.own if case.own in UNSURE else None
            if unsure is not None or failed != recorded:
                own = f", itself {case.own}" if case.own else ""
                known = "recorded" if recorded else "not recorded"
                what = f"{case.verdict}{own}, {known}: {case.seen or case.message}"
                yield Wrong(f"{job.key}", f"{job.node} {job.release} {case.id}", what)


def differences(job: Job, first: Kept, kept: Kept) -> Wrongs:
    """Where a run differs from the first of its kind, and what it is not sure of."""
    if not kept.cases:
        yield Wrong(job.key, "", f"no results: {kept.last}")
        return
    before, now = first.verdicts, kept.verdicts
    seen = {case.id: case.seen or case.message for case in kept.cases}
    for case in sorted(before.keys() | now.keys()):
        if before.get(case) != now.get(case) or now.get(case) in UNSURE:
            what = f"{now.get(case)}, was {before.get(case)}: {seen.get(case, '')}"
            yield Wrong(job.key, f"{job.node} {job.release} {case}", what)


def steady_jobs(bench: Bench) -> list[Job]:
    kinds = [(node, release) for node in bench.nodes for release in bench.releases]
    jobs = []
    for number in range(bench.times(300)):
        round_, kind = divmod(number, len(kinds))
        node, release = kinds[kind]
        busy = round_ % 2 == 1
        key = f"steady/{node}/{release}/{'busy' if busy else 'idle'}/{round_}"
        jobs.append(Job(key, node, release, busy=busy))
    return jobs


def steady(bench: Bench, jobs: list[Job]) -> Wrongs:
    firsts: dict[tuple[str, str], Kept] = {}
    for job, kept in bench.kept(jobs):
        yield from differences(job, firsts.setdefault((job.node, job.release), kept), kept)


def stopped_jobs(bench: Bench) -> list[Job]:
    calm = [Job(f"stopped/otp/{release}/calm", "otp", release) for release in bench.releases]
    seeds = range(bench.times(50))
    kinds = [bench.releases[seed % len(bench.releases)] for seed in seeds]
    return calm + [Job(f"stopped/otp/{kinds[seed]}/{seed}", "otp", kinds[seed], stops=seed) for seed in seeds]


def stopped(bench: Bench, jobs: list[Job]) -> Wrongs:
    firsts: dict[str, Kept] = {}
    for job, kept in bench.kept(jobs):
        if job.stops is None:
            firsts[job.release] = kept
        elif job.release in firsts:
            yield from differences(job, firsts[job.release], kept)
            if not kept.stops:
                yield Wrong(job.key, "", "it was never stopped")


def relay_jobs(bench: Bench) -> list[Job]:
    found = []
    for release in bench.releases:
        faultless = bench.relay(release, "faultless")
        meddling = bench.relay(release, "no-answer", "--open", NO_ANSWER)
        found += [Job(f"relay/{release}/faultless", faultless, release, marks=True)]
        found += [Job(f"relay/{release}/no-answer", meddling, release)]
    return found


def relay(bench: Bench, jobs: list[Job]) -> Wrongs:
    for release in bench.releases:
        done = {job.marks: kept for job, kept in bench.kept(jobs) if job.release == release}
        if len(done) < 2:
            continue
        good, bad = done[True], done[False]
        for kept in (good, bad):
            if not kept.cases:
                yield Wrong(kept.key, "", f"no results: {kept.last}")
        lost = {case.id: case.verdict for case in bad.cases if case.verdict != good.verdicts.get(case.id)}
        for case in sorted(lost.keys() - set(good.users)):
            yield Wrong(bad.key, f"{release} {case}", f"{lost[case]}, and does not use {NO_ANSWER}")
        for case in sorted(set(good.users) - lost.keys()):
            yield Wrong(bad.key, f"{release} {case}", f"{bad.verdicts.get(case)}, though it uses {NO_ANSWER}")


def speed_jobs(bench: Bench) -> list[Job]:
    roots = bench.relay(bench.releases[0], "roots", *(word for call in ROOTS for word in ("--open", call)))
    nodes = {
        **{f"{node}-{release}": (node, release) for node in bench.nodes for release in bench.releases},
        "reference": ("reference", ""),
        **{sick: (str(NODES / f"{sick}.toml"), "") for sick in SICK},
        "good": (bench.relay(bench.releases[0], "faultless"), bench.releases[0]),
        "roots": (roots, bench.releases[0]),
    }
    return [
        Job(f"speed/{name}/{number}{_PLAIN if plain else ''}", node, release, _unchecked(name), keeps=not plain)
        for number in range(bench.times(5))
        for name, (node, release) in nodes.items()
        for plain in ((False,) if name in SICK else (True, False))
    ]


_PLAIN = " plain"


def _unchecked(name: str) -> tuple[str, ...]:
    return ("--no-check",) if name in SICK else ()


def speed(bench: Bench, jobs: list[Job]) -> Wrongs:
    """What a case costs, beside the recorded misses: as a user runs it, and with results and traces."""
    whole: dict[str, list[Kept]] = {}
    plain: dict[str, list[Kept]] = {}
    for job, kept in bench.kept(jobs):
        (whole if job.keeps else plain).setdefault(job.key.split("/")[1], []).append(kept)
    walls = {name: statistics.median(each.wall for each in runs) for name, runs in whole.items()}
    print(f"{'':<16}{'ms a case':>11}{'with results':>14}{'s a recorded miss':>19}{'s in all':>10}")
    for name, runs in whole.items():
        missed = [case.seconds for each in runs for case in each.cases if is_miss(case)]
        miss = f"{statistics.mean(missed):.3f}" if missed else ""
        counted = [each for each in runs if each.cases]
        with_results = _shown([beside_misses(each, each.seconds) for each in counted])
        one = _shown([beside_misses(counted[0], each.seconds) for each in plain.get(name, ()) if counted])
        print(f"{name:<16}{one:>11}{with_results:>14}{miss:>19}{walls[name]:>10.2f}")
    if {"good", "roots"} <= walls.keys():
        print(f"each of {len(ROOTS)} roots costs {(walls['roots'] - walls['good']) / len(ROOTS):.2f} s")
    yield from ()


def _shown(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.2f}" if seconds else ""


def is_miss(case: Case) -> bool:
    """Whether it is a recorded deviation that had to be waited for."""
    return case.verdict == "deviates" and case.waited is not None


def beside_misses(kept: Kept, seconds: float) -> float:
    """Of so many seconds for the cases of ``kept``, those a case without the recorded misses."""
    missed = [case.seconds for case in kept.cases if is_miss(case)]
    return (seconds - sum(missed)) / (len(kept.cases) - len(missed) or 1)


MODES: dict[str, tuple[Callable[[Bench], list[Job]], Callable[[Bench, list[Job]], Wrongs]]] = {
    "strict": (strict_jobs, strict),
    "steady": (steady_jobs, steady),
    "stopped": (stopped_jobs, stopped),
    "relay": (relay_jobs, relay),
    "speed": (speed_jobs, speed),
}
