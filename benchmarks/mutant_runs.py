"""Runs the conformance suite on mutants of the reference: everything is collected once, and each mutant is a fork.

The reference is not imported when the cases are: a fork imports it, with one module compiled from another tree, and
plays the cases that come to the changed place, those of its chapter first, until one fails. The others play as they do
on the plain reference, which does the same each time: they are played only where nobody comes, which may be because
the place is run through while the module is imported. Who comes where is noted in a run of its own, whose cases are
traced.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import os
import random
import resource
import signal
import sys
import types
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any

import msgspec
import pytest
from mutations import Mutation, Place, mutations

import gen_tck.reference
from gen_tck.conformance.run.certify import certify
from gen_tck.conformance.run.collection import FOLDER, case_id
from gen_tck.conformance.run.looking import look_until_sure
from gen_tck.conformance.run.options import Options
from gen_tck.conformance.run.session import Run

ROOM = Path(gen_tck.reference.__path__[0]).resolve()
SECONDS = 20
"""Of processor time; nothing that the suite plays takes a tenth of it."""
MEMORY = 3 << 30


class Mutant(msgspec.Struct, frozen=True):
    """A mutation of a module, by what it is called."""

    module: str
    number: int
    name: str
    place: Place
    operator: str


class Played(msgspec.Struct):
    """What came of one."""

    name: str
    verdict: str
    """``fail``; ``limit``: it came to no end; ``survived``; ``invalid``: it is no implementation, as it cannot be
    imported, answers with what is no term, or ends with an error of Python's in a case, and fails in no other."""
    case: str = ""
    """The case that failed; of a survivor, a case that told nothing, or that none comes there."""
    cases: int = 0
    """So many were played."""
    seconds: float = 0.0


def mutants_of(module: str) -> Iterator[Mutant]:
    """All of a module of the room, such as ``driver/mode.py``."""
    times = defaultdict[str, int](int)
    for number, each in enumerate(mutations(_tree(module))):
        name = f"{module} {each.place.where or 'module'}: {each.operator}: {each.what}"
        times[name] += 1
        again = f" #{times[name]}" if times[name] > 1 else ""
        yield Mutant(module, number, name + again, each.place, each.operator)


def _tree(module: str) -> ast.Module:
    return ast.parse((ROOM / module).read_text(encoding="utf-8"))


class Changed(MetaPathFinder):
    """Finds one module, as it is not written."""

    def __init__(self, mutant: Mutant) -> None:
        tree = _tree(mutant.module)
        found: Mutation = list(mutations(tree))[mutant.number]
        found.make()
        path = str(ROOM / mutant.module)
        self._name = f"gen_tck.reference.{mutant.module.removesuffix('.py').replace('/', '.')}"
        self._code = compile(ast.fix_missing_locations(tree), path, "exec")
        self._path = path

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        """The module, if it is the one."""
        if fullname != self._name:
            return None
        loader = SourceFileLoader(fullname, self._path)
        loader.get_code = lambda fullname: self._code  # type: ignore[method-assign]
        return spec_from_file_location(fullname, self._path, loader=loader)


class Suite:
    """The collected cases, in a process that has not imported the reference."""

    def __init__(self, items: Sequence[pytest.Item], run: Run, folder: Path, most: int | None) -> None:
        self._items, self._run, self._most = list(items), run, most
        self._reached = folder / "reached.json"
        self._cases = [case_id(each) for each in self._items]
        self._came = self._reachings()

    def play(self, mutant: Mutant, chapter: str) -> Played:
        """Play the cases on a mutant; this process is not good for anything else afterwards."""
        try:
            sys.meta_path.insert(0, Changed(mutant))
            import gen_tck.adapters.reference  # noqa: F401  the changed one
        except Exception as reason:
            return Played(mutant.name, "invalid", f"{type(reason).__name__}: {reason}")
        try:
            self._run.capabilities = self._run.supervisor.capabilities
        except Exception as reason:
            return Played(mutant.name, "fail", f"no node: {reason}")
        come = self._who_comes_to(mutant)
        who = sorted(come) or range(len(self._cases))
        mixed = random.Random(mutant.name).sample(who, len(who))
        order = sorted(mixed, key=lambda each: not self._cases[each].startswith(f"{chapter}/"))[: self._most]
        seen, broken = "" if come else "no case comes there", ""
        for count, number in enumerate(order, 1):
            following = self._items[order[count]] if count < len(order) else None
            case, _ = look_until_sure(self._items[number], following, self._run)
            if case.verdict == "fail":
                return Played(mutant.name, "fail", case.id, count)
            if case.verdict == "adapter-error":
                return Played(mutant.name, "invalid", f"{case.id}: {case.message}", count)
            if case.verdict == "kit-error":
                broken = f"{case.id}: {case.message}"
            if case.verdict not in ("pass", "varies"):
                seen = f"{case.id} ({case.verdict})"
        return Played(mutant.name, "invalid" if broken else "survived", broken or seen, len(order))

    def _who_comes_to(self, mutant: Mutant) -> set[int]:
        first, last = mutant.place.lines
        keys = (f"on {mutant.place.event}", *[f"{mutant.module}:{line}" for line in range(first, last + 1)])
        return {case for key in keys for case in self._came.get(key, ())}

    # Who comes where

    def _reachings(self) -> dict[str, list[int]]:
        text = hashlib.sha256()
        for path in sorted([*ROOM.rglob("*.py"), *FOLDER.glob("*/test_*.py"), *FOLDER.glob("harness/*.py")]):
            text.update(path.read_bytes())
        if self._reached.exists():
            digest, came = msgspec.json.decode(self._reached.read_bytes(), type=tuple[str, dict[str, list[int]]])
            if digest == text.hexdigest():
                return came
        if (pid := os.fork()) == 0:
            with Ending():
                self._reached.write_bytes(msgspec.json.encode((text.hexdigest(), self._trace())))
        if os.waitpid(pid, 0)[1]:
            raise RuntimeError("the cases cannot be played on the plain reference")
        return self._reachings()

    def _trace(self) -> dict[str, list[int]]:
        came, seen = defaultdict[str, list[int]](list), set[str]()
        _note_rows(seen)
        self._run.capabilities = self._run.supervisor.capabilities
        prefix = len(str(ROOM)) + 1

        def of_line(frame: types.FrameType, event: str, arg: Any) -> Callable[..., Any]:
            seen.add(f"{frame.f_code.co_filename[prefix:]}:{frame.f_lineno}")
            return of_line

        def of_call(frame: types.FrameType, event: str, arg: Any) -> Callable[..., Any] | None:
            return of_line if frame.f_code.co_filename.startswith(str(ROOM)) else None

        for number, item in enumerate(self._items):
            seen.clear()
            sys.settrace(of_call)
            case, _ = look_until_sure(item, None, self._run)
            sys.settrace(None)
            if case.verdict not in ("pass", "varies"):
                print(f"on the plain reference: {case.id} {case.verdict}", flush=True)
                os._exit(1)
            for place in seen:
                came[place].append(number)
        return dict(came)


def _note_rows(seen: set[str]) -> None:
    """Have the reference note into ``seen`` the events of its machines: another row may be taken of a changed table."""
    from gen_tck.adapters import reference
    from gen_tck.reference.tables import Transition

    class Note:
        def opened(self, machine: Any) -> None: ...

        def passes(self, machine: Any, transition: Transition) -> None:
            seen.add(f"on {transition.event}")

    def open_simulated(*, apart: bool = False) -> reference.SimulatedNode:
        return reference.SimulatedNode(observer=Note(), place="apart" if apart else None)

    reference.open_simulated = open_simulated


class Ending:
    """A fork ends here, however it goes, and never goes on with what its parent does."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, reason: BaseException | None, where: object) -> None:
        if reason is not None:
            print(f"{type(reason).__name__}: {reason}", file=sys.stderr, flush=True)
        os._exit(1 if reason is not None else 0)


class Forks:
    """So many mutants at a time, each in a fork."""

    def __init__(self, suite: Suite, workers: int) -> None:
        self._suite, self._workers = suite, workers
        self._running: dict[int, tuple[Mutant, int]] = {}

    def play(self, mutants: Sequence[tuple[Mutant, str]]) -> Iterator[Played]:
        """What came of each, with its chapter, as they end."""
        try:
            for mutant, chapter in mutants:
                if len(self._running) == self._workers:
                    yield self._reap()
                self._begin(mutant, chapter)
            while self._running:
                yield self._reap()
        finally:
            for pid in self._running:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _begin(self, mutant: Mutant, chapter: str) -> None:
        reading, writing = os.pipe()
        sys.stdout.flush()
        if (pid := os.fork()) == 0:
            with Ending():
                resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                signal.alarm(30 * SECONDS)
                played = self._suite.play(mutant, chapter)
                played.seconds = round(sum(os.times()[:2]), 2)
                os.write(writing, msgspec.json.encode(played))
        os.close(writing)
        self._running[pid] = mutant, reading

    def _reap(self) -> Played:
        pid, status = os.wait()
        mutant, reading = self._running.pop(pid)
        with open(reading, "rb") as pipe:
            told = pipe.read()
        if told:
            return msgspec.json.decode(told, type=Played)
        ended = os.waitstatus_to_exitcode(status)
        return Played(mutant.name, "limit" if ended < 0 else "fail", f"the process ended: {ended}")


def with_suite(folder: Path, most: int | None, work: Callable[[Suite], None]) -> list[str]:
    """Collect the cases and do ``work`` with them, of which a mutant plays ``most``; what went wrong, if anything."""
    run = Run(Options(node="reference", strict=True, unchecked=True))
    done: list[pytest.Session] = []

    class Instead:
        """What is done instead of running the cases."""

        @pytest.hookimpl(tryfirst=True)
        def pytest_collection_finish(self, session: pytest.Session) -> None:
            if session.testsfailed:
                return
            items, session.items[:] = [*session.items], []
            assert "gen_tck.adapters.reference" not in sys.modules
            gc.collect()
            gc.freeze()
            work(Suite(items, run, folder, most))
            done.append(session)

    class Silence:
        def expect(self, cases: int) -> None: ...

        def done(self, verdict: str) -> None: ...

    trouble = certify(run, Silence(), plugin=Instead()).trouble
    return [] if done else trouble or ["there are no cases"]
