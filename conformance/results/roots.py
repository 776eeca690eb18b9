"""Roots: the clauses that fail of themselves, with what each of them holds up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from gen_tck.conformance.results.amounts import Seconds
from gen_tck.conformance.results.verdicts import Case, Look
from gen_tck.spec.clause import Clause


class Root(msgspec.Struct, kw_only=True):
    """A clause that was seen to fail, not because of another one. What was seen is that of the first of its cases."""

    clause: str
    title: str
    """What should hold."""
    level: str = ""
    """``must``, ``should`` or ``may``."""
    cases: list[str]
    """The ids of its cases that failed."""
    blocks: list[str]
    """The ids of the cases that it blocks."""
    where: str = ""
    expected: str = ""
    seen: str = ""
    step: str = ""
    """What was done last before that, if it was recorded."""
    message: str = ""
    waited: Seconds | None = None

    @property
    def weight(self) -> int:
        """The number of cases that it costs."""
        return len(self.cases) + len(self.blocks)


def find(cases: Iterable[Case], clauses: Mapping[str, Clause]) -> list[Root]:
    """The roots of a run, the weightiest first; those of the same weight in the order of ``cases``."""
    found: dict[str, Root] = {}
    blocks: dict[str, list[str]] = {}
    for case in cases:
        if case.verdict == "blocked":
            blocks.setdefault(case.blocked_by, []).append(case.id)
        elif case.verdict == "fail":
            clause = case.clauses[0]
            if clause not in found:
                found[clause] = _root(case, clauses.get(clause))
            found[clause].cases.append(case.id)
    for clause, root in found.items():
        root.blocks = blocks.get(clause, [])
    return sorted(found.values(), key=lambda root: -root.weight)


def _root(case: Case, clause: Clause | None) -> Root:
    return Root(
        clause=case.clauses[0],
        title=" ".join((clause.sentence if clause is not None else case.title).split()),
        level=clause.level if clause is not None else "",
        cases=[],
        blocks=[],
        where=case.where,
        expected=case.expected,
        seen=case.seen,
        step=case.step,
        message=case.message,
        waited=case.waited,
    )


def evidence(of: Root | Look, *, most: int = 0) -> str:
    """What was seen, in one line: where, what was expected, and for how long was waited. ``most``: letters a value."""
    step = of.step if isinstance(of, Root) else ""
    parts = [_short(of.where or (f"after {step}" if step else ""), most)]
    if of.expected or of.seen:
        parts.append(f"expected {_short(of.expected, most)}, saw {_short(of.seen, most)}")
    else:
        parts.append(_short(of.message, most))
    if of.waited is not None:
        parts[-1] = f"{parts[-1]} ({waited(of.waited)})".strip()
    return ": ".join(part for part in parts if part.strip())


def waited(seconds: float) -> str:
    """How long something was waited for, in words."""
    return f"waited {seconds:.2f} s"


def holds_up(root: Root) -> str:
    """What it costs: ``1 case fails, 59 are blocked``."""
    failed = f"{len(root.cases)} case fails" if len(root.cases) == 1 else f"{len(root.cases)} cases fail"
    if not root.blocks:
        return failed
    return f"{failed}, {len(root.blocks)} {'is' if len(root.blocks) == 1 else 'are'} blocked"


def sentence(root: Root, *, most: int = 0) -> str:
    """A root in one line: its clause, what was seen, and what it costs."""
    level = f" ({root.level})" if root.level not in ("", "must") else ""
    return f"{root.clause}{level}: {evidence(root, most=most)}: {holds_up(root)}"


def _short(text: str, most: int) -> str:
    text = " ".join(text.split())
    return f"{text[: most - 1]}…" if most and len(text) > most else text
