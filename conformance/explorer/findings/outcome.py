"""What an exploration has found so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias

from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.generate.coverage import Coverage
from gen_tck.conformance.explorer.oracle.oracle import Prediction
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.play.restarts import End
from gen_tck.conformance.explorer.script.script import Script

Verdict = Literal["unexplained", "flaky", "deviates", "varies"]
"""``flaky``: it was seen once, and not when its script was tried again."""
MOST_REASONS = 20
"""So many reasons are told why scripts could not be played, or judged; what has others is counted with the first."""


@dataclass
class Group:
    """Findings of one verdict, clause and kind, or those that are one known difference."""

    verdict: Verdict
    clause: str
    count: int
    first: Finding
    reason: str = ""
    """Why it is known; empty if it is not."""
    variant: str = ""


Key: TypeAlias = tuple[object, ...]
"""By what groups are told apart: the clause and the reason of an entry, or the verdict and :attr:`Finding.group`."""


class Refusal(NamedTuple):
    """Scripts that could not be played for one reason."""

    scripts: int
    first: Prediction


class KitError(NamedTuple):
    """Scripts over which the oracle stumbles in one way."""

    scripts: int
    number: int
    """The number of the first of them."""
    first: Script


@dataclass
class Outcome:
    """What an exploration found, so far."""

    scripts: int = 0
    steps: int = 0
    seconds: float = 0.0
    resumed: int = 0
    """Times that a script which differed was gone on with."""
    outcomes: Counter[int] = field(default_factory=Counter)
    """Of some of the scripts: by how many outcomes are allowed at a step, how many steps there were."""
    inconclusive: int = 0
    """Scripts of which too much may be allowed to tell whether what was seen is."""
    flaky: int = 0
    """Scripts that differed once and, tried again, did not."""
    undecided: dict[str, list[int]] = field(default_factory=dict)
    """The numbers of the first of them, by what they are: ``flaky``, ``inconclusive``."""
    groups: dict[Key, Group] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    model: str = ""
    """The model whose rows were gone through, if they are none of the reference's."""
    next_number: int = 0
    """The number of the script to go on with."""
    interrupted: bool = False
    refused: dict[str, Refusal] = field(default_factory=dict)
    """The scripts that could not be played because the node refused something of them, by its words."""
    kit_errors: dict[str, KitError] = field(default_factory=dict)
    """The scripts of which the kit itself cannot say what follows, by how it stumbles."""
    ends: list[End] = field(default_factory=list)
    """The times that the node had to be started again."""
    given_up: str = ""
    """Why the exploration ended early, if the node was to blame."""

    def copy(self) -> Outcome:
        """A copy that does not change with this one."""
        groups = {key: replace(each) for key, each in self.groups.items()}
        copied = replace(self, groups=groups, coverage=self.coverage.copy(), refused={**self.refused})
        copied.ends, copied.outcomes, copied.kit_errors = [*self.ends], self.outcomes.copy(), {**self.kit_errors}
        copied.undecided = {what: [*numbers] for what, numbers in self.undecided.items()}
        return copied

    def name(self, what: str, *numbers: int) -> None:
        """Note scripts of which nothing can be told, by their numbers: the first of them."""
        named = self.undecided.setdefault(what, []) if numbers else []
        named += numbers[: max(0, MOST_REASONS - len(named))]

    @property
    def unexplained(self) -> list[Group]:
        """The groups that are not known."""
        return [each for each in self.groups.values() if each.verdict == "unexplained"]

    def add(self, finding: Finding, verdict: Verdict, clause: str = "", reason: str = "") -> Group:
        """Count ``finding``; the group that it is in. ``clause``, ``reason``: what the entry says, if it is known."""
        key: Key = (clause, reason) if clause else (verdict, *finding.group)
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(verdict, clause or finding.clause, 0, finding, reason)
        elif finding.at.prediction.number < group.first.at.prediction.number:
            group.first = finding
        group.count += 1
        return group

    def seen_once(self, findings: Mapping[int, Finding]) -> None:
        """Note what is flaky, by the number of its script: how many there are, and of the first what they were."""
        self.flaky += len(findings)
        self.name("flaky", *sorted(findings))
        for number in sorted(findings)[:MOST_REASONS]:
            self.add(findings[number], "flaky")

    def refuse(self, report: Report) -> None:
        """Note a script that could not be played."""
        why = _reason(report.refused, self.refused)
        known = self.refused.get(why)
        self.refused[why] = (
            Refusal(1, report.prediction) if known is None else known._replace(scripts=known.scripts + 1)
        )

    def stumble(self, why: str, number: int, script: Script) -> None:
        """Note a script over which the oracle stumbles."""
        why = _reason(why, self.kit_errors)
        known = self.kit_errors.get(why)
        self.kit_errors[why] = (
            KitError(1, number, script) if known is None else known._replace(scripts=known.scripts + 1)
        )


def _reason(why: str, told: Mapping[str, object]) -> str:
    """``why``, or a reason that was ``told`` before, if they are something else each time."""
    return why if why in told or len(told) < MOST_REASONS else next(iter(told))
