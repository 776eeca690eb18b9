"""Bringing a node's file of deviations up to date with a run: what is stale goes, what is new waits for its reason.

The file is edited, not written anew: entries that hold keep their text, their reasons and the comments around them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gen_tck.conformance.results.deviations import TODO, Deviation, without_numbers
from gen_tck.conformance.results.edited import CannotUpdate, Edited, Entry
from gen_tck.conformance.results.verdicts import Case, meaning, verdicts_of

__all__ = ["CannotUpdate", "Update", "update"]

_NOT_SEEN = verdicts_of("not-claimed", "left-out", "unsure")
_REASON = f"{TODO}: why it does so, and how one knows"


@dataclass
class Update:
    """What was changed, a sentence each."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def update(file: Path, cases: Sequence[Case], release: str) -> Update:
    """Record in ``file`` how the ``cases`` of a whole run failed on ``release`` (may be empty).

    Raises :class:`CannotUpdate`; the file is then as it was.
    """
    for case in cases:
        if meaning(case.verdict) == "not-run":
            raise CannotUpdate(f"{file} is left as it is: not all cases were run ({case.message})")
        if meaning(case.verdict) == "broken":
            raise CannotUpdate(f"{file} is left as it is: {case.id} is a {case.verdict}: {case.message}")
    edited = Edited(file)
    done = Update()
    for entry in list(edited.entries):
        if not _still_holds(entry.deviation, cases, release):
            done.removed.append(_in_words(entry.deviation))
            _drop(edited, entry, release)
    for new in _new(cases, [each.deviation for each in edited.entries], release):
        done.added.append(_in_words(new))
        _record(edited, new, release)
    if done.added or done.removed:
        edited.write()
    return done


def _in_words(entry: Deviation) -> str:
    return f"{entry.clause} ({entry.test}): {entry.seen}"


def _still_holds(entry: Deviation, cases: Sequence[Case], release: str) -> bool:
    """Whether nothing that was seen on ``release`` speaks against the entry."""
    if entry.releases is not None and release not in entry.releases:
        return True
    own = [case for case in cases if entry.is_about(case) and case.verdict not in _NOT_SEEN]
    return not own or any(_fails_so(case, entry.seen) for case in own)


def _drop(edited: Edited, entry: Entry, release: str) -> None:
    """Have the entry hold no longer for ``release``."""
    if set(entry.deviation.releases or ()) - {release}:
        entry.hold_not_for(release)
    else:
        edited.remove(entry)


def _fails_so(case: Case, seen: str) -> bool:
    return _failed(case) and without_numbers(case.seen) == seen


def _failed(case: Case) -> bool:
    # What is blocked and failed itself will be seen to once what it needs is recorded.
    return (case.own if case.verdict == "blocked" else case.verdict) in ("fail", "deviates")


def _new(cases: Sequence[Case], known: Iterable[Deviation], release: str) -> list[Deviation]:
    """An entry for each failure that none of ``known`` speaks of; one for a whole function that always fails so."""
    entries = [each for each in known if each.releases is None or release in each.releases]
    found: dict[tuple[str, str, str], Deviation] = {}
    for case in filter(_failed, cases):
        if any(entry.is_about(case) and _fails_so(case, entry.seen) for entry in entries):
            continue
        seen = without_numbers(case.seen)
        family = [each for each in cases if (each.function, each.clauses) == (case.function, case.clauses)]
        whole = all(_fails_so(each, seen) for each in family)
        test = case.function if whole else case.name
        found.setdefault(
            (case.clauses[0], test, seen),
            Deviation(
                clause=case.clauses[0], test=test, seen=seen, reason=_REASON, releases=[release] if release else None
            ),
        )
    return list(found.values())


def _record(edited: Edited, new: Deviation, release: str) -> None:
    """Add ``new``, or ``release`` to the entry that already says the same of another release, if there is one."""
    for entry in edited.entries:
        known = entry.deviation
        if known.releases and (known.clause, known.test, known.seen) == (new.clause, new.test, new.seen):
            entry.hold_for(release)
            return
    edited.add(new)
