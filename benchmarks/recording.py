"""What recording costs: certify a node with and without results, in turn, and compare.

    python benchmarks/recording.py NODE [--times 5] [ARGUMENTS OF gen-tck certify ...]

Prints the median of each in seconds, of the clock and of the processor (the kit's and its children's), and what
recording adds to them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measure(command: list[str]) -> tuple[float, float]:
    """Seconds of the clock and of the processor that ``command`` takes."""
    before, began = os.times(), time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    took, after = time.monotonic() - began, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return took, used


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("node")
    parser.add_argument("--times", type=int, default=5)
    options, rest = parser.parse_known_args()
    gen_tck = shutil.which("gen-tck") or sys.exit("gen-tck is not installed")
    plain, recorded = [], []
    with tempfile.TemporaryDirectory() as folder:
        results = ["--results", str(Path(folder) / "results.json")]
        for _ in range(options.times):
            plain.append(measure([gen_tck, "certify", options.node, *rest]))
            recorded.append(measure([gen_tck, "certify", options.node, *rest, *results]))
    for name, column in (("clock", 0), ("processor", 1)):
        one, other = (statistics.median(each[column] for each in runs) for runs in (plain, recorded))
        print(f"{name:<10} {one:6.2f} s, recorded {other:6.2f} s: {100 * (other / one - 1):+.0f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
