"""The results of a run: one JSON file from which every other form is derived.

Format 2. Times are seconds, ids are as in ``Case``. Results of format 1 can still be
read: what they do not say has a default, see :mod:`gen_tck.conformance.results.format_1`.
"""

from __future__ import annotations

import json
import platform
import shlex
import sys
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import msgspec

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.output import documents, files
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.results import format_1 as older
from gen_tck.conformance.results import roots
from gen_tck.conformance.results.amounts import Count, Seconds
from gen_tck.conformance.results.claims import ClauseResult, ProfileResult, named, partly_run, profile_results
from gen_tck.conformance.results.contradictions import contradictions
from gen_tck.conformance.results.ladder import Ladder, ladder
from gen_tck.conformance.results.roots import Root
from gen_tck.conformance.results.verdicts import JUDGED, Case, Conclusion, conclude, verdicts_of, weightiest
from gen_tck.spec.clause import Clause

FORMAT = 2


class Kit(msgspec.Struct):
    """The kit that judged."""

    name: str
    version: str


class NodeFacts(msgspec.Struct):
    """The node that was judged, by its own account."""

    asked: str
    """The name under which it was asked for."""
    name: str
    version: str
    clock: str
    homepage: str
    details: dict[str, str]

    @classmethod
    def of(cls, asked: str, known: Capabilities) -> NodeFacts:
        """Those of the node that was asked for as ``asked``."""
        return cls(asked, known.name, known.version, known.clock, known.homepage, known.described())


class RunFacts(msgspec.Struct):
    """When, where and how a run was made."""

    date: str = ""
    """When it began: ISO 8601, UTC."""
    host: str = ""
    """The name of the machine."""
    system: str = ""
    """Its operating system."""
    command: str = ""
    """The command line."""
    python: str = ""
    """The version of Python that the kit ran on."""
    erl: str = ""
    """What started Erlang, if it was not ``erl``."""
    slow: bool = False
    """Whether slow cases were asked for."""

    @classmethod
    def now(cls, erl: str = "erl", *, slow: bool = False) -> RunFacts:
        """Those of a run that begins now, in this process."""
        program = Path(sys.argv[0] or "python")
        # That is what `python -m PACKAGE` leaves of its own words.
        name = f"python -m {program.parent.name}" if program.name == "__main__.py" else shlex.quote(program.name)
        return cls(
            date=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            host=platform.node(),
            system=f"{platform.system()} {platform.release()} {platform.machine()}",
            command=" ".join([name, *map(shlex.quote, sys.argv[1:])]),
            python=platform.python_version(),
            erl="" if erl == "erl" else erl,
            slow=slow,
        )


class Results(msgspec.Struct, kw_only=True):
    """A whole run."""

    format: Literal[2] = 2
    kit: Kit
    run: RunFacts
    node: NodeFacts
    levels: list[str]
    """The levels that the conclusion judges; what does not hold of another level changes nothing."""
    limits: dict[str, float]
    """What the run was not to exceed."""
    conclusion: Conclusion
    complete: bool
    """Whether every case was judged; an interrupted run is not complete."""
    roots: list[Root]
    """What fails of itself, the weightiest first."""
    voids: Count
    """How often cases were played again because node or kit stood still."""
    profiles: dict[str, ProfileResult]
    clauses: dict[str, ClauseResult]
    cases: list[Case]
    stale: list[str]
    """What is wrong with the recorded deviations, a sentence each."""
    seconds: Seconds
    ladder: Ladder | None = None
    """How far the node is, profile by profile; ``None`` if there is nothing to climb, or the run does not tell."""


class ResultsError(Exception):
    """Results cannot be read; the message is one line."""


def assemble(
    cases: Iterable[Case],
    clauses: Mapping[str, Clause],
    *,
    asked: str,
    capabilities: Capabilities,
    stale: list[str],
    complete: bool,
    seconds: float,
    run: RunFacts | None = None,
    levels: Collection[str] = JUDGED,
    limits: Mapping[str, float] | None = None,
) -> Results:
    """Put the results together, of cases of which it is known already which are blocked."""
    order = {each: number for number, each in enumerate(clauses)}
    cases = sorted(cases, key=lambda case: (order[case.clauses[0]], case.id))
    clause_results = _clause_results(cases, clauses)
    profiles = profile_results(clause_results, clauses, capabilities)
    results = Results(
        kit=Kit("gen-tck", version("gen-tck")),
        run=run or RunFacts.now(),
        node=NodeFacts.of(asked, capabilities),
        levels=list(levels),
        limits=dict(limits or {}),
        conclusion=conclusion_of(cases, clause_results, profiles, levels=levels, stale=bool(stale), complete=complete),
        complete=complete,
        roots=roots.find(cases, clauses),
        voids=sum(case.stood_still for case in cases),
        profiles=profiles,
        clauses=clause_results,
        cases=cases,
        stale=stale,
        seconds=round(seconds, 3),
    )
    results.ladder = ladder(results)
    return results


def _clause_results(cases: Iterable[Case], clauses: Mapping[str, Clause]) -> dict[str, ClauseResult]:
    by_clause: dict[str, list[Case]] = {}
    for case in cases:
        for each in case.clauses:
            by_clause.setdefault(each, []).append(case)
    found = {}
    for each in (each for each in clauses if each in by_clause):
        own = by_clause[each]
        variants = {name for case in own for name in case.variants if name in clauses[each].variants}
        found[each] = ClauseResult(
            verdict=weightiest(case.verdict for case in own),
            variant=", ".join(sorted(variants)) or None,
            tests=[case.id for case in own],
            level=clauses[each].level,
            profile=clauses[each].profile,
        )
    return found


_WHATEVER_THE_LEVEL = verdicts_of("holds", "not-claimed", "left-out", "broken")
"""What shows that something was judged at all, and what says nothing of the clause."""


def conclusion_of(
    cases: Iterable[Case],
    clauses: Mapping[str, ClauseResult],
    profiles: Mapping[str, ProfileResult],
    *,
    levels: Collection[str],
    stale: bool,
    complete: bool,
) -> Conclusion:
    """The verdict on a node, judging only clauses of these ``levels``; a case has the level of its first clause."""
    judged = [case for case in cases if case.verdict in _WHATEVER_THE_LEVEL or clauses[case.clauses[0]].level in levels]
    conclusion = conclude(judged, stale=stale, complete=complete)
    if conclusion in ("CONFORMS", "DEVIATES AS RECORDED") and not (named(profiles) or partly_run(profiles)):
        return "COULD NOT TELL"
    return conclusion


def write(results: Results, path: Path) -> None:
    """Write ``results`` whole or not at all. Raises :class:`~gen_tck.conformance.output.files.FileError`."""
    files.write(path, documents.in_json(results), "results")


def without_traces(results: Results) -> Results:
    """``results`` where no traces can be beside them."""
    cases = [msgspec.structs.replace(case, trace=None) for case in results.cases]
    return msgspec.structs.replace(results, cases=cases)


def read(path: Path) -> Results:
    """The results in ``path``.

    Raises :class:`ResultsError` if they cannot be read, are of another format, or do not hold together.
    """
    try:
        raw = files.read_json(path, "results")
    except FileError as reason:
        raise ResultsError(str(reason)) from reason
    if isinstance(raw, dict) and "exploration" in raw:
        raise ResultsError(f"{path} holds results of an exploration, which gen-tck report takes")
    if not isinstance(raw, dict) or "format" not in raw or "cases" not in raw:
        raise ResultsError(f"{path} holds no results of the kit")
    told = raw["format"]
    if told not in (older.FORMAT, FORMAT) or isinstance(told, bool):
        known = f"formats {older.FORMAT} and {FORMAT}"
        raise ResultsError(f"{path} holds results of format {repr(told)[:40]}; this kit reads {known}")
    if told == older.FORMAT:
        older.upgrade(raw)
    try:
        results = msgspec.convert(raw, Results)
    except msgspec.ValidationError as reason:
        raise ResultsError(f"{path} holds no results of format {told}: {reason}") from reason
    for complaint in contradictions(results, whole=told == FORMAT):
        raise ResultsError(f"{path}: {complaint}")
    if told == older.FORMAT:
        results.roots = roots.find(results.cases, {})
    return results


def is_complete(path: Path) -> bool:
    """Whether ``path`` holds the results of a whole run."""
    try:
        return read(path).complete
    except ResultsError:
        return False


def schema() -> dict[str, Any]:
    """The JSON Schema of results; ``results.schema.json`` is this, written down."""
    return schema_of(Results, "Results of gen_tck")


def schema_of(shape: type, title: str) -> dict[str, Any]:
    """The JSON Schema of ``shape``."""
    found = msgspec.json.schema(shape, ref_template="#/$defs/{name}")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **found}


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
