"""How long the commands take that one waits for, each started afresh.

    python benchmarks/cold_start.py [--times 5] [ARGUMENTS OF gen-tck ...]

Prints the median and the worst time in seconds, the exit status, and the last line of what was printed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import time

COMMANDS = (["--help"], ["certify", "reference"], ["certify", "otp"], ["certify", "otp-socket"])


def measure(command: list[str], times: int) -> str:
    """Run ``command`` ``times`` times and say in one line how it went."""
    seconds, statuses, last = [], set(), ""
    for _ in range(times):
        start = time.perf_counter()
        seen = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        seconds.append(time.perf_counter() - start)
        statuses.add(str(seen.returncode))
        last = (seen.stdout.strip().splitlines() or [""])[-1]
    figures = f"{statistics.median(seconds):7.2f} {max(seconds):7.2f}"
    return f"{' '.join(command[1:]):<24} {figures}  {'/'.join(sorted(statuses)):<6}  {last}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    options, arguments = parser.parse_known_args()
    gen_tck = shutil.which("gen-tck")
    if gen_tck is None:
        sys.exit("gen-tck is not on PATH: pip install .")
    print(f"{'gen-tck':<24}  median   worst  status  last line")
    for each in [arguments] if arguments else COMMANDS:
        print(measure([gen_tck, *each], options.times), flush=True)


if __name__ == "__main__":
    main()
