"""Results of scripts, made from what an exploration found or given scripts showed."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import msgspec

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.exploration import Group, Outcome
from gen_tck.conformance.explorer.findings.known import Explanation
from gen_tck.conformance.explorer.findings.looked import Looked
from gen_tck.conformance.explorer.findings.merging import by_number, covered, in_order
from gen_tck.conformance.explorer.findings.plan import Plan
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
from gen_tck.conformance.explorer.play.restarts import End
from gen_tck.conformance.explorer.script.offer import LeftOut
from gen_tck.conformance.results.file import Kit, NodeFacts


def part_of(outcome: Outcome, first: int) -> Part:
    """What ``outcome`` found, of a part that begins with script ``first``."""
    end = outcome.next_number
    return Part(
        played=[(first, end)] if end > first else [],
        scripts=outcome.scripts,
        steps=outcome.steps,
        seconds=outcome.seconds,
        resumed=outcome.resumed,
        outcomes=[outcome.outcomes[each + 1] for each in range(max(outcome.outcomes, default=0))],
        inconclusive=outcome.inconclusive,
        flaky=outcome.flaky,
        undecided=outcome.undecided,
        interrupted=outcome.interrupted,
        given_up=outcome.given_up,
        node_ended=by_number(map(ended, outcome.ends)),
        refused=[
            Refused(why, each.scripts, each.first.number, str(each.first.script))
            for why, each in outcome.refused.items()
        ],
        kit_errors=[
            KitErrors(why, each.scripts, each.number, str(each.first)) for why, each in outcome.kit_errors.items()
        ],
        groups=in_order(map(_found, outcome.groups.values())),
        model=outcome.model,
        gone_through=outcome.coverage.followers(),
    )


def ended(end: End) -> Ended:
    """``end``, for the results."""
    if end.prediction is None:
        return Ended(end.why)
    return Ended(end.why, end.prediction.number if end.prediction.number >= 0 else None, str(end.prediction.script))


def _found(group: Group) -> Found:
    finding = group.first
    made = Found(
        verdict=group.verdict,
        clause=group.clause,
        variant=group.variant,
        kind=group.reason or words.kind(finding),
        parts=list(words.parts(finding)),
        reason=group.reason,
        count=group.count,
        number=finding.at.prediction.number,
        script=[],
        whole="",
        step=0,
        allowed="",
        seen="",
    )
    made.show(finding)
    return made


def assemble(
    part: Part,
    plan: Plan,
    asked: str,
    capabilities: Capabilities,
    left_out: Sequence[LeftOut] = (),
    known: Sequence[Explanation] = (),
) -> Results:
    """The results of an exploration of the node that was asked for as ``asked``, of which ``known`` are known."""
    seen = {(each.clause, each.reason) for each in part.groups}
    return Results(
        **msgspec.structs.asdict(part),
        kit=Kit("gen-tck", version("gen-tck")),
        node=NodeFacts.of(asked, capabilities),
        exploration=Asked(plan.seed, plan.depth, plan.scripts, plan.first, plan.end),
        coverage=covered(part, left_out),
        left_out=[*left_out],
        unseen=[
            f"{each.clause}: {each.reason}"
            for each in known
            if not each.of_everybody and (each.clause, each.reason) not in seen
        ],
    )


NONE_DRAWN: dict[str, Any] = {
    "exploration": Asked(0, 0, 0, 0, 0),
    "coverage": Covered(0, 0, 0, 0, [], []),
    "unseen": [],
}


def of_given(asked: str, capabilities: Capabilities, given: list[Looked], left_out: Sequence[LeftOut] = ()) -> Results:
    """The results of scripts that were given, on the node that was asked for as ``asked``."""
    return Results(
        kit=Kit("gen-tck", version("gen-tck")),
        node=NodeFacts.of(asked, capabilities),
        given=given,
        left_out=[*left_out],
        **NONE_DRAWN,
    )
