"""An exploration: scripts are generated, played and judged, and what is found is grouped, shrunk and kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gen_tck.adapters.interface import Node, NodeDied, NodeError
from gen_tck.conformance.explorer.coverage import Coverage
from gen_tck.conformance.explorer.generate import Generator, exhaustive
from gen_tck.conformance.explorer.judge import Finding, Report, follow, judge
from gen_tck.conformance.explorer.oracle import Oracle, Told
from gen_tck.conformance.explorer.player import IN_FLIGHT, Player, player
from gen_tck.conformance.explorer.settled import Settled, settles
from gen_tck.conformance.explorer.shrink import shrink

Verdict = Literal["unexplained", "deviates", "varies"]
MOST_SHRUNK = 40
"""Groups of findings that are shrunk in one exploration; after that something is badly wrong anyway."""
MOST_RESUMED = 3
"""Times that one script is gone on with after a difference."""
LOT = 2000
"""Scripts between two looks at what was found: what is unexplained is then tried again, alone and with patience."""


@dataclass(frozen=True)
class Plan:
    """What is to be explored."""

    scripts: int
    seed: int = 1
    depth: int = 0
    """All scripts of the small alphabet up to this depth come first."""
    first: int = 0
    """The number of the first script: where an earlier exploration broke off."""
    step: int = 1
    """Every so many-th script only: how shards share the work."""


@dataclass
class Group:
    """Findings of one clause and kind."""

    verdict: Verdict
    clause: str
    kind: str
    count: int
    first: Finding
    reason: str = ""
    variant: str = ""


@dataclass
class Outcome:
    """What an exploration found, so far."""

    scripts: int = 0
    steps: int = 0
    seconds: float = 0.0
    resumed: int = 0
    """Times that a script which differed was gone on with."""
    unsteady: int = 0
    """Scripts that differed once and, tried again alone, did not."""
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    next_number: int = 0
    """The number of the script to go on with."""
    interrupted: bool = False
    deaths: list[str] = field(default_factory=list)
    """A sentence for each time the node had to be started again."""

    @property
    def unexplained(self) -> list[Group]:
        """The groups that nothing settles."""
        return [each for each in self.groups.values() if each.verdict == "unexplained"]


Progress = Callable[[Outcome], None]


class Exploration:
    """One exploration of one node."""

    def __init__(
        self,
        open_node: Callable[[], Node],
        plan: Plan,
        settled: Sequence[Settled] = (),
        *,
        in_flight: int = IN_FLIGHT,
        progress: Progress = lambda _: None,
        oracle: Oracle | None = None,
    ) -> None:
        self._open = open_node
        self._plan = plan
        self._settled = settled
        self._in_flight = in_flight
        self._progress = progress
        self._oracle = oracle or Oracle()
        self.outcome = Outcome(next_number=plan.first)
        self._node = open_node()
        self._player = player(self._node, in_flight)
        self.capabilities = self._node.capabilities

    def close(self) -> None:
        """End the node. Idempotent."""
        self._node.close()

    def run(self) -> Outcome:
        """Explore until the plan is done. Ctrl-C ends it early, with what was found so far."""
        began = time.monotonic()
        outcome = self.outcome
        try:
            scripts = self._scripts()
            while lot := [told for _, told in zip(range(LOT), scripts, strict=False)]:
                suspects = self._lot(lot)
                self._look_again(suspects)
                outcome.next_number = lot[-1].number + 1
                outcome.seconds = time.monotonic() - began
                self._progress(outcome)
        except KeyboardInterrupt:
            outcome.interrupted = True
        outcome.seconds = time.monotonic() - began
        return outcome

    def _scripts(self) -> Iterator[Told]:
        plan, oracle = self._plan, self._oracle
        generator = Generator(plan.seed, self.capabilities.profiles)
        small = [each for depth in range(1, plan.depth + 1) for each in exhaustive(depth)] if plan.depth else []
        for number in range(plan.first, plan.scripts, plan.step):
            setting, steps = small[number] if number < len(small) else generator.random(number - len(small))
            yield oracle.tell(setting, steps, number)

    def _lot(self, lot: Sequence[Told]) -> list[Finding]:
        """Play ``lot``, and what goes on after the differences in it; the findings that nothing settles."""
        suspects: list[Finding] = []
        rest = lot
        for _ in range(1 + MOST_RESUMED):
            reports = self._play(rest)
            suspects += [each for each in map(self._judge, reports) if each is not None and not self._settle(each)]
            rest = [each for each in map(self._rest, reports) if each is not None]
            self.outcome.resumed += len(rest)
        self.outcome.scripts += len(lot)
        self.outcome.steps += sum(len(each.script.steps) for each in lot)
        return suspects

    def _play(self, lot: Sequence[Told]) -> list[Report]:
        """Play ``lot``; what differs."""
        found: list[Report] = []
        try:
            for batch, reports in self._player.play(lot):
                self._cover(batch, reports)
                found += reports
        except NodeDied as reason:
            self._restart(str(reason))
            found = self._one_by_one(lot)
        return found

    def _cover(self, batch: Sequence[Told], reports: Sequence[Report]) -> None:
        """Note what ``batch`` went through on the node: what comes after a difference it did not."""
        went = {id(each.told): each.told.events[min(each.step, len(each.told.events) - 1)] for each in reports}
        for told in batch:
            self.outcome.coverage.add(told.transitions[: went.get(id(told))])

    def _judge(self, report: Report) -> Finding | None:
        """The finding in ``report``, unless what was seen is allowed in another order of things."""
        finding = judge(report)
        return None if finding is None or follow(report, self._oracle.branches(report.told)) else finding

    def _rest(self, report: Report) -> Told | None:
        """What to play next, so that one difference does not hide the rest of its script.

        Where what was seen is allowed, the same script with what follows from that; else the script without the step
        at which it differed.
        """
        told, step = report.told, report.step
        setting, steps = told.script
        if step >= len(steps):
            return None
        branch = follow(report, (told, *self._oracle.branches(told)))
        return branch or self._oracle.tell(setting, steps[:step] + steps[step + 1 :], told.number)

    def _restart(self, why: str) -> None:
        self.outcome.deaths.append(why)
        self._node.close()
        if len(self.outcome.deaths) > 20:
            raise NodeError(f"the node ends again and again: {why}")
        self._node = self._open()
        self._player = player(self._node, self._in_flight)

    def _one_by_one(self, lot: Sequence[Told]) -> list[Report]:
        """A node died while it played ``lot``: find out over which script, and play the others."""
        found: list[Report] = []
        for told in lot:
            try:
                for batch, reports in self._player.play([told]):
                    self._cover(batch, reports)
                    found += reports
            except NodeDied as reason:
                self._restart(f"{reason} (script {self._plan.seed}:{told.number})")
        return found

    def _look_again(self, suspects: Sequence[Finding]) -> None:
        """What is unexplained is played again, alone and with patience; then it counts."""
        known = {(each.clause, each.kind) for each in self.outcome.unexplained}
        fresh = [each for each in suspects if each.group not in known]
        for finding in suspects:
            if finding.group in known:
                self._group(finding, "unexplained")
        confirmed = 0
        for _, reports in self._player.play([each.report.told for each in fresh], careful=True):
            for report in reports:
                again = self._judge(report)
                if again is None:
                    continue
                confirmed += 1
                if not self._settle(again):
                    self._group(again, "unexplained")
        self.outcome.unsteady += len(fresh) - confirmed

    def _settle(self, finding: Finding) -> bool:
        entries = settles(self._settled, finding)
        for entry in entries:
            group = self._group(finding, "varies" if entry.variant else "deviates", entry.clause, entry.reason)
            group.variant = entry.variant
        return bool(entries)

    def _group(self, finding: Finding, verdict: Verdict, clause: str = "", reason: str = "") -> Group:
        key = (clause, reason) if clause else finding.group
        group = self.outcome.groups.get(key)
        if group is None:
            kind = reason or finding.kind
            group = self.outcome.groups[key] = Group(verdict, key[0], kind, 0, finding, reason)
        group.count += 1
        return group

    def shrink(self) -> None:
        """Make the first finding of each unexplained group small."""
        for group in self.outcome.unexplained[:MOST_SHRUNK]:
            group.first = shrink(group.first, self._oracle, self._player)
            self._progress(self.outcome)


def merged(outcomes: Sequence[Outcome]) -> Outcome:
    """What several shards of one exploration found."""
    whole = Outcome(next_number=min((each.next_number for each in outcomes), default=0))
    for each in outcomes:
        whole.scripts += each.scripts
        whole.steps += each.steps
        whole.resumed += each.resumed
        whole.unsteady += each.unsteady
        whole.seconds = max(whole.seconds, each.seconds)
        whole.interrupted |= each.interrupted
        whole.deaths += each.deaths
        whole.coverage.merge(each.coverage)
        for key, group in each.groups.items():
            known = whole.groups.get(key)
            if known is None:
                whole.groups[key] = group
                continue
            known.count += group.count
            if group.first.report.told.number < known.first.report.told.number:
                known.first = group.first
    return whole


__all__ = ["Exploration", "Group", "Mapping", "Outcome", "Plan", "Player", "merged"]
