"""What ``gen-tck certify reference --with CAUSE`` finds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from gen_tck.reference.models.variant import Name
from gen_tck.spec import clauses

SCRIPT = Path(sys.executable).with_name("gen-tck")


class Certified(NamedTuple):
    """What a run came to."""

    status: int
    failed: frozenset[str]
    """The clauses that it fails."""
    variants: frozenset[Name]
    """The variants of clauses that it shows."""


def certified(folder: Path, *causes: str, clauses_of: Iterable[str] = ("*",)) -> Certified:
    """The reference with departures and variants, in the clauses of these names or patterns."""
    words = [word for cause in causes for word in ("--with", cause)]
    words += [word for clause in clauses_of for word in ("--clause", clause)]
    file, known = folder / "results.json", clauses.load()
    done = subprocess.run([SCRIPT, "certify", "reference", *words, "--results", file], capture_output=True, check=False)
    cases = [(known[clause], case) for case in json.loads(file.read_bytes())["cases"] for clause in case["clauses"]]
    return Certified(
        done.returncode,
        frozenset([clause.id for clause, case in cases if case["verdict"] == "fail"]),
        frozenset(
            [(clause.id, each) for clause, case in cases for each in case["variants"] if each in clause.variants]
        ),
    )
