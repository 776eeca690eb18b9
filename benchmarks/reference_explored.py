"""Do the mutants of the reference that are said to be the same do the same in scripts, too? Each against the reference.

    python benchmarks/reference_explored.py --keep DIR [--scripts 6000] [--most 400] [--seed 1] [-n 1] [--survivors]

The explorer's scripts, tours and witnesses included, are told by the plain reference once, and it is noted which of
them come to which lines. A mutant tells those that come to its own, ``--most`` of them, until one goes otherwise. Then
the plain reference is asked whether it might go so as well, with other decisions at its choice points: *may* if so,
*found* if not. ``--survivors``: those too which ``reference_mutants.py`` keeps in DIR as having survived.

Scripts see more than clauses speak of: numbers and sizes, which of several variants it is, and a clock that stands
still, on which what takes a millisecond never happens. Of such mutants ``reference_equivalents.toml`` says that scripts
may tell them apart; of all others none may be *found*, or it behaves otherwise and the suite lacks a test.

What is done is kept in DIR and not done again. Exit status: 1 if one is found of which that is not said.
"""

from __future__ import annotations

import argparse
import os
import pickle
import random
import resource
import sys
import types
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
from mutant_runs import MEMORY, ROOM, Changed, Ending, Mutant
from reference_mutants import EQUIVALENTS, Bench, Equivalents, Same, all_mutants, is_same

T = TypeVar("T")

SECONDS = 60
"""Of processor time for a mutant: some come to no end."""


class Explored(msgspec.Struct):
    """What came of a mutant."""

    name: str
    verdict: str
    """``same``; ``may``: it goes as the reference may go; ``found``; ``limit``: it came to no end; ``invalid``."""
    scripts: int = 0
    """So many were told."""
    number: int = -1
    """The script that goes otherwise."""
    what: str = ""
    """How."""


class Told(NamedTuple):
    """What the plain reference says of all scripts."""

    scripts: list[bytes]
    seen: list[bytes]
    came: dict[str, list[int]]
    """Line -> the scripts that come there."""

    def of(self, mutant: Mutant, most: int) -> list[int]:
        """Scripts that come to its lines; some of all, if none does."""
        first, last = mutant.place.lines
        keys = (f"on {mutant.place.event}", *[f"{mutant.module}:{line}" for line in range(first, last + 1)])
        come = sorted({each for key in keys for each in self.came.get(key, ())}) or list(range(len(self.scripts)))
        return random.Random(mutant.name).sample(come, min(most, len(come)))


def seen_of(oracle: Any, script: bytes) -> tuple[Any, bytes]:
    """What an oracle tells of a script, as values and as bytes that are the same for the same."""
    from gen_tck.adapters.interface import NodeError
    from gen_tck.conformance.explorer.oracle.oracle import OracleError

    setting, steps = pickle.loads(script)
    try:
        prediction = oracle.predict(setting, steps)
    except (NodeError, OracleError) as reason:
        return None, f"{type(reason).__name__}: {reason}".encode()
    return prediction, repr((prediction.script, prediction.expected)).encode()


def tell(scripts: int, seed: int) -> Told:
    """Have the plain reference tell them, and note who comes where."""
    from gen_tck.conformance.explorer.generate.generate import Generator
    from gen_tck.conformance.explorer.oracle.observed import ObservedNode
    from gen_tck.conformance.explorer.oracle.oracle import Oracle

    prefix, lines, seen, came = len(str(ROOM)) + 1, set[str](), list[bytes](), defaultdict[str, list[int]](list)

    class Noting(ObservedNode):
        def passes(self, machine: Any, transition: Any) -> None:
            lines.add(f"on {transition.event}")
            super().passes(machine, transition)

    def of_line(frame: types.FrameType, event: str, arg: Any) -> Callable[..., Any]:
        lines.add(f"{frame.f_code.co_filename[prefix:]}:{frame.f_lineno}")
        return of_line

    def of_call(frame: types.FrameType, event: str, arg: Any) -> Callable[..., Any] | None:
        return of_line if frame.f_code.co_filename.startswith(str(ROOM)) else None

    generator, oracle = Generator(seed, scripts=scripts), Oracle(Noting)
    drawn = [pickle.dumps(generator.script(number)) for number in range(scripts)]
    for number, script in enumerate(drawn):
        lines.clear()
        sys.settrace(of_call)
        seen.append(seen_of(oracle, script)[1])
        sys.settrace(None)
        for line in lines:
            came[line].append(number)
    return Told(drawn, seen, dict(came))


def explore(told: Told, mutant: Mutant, most: int) -> tuple[Explored, bytes]:
    """What becomes of its scripts, and what was seen in the first that goes otherwise."""
    try:
        sys.meta_path.insert(0, Changed(mutant))
        from gen_tck.conformance.explorer.oracle.oracle import Oracle

        oracle = Oracle()
    except Exception as reason:
        return Explored(mutant.name, "invalid", what=f"{type(reason).__name__}: {reason}"), b""
    numbers = told.of(mutant, most)
    for count, number in enumerate(numbers, 1):
        prediction, seen = seen_of(oracle, told.scripts[number])
        if seen != told.seen[number]:
            what = "" if prediction else seen.decode()
            trace = (prediction.script, prediction.expected) if prediction else None
            return Explored(mutant.name, "found", count, number, what), pickle.dumps(trace)
    return Explored(mutant.name, "same", len(numbers)), b""


def judge(explored: Explored, trace: bytes) -> Explored:
    """Whether the plain reference might go so: asked in a process that has it."""
    from gen_tck.conformance.explorer.oracle.admits import Impossible, admits
    from gen_tck.conformance.explorer.oracle.oracle import Oracle
    from gen_tck.conformance.explorer.script.trace import Look, ScriptTrace

    found = pickle.loads(trace)
    if found is None:
        return explored
    script, expected = found
    answer = admits(Oracle(), ScriptTrace(script, tuple(map(Look, expected))))
    if isinstance(answer, Impossible):
        step, allowed = answer.step, answer.prediction.expected
        was = allowed[step] if step < len(allowed) else ()
        explored.what = f"{script} at {step}: {answer.seen} instead of {was}"
    else:
        explored.verdict, explored.what = "may", str(script)
    return explored


def forked(work: Callable[[], T], seconds: int) -> T | None:
    """What ``work`` gives in a process of its own; ``None`` if that comes to no end."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    if (pid := os.fork()) == 0:
        with Ending():
            os.close(reading)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            with open(writing, "wb") as pipe:
                pipe.write(pickle.dumps(work()))
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read()
    if os.waitpid(pid, 0)[1] != 0:
        return None
    found: T = pickle.loads(said)
    return found


def explored_of(told: Told, mutant: Mutant, most: int) -> Explored:
    """What came of it."""
    answer = forked(lambda: explore(told, mutant, most), SECONDS)
    if answer is None:
        return Explored(mutant.name, "limit")
    explored, trace = answer
    return explored if not trace else forked(lambda: judge(explored, trace), SECONDS) or explored


def shares(told: Told, mutants: Sequence[Mutant], most: int, workers: int, file: Path) -> None:
    """Explore ``mutants``, so many processes at a time, each with a part of them."""

    def part(first: int) -> None:
        for each in mutants[first::workers]:
            explored = explored_of(told, each, most)
            with file.open("ab") as kept:
                kept.write(msgspec.json.encode(explored) + b"\n")
            print(f"{explored.verdict:<8}{explored.scripts:5} {explored.name}  {explored.what[:300]}", flush=True)

    pids = []
    for first in range(workers):
        if (pid := os.fork()) == 0:
            with Ending():
                part(first)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)


def kept_in(file: Path) -> Iterable[Explored]:
    """What was done."""
    lines = file.read_bytes().splitlines() if file.exists() else []
    return [msgspec.json.decode(line, type=Explored) for line in lines]


def entries_of() -> Sequence[Same]:
    """What is said to be the same."""
    return msgspec.toml.decode(EQUIVALENTS.read_bytes(), type=Equivalents).same


def asked_for(bench: Bench, survivors: bool) -> Iterator[Mutant]:
    """Mutants that are said to be the same, of those that survived; with the other ``survivors``, or without."""
    entries = entries_of()
    named = {name for each in entries for name in each.mutants}
    for mutants in all_mutants().values():
        for each in mutants:
            played = bench.done.get(each.name)
            survived = played is not None and played.verdict == "survived"
            if each.name in named or (survived and (survivors or is_same(each.name, entries))):
                yield each


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, required=True, metavar="DIR", help="where what is done is kept")
    parser.add_argument("--scripts", type=int, default=6000)
    parser.add_argument("--most", type=int, default=400, help="so many scripts a mutant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-n", dest="workers", type=int, default=1, help="so many mutants at a time")
    parser.add_argument("--survivors", action="store_true", help="those that have no reason yet, too")
    options = parser.parse_args()
    bench, file = Bench(options.keep), options.keep / "explored.jsonl"
    stored = options.keep / f"told-{options.scripts}-{options.seed}.pickle"
    if not stored.exists():
        stored.write_bytes(pickle.dumps(forked(lambda: tell(options.scripts, options.seed), 3600)))
    told: Told = pickle.loads(stored.read_bytes())
    asked = list(asked_for(bench, options.survivors))
    done = {each.name for each in kept_in(file)}
    shares(told, [each for each in asked if each.name not in done], options.most, options.workers, file)
    played = {each.name: each for each in kept_in(file)}
    explored = [played[each.name] for each in asked if each.name in played]
    print(
        ", ".join(f"{number} {verdict}" for verdict, number in Counter(each.verdict for each in explored).most_common())
    )
    seen = [each for each in entries_of() if each.scripts]
    other = [each for each in explored if each.verdict in ("found", "limit") and not is_same(each.name, seen)]
    for each in other:
        print(f"{each.verdict}: {each.name}\n    {each.what}")
    return 1 if other else 0


if __name__ == "__main__":
    sys.exit(main())
