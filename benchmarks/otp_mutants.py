"""Does the explorer notice when OTP itself is changed? Mutants of its modules, drawn by a seed, each explored.

    python benchmarks/otp_mutants.py --keep DIR [--mutants 30] [--seed 1] [--scripts 10000] [-n 2] [--summary]

The abstract code in the beam files of the machine's own OTP is changed in one place (``mutate.escript`` has the list of
operators). A place is drawn only if scripts come there: first 2,000 scripts are played with clauses counted. Then each
mutant is put into the VM before the agent, and explored until something unexplained is seen, or to the end.

Changes after which a module does the same are not drawn (``otp_equivalents.py`` says why each does).

``gen_tcp_socket`` is explored as ``otp-socket``, ``inet`` and ``prim_inet`` as ``otp``; the unchanged modules, put into
the VM in the same way, must show nothing. What is done is kept in DIR and not done again. Exit status: 0 if nine of ten
are found, 1 if not, 2 if something has not been run yet.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import msgspec
from otp_equivalents import EQUIVALENT

from gen_tck.adapters import registry
from gen_tck.adapters.interface import NodeError
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.outcome import Outcome
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.play.player import IN_FLIGHT, limits_for

MUTATE = Path(__file__).with_name("mutate.escript")
SHARES = {"gen_tcp_socket": ("otp-socket", 16), "inet": ("otp", 7), "prim_inet": ("otp", 7)}
"""Module -> the node that uses it, and how many of thirty mutants are of it."""
REACHING = 2000
"""Scripts that are played to see where scripts come."""
SECONDS = 600
"""A mutant that keeps the explorer busy for so long is not explored further: that is noticed, too."""

_LOAD = """
F = fun(M, Beam) -> code:unstick_mod(M), {{module, M}} = code:load_binary(M, "mutant", Beam) end,
{{ok, Mutant}} = file:read_file("{beam}"), F({module}, Mutant).
"""
_COUNT = """
{{ok, Tokens, _}} = erl_scan:string(
    "-module(gen_tck_hits). -export([hit/1]). hit(N) -> counters:add(persistent_term:get(gen_tck_hits), N, 1)."),
Split = fun Next([], _, Done) -> lists:reverse(Done);
            Next([{{dot, _}} = Dot | Rest], Form, Done) ->
                {{ok, Parsed}} = erl_parse:parse_form(lists:reverse([Dot | Form])), Next(Rest, [], [Parsed | Done]);
            Next([Token | Rest], Form, Done) -> Next(Rest, [Token | Form], Done)
        end,
{{ok, Hits, Code}} = compile:forms(Split(Tokens, [], [])),
{{module, Hits}} = code:load_binary(Hits, "hits", Code),
Counters = counters:new(20000, []), persistent_term:put(gen_tck_hits, Counters),
spawn(fun Loop() ->
    receive after 200 -> ok end,
    Reached = [N || N <- lists:seq(1, 20000), counters:get(Counters, N) > 0],
    ok = file:write_file("{reached}", io_lib:format("~w", [Reached])), Loop()
end),
"""


class Site(NamedTuple):
    """A place that can be changed."""

    module: str
    number: int
    clause: int
    line: int
    operator: str
    what: str


class Kept(msgspec.Struct):
    """What came of one mutant."""

    module: str
    number: int
    line: int
    operator: str
    what: str
    found: int
    """After so many scripts something unexplained had been seen; 0: never."""
    said: str
    """What was seen first."""
    seconds: float


class Seen(Exception):
    """There is something to see: after so many scripts, and what."""

    def __init__(self, scripts: int, what: str) -> None:
        super().__init__(scripts, what)
        self.scripts, self.what = scripts, what


def explore(node: str, erl: str, scripts: int, seed: int) -> tuple[int, str]:
    """After so many scripts there was something unexplained, or the node had ended; 0: never. And what it was."""
    began = time.monotonic()

    def look(outcome: Outcome) -> None:
        if outcome.unexplained:
            raise Seen(outcome.scripts, words.kind(outcome.unexplained[0].first))
        if outcome.ends:
            raise Seen(outcome.scripts, "the node ended")
        if time.monotonic() - began > SECONDS:
            raise Seen(outcome.scripts, f"not done after {SECONDS} s")

    try:
        entry = registry.find(node, erl=erl, limits=limits_for(IN_FLIGHT, ()))
        exploration = Exploration(entry.open, Plan(scripts, seed), progress=look)
        try:
            exploration.know(entry)
            given_up = exploration.run().given_up
        finally:
            exploration.close()
    except Seen as seen:
        return seen.scripts, seen.what
    except NodeError as reason:
        return 1, str(reason)
    return (1, given_up) if given_up else (0, "")


class Bench:
    """What is kept, and how it is made."""

    def __init__(self, folder: Path, scripts: int, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._scripts, self._seed = folder.resolve(), scripts, seed
        self._file = folder / "mutants.jsonl"
        lines = self._file.read_bytes().splitlines() if self._file.exists() else []
        self._done = [msgspec.json.decode(line, type=Kept) for line in lines]

    def kept(self, site: Site) -> Kept | None:
        """What came of the mutant at ``site``, if it has been explored; site 0 is the module unchanged."""
        return next((each for each in self._done if (each.module, each.number) == site[:2]), None)

    def keep(self, kept: Kept) -> None:
        """Keep it for good."""
        self._done.append(kept)
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(kept) + b"\n")

    def reached(self, module: str) -> list[Site]:
        """The places of ``module`` in clauses to which scripts come."""
        file = self._folder / f"{module}.reached"
        if not file.exists():
            beam, part = self._folder / f"{module}.counting.beam", file.with_suffix(".part")
            escript("count", beam_of(module), beam)
            counted = _COUNT.format(reached=part) + _LOAD.format(beam=beam, module=module)
            explore(SHARES[module][0], self._erl(f"{module}.counting", counted), REACHING, self._seed)
            part.replace(file)
        clauses = set(map(int, file.read_text().strip("[]").split(",")))
        lines = [line.split("\t") for line in escript("sites", beam_of(module)).splitlines()]
        sites = [Site(module, *map(int, line[:3]), *line[3:5]) for line in lines]  # type: ignore[arg-type]
        return [each for each in sites if each.clause in clauses]

    def explore(self, site: Site) -> Kept:
        """Explore the mutant at ``site``."""
        name = f"{site.module}.{site.number}"
        beam = self._folder / f"{name}.beam"
        if site.number:
            escript("make", beam_of(site.module), site.number, beam)
        else:
            shutil.copy(beam_of(site.module), beam)
        erl = self._erl(name, _LOAD.format(beam=beam, module=site.module))
        began = time.monotonic()
        found, said = explore(SHARES[site.module][0], erl, self._scripts, self._seed)
        seconds = round(time.monotonic() - began, 1)
        return Kept(site.module, site.number, site.line, site.operator, site.what, found, said, seconds)

    def _erl(self, name: str, load: str) -> str:
        """A command that starts Erlang with something loaded before the agent."""
        command, text = self._folder / f"{name}.erl.sh", self._folder / f"{name}.eval"
        text.write_text(load)
        command.write_text(f'#!/bin/sh\nexec erl -eval "$(cat {text})" "$@"\n')
        command.chmod(0o755)
        return str(command)


def escript(*words: object) -> str:
    """What ``mutate.escript`` prints."""
    return subprocess.run(["escript", MUTATE, *map(str, words)], capture_output=True, text=True, check=True).stdout


def beam_of(module: str) -> str:
    """Where the machine's own OTP has ``module``; that of a preloaded one is beside the others of its application."""
    where = f'''case code:which({module}) of
        preloaded -> hd(filelib:wildcard(filename:join([code:lib_dir(), "erts-*", "ebin", "{module}.beam"])));
        File -> File
    end'''
    command = ["erl", "-noshell", "-eval", f'io:format("~ts", [{where}]), halt().']
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def draw(sites: Sequence[Site], count: int, seed: int) -> Iterator[Site]:
    """``count`` of ``sites``, each operator in its turn."""
    choice, by_operator = random.Random(seed), defaultdict[str, list[Site]](list)
    for site in sites:
        by_operator[site.operator].append(site)
    for operator, each in by_operator.items():
        choice.shuffle(each)  # all of them: what is found out later to be the same shall not change what else is drawn
        by_operator[operator] = [site for site in each if (site.module, site.line, site.operator) not in EQUIVALENT]
    turns = sorted(by_operator)
    while count and turns:
        for operator in list(turns):
            if count:
                yield by_operator[operator].pop()
                count -= 1
            if not by_operator[operator]:
                turns.remove(operator)


def drawn(bench: Bench, count: int, seed: int) -> Iterator[Site]:
    """Of each module its share of ``count`` mutants, after the module as it is."""
    for module, (_, share) in SHARES.items():
        yield Site(module, 0, 0, 0, "none", "unchanged")
        yield from draw(bench.reached(module), round(count * share / 30), seed)


def show(kept: Kept) -> None:
    """A line for each."""
    after = f"found within {kept.found}" if kept.found else "not found"
    first = kept.said.partition("\n")[0]
    place = f"{kept.module}:{kept.line}"
    print(f"{after:<20} {place:<22} {kept.operator:<12} {kept.what[:60]:<62}{kept.seconds:6.1f} s  {first}", flush=True)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, required=True, metavar="DIR", help="where what is done is kept")
    parser.add_argument("--mutants", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scripts", type=int, default=10_000)
    parser.add_argument("-n", dest="workers", type=int, default=2, help="so many mutants at a time")
    parser.add_argument("--summary", action="store_true", help="run nothing")
    options = parser.parse_args()
    bench = Bench(options.keep, options.scripts, options.seed)
    sites = list(drawn(bench, options.mutants, options.seed))
    missing = [site for site in sites if bench.kept(site) is None]
    if not options.summary:
        with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
            for done in as_completed([pool.submit(bench.explore, site) for site in missing]):
                bench.keep(done.result())
                show(done.result())
    kept = [(site, kept) for site in sites if (kept := bench.kept(site)) is not None]
    if options.summary:
        for _, each in kept:
            show(each)
    mutants = [each for site, each in kept if site.number]
    found = sum(each.found > 0 for each in mutants)
    wrong = sum(each.found > 0 for site, each in kept if not site.number)
    print(f"{found} of {len(mutants)} mutants found, {len(sites) - len(kept)} not explored yet")
    if wrong:
        print(f"{wrong} of the unchanged modules show something: what is found of their mutants says nothing")
    return 1 if wrong or 10 * found < 9 * len(mutants) else 2 if len(kept) < len(sites) else 0


if __name__ == "__main__":
    sys.exit(main())
