"""After how many scripts an exploration notices that a departure of OTP's inet driver is missing from its model.

    python benchmarks/departures.py [--scripts 10000] [--seed 1] [--release 25 27 29]

In the place of OTP stands its whole model, and the model without one departure judges it: what that does not let follow
from a script would be unexplained. Needs no Erlang. Exit status: 0 if all that scripts can show are found, 1 if not.
"""

from __future__ import annotations

import argparse
import sys

from gen_tck.conformance.explorer.findings.departing import difference
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.generate.witnesses import load
from gen_tck.conformance.explorer.oracle.models import departures_of, oracle_of, oracle_without
from gen_tck.conformance.explorer.script.script import Script

FAMILY = "otp-inet"


def found(name: str, release: int, scripts: int, seed: int) -> int | None:
    """The number of the first script that shows the departure of that ``name``; ``None``: none of so many does."""
    generator, model, other = (
        Generator(seed, scripts=scripts),
        oracle_of(FAMILY, release),
        oracle_without(release, name),
    )
    for number in range(scripts):
        setting, steps = generator.script(number)
        if difference(model, other, Script(setting, tuple(steps))) is not None:
            return number
    return None


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scripts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--release", nargs="+", type=int, default=[25, 27, 29])
    options = parser.parse_args()
    missed = 0
    for release in options.release:
        shown = {each.shows for each in load() if each.model == FAMILY and release in each.releases}
        for each in departures_of(FAMILY, release):
            if each.name in shown:
                number = found(each.name, release, options.scripts, options.seed)
                missed += number is None
                print(f"{release}  {each.name:<60} {'not found' if number is None else f'script {number}'}", flush=True)
            else:
                print(f"{release}  {each.name:<60} no script shows it")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
