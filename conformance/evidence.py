"""The traces that a run keeps beside its results: ``x.json`` has them in ``x.traces/``, one file a case."""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

from gen_tck.adapters import traces
from gen_tck.adapters.recorder import Recorder, node_facts
from gen_tck.conformance.verdicts import Case


def folder_of(results: Path) -> Path:
    """Where the traces of the results in ``results`` are kept."""
    return results.with_suffix(".traces")


def name_of(case: str) -> str:
    """The name of the file that holds the trace of the case with this id."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", case).strip("-")
    # Ids may differ only in what a file name cannot say, or be longer than one may be.
    return f"{plain[:120]}.{sha256(case.encode()).hexdigest()[:8]}.jsonl"


def clean(results: Path) -> None:
    """Remove the traces of an earlier run with the same name, and nothing else. Raises ``OSError``."""
    folder = folder_of(results)
    if folder.is_dir():
        for each in folder.glob("*.????????.jsonl"):
            each.unlink()


def keep(results: Path, case: Case, recorder: Recorder) -> None:
    """Write the trace of ``case`` and name it in the case. Raises :class:`~gen_tck.adapters.traces.TraceError`."""
    path = folder_of(results) / name_of(case.id)
    header = traces.Header(
        kit=version("gen-tck"), case=case.id, clauses=case.clauses, node=node_facts(recorder.capabilities)
    )
    case.trace = f"{path.parent.name}/{path.name}"
    traces.write(path, header, recorder.events, msgspec.to_builtins(case))
