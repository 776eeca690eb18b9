"""How many random scripts a second the oracle tells, and how many are explored on the reference itself.

    python benchmarks/oracle.py [--scripts 4000] [--times 5]

Generating them is part of it. On one process and on two at once, prints the microseconds of the processor that a script
takes, and how many scripts a second that is: as if each process had a core to itself, and by the clock. The best of
several times counts, since whatever else the machine does only makes it slower.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.oracle import Oracle


def predict(scripts: int) -> None:
    """Let the oracle tell ``scripts`` scripts."""
    generator, oracle = Generator(1), Oracle()
    for number in range(scripts):
        oracle.predict(*generator.random(number), number)


def explore(scripts: int) -> None:
    """Play what the oracle tells on the simulated reference, and judge it."""
    Exploration(SimulatedNode, Plan(scripts)).run()


def measure(work: Callable[[int], None], scripts: int, times: int) -> tuple[float, float]:
    """Seconds of the processor and of the clock that ``work`` takes at best."""
    work(100)
    taken = []
    for _ in range(times):
        used, began = time.process_time(), time.monotonic()
        work(scripts)
        taken.append((time.process_time() - used, time.monotonic() - began))
    return min(taken)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scripts", type=int, default=4000)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    print(f"{'':<42}{'us/script':>10}{'scripts/s':>11}{'by the clock':>14}")
    for name, work in (("oracle", predict), ("oracle and player on reference", explore)):
        for processes in (1, 2):
            with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
                asked = [pool.submit(measure, work, options.scripts, options.times) for _ in range(processes)]
                used, took = zip(*[each.result() for each in asked], strict=True)
            rates = [sum(options.scripts / seconds for seconds in column) for column in (used, took)]
            each = sum(used) / processes / options.scripts * 1e6
            what = f"{name}, {processes} process{'es' if processes > 1 else ''}"
            print(f"{what:<42}{each:10.0f}{rates[0]:11,.0f}{rates[1]:14,.0f}", flush=True)


if __name__ == "__main__":
    main()
