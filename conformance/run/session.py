"""One run of the kit, as one pytest process knows it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from gen_tck.adapters.interface import CallFailed, Capabilities, NodeError
from gen_tck.adapters.limits import LimitError, Limits, settings
from gen_tck.adapters.registry import UnknownNode, find
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.output import files
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.results import deviations, left
from gen_tck.conformance.results.deviations import Deviations, DeviationsError
from gen_tck.conformance.results.file import Results, RunFacts, assemble
from gen_tck.conformance.results.verdicts import CENSUS, Case
from gen_tck.conformance.run import collection, pytest_words, uses
from gen_tck.conformance.run.board import Board
from gen_tck.conformance.run.graph import Graph
from gen_tck.conformance.run.options import Options, handed_to, of_command_line
from gen_tck.conformance.run.places import APART, Places
from gen_tck.conformance.run.supervisor import Supervisor
from gen_tck.conformance.traces import evidence
from gen_tck.conformance.traces.recorder import Recorder
from gen_tck.spec import clauses as spec
from gen_tck.spec.clause import LEVELS, Clause
from gen_tck.spec.clauses import SpecError
from gen_tck.spec.profiles import PROFILES, expand


class UsageError(Exception):
    """What was asked for cannot be done; ``problems`` are all things that are wrong, one at least, each in one line."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass
class Run:
    """The specification, the node and the cases of a run. Raises :class:`UsageError` when made of unusable options."""

    options: Options
    clauses: Mapping[str, Clause] = field(init=False)
    places: Places = field(init=False)
    cases: dict[str, Case] = field(default_factory=dict)
    """What is known so far, by case id."""
    trouble: list[str] = field(default_factory=list)
    """Why the run cannot be complete."""
    stale: list[str] = field(default_factory=list)
    capabilities: Capabilities | None = None
    graph: Graph = field(init=False)
    """What the cases that were collected in this process need."""
    chosen: set[str] = field(default_factory=set)
    """The clauses that the cases to run are about."""
    board: Board = field(default_factory=Board)
    """The verdicts of the cases that are done, in this process or another."""
    previous: str = ""
    """The id of the case that this process played last."""

    def __post_init__(self) -> None:
        self.start()
        try:
            self.clauses = spec.load()
            self.entry = find(self.options.node, erl=self.options.erl, limits=settings(self.options.limits))
            self._recorded = self._load_deviations()
            if self.options.results is not None:
                evidence.check(self.options.results)
            if self.options.update_deviations:
                files.check(self.entry.deviations, "the deviations")
        except SpecError as reason:
            raise UsageError(*map(str, reason.problems)) from reason
        except (UnknownNode, DeviationsError, FileError, LimitError) as reason:
            raise UsageError(str(reason)) from reason
        check_choice(self.clauses, self.options.clauses, self.options.profiles, self.options.levels)
        self.limits: Limits = self.entry.limits
        self.places = Places(self.entry, self.limits)
        self.graph = Graph(self.clauses)
        self._deviations: Deviations | None = None

    def start(self) -> None:
        """Take now for when the run began: it may have been made long before."""
        self.facts = RunFacts.now(self.options.erl, slow=self.options.slow)
        self.began = time.monotonic()

    def _load_deviations(self) -> list[deviations.Deviation]:
        if self.options.strict:
            return []
        return deviations.load(
            self.entry.deviations,
            self.clauses,
            deviations.names_of_tests(collection.FOLDER),
            reasons=not self.options.update_deviations,
        )

    @property
    def deviations(self) -> Deviations:
        """The recorded deviations of the node's release; none while the node has not told its release."""
        if self._deviations is None:
            capabilities = self.capabilities or self.supervisor.known
            if capabilities is None:
                return Deviations(self.entry.deviations)
            release = capabilities.details.get("release", "")
            self._deviations = deviations.for_release(self.entry.deviations, self._recorded, release)
        return self._deviations

    def choose(self, items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
        """The items to run, in order, and those that were not asked for."""
        others = [item for item in items if not collection.is_case(item)]
        chosen: list[pytest.Item] = []
        rest: list[pytest.Item] = []
        for item in filter(collection.is_case, items):
            names = collection.clauses_of(item)
            keep = collection.wanted(names, self.clauses, self.options.clauses, self.options.profiles) and (
                self.options.cases is None or collection.case_id(item) in self.options.cases
            )
            (chosen if keep else rest).append(item)
        self.chosen.update(collection.clauses_of(item)[0] for item in chosen)
        for item in chosen:
            self.graph.add(collection.case_id(item), collection.clauses_of(item), collection.requires_of(item))
        return others + sorted(chosen, key=lambda item: self.graph.order(collection.case_id(item))), rest

    def begin(self, case: Case) -> None:
        """The case is the next: give it its verdict if it need not, or can no longer, be run."""
        self.places.stay_here()
        self.supervisor.begin(case.id)
        culprit = None if self.options.run_blocked else self.graph.blocker(case.id, self.board.known())
        missing = self.unsupported(case)
        if missing:
            case.verdict, case.message = "unsupported", missing
        elif self.leaves_out(case):
            case.verdict, case.message = "left-out", "slow on a node with a real clock (--slow runs it)"
        elif self.limits.total and time.monotonic() - self.began > self.limits.total:
            case.verdict, case.message = "not-run", f"the run took {self.limits.total:g} s (--limit total)"
        elif culprit is not None:
            case.verdict, case.message = "blocked", f"it needs {culprit}, which failed"
            case.own, case.blocked_by = "not-run", culprit
        elif self.is_apart(case) and (trouble := self.places.go_apart()):
            case.verdict, case.message = "inconclusive" if self.is_asked_for(case) else "left-out", trouble

    def unsupported(self, case: Case) -> str:
        """Why ``case`` cannot run on the node, if so: for what it checks, or what it uses. Raises ``NodeError``."""
        named = {*case.clauses, *uses.of(case.id), *case.requires} & self.clauses.keys()
        missing = {self.clauses[each].profile for each in named} - self.supervisor.capabilities.profiles
        return f"the node does not claim the profile {', '.join(sorted(missing))}" if missing else ""

    def leaves_out(self, case: Case) -> bool:
        """Whether ``case`` would take long, and nobody asked for such cases, or for this one. Raises ``NodeError``."""
        if self.options.slow or self.options.cases is not None:
            return False
        return self.is_slow(case) and self.supervisor.capabilities.clock == "real"

    def is_slow(self, case: Case) -> bool:
        """Whether ``case`` takes a node with a real clock long."""
        return any(self.clauses[each].is_slow for each in case.clauses)

    def is_apart(self, case: Case) -> bool:
        """Whether ``case`` takes a node on a machine of its own."""
        return collection.profile_of(case.clauses, self.clauses) == APART

    def is_asked_for(self, case: Case) -> bool:
        """Whether ``case`` was asked for by its name, that of its clause, or of its profile."""
        return self.options.cases is not None or bool(self.options.clauses or self.options.profiles)

    @property
    def supervisor(self) -> Supervisor:
        """Keeps the node for the case that is the next, or under way."""
        return self.places.supervisor

    @property
    def counts_left(self) -> bool:
        """Whether what cases leave behind is of interest, and the node can say what that is: no recording can."""
        if self.options.cases is not None:
            return False
        return CENSUS in self.chosen and "census" in self.supervisor.capabilities.profiles

    def scenario(self, names: Sequence[str]) -> Scenario:
        """A scenario for a case that checks the clauses ``names``. Raises ``NodeError`` if there is no node for it."""
        variants = frozenset(name for each in names for name in self.clauses[each].variants)
        node = self.supervisor.node()
        return Scenario(node if self.options.results is None else Recorder(node, self.limits), variants)

    @contextmanager
    def playing(self, scenario: Scenario) -> Iterator[None]:
        """While the test plays in ``scenario``: see at its end that it left nothing unexpected, and discard all.

        A node that does not survive that is not used again, and the test is to blame.
        """
        try:
            with scenario.recorded():
                yield
                scenario.finish()
            if self.counts_left:
                scenario.count_left()
        except NodeError as reason:
            if isinstance(reason, CallFailed):
                self.discard(scenario)
            else:
                with suppress(Exception):
                    scenario.discard()
            raise
        except BaseException:
            with suppress(Exception):
                self.discard(scenario)
                self.supervisor.survived()
            raise
        self.discard(scenario)
        self.supervisor.survived()

    def discard(self, scenario: Scenario) -> None:
        """End what a case made. A node that does not survive this is not used again; raises what went wrong."""
        try:
            scenario.discard()
        except NodeError as reason:
            self.supervisor.failed(reason)
            raise

    def add(self, record: Any) -> Case:
        """Take up a case that came as plain values, possibly from another process."""
        case = msgspec.convert(record, Case)
        self.cases[case.id] = case
        return case

    def results(self) -> Results:
        """What is known, judged as a whole."""
        capabilities = self.capabilities or self.supervisor.capabilities
        self.capabilities = capabilities
        cases = list(self.cases.values())
        cases += left.further_cases(cases, self.clauses, self.deviations)
        Graph.of(cases, self.clauses).block(cases)
        self.stale = self.deviations.stale(cases)
        return assemble(
            cases,
            self.clauses,
            asked=self.options.node,
            capabilities=capabilities,
            stale=self.stale,
            complete=not self.trouble and not any(case.verdict == "not-run" for case in cases),
            levels=self.options.levels,
            seconds=time.monotonic() - self.began,
            run=self.facts,
            limits=self.limits.as_dict(),
        )


def check_choice(
    clauses: Mapping[str, Clause], globs: Sequence[str], profiles: Sequence[str], levels: Sequence[str]
) -> None:
    """Raise :class:`UsageError` if a profile or level is unknown or nothing is left to run."""
    for each in levels:
        if each not in LEVELS:
            raise UsageError(f"unknown level {each!r}: the levels are {', '.join(LEVELS)}")
    for each in profiles:
        if not expand([each]).issubset(PROFILES):
            raise UsageError(f"unknown profile {each!r}: the profiles are core, {', '.join(PROFILES)}")
    for glob in globs:
        if not any(collection.wanted([each], clauses, [glob], ()) for each in clauses):
            raise UsageError(f"no clause matches {glob!r}: {collection.nearest(glob, clauses)}")
    if (globs or profiles) and not any(collection.wanted([each], clauses, globs, profiles) for each in clauses):
        raise UsageError(f"no clause is left: none of profile {', '.join(profiles)} matches {', '.join(globs)}")


RUN = pytest.StashKey[Run]()
"""The run of a pytest process, once there is one."""


def run_of(config: pytest.Config) -> Run:
    """The run of this process, made when it is first wanted: most pytest runs are none of ours."""
    run = config.stash.get(RUN, None)
    if run is None:
        try:
            run = config.stash[RUN] = Run(options_of(config))
        except UsageError as reason:
            raise pytest_words.usage_error(reason.problems) from None
    return run


def options_of(config: pytest.Config) -> Options:
    """What was asked: of the run of this process, of this worker by its controller, or on the command line."""
    run = config.stash.get(RUN, None)
    if run is not None:
        return run.options
    handed = handed_to(config)
    return of_command_line(config) if handed is None else handed.options
