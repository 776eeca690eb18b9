"""The deviations of a node that are known and recorded, and that a run must therefore see.

They live beside the adapter in ``NAME.deviations.toml``::

    [[deviation]]
    clause = "closing/second-close-is-ok"
    test = "test_second_close_fails"
    releases = ["25"]
    seen = "{error,closed}"
    reason = "why it does so, and how one knows"
    link = ""

``test`` is the name of the test function, with ``[parameters]`` if one case of several is meant; no two test functions
have the same name. ``releases`` (of ``capabilities.details["release"]``) may be left out: the entry then holds for all.
``seen`` is what the failure saw, without the numbers of handles. ``link`` may be left out. A retired clause means those
that stand for it, see :mod:`gen_tck.spec.retired`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gen_tck.conformance.results.verdicts import CENSUS, Case
from gen_tck.spec import retired, toml
from gen_tck.spec.clause import Clause


class Deviation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One recorded deviation."""

    clause: str
    test: str
    seen: str
    reason: str
    cause: str = ""
    """The departure of the node's model that does it; ``tools/deviations`` takes the reason from there."""
    releases: list[str] | None = None
    link: str = ""

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that stand for :attr:`clause` by now: itself, unless it is retired."""
        return retired.successors(self.clause)

    def is_about(self, case: Case) -> bool:
        """Whether ``case`` is one of those that the entry speaks of."""
        return self.names(case) and any(each in case.clauses for each in self.clauses)

    def names(self, case: Case) -> bool:
        """Whether ``case`` comes from the test that the entry names."""
        return self.test in (case.function, case.name)


class DeviationsError(Exception):
    """A file of deviations cannot be used; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Deviations:
    """The recorded deviations that hold for one release of a node."""

    file: Path
    entries: Sequence[Deviation] = ()

    def expect(self, case: Case) -> bool:
        """Whether ``case``, and not only some case of its function, is recorded to fail."""
        name = case.name
        return any(each.test == name and each.is_about(case) for each in self.entries)

    def names(self, case: Case) -> bool:
        """Whether an entry speaks of ``case``, or of the function that it comes from."""
        return any(each.is_about(case) for each in self.entries)

    def apply(self, case: Case) -> None:
        """Turn a failure that was to be expected into ``deviates``."""
        if case.verdict != "fail":
            return
        for each in self.entries:
            if each.is_about(case) and each.seen == without_numbers(case.seen):
                case.verdict, case.message = "deviates", each.reason
                return

    def stale(self, cases: Sequence[Case]) -> list[str]:
        """A sentence for each entry whose case ran and did not fail as recorded."""
        found = []
        by_test: dict[str, list[Case]] = {}
        for case in cases:
            for test in {case.function, case.name}:
                by_test.setdefault(test, []).append(case)
        for entry in self.entries:
            named = by_test.get(entry.test, [])
            told_of_any = CENSUS in entry.clauses
            if named and entry.clauses and not told_of_any and not any(entry.is_about(case) for case in named):
                found.append(f"{self.file}: {entry.test} does not check {entry.clause}")
            own = [case for case in named if entry.is_about(case)]
            told = [case for case in own if case.verdict in ("pass", "varies", "fail", "deviates")]
            if told and not any(_fits(entry, case) for case in told):
                instead = ", ".join(sorted({_instead(case) for case in told}))
                found.append(
                    f"{self.file}: the deviation of {entry.test} from {entry.clause} is stale: "
                    f"recorded was {entry.seen}, but {instead}"
                )
        return found


def _fits(entry: Deviation, case: Case) -> bool:
    return case.verdict == "deviates" and entry.seen == without_numbers(case.seen)


def _instead(case: Case) -> str:
    return f"it saw {without_numbers(case.seen)}" if case.verdict in ("fail", "deviates") else "it passed"


def without_numbers(seen: str) -> str:
    """``seen`` without the numbers of pids, ports and references, which differ from run to run."""
    return re.sub(r"#(Pid|Port|Ref)<\d+>", r"#\1", seen)


TODO = "TODO"
"""How the reason of an entry begins that a machine wrote; a run does not take it for one."""


def load(file: Path, clauses: Mapping[str, Clause], tests: Iterable[str], *, reasons: bool = True) -> list[Deviation]:
    """The entries of ``file``, none if there is no such file.

    Raises :class:`DeviationsError` if the file is malformed, or names a clause or a test function that does not exist,
    or (unless ``reasons`` is false) if an entry still waits for its reason.
    """
    try:
        placed = toml.tables(file, "deviation", Deviation)
    except toml.TomlError as reason:
        raise DeviationsError(str(reason)) from None
    known = set(tests)
    for each in placed:
        entry, place = each.value, each.place
        if entry.clause not in clauses and entry.clause not in retired.load():
            raise DeviationsError(f"{place}: it names {entry.clause}, which is no clause")
        if entry.test.partition("[")[0] not in known:
            raise DeviationsError(f"{place}: it names {entry.test}, which is no test")
        if not entry.reason.strip():
            raise DeviationsError(f"{place}: the deviation from {entry.clause} gives no reason")
        if reasons and entry.reason.startswith(TODO):
            raise DeviationsError(
                f"{place}: the deviation from {entry.clause} waits for its reason: "
                f"write why {entry.test} sees {entry.seen} in the place of {entry.reason!r}"
            )
    return [each.value for each in placed]


def for_release(file: Path, entries: Iterable[Deviation], release: str) -> Deviations:
    """Those of ``entries`` that hold for ``release``."""
    return Deviations(file, tuple(each for each in entries if each.releases is None or release in each.releases))


_TEST = re.compile(r"^\s*def (test_\w+)\(", re.MULTILINE)


def names_of_tests(folder: Path) -> frozenset[str]:
    """The names of all test functions under ``folder``, read from the source: a run may collect only some of them."""
    return frozenset(name for path in folder.rglob("test_*.py") for name in names_in(path))


def names_in(file: Path) -> list[str]:
    """The names of the test functions in ``file``, from top to bottom."""
    return _TEST.findall(file.read_text(encoding="utf-8"))
