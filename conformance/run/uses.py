"""What each case uses, by the clauses that say that it works: see :mod:`gen_tck.conformance.run.used`.

Nobody writes this down: it is read from traces, since everything that a case did is in its trace. The table,
``uses.json``, is kept with the kit and made anew by ``python -m gen_tck.conformance.run.uses ERL...``: on the
reference, and on OTP as these commands start it, since variants take other ways. A case that uses what failed is
blocked.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

from gen_tck.adapters.program import Program
from gen_tck.conformance.output import files
from gen_tck.conformance.run.used import used_in
from gen_tck.conformance.traces.cases import recorded_case
from gen_tck.conformance.traces.file import read

FILE = Path(__file__).with_name("uses.json")

Uses = dict[str, tuple[str, ...]]
"""The clauses that a case uses, in order, by its id."""


@cache
def load() -> Mapping[str, tuple[str, ...]]:
    """The table that is kept with the kit: by the id without parameters, and with them where they differ."""
    return msgspec.json.decode(FILE.read_bytes(), type=Uses)


def of(case_id: str) -> tuple[str, ...]:
    """The clauses that a case uses, its own left out; none of a case that is not in the table."""
    table = load()
    found = table.get(case_id)
    return table.get(function_of(case_id), ()) if found is None else found


def function_of(case_id: str) -> str:
    """``chapter/module.py::function``: the id without parameters."""
    return case_id.partition("[")[0]


# From traces


def read_folder(folder: Path) -> dict[str, frozenset[str]]:
    """What the cases use that passed and whose traces are in ``folder``, by id.

    Raises :class:`~gen_tck.conformance.traces.file.TraceError`.
    """
    traces = map(read, sorted(folder.glob("*.jsonl")))
    passed = (each for each in traces if recorded_case(each).verdict in ("pass", "varies"))
    return {trace.header.case: used_in(trace) for trace in passed}


def merged(runs: Iterable[Mapping[str, frozenset[str]]]) -> dict[str, frozenset[str]]:
    """What the cases use in any of several runs."""
    found: dict[str, frozenset[str]] = {}
    for run in runs:
        for case, uses in run.items():
            found[case] = found.get(case, frozenset()) | uses
    return found


def folded(cases: Mapping[str, frozenset[str]]) -> Uses:
    """The table: one entry for the cases of a function, unless they differ."""
    functions: dict[str, dict[str, frozenset[str]]] = {}
    for case, uses in sorted(cases.items()):
        functions.setdefault(function_of(case), {})[case] = uses
    table: Uses = {}
    for function, its in functions.items():
        kinds = set(its.values())
        for case, uses in {function: kinds.pop()}.items() if len(kinds) == 1 else its.items():
            table[case] = tuple(sorted(uses))
    return table


# Making the table

ROUNDS = 3
"""How often the cases run on OTP: what races may go one way or the other."""


def record(node: str, folder: Path, erl: str = "erl", clauses: Iterable[str] = ()) -> dict[str, frozenset[str]]:
    """Run the cases of ``clauses`` (none: all) on ``node``, with traces in ``folder``: what they use.

    Raises ``RuntimeError``.
    """
    results = folder / f"{node}.json"
    only = [f"--clause={each}" for each in clauses]
    command = [sys.executable, "-c", _COMMAND, "certify", node, "--erl", erl, "--results", str(results), *only]
    run = Program(command)
    try:
        while run.wait(3600) is None:
            pass
        if not results.exists():
            raise RuntimeError(f"{node} could not be certified: {run.output_tail()!r}")
    finally:
        run.end()
    return read_folder(results.with_suffix(".traces"))


_COMMAND = "from gen_tck.conformance.commands.entry import main; main()"


def record_all(folder: Path, erls: Sequence[str], rounds: int = ROUNDS) -> dict[str, frozenset[str]]:
    """What the cases use on the reference, and on OTP as each of ``erls`` starts it."""
    otp = [record(node, folder, erl) for erl in erls for node in ("otp", "otp-socket") for _ in range(rounds)]
    return merged([record("reference", folder), *otp])


def written(table: Uses) -> str:
    """The table as the file has it: a case a line."""
    return "{\n" + ",\n".join(f"{json.dumps(case)}: {json.dumps(uses)}" for case, uses in table.items()) + "\n}\n"


def main(erls: Sequence[str]) -> None:
    """Make the table."""
    with tempfile.TemporaryDirectory() as name:
        table = folded(record_all(Path(name), erls))
    files.write(FILE, written(table).encode(), "the table")


if __name__ == "__main__":
    main(sys.argv[1:])
