"""Does the suite notice when the reference is wrong? Mutants of its modules, drawn by a seed, each run to a ``fail``.

    python benchmarks/reference_mutants.py --keep DIR [--chapter modes] [--mutants 300] [--seed 1] [-n 1] [--again]
        [--summary] [--survivors]

A mutant is the reference with one place changed (``mutations.py`` has the list of operators). It is of a chapter: that
of the first clause which its function or its row of a table names, otherwise that of its module (``MODULES``). What is
of no chapter is not changed: networks and the system, the loop of tables, choice points, what makes errors. Of each
chapter so many are drawn, each operator in its turn, and all where there are fewer.

A mutant is noticed if a case fails, or if it comes to no end. What survives either does what the reference does
(``reference_equivalents.toml`` says why each does), or the suite lacks a test.

What is done is kept in DIR and not done again; ``--again`` plays once more what has survived, for instance after a new
test. After a change of the reference take a new DIR. Exit status: 0 if of each chapter 95 of a hundred are noticed of
those that are not the same, 1 if not or if one that is said to be the same is noticed, 2 if something has not been run.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import msgspec
from mutant_runs import Forks, Mutant, Played, Suite, mutants_of, with_suite

MODULES = {
    "counters.py": "sending",
    "driver/accepting.py": "async_recv",
    "driver/closing.py": "closing",
    "driver/connection.py": "closing",
    "driver/fields.py": "receiving",
    "driver/file_sending.py": "sending",
    "driver/flow.py": "port_command",
    "driver/framings.py": "framing",
    "driver/http.py": "framing",
    "driver/inet_drv.py": "ownership",
    "driver/input.py": "receiving",
    "driver/mode.py": "modes",
    "driver/opening.py": "opening",
    "driver/options.py": "modes",
    "driver/packet.py": "framing",
    "driver/receiving.py": "receiving",
    "driver/requests.py": "closing",
    "driver/sending.py": "sending",
    "driver/settings.py": "modes",
    "driver/socket_vm.py": "opening",
    "erlang.py": "ownership",
    "file.py": "sending",
    "gen_tcp.py": "opening",
    "inet.py": "ownership",
    "inet_db.py": "async_recv",
    "links.py": "ownership",
    "net/addresses.py": "opening",
    "net/ports.py": "opening",
    "net/routes.py": "opening",
    "port.py": "port_command",
    "port_command.py": "port_command",
    "prim_inet.py": "receiving",
    "sent_files.py": "sending",
    "system_monitor.py": "system_monitor",
    "timers.py": "receiving",
    "vm.py": "ownership",
}
"""Module -> the chapter of what names no clause there."""
CHAPTERS = sorted(set(MODULES.values()))
EQUIVALENTS = Path(__file__).with_name("reference_equivalents.toml")
SHARE = 95
"""Of a hundred, so many are to be noticed."""


class Same(msgspec.Struct, forbid_unknown_fields=True):
    """Mutants that do what the reference does, and why."""

    reason: str
    mutants: list[str] = []
    """Their names."""
    places: list[str] = []
    """What names begin with: those that survive of these are the same, others may be noticed."""
    scripts: bool = False
    """Whether scripts (``reference_explored.py``) tell some of them apart, as they see what no clause speaks of."""


class Equivalents(msgspec.Struct, forbid_unknown_fields=True):
    """All of them."""

    same: list[Same] = []


def chapter_of(mutant: Mutant) -> str:
    """The chapter that it is of."""
    named = [each.partition("/")[0] for each in mutant.place.clauses]
    return named[0] if named else MODULES[mutant.module]


def all_mutants() -> dict[str, list[Mutant]]:
    """Those of each chapter."""
    found = defaultdict[str, list[Mutant]](list)
    for module in MODULES:
        for each in mutants_of(module):
            found[chapter_of(each)].append(each)
    return found


def draw(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """``count`` of them, each operator in its turn."""
    choice, by_operator = random.Random(seed), defaultdict[str, list[Mutant]](list)
    for mutant in mutants:
        by_operator[mutant.operator].append(mutant)
    for each in by_operator.values():
        choice.shuffle(each)
    drawn: list[Mutant] = []
    while len(drawn) < count and any(by_operator.values()):
        for operator in sorted(by_operator):
            drawn += [by_operator[operator].pop()] if by_operator[operator] else []
    return drawn[:count]


class Bench:
    """What is kept."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._file = folder / "mutants.jsonl"
        lines = self._file.read_bytes().splitlines() if self._file.exists() else []
        self.done = {each.name: each for each in (msgspec.json.decode(line, type=Played) for line in lines)}
        """By name: what was played last counts."""

    def keep(self, played: Played) -> None:
        """Keep it for good."""
        self.done[played.name] = played
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(played) + b"\n")


def play(bench: Bench, missing: Sequence[tuple[Mutant, str]], workers: int, most: int | None) -> list[str]:
    """Play what is missing, each with ``most`` cases; what went wrong, if anything did."""

    def work(suite: Suite) -> None:
        for number, played in enumerate(Forks(suite, workers).play(missing), 1):
            bench.keep(played)
            where = f"{played.case} ({played.cases})" if played.case else f"({played.cases})"
            print(f"{number:5} {played.verdict:<9}{played.seconds:6.2f} s  {played.name}  {where}", flush=True)

    return with_suite(bench.folder, most, work)


def is_same(name: str, entries: Sequence[Same]) -> bool:
    """Whether it does what the reference does."""
    return any(name in each.mutants or name.startswith(tuple(each.places)) for each in entries)


def summarize(drawn: dict[str, list[Mutant]], bench: Bench, entries: Sequence[Same], survivors: bool) -> int:
    """A line for each chapter; the exit status."""
    status, same = 0, {name for each in entries for name in each.mutants}
    for chapter, mutants in drawn.items():
        played = [bench.done[each.name] for each in mutants if each.name in bench.done]
        made = [each for each in played if each.verdict != "invalid"]
        counts = Counter(each.verdict for each in made)
        left = [each for each in made if each.verdict == "survived" and not is_same(each.name, entries)]
        wrong = [each.name for each in made if each.verdict != "survived" and each.name in same]
        noticed = counts["fail"] + counts["limit"]
        share = 100 * noticed / max(1, noticed + len(left))
        print(
            f"{chapter:<15} {share:5.1f} %  {len(made):3}: {counts['fail']} fail, {counts['limit']} without end, "
            f"{counts['survived'] - len(left)} the same, {len(left)} survive; {len(mutants) - len(played)} not run"
        )
        for name in wrong:
            print(f"    said to be the same, and noticed: {name}")
        for each in left if survivors else []:
            print(f"    {each.name}  {each.case}")
        now = 1 if wrong or share < SHARE else 2 if len(played) < len(mutants) else 0
        status = 1 if 1 in (status, now) else max(status, now)
    return status


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, required=True, metavar="DIR", help="where what is done is kept")
    parser.add_argument("--chapter", action="append", choices=CHAPTERS, help="only this one")
    parser.add_argument("--mutants", type=int, default=300, help="of each chapter")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-n", dest="workers", type=int, default=1, help="so many mutants at a time")
    parser.add_argument("--most", type=int, help="play so many cases of a mutant at most: a first look")
    parser.add_argument("--again", action="store_true", help="play once more what has survived")
    parser.add_argument("--survivors", action="store_true", help="name those that are left")
    parser.add_argument("--summary", action="store_true", help="run nothing")
    options = parser.parse_args()
    bench, found = Bench(options.keep), all_mutants()
    drawn = {each: draw(found[each], options.mutants, options.seed) for each in options.chapter or CHAPTERS}
    entries = msgspec.toml.decode(EQUIVALENTS.read_bytes(), type=Equivalents).same
    names = [each.name for mutants in found.values() for each in mutants]
    unknown = {name for entry in entries for name in entry.mutants} - {*names}
    unknown |= {
        place for entry in entries for place in entry.places if not any(each.startswith(place) for each in names)
    }
    for name in sorted(unknown):
        print(f"{EQUIVALENTS.name}: no such mutant: {name}")
    again = {
        each.name
        for each in bench.done.values()
        if options.again and each.verdict == "survived" and not is_same(each.name, entries)
    }
    missing = [
        (each, chapter)
        for turn in zip_longest(*drawn.values())
        for chapter, each in zip(drawn, turn, strict=True)
        if each is not None and (each.name not in bench.done or each.name in again)
    ]  # of each chapter one in its turn, so that what is there says something of all
    trouble = play(bench, missing, options.workers, options.most) if missing and not options.summary else []
    for line in trouble:
        print(line, file=sys.stderr)
    status = summarize(drawn, bench, entries, options.survivors)
    return 2 if trouble else 1 if unknown else status


if __name__ == "__main__":
    sys.exit(main())
