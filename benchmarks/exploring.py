"""How many scripts a second are explored and judged, how much of that is judging, and how much memory it takes.

    python benchmarks/exploring.py --keep DIR [MODE ...] [--node otp] [--erl ERL] [--scripts 100000] [--processes 2]
                                   [--times 3]

``judged``  explores: scripts are drawn, predicted, played, and what differs is judged
``played``  plays the same scripts, predicted beforehand, and drops what differs: the rate that judging is held against
``memory``  explores ten times as many in one process, and says how many bytes it holds, and how fast it is, after each
            tenth

Scripts have six steps or more; each process has a node and a share of them. What is done is kept in DIR, and not done
again: stop it with Ctrl-C, and start it anew whenever you like. At the end the medians are told. To be run on an idle
machine; the load before each run is kept beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import count, islice, pairwise
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TypeAlias

from gen_tck.adapters import registry
from gen_tck.conformance.explorer.collecting import few_collections
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.outcome import Outcome
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.generate.vocabulary import features
from gen_tck.conformance.explorer.play.player import IN_FLIGHT, limits_for
from gen_tck.conformance.explorer.script.script import Setting, Step

SEED, LEAST_STEPS, CHUNK = 4711, 6, 5000
MODES = ("judged", "played", "memory")
PAGE = os.sysconf("SC_PAGE_SIZE")


Mark: TypeAlias = tuple[int, float, int]
"""Scripts done, after so many seconds, and the bytes held then."""


@dataclass
class Run:
    """One run of one mode."""

    mode: str
    asked: str
    """The node, what starts it, how many scripts, how many processes."""
    seconds: float
    scripts: int
    load: float
    """Processes that wanted to run, on average of a minute, before it began."""
    marks: list[Mark] = field(default_factory=list)
    unexplained: int = 0
    inconclusive: int = 0

    @property
    def rate(self) -> float:
        """Scripts a second."""
        return self.scripts / self.seconds


class Steps(Generator):
    """Draws none but scripts of so many steps."""

    def script(self, number: int) -> tuple[Setting, Sequence[Step]]:
        """The first of a row of its own that is long enough."""
        for again in count():
            drawn = self.random(number + again * 1_000_000_007)
            if len(drawn[1]) >= LEAST_STEPS:
                return drawn
        raise AssertionError


class Shown(Exploration):
    """An exploration of long scripts."""

    def _generator(self) -> Generator:
        return Steps(SEED, features(self.left_out))


def opened(node: str, erl: str, plan: Plan, progress: Callable[[Outcome], None] = lambda _: None) -> Exploration:
    """An exploration of ``node`` with what is known of it."""
    entry = registry.find(node, erl=erl, limits=limits_for(IN_FLIGHT, ()))
    exploration = Shown(entry.open, plan, progress=progress)
    exploration.know(entry)
    return exploration


def judged(node: str, erl: str, first: int, end: int) -> tuple[float, int, int]:
    """Seconds, and how much was unexplained and inconclusive."""
    exploration = opened(node, erl, Plan(end, SEED, first=first))
    try:
        outcome = exploration.run()
    finally:
        exploration.close()
    return outcome.seconds, len(outcome.unexplained), outcome.inconclusive


def played(node: str, erl: str, first: int, end: int) -> tuple[float, int, int]:
    """Seconds that playing alone takes."""
    exploration = opened(node, erl, Plan(end, SEED, first=first))
    seconds, scripts = 0.0, exploration._scripts()
    try:
        while chunk := list(islice(scripts, CHUNK)):
            began = time.monotonic()
            with few_collections():
                for _ in exploration._playing.player.play(chunk):
                    pass
            seconds += time.monotonic() - began
    finally:
        exploration.close()
    return seconds, 0, 0


def held() -> int:
    """Bytes that this process holds in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def memory(node: str, erl: str, scripts: int) -> tuple[float, list[Mark]]:
    """Seconds, and a mark behind each tenth of ten times as many."""
    marks: list[Mark] = []

    def progress(outcome: Outcome) -> None:
        if outcome.next_number >= (len(marks) + 1) * scripts:
            marks.append((outcome.next_number, outcome.seconds, held()))

    exploration = opened(node, erl, Plan(10 * scripts, SEED), progress)
    try:
        outcome = exploration.run()
    finally:
        exploration.close()
    return outcome.seconds, marks


def run(mode: str, options: argparse.Namespace, asked: str) -> Run:
    """Do it once."""
    load = os.getloadavg()[0]
    processes = 1 if mode == "memory" else options.processes
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        if mode == "memory":
            seconds, marks = pool.submit(memory, options.node, options.erl, options.scripts).result()
            return Run(mode, asked, seconds, 10 * options.scripts, load, marks)
        edges = [number * options.scripts // processes for number in range(processes + 1)]
        work = partial(judged if mode == "judged" else played, options.node, options.erl)
        done = [each.result() for each in [pool.submit(work, *ends) for ends in pairwise(edges)]]
    taken, unexplained, inconclusive = zip(*done, strict=True)
    return Run(mode, asked, max(taken), options.scripts, load, [], sum(unexplained), sum(inconclusive))


def summary(runs: list[Run]) -> None:
    """Say what is known."""
    by_mode = {mode: [each.rate for each in runs if each.mode == mode] for mode in MODES}
    for mode in MODES:
        if by_mode[mode]:
            print(f"{mode}: {median(by_mode[mode]):.0f} scripts/s, median of {len(by_mode[mode])} runs")
    if by_mode["judged"] and by_mode["played"]:
        print(f"judged at {median(by_mode['judged']) / median(by_mode['played']):.2f} of the rate that is played")
    for each in runs:
        if len(each.marks) > 1:
            print(f"memory grew by {(each.marks[-1][2] - each.marks[0][2]) / 1e6:.1f} MB after the first tenth")
            rates = [(b[0] - a[0]) / (b[1] - a[1]) for a, b in pairwise([(0, 0.0, 0), *each.marks])]
            print(f"scripts/s, tenth by tenth: {', '.join(f'{rate:.0f}' for rate in rates)}")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modes", nargs="*", metavar="MODE", help=f"of {', '.join(MODES)}; all, if none is named")
    parser.add_argument("--keep", type=Path, required=True, metavar="DIR", help="where what is done is kept")
    parser.add_argument("--node", default="otp")
    parser.add_argument("--erl", default="erl")
    parser.add_argument("--scripts", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    modes = options.modes or MODES
    if set(modes) - set(MODES):
        parser.error(f"the modes are {', '.join(MODES)}")
    asked = f"{options.node} {options.erl} {options.scripts} {options.processes}"
    options.keep.mkdir(parents=True, exist_ok=True)
    file = options.keep / "exploring.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    runs = [each for each in (Run(**json.loads(line)) for line in lines) if each.asked == asked]
    try:
        for mode in modes:
            for _ in range(sum(each.mode == mode for each in runs), 1 if mode == "memory" else options.times):
                runs.append(run(mode, options, asked))
                with file.open("a") as out:
                    out.write(json.dumps(asdict(runs[-1])) + "\n")
                print(f"{mode}: {runs[-1].rate:.0f} scripts/s at a load of {runs[-1].load:.1f}", flush=True)
    except KeyboardInterrupt:
        print("interrupted: start it again to go on", file=sys.stderr)
    summary(runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
