"""The traces that a run keeps beside its results: ``x.json`` has them in ``x.traces/``, one file a case.

While a run lasts they are kept in a hidden folder beside it, so that an interrupted run leaves those of the run before.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

from gen_tck.adapters import traces
from gen_tck.adapters.interface import Capabilities
from gen_tck.adapters.recorder import Recorder, node_facts
from gen_tck.conformance.story import last_step
from gen_tck.conformance.verdicts import Case


def folder_of(results: Path) -> Path:
    """Where the traces of the results in ``results`` are kept."""
    return results.with_suffix(".traces")


def name_of(case: str) -> str:
    """The name of the file that holds the trace of the case with this id."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", case).strip("-")
    # Ids may differ only in what a file name cannot say, or be longer than one may be.
    return f"{plain[:120]}.{sha256(case.encode()).hexdigest()[:8]}.jsonl"


_NAMES = "*.????????.jsonl"


def begin(results: Path) -> Path:
    """A hidden folder beside ``results`` for the traces of a run that begins. Raises ``OSError``."""
    return Path(tempfile.mkdtemp(prefix=f".{folder_of(results).name}.", dir=results.parent))


def keep(folder: Path, results: Path, case: Case, recorder: Recorder) -> None:
    """Write the trace of ``case`` to ``folder`` and name it in the case, as it will be found beside ``results``.

    Raises :class:`~gen_tck.adapters.traces.TraceError`.
    """
    name = name_of(case.id)
    case.trace = f"{folder_of(results).name}/{name}"
    if case.verdict not in ("pass", "varies"):
        case.step = last_step(recorder.events)
    header = traces.Header(kit=_version(), case=case.id, clauses=case.clauses, node=_facts(recorder.capabilities))
    traces.write(folder / name, header, recorder.events, msgspec.to_builtins(case))


def publish(folder: Path, results: Path) -> None:
    """Put the traces of ``folder`` in the place of those of an earlier run. Raises ``OSError``."""
    target = folder_of(results)
    target.mkdir(exist_ok=True)
    new = {path.name for path in folder.iterdir()}
    for name in new:
        (folder / name).replace(target / name)
    for path in target.glob(_NAMES):  # and nothing else: it may be anybody's folder
        if path.name not in new:
            path.unlink()
    discard(folder)


def discard(folder: Path) -> None:
    """Remove the hidden folder of a run, if it is still there."""
    shutil.rmtree(folder, ignore_errors=True)


@cache
def _version() -> str:
    return version("gen-tck")  # looking it up takes longer than most cases


_known_facts: list[tuple[Capabilities, dict[str, object]]] = []


def _facts(capabilities: Capabilities) -> dict[str, object]:
    """What the header says of the node, the same for nearly every case of a run."""
    if not _known_facts or _known_facts[-1][0] is not capabilities:
        _known_facts[:] = [(capabilities, node_facts(capabilities))]
    return _known_facts[-1][1]
