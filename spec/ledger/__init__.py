"""The ledger: every clause has a test or a disposition, every known fact a clause or a reason why not.

It is kept in ``ledger/CHAPTER.toml``::

    [facts]
    O12 = ["ownership/only-the-owner-may-transfer"]
    O52 = { reason = "performance of a mailbox scan, not a semantic promise" }

    [otp-suites]
    "gen_tcp_misc_SUITE:controlling_process" = ["ownership/only-the-owner-may-transfer"]

    [[disposition]]
    clause = "ownership/foreign-process-cannot-inherit"
    kind = "untestable"
    reason = "it takes a second, connected node"

A disposition's kind is ``untestable``, ``out-of-scope`` or ``implied-by``; the last names the other clause in ``by``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gen_tck.spec import toml
from gen_tck.spec.clause import CHAPTERS, Clause

FOLDER = Path(__file__).parent
KINDS = ("untestable", "out-of-scope", "implied-by")
_TABLES = ("facts", "otp-suites", "disposition")
_FIELDS = ("clause", "kind", "by", "reason")


@dataclass(frozen=True)
class Disposition:
    """Why a clause has no test."""

    clause: str
    kind: str
    reason: str
    by: str = ""
    """The clause whose tests check this one too, for ``implied-by``."""


@dataclass(frozen=True)
class Covered:
    """The clauses in which a fact, or a case of OTP's suites, has ended; or the reason why in none."""

    clauses: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Ledger:
    """All chapters' ledgers together."""

    dispositions: dict[str, Disposition] = field(default_factory=dict)
    facts: dict[str, list[Covered]] = field(default_factory=dict)
    """By the fact's id; several chapters may have a share in one."""
    otp_suites: dict[str, list[Covered]] = field(default_factory=dict)


class LedgerError(Exception):
    """The ledger cannot be used; ``problems`` are all that were found, each naming its file."""

    def __init__(self, problems: Collection[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def load(clauses: Mapping[str, Clause], folder: Path = FOLDER) -> Ledger:
    """The ledger of all chapters. Raises :class:`LedgerError`."""
    ledger = Ledger()
    problems: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        reader = _Reader(path, clauses, problems)
        if path.stem not in CHAPTERS:
            reader.problem(f"no chapter is called {path.stem!r}; the chapters are {', '.join(CHAPTERS)}")
        try:
            reader.read(toml.read(path), ledger)
        except toml.TomlError as reason:
            problems.append(str(reason))
    if problems:
        raise LedgerError(problems)
    return ledger


def open_ends(ledger: Ledger, clauses: Mapping[str, Clause], tested: Collection[str]) -> list[str]:
    """What keeps the ledger from being closed, a sentence each. ``tested``: the ids of the clauses that have a test."""
    found = []
    for clause in clauses.values():
        disposition = ledger.dispositions.get(clause.id)
        place = f"{clause.file}:{clause.line}: {clause.id}"
        if clause.id in tested:
            if disposition is not None:
                found.append(f"{place} is tested, and the ledger says {disposition.kind}; drop the disposition")
        elif disposition is None:
            found.append(f"{place} has no test; write one, or a disposition in ledger/{clause.chapter}.toml")
        elif disposition.kind == "implied-by" and disposition.by not in tested:
            found.append(f"{place} is implied by {disposition.by}, which has no test; write one")
    return found


class _Reader:
    """Reads one chapter's file into the ledger and notes everything that is wrong with it."""

    def __init__(self, path: Path, clauses: Mapping[str, Clause], problems: list[str]) -> None:
        self._path = path
        self._clauses = clauses
        self._problems = problems

    def problem(self, what: str) -> None:
        self._problems.append(f"{self._path}: {what}")

    def read(self, document: dict[str, Any], ledger: Ledger) -> None:
        for name in document:
            if name not in _TABLES:
                self.problem(f"unknown table {name!r}; the tables are {', '.join(_TABLES)}")
        for table, into in (("facts", ledger.facts), ("otp-suites", ledger.otp_suites)):
            for name, value in document.get(table, {}).items():
                into.setdefault(name, []).extend(self._covered(f"{table} {name}", value))
        for number, value in enumerate(document.get("disposition", []), 1):
            for disposition in self._disposition(f"disposition {number}", value):
                if disposition.clause in ledger.dispositions:
                    self.problem(f"{disposition.clause} has two dispositions; keep one of them")
                ledger.dispositions[disposition.clause] = disposition

    def _covered(self, what: str, value: object) -> Iterator[Covered]:
        if isinstance(value, dict) and set(value) == {"reason"} and str(value["reason"]).strip():
            yield Covered(reason=str(value["reason"]))
        elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            for each in value:
                self._check_clause(what, each)
            yield Covered(clauses=tuple(value))
        else:
            self.problem(f'{what} is {value!r}; give a list of clauses, or {{ reason = "..." }}')

    def _disposition(self, what: str, value: dict[str, Any]) -> Iterator[Disposition]:
        unknown = [name for name in value if name not in _FIELDS]
        missing = [name for name in ("clause", "kind", "reason") if not str(value.get(name, "")).strip()]
        kind, by = value.get("kind", ""), value.get("by", "")
        if unknown:
            self.problem(f"{what} has an unknown field {unknown[0]!r}; the fields are {', '.join(_FIELDS)}")
        elif missing:
            self.problem(f"{what} has no {missing[0]}")
        elif kind not in KINDS:
            self.problem(f"{what} is of the unknown kind {kind!r}; use {', '.join(KINDS[:-1])} or {KINDS[-1]}")
        elif (kind == "implied-by") != bool(by):
            self.problem(f"{what}: 'by' goes with the kind implied-by, and only with it")
        else:
            for each in filter(None, (value["clause"], by)):
                self._check_clause(what, each)
            yield Disposition(value["clause"], kind, value["reason"], by)

    def _check_clause(self, what: str, name: str) -> None:
        if name not in self._clauses:
            near = get_close_matches(name, self._clauses, 1)
            self.problem(f"{what} names {name}, which is no clause" + (f"; did you mean {near[0]}?" if near else ""))
