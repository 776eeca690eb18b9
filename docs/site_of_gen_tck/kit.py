"""What the site shows of the kit, each read once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gen_tck.conformance as conformance
from gen_tck.conformance.run.certify import collect
from gen_tck.spec import ledger
from gen_tck.spec.clauses import Clause, load

TESTS = Path(str(conformance.__file__)).parent


@dataclass(frozen=True)
class Test:
    """A test function of the kit."""

    file: str
    """Its path below ``conformance``."""
    function: str
    line: int


@cache
def clauses() -> dict[str, Clause]:
    """All clauses. Raises ``SpecError``, which fails the build."""
    return load()


@cache
def dispositions() -> dict[str, ledger.Disposition]:
    """Why clauses have no test."""
    return ledger.load(clauses()).dispositions


@cache
def tests() -> dict[str, list[Test]]:
    """The tests of each clause, found by the kit's own collection."""
    found: dict[str, list[Test]] = {}
    for case in collect():
        file, _, name = case.id.partition("::")
        function = name.partition("[")[0]
        test = Test(file, function, lines(file)[function])
        for each in case.clauses:
            if test not in found.setdefault(each, []):
                found[each].append(test)
    return found


@cache
def lines(file: str) -> dict[str, int]:
    """The line of each function in a test file."""
    text = (TESTS / file).read_text(encoding="utf-8")
    return {
        match[1]: number
        for number, line in enumerate(text.splitlines(), 1)
        if (match := re.match(r"\s*def (test_\w+)\(", line))
    }
