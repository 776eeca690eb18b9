"""How long a node that answers nothing, or fails everything, is judged, compared with a good one.

    python benchmarks/bad_nodes.py [--times 3] [--good otp]

Prints the median time in seconds from a cold start to the verdict, and how many times the good node's that is.
The bad nodes are those of ``tests/nodes``: see ``sick.py`` there for what ails each.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

NODES = Path(__file__).parents[1] / "tests" / "nodes"
SICK = ("refuse", "deaf", "mute", "die-always")


def median_seconds(command: list[str], times: int) -> tuple[float, str]:
    """The median time that ``command`` takes, and the last line of what it says."""
    seconds, last = [], ""
    for _ in range(times):
        start = time.perf_counter()
        seen = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        seconds.append(time.perf_counter() - start)
        last = (seen.stdout.strip().splitlines() or [""])[-1]
    return statistics.median(seconds), last


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--good", default="otp")
    options = parser.parse_args()
    gen_tck = shutil.which("gen-tck") or str(Path(sys.executable).with_name("gen-tck"))
    good, last = median_seconds([gen_tck, "certify", options.good], options.times)
    print(f"{options.good:<12} {good:6.2f}         {last}")
    for sickness in SICK:
        bad, last = median_seconds([gen_tck, "certify", str(NODES / f"{sickness}.toml")], options.times)
        print(f"{sickness:<12} {bad:6.2f}  {bad / good:4.2f} x  {last}", flush=True)


if __name__ == "__main__":
    main()
