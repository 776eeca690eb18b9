"""What a node claims, profile by profile, and how much of it holds.

A node that claims a profile offers all calls of it. One that lacks a call claims the profile *in part*: what can be run
is run, but nobody is told that the node conforms to that profile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, TypeAlias

import msgspec

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.results.amounts import Count
from gen_tck.conformance.results.verdicts import NO_NEWS, Verdict, verdicts_of
from gen_tck.spec import ledger
from gen_tck.spec.calls import CALLS
from gen_tck.spec.clause import LEVELS, Clause
from gen_tck.spec.profiles import PROFILES

Claim: TypeAlias = Literal["whole", "part", "no"]
"""Whether a node claims a profile: with all of its calls, with some of them, or not at all."""

HOLDS = verdicts_of("holds")
"""The verdicts of clauses that hold."""

_NO_NEWS = verdicts_of(*NO_NEWS)


class ClauseResult(msgspec.Struct):
    """How a clause fared; only clauses of which a case was collected are in the results."""

    verdict: Verdict
    variant: str | None
    """The variants that were seen, separated by commas, for a clause that varies."""
    tests: list[str]
    """The ids of its cases."""
    level: str = ""
    """``must``, ``should`` or ``may``; empty in results of format 1, which did not say."""
    profile: str = ""
    """The profile of which it is a part; empty in results of format 1."""


class Counted(msgspec.Struct):
    """How many clauses hold, of those that the node claims and that have a case in this run."""

    held: Count
    total: Count


class ProfileResult(msgspec.Struct):
    """How a profile fared."""

    claimed: Claim
    missing: list[str]
    """The calls of the profile that the node does not offer. One that offers them all may lack others, of another
    profile, without which some clauses cannot be seen: it is claimed in part, too."""
    untested: Count | None
    """How many of its clauses have tests of which none was chosen for this run; ``None`` if that is not known."""
    verdicts: dict[str, Count]
    """The number of clauses by verdict, of those that have a case in this run."""
    levels: dict[str, Counted]
    """How many of them hold, by level; those that are unsupported or left out do not count."""

    @property
    def tested(self) -> int:
        """How many of its clauses were judged: those that are unsupported or left out were not."""
        return sum(number for verdict, number in self.verdicts.items() if verdict not in _NO_NEWS)


def named(profiles: Mapping[str, ProfileResult]) -> list[str]:
    """The profiles of which a run can tell whether a node conforms to them: claimed whole, and run whole."""
    return [each for each, it in profiles.items() if it.claimed == "whole" and it.untested == 0 and it.tested]


def partly_run(profiles: Mapping[str, ProfileResult]) -> list[str]:
    """The profiles that are claimed whole, and of which only some clauses were chosen for the run."""
    return [each for each, it in profiles.items() if it.claimed == "whole" and it.untested and it.tested]


def profile_results(
    results: Mapping[str, ClauseResult], clauses: Mapping[str, Clause], capabilities: Capabilities
) -> dict[str, ProfileResult]:
    """How each profile fared on a node of these ``capabilities``."""
    found = {}
    untestable = _untestable(clauses)
    for profile in PROFILES:
        missing = missing_calls(profile, capabilities)
        verdicts, levels = counts(each for each in results.values() if each.profile == profile)
        found[profile] = ProfileResult(
            claimed="no" if profile not in capabilities.profiles else extent(missing, verdicts),
            missing=missing,
            untested=sum(
                each.profile == profile and each.id not in results and each.id not in untestable
                for each in clauses.values()
            ),
            verdicts=verdicts,
            levels=levels,
        )
    return found


def extent(missing: Collection[str], verdicts: Mapping[str, int]) -> Claim:
    """Whether a claimed profile is claimed whole: with all its calls, and with what all its clauses are seen by."""
    return "part" if missing or verdicts.get("unsupported") else "whole"


def missing_calls(profile: str, capabilities: Capabilities) -> list[str]:
    """The calls of ``profile`` that a node that claims it does not offer."""
    if capabilities.calls is None or profile not in capabilities.profiles:
        return []
    own = (each for each in CALLS.values() if each.profile == profile and not each.is_helper)
    return [str(each) for each in own if str(each) not in capabilities.calls]


def counts(results: Iterable[ClauseResult]) -> tuple[dict[str, int], dict[str, Counted]]:
    """The number of clauses by verdict, and by level how many hold."""
    verdicts: dict[str, int] = {}
    levels: dict[str, Counted] = {}
    for each in results:
        verdicts[each.verdict] = verdicts.get(each.verdict, 0) + 1
        if each.verdict not in _NO_NEWS:
            counted = levels.setdefault(each.level, Counted(0, 0))
            counted.held += each.verdict in HOLDS
            counted.total += 1
    return verdicts, {level: levels[level] for level in LEVELS if level in levels}


def _untestable(clauses: Mapping[str, Clause]) -> Collection[str]:
    try:
        return ledger.load(clauses).dispositions
    except ledger.LedgerError:  # of other clauses than these: then all of them are taken to have tests
        return ()
