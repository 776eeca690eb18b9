"""The traces that a run keeps beside its results: ``x.json`` has them in ``x.traces/``, one file a case.

While a run lasts they are kept in a hidden folder beside it, so that an interrupted run leaves those of the run before:
one behind the other in a file of each process, for to make a file can take longer than a case.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.output import documents, files
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.traces import file as traces
from gen_tck.conformance.traces.narration import last_step
from gen_tck.conformance.traces.recorder import Recorder
from gen_tck.spec import inputs


def folder_of(results: Path) -> Path:
    """Where the traces of the results in ``results`` are kept."""
    return results.with_suffix(".traces")


def name_of(case: str) -> str:
    """The name of the file that holds the trace of the case with this id."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", case).strip("-")
    # Ids may differ only in what a file name cannot say, or be longer than one may be.
    return f"{plain[:120]}.{sha256(case.encode()).hexdigest()[:8]}.jsonl"


def check(results: Path) -> None:
    """Raise ``FileError`` unless results, and traces beside them, can be written."""
    files.check(results, "results")
    folder = folder_of(results)
    if folder == results:
        raise FileError(f"results cannot be written to {results}: that is where their traces go")
    files.check_folder(folder, "traces")


def begin(results: Path) -> Path:
    """A hidden folder beside ``results`` for the traces of a run that begins. Raises ``OSError``."""
    return Path(tempfile.mkdtemp(prefix=f".{folder_of(results).name[:40]}.", dir=results.parent))


def keep(folder: Path, results: Path, case: Case, recorder: Recorder) -> None:
    """Add the trace of ``case`` to those in ``folder`` and name it in the case, as it will be found beside ``results``.

    Raises :class:`~gen_tck.conformance.output.files.FileError`.
    """
    name = name_of(case.id)
    case.trace = f"{folder_of(results).name}/{name}"
    if case.verdict not in ("pass", "varies"):
        case.step = last_step(recorder.events)
    header = traces.Header(kit=_version(), case=case.id, clauses=case.clauses, node=_facts(recorder.capabilities))
    content = documents.in_json_lines(traces.encode(header, recorder.lines, msgspec.to_builtins(case)))
    add(folder, name, content)


def add(folder: Path, name: str, content: bytes) -> None:
    """Add what will be the file ``name`` to ``folder``. Raises :class:`~gen_tck.conformance.output.files.FileError`."""
    entry = msgspec.json.encode(_Entry(name, len(content)))
    files.append(folder / f"{os.getpid()}{_KEPT}", b"%b\n%b" % (entry, content), "the trace")


_KEPT = ".kept"


class _Entry(msgspec.Struct):
    """The line before a trace in a file of several; of a name that comes again, the last one counts."""

    name: str
    bytes: int


def publish(folder: Path, results: Path) -> None:
    """Put the traces of ``folder`` in the place of those of the run whose results are still in ``results``.

    Raises :class:`~gen_tck.conformance.output.files.FileError`.
    """
    target = folder_of(results)
    files.make_folder(target, "traces")
    new = _apart(folder)
    for name in new:
        files.move(folder / name, target / name, "a trace")
    for name in _named(results) - new:  # and nothing else: it may be anybody's folder
        files.remove(target / name)
    discard(folder)


def _apart(folder: Path) -> set[str]:
    """Give each trace that is kept in ``folder`` a file of its own there; their names."""
    places = {name: (kept, start, size) for kept in folder.glob(f"*{_KEPT}") for name, start, size in _entries(kept)}
    for name, (kept, start, size) in places.items():
        with kept.open("rb") as file:
            file.seek(start)
            files.append(folder / name, file.read(size), "a trace")
    return set(places)


def _entries(kept: Path) -> Iterator[tuple[str, int, int]]:
    """The traces in one file: their names, where they begin, and their sizes."""
    with kept.open("rb") as file:
        # A worker that was killed may leave a half of the last one.
        while (line := file.readline()).endswith(b"\n"):
            entry, start = msgspec.json.decode(line, type=_Entry), file.tell()
            if file.seek(entry.bytes, os.SEEK_CUR) > kept.stat().st_size:
                return
            yield entry.name, start, entry.bytes


def _named(results: Path) -> set[str]:
    """The names of the traces that belong to what is in ``results``, if that was written by the kit."""
    try:
        raw = msgspec.json.decode(inputs.read(results), type=_Earlier)
    except (inputs.InputError, ValueError, RecursionError):
        return set()
    folder = folder_of(results).name
    return {name_of(each.id) for each in raw.cases if each.trace == f"{folder}/{name_of(each.id)}"}


class _EarlierCase(msgspec.Struct):
    id: str
    trace: str | None = None


class _Earlier(msgspec.Struct):
    """What matters here of results of any format."""

    cases: list[_EarlierCase]


def discard(folder: Path) -> None:
    """Remove the hidden folder of a run, if it is still there."""
    shutil.rmtree(folder, ignore_errors=True)


@cache
def _version() -> str:
    return version("gen-tck")  # looking it up takes longer than most cases


_known_facts: list[tuple[Capabilities, traces.NodeFacts]] = []


def _facts(capabilities: Capabilities) -> traces.NodeFacts:
    """What the header says of the node, the same for nearly every case of a run."""
    if not _known_facts or _known_facts[-1][0] is not capabilities:
        _known_facts[:] = [(capabilities, traces.node_facts(capabilities))]
    return _known_facts[-1][1]
