"""The clauses: what an implementation must do, read from ``chapters/*.md`` and held against each other.

A chapter is MyST Markdown that reads as it stands; a clause is a directive in it (:mod:`gen_tck.spec.directives`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType

from gen_tck.spec.clause import CHAPTERS, Clause, Problem
from gen_tck.spec.directives import read_chapter

FOLDER = Path(__file__).parent / "chapters"


class SpecError(Exception):
    """The specification cannot be used; ``problems`` are all that were found, in order of file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(each) for each in self.problems))


@cache
def load(folder: Path = FOLDER) -> Mapping[str, Clause]:
    """The clauses by id, in the order of the chapters and of the text. Raises :class:`SpecError`.

    A folder is read once in a process: all who ask hold the same clauses, from the beginning of a run to its end.
    """
    clauses, problems = read(folder)
    if problems:
        raise SpecError(problems)
    return MappingProxyType(clauses)


def read(folder: Path = FOLDER) -> tuple[dict[str, Clause], list[Problem]]:
    """Like :func:`load`, but reads each time, and gives what could be read together with the problems found."""
    problems = list(_strangers(folder))
    clauses: dict[str, Clause] = {}
    broken: set[str] = set()
    for chapter in CHAPTERS:
        path = folder / f"{chapter}.md"
        if path.is_file():
            for clause in read_chapter(path, problems, broken):
                if clause.id in clauses:
                    first = clauses[clause.id]
                    problems.append(
                        Problem(
                            clause.file,
                            clause.line,
                            f"{clause.id} is defined twice",
                            f"choose another slug, line {first.line} has this one",
                        )
                    )
                else:
                    clauses[clause.id] = clause
    problems.extend(_check_references(clauses, broken))
    return clauses, sorted(problems)


def ancestors(clause_id: str, clauses: Mapping[str, Clause]) -> frozenset[str]:
    """The ids of everything the clause builds on, directly or not. Ids that are not in ``clauses`` are left out."""
    found: set[str] = set()
    todo = [clause_id]
    while todo:
        for each in clauses[todo.pop()].builds_on:
            if each in clauses and each not in found:
                found.add(each)
                todo.append(each)
    return frozenset(found)


def _strangers(folder: Path) -> Iterator[Problem]:
    """Files that would be overlooked because no chapter is called so."""
    for path in sorted(folder.glob("*.md")):
        if path.stem not in CHAPTERS:
            yield Problem(
                str(path), 1, f"no chapter is called {path.stem!r}", f"the chapters are {', '.join(CHAPTERS)}"
            )


def _check_references(clauses: Mapping[str, Clause], broken: set[str]) -> Iterator[Problem]:
    for clause in clauses.values():
        for each in clause.builds_on:
            if each not in clauses and each not in broken:
                near = get_close_matches(each, clauses, 1)
                yield Problem(
                    clause.file,
                    clause.line,
                    f"{clause.id} builds on {each}, which is no clause",
                    f"did you mean {near[0]}?" if near else "name a clause as chapter/slug",
                )
        if clause.id in ancestors(clause.id, clauses):
            yield Problem(clause.file, clause.line, f"{clause.id} builds on itself", "break the circle of builds-on")
