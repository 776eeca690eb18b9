"""Which tests are conformance cases, what they check, in what order they run, and which of them are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.run import listing
from gen_tck.spec.clause import Clause
from gen_tck.spec.profiles import PROFILES, expand
from gen_tck.spec.retired import what_became_of

FOLDER = listing.FOLDER
"""Where the kit's own cases are."""


def is_case(item: pytest.Item) -> bool:
    """Whether ``item`` is judged: it is one of ours, or it is somebody else's and uses our ``scenario``."""
    if not isinstance(item, pytest.Function):
        return False
    if _ours(item.path) is not None:
        return True
    definitions = item._fixtureinfo.name2fixturedefs.get("scenario", ())
    # The last definition is the one that holds: others may have a scenario of their own.
    return bool(definitions) and definitions[-1].func.__module__.startswith("gen_tck.conformance")


def clauses_of(item: pytest.Item) -> tuple[str, ...]:
    """The clauses that the case checks, the one it is about first."""
    return tuple(dict.fromkeys(str(each) for mark in item.iter_markers("clause") for each in mark.args))


def requires_of(item: pytest.Item) -> tuple[str, ...]:
    """The further clauses that the case says it cannot do without."""
    return tuple(dict.fromkeys(str(each) for mark in item.iter_markers("requires") for each in mark.args))


def case_id(item: pytest.Item) -> str:
    """The permanent id of the case, the same wherever the kit is installed and pytest is started."""
    ours = _ours(item.path)
    return item.nodeid if ours is None else f"{ours}::{item.nodeid.partition('::')[2]}"


@cache
def _ours(path: Path) -> str | None:
    """Where a module of the kit's own cases is among them; ``None`` for anybody else's."""
    return path.relative_to(FOLDER).as_posix() if path.is_relative_to(FOLDER) else None


def function_of(item: pytest.Item) -> str:
    """The name of the test function."""
    return getattr(item, "originalname", None) or item.name


def new_case(item: pytest.Item, clauses: Mapping[str, Clause]) -> Case:
    """The record of a case of which nothing is known yet."""
    names, id_ = list(clauses_of(item)), case_id(item)
    parameters = id_.partition("[")[2]
    sentence = " ".join(clauses[names[0]].sentence.split())
    title = f"{sentence} [{parameters}" if parameters else sentence
    return Case(id=id_, clauses=names, verdict="pass", title=title, requires=list(requires_of(item)))


def complaints(items: Iterable[pytest.Item], clauses: Mapping[str, Clause]) -> Iterator[str]:
    """What is wrong with the clauses that ``items`` name, a line each."""
    told: set[tuple[str, str]] = set()
    for item in filter(is_case, items):
        path, line, _ = item.location
        place = f"{item.path if Path(path).is_absolute() or path.startswith('..') else path}:{(line or 0) + 1}"
        names = clauses_of(item)
        if not names and (place, "") not in told:
            told.add((place, ""))
            yield f'{place}: {function_of(item)} names no clause; put @clause("chapter/slug") above it'
        for each in (*names, *requires_of(item)):
            if each not in clauses and (place, each) not in told:
                told.add((place, each))
                yield f"{place}: {function_of(item)} names {each}, which is no clause; {nearest(each, clauses)}"


def nearest(name: str, clauses: Iterable[str]) -> str:
    """A hint at what ``name`` may have meant."""
    if became := what_became_of(name):
        return became
    near = get_close_matches(name, clauses, 1)
    return f"did you mean {near[0]}?" if near else "gen-tck clauses lists them all"


def profile_of(names: Iterable[str], clauses: Mapping[str, Clause]) -> str:
    """The profile to which a case belongs that checks the clauses ``names``: of theirs, the one that is reached last.

    Until that one is claimed, too, the case is unsupported.
    """
    return max((clauses[each].profile for each in names), key=PROFILES.index)


def wanted(names: Iterable[str], clauses: Mapping[str, Clause], globs: Sequence[str], profiles: Sequence[str]) -> bool:
    """Whether a case that checks the clauses ``names`` is chosen by ``globs`` and ``profiles`` (empty: all are)."""
    names = list(names)
    return (not globs or any(fnmatchcase(each, glob) for each in names for glob in globs)) and (
        not profiles or profile_of(names, clauses) in expand(profiles)
    )
