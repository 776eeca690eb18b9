"""All that is known of a node, and what that says of a script that was played on it and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gen_tck.adapters.interface import Capabilities
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.findings.judge import Finding, first_difference
from gen_tck.conformance.explorer.findings.known import Explanation, known_as, release_of
from gen_tck.conformance.explorer.findings.variants import of_everybody
from gen_tck.conformance.explorer.oracle.admits import Impossible, admits
from gen_tck.conformance.explorer.oracle.models import departures_of, oracle_of, oracle_without
from gen_tck.conformance.explorer.oracle.oracle import Oracle, OracleError
from gen_tck.conformance.explorer.script.trace import ScriptTrace


class Reason(NamedTuple):
    """What a difference is known as."""

    clause: str
    reason: str
    variant: str = ""
    departure: str = ""

    @property
    def name(self) -> str:
        """The departure, or else the clause."""
        return self.departure or self.clause


@dataclass(frozen=True)
class Known:
    """What is known of a node: its model, or else what differences from the reference are."""

    explanations: Sequence[Explanation] = ()
    family: str = ""
    release: int = 0
    reference: Oracle = field(default_factory=Oracle)

    @classmethod
    def of(cls, entry: Entry | None, capabilities: Capabilities) -> Known:
        """Of the node of ``entry`` (``None``: somebody's), as far as one knows without playing anything on it."""
        release = release_of(capabilities)
        if entry is not None and entry.model and release is not None:
            return cls(family=entry.model, release=release)
        return cls(() if entry is not None and entry.built_in else of_everybody())

    @property
    def oracle(self) -> Oracle:
        """What says what follows on the node."""
        return oracle_of(self.family, self.release) if self.family else self.reference

    def judge(self, trace: ScriptTrace) -> tuple[Finding | None, list[Reason]]:
        """The first difference of a script, if there is one, and what it is known as.

        What the model does not do differs from the model; what it does, and the reference does not, is known.
        """
        finding = first_difference(self.oracle, trace)
        if finding is not None:
            return finding, reasons(known_as(self.explanations, finding))
        departs = first_difference(self.reference, trace) if self.family else None
        return departs, [] if departs is None else needed(departs, self.family, self.release, trace)


def reasons(explanations: Sequence[Explanation]) -> list[Reason]:
    """The same for those who tell of it."""
    return [Reason(each.clause, each.reason, each.variant) for each in explanations]


def needed(finding: Finding, family: str, release: int, trace: ScriptTrace) -> list[Reason]:
    """The departures without which a model would not do all of ``trace``, which it does; or else that it does."""
    found = [
        Reason(finding.clause, each.reason, departure=each.name)
        for each in departures_of(family, release)
        if _is_impossible(oracle_without(release, each.name), trace)
    ]
    return found or [Reason(finding.clause, "the model of the node does the same")]


def _is_impossible(model: Oracle, trace: ScriptTrace) -> bool:
    try:
        return isinstance(admits(model, trace), Impossible)
    except OracleError:  # less is no model of anything: it may stumble over what comes then
        return True
