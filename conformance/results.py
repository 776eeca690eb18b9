"""The results of a run: one JSON file from which every other form is derived.

Format 1. Times are seconds, ids are as in :class:`~gen_tck.conformance.verdicts.Case`.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import msgspec

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.verdicts import JUDGED, Case, Conclusion, Verdict, conclude, weightiest
from gen_tck.spec.clauses import PROFILES, Clause

FORMAT = 1


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
        return cls(asked, known.name, known.version, known.clock, known.homepage, dict(known.details))


class ProfileResult(msgspec.Struct):
    """How a profile fared."""

    claimed: bool
    verdicts: dict[str, int]
    """The number of clauses by verdict, of those that were tested."""


class ClauseResult(msgspec.Struct):
    """How a clause fared; only clauses of which a case was collected are in the results."""

    verdict: Verdict
    variant: str | None
    """The variants that were seen, separated by commas, for a clause that varies."""
    tests: list[str]
    """The ids of its cases."""


class Results(msgspec.Struct, kw_only=True):
    """A whole run."""

    format: Literal[1] = 1
    kit: Kit
    node: NodeFacts
    conclusion: Conclusion
    complete: bool
    """Whether every case was judged; an interrupted run is not complete."""
    profiles: dict[str, ProfileResult]
    clauses: dict[str, ClauseResult]
    cases: list[Case]
    stale: list[str]
    """What is wrong with the recorded deviations, a sentence each."""
    seconds: float


class ResultsError(Exception):
    """Results cannot be written or read; the message is one line."""


def assemble(
    cases: Iterable[Case],
    clauses: Mapping[str, Clause],
    *,
    asked: str,
    capabilities: Capabilities,
    stale: list[str],
    complete: bool,
    seconds: float,
    levels: Sequence[str] = JUDGED,
) -> Results:
    """Put the results together, of cases of which it is known already which are blocked."""
    order = {each: number for number, each in enumerate(clauses)}
    cases = sorted(cases, key=lambda case: (order[case.clauses[0]], case.id))
    clause_results = _clause_results(cases, clauses)
    return Results(
        kit=Kit("gen-tck", version("gen-tck")),
        node=NodeFacts.of(asked, capabilities),
        conclusion=conclude(cases, clauses, stale=bool(stale), complete=complete, levels=levels),
        complete=complete,
        profiles=_profile_results(clause_results, clauses, capabilities.profiles),
        clauses=clause_results,
        cases=cases,
        stale=stale,
        seconds=round(seconds, 3),
    )


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
        )
    return found


def _profile_results(
    results: Mapping[str, ClauseResult], clauses: Mapping[str, Clause], claimed: frozenset[str]
) -> dict[str, ProfileResult]:
    found = {profile: ProfileResult(profile in claimed, {}) for profile in PROFILES}
    for each, result in results.items():
        verdicts = found[clauses[each].profile].verdicts
        verdicts[result.verdict] = verdicts.get(result.verdict, 0) + 1
    return found


def check_writable(path: Path) -> None:
    """Raise :class:`ResultsError` unless results can be written to ``path``; leaves nothing behind."""
    if path.is_dir():
        raise ResultsError(f"results cannot be written to {path}: it is a directory")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as reason:
        raise ResultsError(f"results cannot be written to {path}: {_cause(reason)}") from reason
    os.close(handle)
    Path(name).unlink()


def write(results: Results, path: Path) -> None:
    """Write ``results`` whole or not at all. Raises :class:`ResultsError`."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")


def write_whole(path: Path, content: bytes, what: str = "results") -> None:
    """Write ``content`` to ``path``, all of it or nothing. Raises :class:`ResultsError`."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as reason:
        raise ResultsError(f"{what} cannot be written to {path}: {_cause(reason)}") from reason
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            # mkstemp makes files that only their owner can read, which suits passwords, not results.
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        Path(name).replace(path)
    except OSError as reason:
        Path(name).unlink(missing_ok=True)
        raise ResultsError(f"{what} cannot be written to {path}: {_cause(reason)}") from reason


def read(path: Path) -> Results:
    """The results in ``path``.

    Raises :class:`ResultsError` if they cannot be read, are of another format, or do not hold together.
    """
    try:
        content = path.read_bytes()
    except OSError as reason:
        raise ResultsError(f"results cannot be read from {path}: {_cause(reason)}") from reason
    try:
        raw = msgspec.json.decode(content)
    except msgspec.DecodeError as reason:
        raise ResultsError(f"{path}: line {_line(content, str(reason))}: {reason}") from reason
    if isinstance(raw, dict) and "exploration" in raw:
        raise ResultsError(f"{path} holds results of an exploration, which gen-tck report takes")
    if not isinstance(raw, dict) or "format" not in raw or "cases" not in raw:
        raise ResultsError(f"{path} holds no results of the kit")
    if raw["format"] != FORMAT:
        raise ResultsError(f"{path} holds results of format {raw['format']!r}; this kit reads format {FORMAT}")
    try:
        results = msgspec.convert(raw, Results)
    except msgspec.ValidationError as reason:
        raise ResultsError(f"{path} holds no results of format {FORMAT}: {reason}") from reason
    for complaint in _contradictions(results):
        raise ResultsError(f"{path}: {complaint}")
    return results


def is_complete(path: Path) -> bool:
    """Whether ``path`` holds the results of a whole run."""
    try:
        return read(path).complete
    except ResultsError:
        return False


def _line(content: bytes, reason: str) -> int:
    """The line that an error of the parser is about: it names the byte, or means the end."""
    byte = re.search(r"\(byte (\d+)\)", reason)
    return content[: int(byte[1]) if byte else len(content)].count(b"\n") + 1


def _contradictions(results: Results) -> Iterator[str]:
    """What shows that results were edited by hand."""
    cases = {case.id: case for case in results.cases}
    for number, case in enumerate(results.cases):
        if not case.clauses:
            yield f"cases[{number}] ({case.id}) names no clause"
        for each in case.clauses:
            if each not in results.clauses:
                yield f"cases[{number}] ({case.id}) names {each}, which is not among the clauses"
        if cases[case.id] is not case:
            yield f"cases[{number}] ({case.id}) is there twice"
    for each, clause in results.clauses.items():
        for test in clause.tests:
            if test not in cases:
                yield f"the clause {each} names {test}, which is not among the cases"
        own = {cases[test].verdict for test in clause.tests if test in cases}
        if own and clause.verdict != weightiest(own):
            yield f"the clause {each} is {clause.verdict!r}, but the weightiest of its cases is {weightiest(own)!r}"


def schema() -> dict[str, Any]:
    """The JSON Schema of results; ``results.schema.json`` is this, written down."""
    return schema_of(Results, "Results of gen_tck")


def schema_of(shape: type, title: str) -> dict[str, Any]:
    """The JSON Schema of ``shape``."""
    found = msgspec.json.schema(shape, ref_template="#/$defs/{name}")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **found}


def _cause(reason: OSError) -> str:
    return (reason.strerror or str(reason)).lower()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
