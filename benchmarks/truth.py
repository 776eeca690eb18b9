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
import signal
import sys
from pathlib import Path

from truth_modes import MODES, Bench
from truth_runs import Store, erl, run


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
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # then nothing that was started outlives us
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
