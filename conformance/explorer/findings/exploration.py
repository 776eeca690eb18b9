"""An exploration: scripts are generated, played and judged, and what is found is grouped, shrunk and kept."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from gen_tck.adapters import interrupts
from gen_tck.adapters.interface import Node
from gen_tck.conformance.explorer.findings.judge import Finding, follow
from gen_tck.conformance.explorer.findings.known import KnownDifference, known_as
from gen_tck.conformance.explorer.findings.outcome import Group, Key, Outcome, Verdict
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.playing import Playing
from gen_tck.conformance.explorer.findings.shrink import Same, always, shrink
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.generate.vocabulary import features
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.play.player import IN_FLIGHT, Player
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.play.restarts import End, GivenUp
from gen_tck.conformance.explorer.script.offer import LeftOut

MOST_SHRUNK, SHRINK_SECONDS = 40, 60.0
"""Groups of findings that are shrunk in one exploration, and how long that may take in all; after that something is
badly wrong anyway. Those that are left are shown as they were found."""
MOST_VOID = 3
"""Times that a script is played again, if it is too slow for its timeouts each time."""
MOST_RESUMED = 3
"""Times that one script is gone on with after a difference."""
ROUND, LEAST_ROUND = 20_000, 50
"""Scripts between two looks at what was found: what is unexplained is then tried again, alone and with patience."""
ROUND_SECONDS = 15.0
"""A slow node is given smaller rounds: this much is lost at most when an exploration is interrupted."""


Progress = Callable[[Outcome], None]


class Exploration:
    """One exploration of one node."""

    def __init__(
        self,
        open_node: Callable[[], Node],
        plan: Plan,
        known: Sequence[KnownDifference] = (),
        *,
        in_flight: int = IN_FLIGHT,
        progress: Progress = lambda _: None,
        oracle: Oracle | None = None,
        left_out: Sequence[LeftOut] | None = None,
    ) -> None:
        """``left_out``: what scripts may not ask for; ``None``: the node is asked first. Raises ``NodeError``."""
        self._plan = plan
        self.known = known
        self._progress = progress
        self.outcome = Outcome(next_number=plan.first)
        self._size = LEAST_ROUND
        self._playing = Playing(open_node, self._ended, in_flight, oracle)
        self._oracle, self.capabilities = self._playing.oracle, self._playing.capabilities
        try:
            self.left_out = tuple(left_out) if left_out is not None else self._playing.left_out()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the node. Idempotent."""
        self._playing.close()

    def go_on(self, plan: Plan) -> Outcome:
        """Explore another part on the same node; what was found in it alone."""
        self._plan = plan
        self.outcome = Outcome(next_number=plan.first)
        return self.run()

    def run(self) -> Outcome:
        """Explore until the plan is done.

        Ctrl-C ends it early, and so does a node that cannot be had any more: then whole rounds were explored, up to
        :attr:`Outcome.next_number`.
        """
        began = time.monotonic()
        try:
            self._lots(began)
        except KeyboardInterrupt:
            self.outcome.interrupted = True
        except GivenUp as reason:
            self.outcome.given_up = str(reason)
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _lots(self, began: float) -> None:
        scripts = self._scripts()
        while self.outcome.next_number < self._plan.end:
            begins = time.monotonic()
            before = self.outcome.copy()
            try:
                self._look_again(self._play(islice(scripts, self._size)))
            except BaseException as reason:
                if isinstance(reason, GivenUp):
                    before.ends = self.outcome.ends
                self.outcome = before
                raise
            now = time.monotonic()
            self.outcome.seconds = now - began
            self._progress(self.outcome)
            played = self.outcome.next_number - before.next_number
            in_time = int(played * ROUND_SECONDS / max(now - begins, 1e-6))
            self._size = max(LEAST_ROUND, min(ROUND, 4 * self._size, in_time))

    def _ended(self, end: End) -> None:
        self.outcome.ends.append(end)

    def _scripts(self) -> Iterator[Prediction]:
        plan, oracle = self._plan, self._oracle
        generator = Generator(plan.seed, features(self.left_out), plan.depth, plan.scripts)
        for number in range(plan.first, plan.end):
            interrupts.check()
            yield oracle.predict(*generator.script(number), number)

    def _play(self, scripts: Iterator[Prediction]) -> list[Finding]:
        """Play a round, ``scripts`` and what goes on after differences in them; the findings that are not known."""
        suspects: list[Finding] = []
        further: deque[Prediction] = deque()
        resumed: Counter[int] = Counter()
        for batch, reports in self._playing.player.play(map(self._begun, scripts), further=further):
            self._cover(batch, reports)
            for report in reports:
                if report.refused:
                    self.outcome.refuse(report)
                    continue
                finding = self._playing.judge(report)
                if finding is not None and report.late:
                    suspects.append(finding)
                    continue  # void: what goes on after it would be of no more worth
                if finding is not None and not self._is_known(finding):
                    suspects.append(finding)
                number = report.prediction.number
                if resumed[number] < MOST_RESUMED and (rest := self._rest(report)) is not None:
                    resumed[number] += 1
                    further.append(rest)
        self.outcome.resumed += resumed.total()
        return suspects

    def _begun(self, prediction: Prediction) -> Prediction:
        self.outcome.scripts += 1
        self.outcome.steps += len(prediction.script.steps)
        self.outcome.next_number = prediction.number + 1
        return prediction

    def _cover(self, batch: Sequence[Prediction], reports: Sequence[Report]) -> None:
        """Note what ``batch`` went through on the node: what comes after a difference it did not."""
        went = {
            id(each.prediction): each.prediction.events[min(each.step, len(each.prediction.events) - 1)]
            for each in reversed(reports)
        }
        for prediction in batch:
            self.outcome.coverage.add(prediction.transition_pairs[: went.get(id(prediction))])

    def _rest(self, report: Report) -> Prediction | None:
        """What to play next, so that one difference does not hide the rest of its script.

        Where what was seen is allowed, the same script with what follows from that; else the script without the step
        at which it differed.
        """
        prediction, step = report.prediction, report.step
        setting, steps = prediction.script
        if step >= len(steps):
            return None
        branch = follow(report, self._oracle)
        return branch or self._oracle.predict(setting, steps[:step] + steps[step + 1 :], prediction.number)

    def _look_again(self, suspects: Sequence[Finding]) -> None:
        """What is unexplained is played again, alone and with patience; then it counts.

        What was too slow for its timeouts does not count, and is played again a few times.
        """
        known = {each.first.group for each in self.outcome.unexplained}
        fresh: list[Prediction] = []
        for finding in suspects:
            if finding.group in known and not finding.report.late:
                self._group(finding, "unexplained")
            else:
                fresh.append(finding.report.prediction)
        confirmed = 0
        again = fresh
        for _ in range(MOST_VOID):
            late: list[Prediction] = []
            for finding in self._playing.findings(again):
                if finding.report.late:
                    late.append(finding.report.prediction)
                    continue
                confirmed += 1
                if not self._is_known(finding):
                    self._group(finding, "unexplained")
            again = late
        self.outcome.flaky += len(fresh) - confirmed

    def _is_known(self, finding: Finding) -> bool:
        entries = known_as(self.known, finding)
        for entry in entries:
            group = self._group(finding, "varies" if entry.variant else "deviates", entry.clause, entry.reason)
            group.variant = entry.variant
        return bool(entries)

    def _group(self, finding: Finding, verdict: Verdict, clause: str = "", reason: str = "") -> Group:
        key: Key = (clause, reason) if clause else finding.group
        group = self.outcome.groups.get(key)
        if group is None:
            group = self.outcome.groups[key] = Group(verdict, clause or finding.clause, 0, finding, reason)
        elif finding.report.prediction.number < group.first.report.prediction.number:
            group.first = finding
        group.count += 1
        return group

    def smaller(self, finding: Finding) -> Finding:
        """The smallest finding of the same group that can be made of ``finding``. Raises :class:`GivenUp`."""
        return self.smaller_than(finding.report, lambda other: other.group == finding.group) or finding

    def smaller_than(self, report: Report, same: Same, in_time: Callable[[], bool] = always) -> Finding | None:
        """The smallest finding that can be made of ``report``, and is the ``same``, and as unexplained as that.

        ``None``: there is none, or none was found while it was ``in_time``. Raises :class:`GivenUp`.
        """

        def accept(other: Finding) -> bool:
            unexplained = self._playing.judge(other.report) is not None and not known_as(self.known, other)
            return same(other) and unexplained

        return shrink(report, self._oracle, self._playing.player, accept, in_time)


__all__ = ["Exploration", "Group", "Outcome", "Plan", "Player", "Verdict"]
