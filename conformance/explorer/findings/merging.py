"""Parts of one exploration, put together by number: who found what does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

import msgspec

from gen_tck.conformance.explorer.findings.exploration import Verdict
from gen_tck.conformance.explorer.findings.numbers import runs
from gen_tck.conformance.explorer.findings.outcome import MOST_REASONS
from gen_tck.conformance.explorer.findings.results import (
    Asked,
    Covered,
    Ended,
    Found,
    KitErrors,
    Part,
    Refused,
    Results,
)
from gen_tck.conformance.explorer.generate.coverage import Coverage
from gen_tck.conformance.explorer.generate.tours import known as known_tours
from gen_tck.conformance.explorer.generate.vocabulary import features
from gen_tck.conformance.explorer.oracle.models import rows_of
from gen_tck.conformance.explorer.script.offer import LeftOut
from gen_tck.conformance.results.file import ResultsError


def merged(parts: Sequence[Part]) -> Part:
    """What parts of one exploration found together. Raises ``ValueError`` if a script is in two of them."""
    whole = Part(played=runs(each for part in parts for each in part.played))
    groups: dict[tuple[Verdict, str, str], Found] = {}
    refusals: dict[str, Refused] = {}
    stumbles: dict[str, KitErrors] = {}
    whole.model = max((part.model for part in parts), default="")
    coverage = Coverage(rows_of(whole.model))
    for part in sorted(parts, key=lambda each: each.played):
        for name in ("scripts", "steps", "seconds", "resumed", "inconclusive", "flaky"):
            setattr(whole, name, getattr(whole, name) + getattr(part, name))
        for what, numbers in part.undecided.items():
            whole.undecided[what] = sorted([*whole.undecided.get(what, []), *numbers])[:MOST_REASONS]
        whole.outcomes = list(map(sum, zip_longest(whole.outcomes, part.outcomes, fillvalue=0)))
        whole.interrupted |= part.interrupted
        whole.given_up = whole.given_up or part.given_up
        whole.node_ended = by_number([*whole.node_ended, *part.node_ended])
        coverage.merge(part.gone())
        for refused in part.refused:
            before = refusals.setdefault(refused.why, msgspec.structs.replace(refused, count=0))
            before.count += refused.count
        for stumbled in part.kit_errors:
            stumbles.setdefault(stumbled.why, msgspec.structs.replace(stumbled, count=0)).count += stumbled.count
        for group in part.groups:
            key = (group.verdict, group.clause, group.kind)
            known = groups.get(key)
            groups[key] = group if known is None else _both(known, group)
    whole.refused, whole.kit_errors = [*refusals.values()], [*stumbles.values()]
    whole.groups = in_order(groups.values())
    whole.gone_through = coverage.followers()
    return whole


def _both(one: Found, other: Found) -> Found:
    first = min(one, other, key=lambda each: each.number)
    return msgspec.structs.replace(first, count=one.count + other.count)


def by_number(ends: Iterable[Ended]) -> list[Ended]:
    """Those of no known script last."""
    return sorted(ends, key=lambda each: (each.number is None, each.number))


def in_order(groups: Iterable[Found]) -> list[Found]:
    """Unexplained ones first, flaky ones next; the most frequent, then by name: the same findings, the same list."""
    order: dict[Verdict, int] = {"unexplained": 0, "flaky": 1, "deviates": 2, "varies": 3}
    return sorted(groups, key=lambda each: (order[each.verdict], -each.count, each.clause, each.kind))


def covered(part: Part, left_out: Iterable[LeftOut]) -> Covered:
    """How much of what a node has was gone through."""
    return msgspec.convert(part.gone().summary(known_tours(features(left_out), part.model)), Covered)


def put_together(known: Sequence[tuple[str, Results]]) -> Results:
    """One exploration, of results of parts of it, each with its name.

    They must be of the same node, seed and depth. Raises ``ResultsError`` if a script is in two of them.
    """
    for at, (name, results) in enumerate(known):
        for other, before in known[:at]:
            twice = {each.script for each in before.given} & {each.script for each in results.given}
            if twice:
                script = "; ".join(min(twice).splitlines())
                raise ResultsError(f"{other} and {name} cannot be put together: a script is in both: {script}")
            try:
                runs([*before.played, *results.played])
            except ValueError as reason:
                raise ResultsError(f"{other} and {name} cannot be put together: {reason}") from None
    whole = merged([results for _, results in known])
    asked = [results.exploration for _, results in known]
    first = known[0][1]
    found = Results(
        **msgspec.structs.asdict(whole),
        kit=first.kit,
        node=first.node,
        exploration=Asked(
            first.exploration.seed,
            first.exploration.depth,
            max(each.scripts for each in asked),
            min(each.first for each in asked),
            max(each.end for each in asked),
        ),
        coverage=covered(whole, first.left_out) if whole.played else first.coverage,
        left_out=first.left_out,
        unseen=[each for each in first.unseen if all(each in results.unseen for _, results in known)],
        given=[each for _, results in known for each in results.given],
    )
    if not found.missing():  # what was broken off has been gone on with
        found.interrupted, found.given_up = False, ""
    return found
