"""How far a node is: profile by profile, in the order in which they can be reached, and what is next.

A profile is *reached* if it is claimed whole, was run whole, and all of its clauses that are judged hold, or deviate as
recorded. The next step is a clause of the first profile that is not reached: one that fails of itself, if there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from gen_tck.conformance.results.amounts import Count
from gen_tck.conformance.results.claims import ProfileResult
from gen_tck.conformance.results.verdicts import verdicts_of
from gen_tck.spec.profiles import CORE, PROFILES

if TYPE_CHECKING:  # results have a ladder in them
    from gen_tck.conformance.results.file import Results

__all__ = ["Ladder", "Rung", "Step", "in_words", "ladder", "next_step", "rungs"]


_NO_FAILURE = verdicts_of("holds", "deviates", "not-claimed", "left-out")


class Rung(msgspec.Struct, frozen=True):
    """How far a node is with one profile."""

    profile: str
    held: Count
    """So many of its clauses hold, of those that are judged;"""
    total: Count
    """of so many that have a verdict in this run."""
    reached: bool


class Step(msgspec.Struct, frozen=True):
    """What is next: a profile that was not reached, and of it"""

    rung: Rung
    clause: str = ""
    """a clause that does not hold;"""
    calls: list[str] = []
    """or else calls that the node does not offer, as ``module.name/arity``;"""
    unclaimed: bool = False
    """or else that it is to be claimed."""


class Ladder(msgspec.Struct, frozen=True):
    """How far a node is."""

    reached: list[str]
    """The profiles that it has reached."""
    next: Step

    def __str__(self) -> str:
        """``essentials 31 of 34; next: modes/once-turns-passive``."""
        so_far = f"reached: {', '.join(self.reached)}; " if self.reached else ""
        step = self.next
        if step.unclaimed:
            return f"{so_far}next: claim {step.rung.profile}"
        far = f"{step.rung.profile} {step.rung.held} of {step.rung.total}"
        what = step.clause or f"offer {', '.join(each.replace('.', ':', 1) for each in step.calls)}"
        return f"{so_far}{far}; next: {what}"


def ladder(results: Results) -> Ladder | None:
    """How far the node is; ``None`` where there is nothing to climb.

    Only a run that was not narrowed down, and came to its end, tells.
    """
    step = next_step(results) if results.complete else None
    return None if step is None else Ladder([each.profile for each in rungs(results) if each.reached], step)


def in_words(results: Results) -> str:
    """The same in words; empty where there is nothing to climb."""
    return str(ladder(results) or "")


def rungs(results: Results) -> Iterator[Rung]:
    """The profiles of which the node claims anything that was run, in order."""
    for profile in PROFILES:
        it = results.profiles.get(profile)
        if it is not None and it.claimed != "no" and it.tested:
            yield _rung(profile, it, results)


def next_step(results: Results) -> Step | None:
    """The next step up; ``None`` if nothing more can be reached, or if this run does not tell."""
    narrowed = False
    for profile in PROFILES:
        it = results.profiles.get(profile)
        if it is None or it.untested is None or (it.claimed != "no" and it.untested):
            narrowed = True  # only some of its clauses were chosen
            continue
        rung = _rung(profile, it, results)
        if rung.reached:
            continue
        if it.claimed == "no":
            if profile in CORE and not narrowed:  # of the others an implementation may have no use
                return Step(rung, unclaimed=True)
            continue
        failing = _failing(profile, results)
        if failing or it.missing:
            return Step(rung, failing, [] if failing else it.missing)
    return None


def _rung(profile: str, it: ProfileResult, results: Results) -> Rung:
    judged = [counted for level, counted in it.levels.items() if level in results.levels]
    held, total = sum(each.held for each in judged), sum(each.total for each in judged)
    whole = it.claimed == "whole" and it.untested == 0 and it.tested > 0
    return Rung(profile, held, total, whole and not _failing(profile, results))


def _failing(profile: str, results: Results) -> str:
    """The first clause of ``profile`` that is judged and does not hold, one that fails of itself before others.

    What a node does not offer (``unsupported``) is no failure, and what deviates is known.
    """
    own = [
        name
        for name, each in results.clauses.items()
        if each.profile == profile and each.level in results.levels and each.verdict not in _NO_FAILURE
    ]
    roots = {root.clause for root in results.roots}
    return next((each for each in own if each in roots), own[0] if own else "")
