"""Is a verdict true and always the same? Measures it through ``gen-tck certify``, as often as it takes.

    python benchmarks/truth.py --keep DIR [MODE ...] [--runs N] [--release 25 27 29] [--node otp otp-socket]
                               [--load idle] [--summary]

``strict``    without the recorded deviations, exactly the cases of the record fail: idle, under load, any ``-n``
``steady``    all nodes and releases in turn, every other round under load: the verdicts are those of the first
``stopped``   the VM is stopped for 0.3 to 3 s, again and again: the verdicts are those of an undisturbed run
``relay``     OTP whose ``inet:monitor/1`` never comes back loses the cases that use it, and no other
``speed``     what a case costs, a recorded miss, the reference, a mute node, and a node with several roots

What is done is kept in DIR and not done again: stop it with Ctrl-C and start it anew whenever you like. ``--summary``
only says what is kept. Exit status: 0 if all is as it should be, 1 if not, 2 if something has not been run yet.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import msgspec

from gen_tck.adapters.registry import find
from gen_tck.conformance.results.deviations import Deviation
from gen_tck.conformance.results.verdicts import Case
from gen_tck.spec import toml

HERE = Path(__file__).resolve().parents[1]
NODES = HERE / "tests" / "nodes"
STRICT = ("--strict", "--run-blocked")
BUSY_LOOPS = 4
WORKERS = (0, 2, 4)
NO_ANSWER = "inet.monitor/1"
ROOTS = ("inet.monitor/1", "gen_tcp.unrecv/2", "gen_tcp.shutdown/2", "inet.getstat/2")
"""Calls that hardly build on one another: a node on which none of them comes back has as many roots."""
SICK = ("mute", "deaf", "refuse", "die-always")
"""Nodes of ``tests/nodes`` that are bad all through."""
UNSURE = ("flaky", "inconclusive", "not-run", "adapter-error", "kit-error")
STOPS = {"between": (0.2, 2.0), "for": (0.3, 3.0)}
"""Seconds between two stops of the VM, and for which it is stopped."""


@dataclass(frozen=True)
class Job:
    """One run of ``gen-tck certify``."""

    key: str
    """Its name in the file of what is kept: ``mode/node/release/...``"""
    node: str
    release: str = ""
    flags: tuple[str, ...] = ()
    busy: bool = False
    stops: int | None = None
    """The seed of the moments at which the VM is stopped; ``None``: it is not."""
    marks: bool = False
    """Mark the cases that make the call :data:`NO_ANSWER`."""


class Kept(msgspec.Struct):
    """What is kept of a run."""

    key: str
    status: int
    last: str
    """The last line that was printed."""
    wall: float
    """Seconds from start to end."""
    seconds: float = 0.0
    """Seconds by its own account."""
    cases: list[Case] = []
    """Without their words, where they passed."""
    users: list[str] = []
    """The cases that make the call :data:`NO_ANSWER`, if they were marked."""
    stops: int = 0

    @property
    def verdicts(self) -> dict[str, str]:
        """What was said of each case, by its id."""
        return {case.id: case.verdict for case in self.cases}


class Store:
    """The file of what is kept."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._file = folder / "truth.jsonl"
        self.runs: dict[str, Kept] = {}
        for line in self._file.read_bytes().splitlines() if self._file.exists() else ():
            with contextlib.suppress(msgspec.MsgspecError):  # half a line, of a run that was killed
                kept = msgspec.json.decode(line, type=Kept)
                self.runs[kept.key] = kept

    def add(self, kept: Kept) -> None:
        """Keep it for good."""
        self.runs[kept.key] = kept
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(kept) + b"\n")


# Running


@contextlib.contextmanager
def load(wanted: bool) -> Iterator[None]:
    """Keep the machine busy meanwhile, if ``wanted``."""
    spin = [sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(spin, stderr=subprocess.DEVNULL) for _ in range(BUSY_LOOPS if wanted else 0)]
    try:
        yield
    finally:
        for each in loops:
            each.kill()
            each.wait()


def vms_below(parent: int) -> list[int]:
    """The Erlang VMs among the descendants of a process."""
    found: list[int] = []
    waiting = [parent]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
            found += [pid] if name == "beam.smp" else []
    return found


class Stopper(threading.Thread):
    """Stops the VM below a process now and then."""

    def __init__(self, parent: int, seed: int) -> None:
        super().__init__(daemon=True)
        self._parent = parent
        self._random = random.Random(seed)
        self._over = threading.Event()
        self.stops = 0

    def run(self) -> None:
        while not self._over.wait(self._random.uniform(*STOPS["between"])):
            for pid in vms_below(self._parent):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
                    try:
                        self.stops += 1
                        self._over.wait(self._random.uniform(*STOPS["for"]))
                    finally:
                        os.kill(pid, signal.SIGCONT)

    def end(self) -> None:
        """No more of it; the VM runs again."""
        self._over.set()
        self.join()


def run(job: Job, erl: str) -> Kept:
    """Do ``job`` in a folder of its own."""
    command = [gen_tck(), "certify", job.node, *(["--erl", erl] if erl else []), *job.flags]
    with tempfile.TemporaryDirectory() as folder, load(job.busy):
        file = Path(folder, "results.json")
        began = time.monotonic()
        with subprocess.Popen(
            [*command, "--results", str(file)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            stopper = Stopper(process.pid, job.stops) if job.stops is not None else None
            try:
                if stopper is not None:
                    stopper.start()
                said, _ = process.communicate()
            finally:
                if stopper is not None:
                    stopper.end()
        wall = time.monotonic() - began
        kept = Kept(job.key, process.returncode, (said.strip().splitlines() or [""])[-1], round(wall, 2))
        kept.stops = stopper.stops if stopper is not None else 0
        if file.exists():
            results = json.loads(file.read_bytes())
            kept.seconds = results["seconds"]
            kept.cases = [msgspec.convert(each, Case) for each in results["cases"]]
            if job.marks:
                kept.users = [each.id for each in kept.cases if each.trace and uses(file.parent / each.trace)]
            kept.cases = [slim(each) for each in kept.cases]
            told = results["node"]["details"].get("release", job.release)
            if job.release and told != job.release:
                raise SystemExit(f"`{erl}` is OTP {told}, not {job.release}")
    return kept


def slim(case: Case) -> Case:
    """A case without what is not looked at later."""
    case.trace, case.place, case.title, case.step = None, "", "", ""
    if case.verdict in ("pass", "varies"):
        case.expected = case.seen = case.where = case.message = ""
    return case


def uses(trace: Path) -> bool:
    """Whether the case of this trace makes the call :data:`NO_ANSWER`."""
    module, _, rest = NO_ANSWER.partition(".")
    call = (module, rest.partition("/")[0])
    events = map(json.loads, trace.read_text().splitlines())
    return any((each.get("module"), each.get("function")) == call for each in events)


def gen_tck() -> str:
    """The command."""
    beside = Path(sys.executable).with_name("gen-tck")
    return str(beside) if beside.exists() else shutil.which("gen-tck") or sys.exit("gen-tck is not installed")


def erl(release: str) -> str:
    """The command that starts this release; the machine's own if it is none that can be installed beside it."""
    if not release:
        return ""
    tool = [sys.executable, str(HERE / "tools" / "otp-releases"), "--erl", release]
    said = subprocess.run(tool, capture_output=True, text=True, check=False)
    return said.stdout.strip() or "erl"


# The modes: what is to be run, and what is to be said of it


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
        Job(f"speed/{name}/{number}", node, release)
        for number in range(bench.times(5))
        for name, (node, release) in nodes.items()
    ]


def speed(bench: Bench, jobs: list[Job]) -> Wrongs:
    by_name: dict[str, list[Kept]] = {}
    for job, kept in bench.kept(jobs):
        by_name.setdefault(job.key.split("/")[1], []).append(kept)
    walls = {name: statistics.median(each.wall for each in runs) for name, runs in by_name.items()}
    print(f"{'':<16}{'ms a case':>11}{'s a recorded miss':>19}{'s in all':>10}")
    for name, runs in by_name.items():
        missed = [case.seconds for each in runs for case in each.cases if is_miss(case)]
        beside = [beside_misses(each) for each in runs if each.cases]
        one = f"{1000 * statistics.median(beside):.2f}" if beside else ""
        miss = f"{statistics.mean(missed):.3f}" if missed else ""
        print(f"{name:<16}{one:>11}{miss:>19}{walls[name]:>10.2f}")
    if {"good", "roots"} <= walls.keys():
        print(f"each of {len(ROOTS)} roots costs {(walls['roots'] - walls['good']) / len(ROOTS):.2f} s")
    yield from ()


def is_miss(case: Case) -> bool:
    """Whether it is a recorded deviation that had to be waited for."""
    return case.verdict == "deviates" and case.waited is not None


def beside_misses(kept: Kept) -> float:
    """Seconds a case, without the recorded misses."""
    missed = [case.seconds for case in kept.cases if is_miss(case)]
    return (kept.seconds - sum(missed)) / (len(kept.cases) - len(missed) or 1)


MODES: dict[str, tuple[Callable[[Bench], list[Job]], Callable[[Bench, list[Job]], Wrongs]]] = {
    "strict": (strict_jobs, strict),
    "steady": (steady_jobs, steady),
    "stopped": (stopped_jobs, stopped),
    "relay": (relay_jobs, relay),
    "speed": (speed_jobs, speed),
}


def summary(bench: Bench, modes: list[str]) -> int:
    """Say what is known; the exit status."""
    complete, good = True, True
    for mode in modes:
        jobs = bench.jobs(mode)
        done = len(bench.kept(jobs))
        print(f"\n{mode}: {done} of {len(jobs)} runs")
        runs_of: dict[tuple[str, str], list[str]] = {}
        for wrong in MODES[mode][1](bench, jobs):
            runs_of.setdefault((wrong.case, wrong.what), []).append(wrong.run)
        for (case, what), runs in sorted(runs_of.items()):
            others = f" and {len(runs) - 1} more" if len(runs) > 1 else ""
            print(f"  {case} {what}\n      in {runs[0]}{others}")
        if mode != "speed":
            print(f"{mode}: {len({run for runs in runs_of.values() for run in runs})} of {done} runs differ")
        complete, good = complete and done == len(jobs), good and not runs_of
    return 1 if not good else 0 if complete else 2


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modes", nargs="*", metavar="MODE", help=f"of {', '.join(MODES)}; all, if none is named")
    parser.add_argument("--keep", type=Path, required=True, metavar="DIR", help="where what is done is kept")
    parser.add_argument("--runs", type=int, help="how many runs (strict and speed: of each kind)")
    parser.add_argument("--release", nargs="+", default=["25", "27", "29"])
    parser.add_argument("--node", nargs="+", default=["otp", "otp-socket"])
    parser.add_argument("--clause", action="append", default=[], metavar="GLOB", help="only cases of matching clauses")
    parser.add_argument("--load", nargs="+", choices=("idle", "busy"), help="only runs on a machine that is so")
    parser.add_argument("--summary", action="store_true", help="run nothing")
    options = parser.parse_args()
    modes = options.modes or list(MODES)
    if set(modes) - set(MODES):
        parser.error(f"the modes are {', '.join(MODES)}")
    bench = Bench(
        Store(options.keep),
        options.release,
        options.node,
        options.runs,
        options.clause,
        options.load or ["idle", "busy"],
    )
    commands = {each: erl(each) for each in ("", *options.release)}
    try:
        for mode in modes:
            for job in [] if options.summary else bench.jobs(mode):
                if job.key not in bench.store.runs:
                    kept = run(job, commands[job.release] if not job.node.endswith(".toml") else "")
                    bench.store.add(kept)
                    print(f"{job.key:<44} {kept.wall:7.1f} s  {kept.last}", flush=True)
    except KeyboardInterrupt:
        print("interrupted: start it again to go on", file=sys.stderr)
    return summary(bench, modes)


if __name__ == "__main__":
    sys.exit(main())
