"""Certify a node again and again, every other time with all cores busy, and compare the verdicts.

    python benchmarks/repeat.py NODE [--times 50] [ARGUMENTS OF gen-tck certify ...]

Prints every run that could not tell and every case whose verdict or variant differs from the first run.
Exit status: 0 if every run said the same, 1 if not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Verdicts = dict[str, str]
"""What was said of each case, by its id."""


@contextmanager
def busy_cores(wanted: bool) -> Iterator[None]:
    """Keep every core busy meanwhile, if ``wanted``."""
    spin = [sys.executable, "-c", "while True: pass"]
    children = [subprocess.Popen(spin) for _ in range((os.cpu_count() or 1) if wanted else 0)]
    try:
        yield
    finally:
        for child in children:
            child.kill()
            child.wait()


def certify(gen_tck: str, arguments: list[str]) -> tuple[Verdicts, str]:
    """One certification: what was said of each case (nothing if it could not tell), and the last line."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        command = [gen_tck, "certify", *arguments, "--results", str(file)]
        seen = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        last = (seen.stdout.strip().splitlines() or [""])[-1]
        if not file.exists():
            return {}, last
        cases = json.loads(file.read_text())["cases"]
    return {each["id"]: " ".join([each["verdict"], *each["variants"]]) for each in cases}, last


def differences(first: Verdicts, verdicts: Verdicts) -> Iterator[str]:
    """Every case of which the two runs do not say the same."""
    for case in sorted(first.keys() | verdicts.keys()):
        before, now = first.get(case, "not run"), verdicts.get(case, "not run")
        if before != now:
            yield f"{case}: {now}, was {before}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("node")
    parser.add_argument("--times", type=int, default=50)
    options, more = parser.parse_known_args()
    gen_tck = shutil.which("gen-tck")
    if gen_tck is None:
        sys.exit("gen-tck is not on PATH: pip install .")
    first: Verdicts = {}
    unlike = 0
    for number in range(1, options.times + 1):
        busy = number % 2 == 0
        with busy_cores(busy):
            verdicts, last = certify(gen_tck, [options.node, *more])
        first = first or verdicts
        unlikenesses = list(differences(first, verdicts)) if verdicts else ["could not tell"]
        unlike += bool(unlikenesses)
        print(f"{number:>3} {'busy' if busy else 'idle'}  {last}", flush=True)
        for each in unlikenesses[:20]:
            print(f"      {each}", flush=True)
    print(f"{options.times} runs, {unlike} unlike the first")
    sys.exit(1 if unlike else 0)


if __name__ == "__main__":
    main()
