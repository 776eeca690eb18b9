"""What in results of scripts does not hold together: they were edited by hand, or are none."""

from __future__ import annotations

from collections.abc import Iterator

from gen_tck.conformance.explorer.findings.numbers import runs
from gen_tck.conformance.explorer.findings.results import Results


def contradictions(results: Results) -> Iterator[str]:
    """A sentence for each; only the first is sure to tell of a fault of its own."""
    yield from _played(results)
    yield from _groups(results)
    yield from _coverage(results)


def _played(results: Results) -> Iterator[str]:
    asked = results.exploration
    nothing = asked.first == asked.end == asked.scripts == 0  # where all scripts were given
    if not (nothing or asked.first < asked.end <= asked.scripts):
        yield f"exploration: from {asked.first} to before {asked.end} is no part of {asked.scripts} scripts"
    for first, end in results.played:
        if not asked.first <= first < end <= asked.end:
            yield f"played: [{first}, {end}] is no part of what was to be explored, [{asked.first}, {asked.end}]"
    try:
        told = sum(end - first for first, end in runs(results.played))
    except ValueError as reason:
        yield f"played: {reason}"
    else:
        if told != results.scripts:
            yield f"{results.scripts} scripts, but {told} numbers of scripts that were played"


def _groups(results: Results) -> Iterator[str]:
    known: set[tuple[str, str, str]] = set()
    for number, group in enumerate(results.groups):
        place = f"groups[{number}] ({group.clause}: {group.kind})"
        if (group.verdict, group.clause, group.kind) in known:
            yield f"{place} is there twice"
        known.add((group.verdict, group.clause, group.kind))
        if not group.count:
            yield f"{place} was never seen"
        if not any(first <= group.number < end for first, end in results.played):
            yield f"{place} was seen first in script {group.number}, which was not played"
        if (group.verdict == "varies") != bool(group.variant):
            yield f"{place} is {group.verdict!r}, with the variant {group.variant!r}"
        if (group.verdict in ("unexplained", "flaky")) == bool(group.reason):
            yield f"{place} is {group.verdict!r}, with the reason {group.reason!r}"


def _coverage(results: Results) -> Iterator[str]:
    covered, gone = results.coverage, results.gone_through
    if (covered.transitions, covered.pairs) != (len(gone), sum(map(len, gone.values()))):
        yield "coverage: the transitions and pairs are not as many as those that were gone through"
    if covered.of_transitions != covered.transitions + len(covered.never_reached):
        yield "coverage: of_transitions is not the number of transitions and of those never reached"
    if covered.of_pairs != covered.pairs + len(covered.pairs_never_reached):
        yield "coverage: of_pairs is not the number of pairs and of those never reached"
