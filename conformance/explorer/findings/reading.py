"""Results of scripts, read from files: format 2, and both forms of format 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from gen_tck.conformance.explorer.findings.assembling import NONE_DRAWN
from gen_tck.conformance.explorer.findings.contradictions import contradictions
from gen_tck.conformance.explorer.findings.results import FORMAT, Results
from gen_tck.conformance.output import files
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.results.file import ResultsError


def are_of_scripts(path: Path) -> bool:
    """Whether ``path`` holds results of scripts, well-formed or not."""
    try:
        raw = files.read_json(path, "results")
    except FileError:
        return False
    return isinstance(raw, dict) and not _MARKS.isdisjoint(raw)


_MARKS = frozenset(["exploration", "settled"])
"""What results of other kinds do not have; the latter in format 1 alone."""


def _newer(raw: dict[str, Any]) -> dict[str, Any]:
    """``raw``, of format 1, as format 2 has it. Given scripts had results of their own, and no names."""
    if "settled" in raw:
        looked = msgspec.convert(raw["settled"], list[dict[str, Any]])
        given = [{"name": f"known:{number}", **each} for number, each in enumerate(looked, 1)]
        raw = msgspec.to_builtins(NONE_DRAWN) | {"kit": raw.get("kit"), "node": raw.get("node"), "given": given}
    return {"flaky" if name == "unsteady" else name: value for name, value in raw.items()} | {"format": FORMAT}


def read(path: Path) -> Results:
    """The results in ``path``. Raises :class:`~gen_tck.conformance.results.file.ResultsError`."""
    try:
        raw = files.read_json(path, "results")
    except FileError as reason:
        raise ResultsError(str(reason)) from reason
    if not isinstance(raw, dict) or _MARKS.isdisjoint(raw):
        raise ResultsError(f"{path} holds no results of scripts")
    if raw.get("format") not in (1, FORMAT):
        raise ResultsError(
            f"{path} holds results of format {repr(raw.get('format'))[:40]}; this kit reads formats 1 and {FORMAT}"
        )
    try:
        results = msgspec.convert(_newer(raw) if raw["format"] == 1 else raw, Results)
    except msgspec.ValidationError as reason:
        raise ResultsError(f"{path} holds no results of format {FORMAT}: {reason}") from reason
    for complaint in contradictions(results):
        raise ResultsError(f"{path}: {complaint}")
    return results
