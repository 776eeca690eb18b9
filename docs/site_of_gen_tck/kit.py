"""What the site shows of the kit, each read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from gen_tck.conformance.run import listing
from gen_tck.spec import ledger
from gen_tck.spec.clause import Clause
from gen_tck.spec.clauses import load

TESTS = listing.FOLDER


@dataclass(frozen=True)
class Test:
    """A test function of the kit."""

    file: str
    """Its path below ``conformance``."""
    function: str
    line: int


def clauses() -> Mapping[str, Clause]:
    """All clauses. Raises ``SpecError``, which fails the build."""
    return load()


@cache
def dispositions() -> Mapping[str, ledger.Disposition]:
    """Why clauses have no test."""
    return ledger.load(clauses()).dispositions


@cache
def tests() -> Mapping[str, list[Test]]:
    """The tests of each clause, in the order in which they stand."""
    return {
        clause: list(dict.fromkeys(Test(each.file, each.function, each.line) for each in cases))
        for clause, cases in listing.by_clause(listing.read()).items()
    }
