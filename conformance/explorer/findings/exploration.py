"""An exploration: scripts are generated, played and judged, and what is found is grouped, shrunk and kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from gen_tck.adapters import interrupts
from gen_tck.adapters.interface import Node
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.collecting import few_collections
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.known import Explanation, known_as, oracle_for
from gen_tck.conformance.explorer.findings.learning import all_known_of
from gen_tck.conformance.explorer.findings.left import Leftovers
from gen_tck.conformance.explorer.findings.outcome import Group, Outcome, Verdict
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.playing import Judged, Playing, Stumbled
from gen_tck.conformance.explorer.findings.shrink import Same, always, shrink
from gen_tck.conformance.explorer.generate.coverage import Coverage
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.generate.vocabulary import features
from gen_tck.conformance.explorer.oracle.admits import Impossible, Inconclusive, outcomes
from gen_tck.conformance.explorer.oracle.oracle import Oracle, OracleError, Prediction
from gen_tck.conformance.explorer.play.player import IN_FLIGHT, Player
from gen_tck.conformance.explorer.play.restarts import End, GivenUp
from gen_tck.conformance.explorer.script.offer import LeftOut
from gen_tck.conformance.explorer.script.script import Script

MOST_SHRUNK, SHRINK_SECONDS = 40, 60.0
"""Groups of findings that are shrunk in one exploration, and how long that may take in all; after that something is
badly wrong anyway. Those that are left are shown as they were found."""
MOST_RESUMED = 3
"""Times that one script is gone on with after a known difference."""
ONE_IN = 50
"""Of one in so many scripts it is counted how many outcomes are allowed at each step."""
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
        known: Sequence[Explanation] = (),
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
        self._size = LEAST_ROUND
        self._playing = Playing(open_node, self._ended, in_flight, oracle)
        self.outcome = self._nothing()
        self.capabilities = self._playing.capabilities
        try:
            self.left_out = tuple(left_out) if left_out is not None else self._playing.left_out()
        except BaseException:
            self.close()
            raise

    def know(self, entry: Entry) -> None:
        """Explore with what is known of the node: the model of it, or what is known to differ from the reference.

        Raises :class:`~gen_tck.conformance.explorer.findings.known.KnownDifferencesError`, ``SpecError``.
        """
        model = oracle_for(entry, self.capabilities)
        if model is None:
            self.known = all_known_of(entry, self._playing)
        else:
            self._playing.oracle = model
        self.outcome = self._nothing()

    def _nothing(self) -> Outcome:
        """What is found before anything is."""
        name, rows = self.oracle.name, self.oracle.rows
        return Outcome(coverage=Coverage(rows), model=name, next_number=self._plan.first)

    @property
    def oracle(self) -> Oracle:
        """What says what follows from a step."""
        return self._playing.oracle

    def close(self) -> None:
        """End the node. Idempotent."""
        self._playing.close()

    def go_on(self, plan: Plan) -> Outcome:
        """Explore another part on the same node; what was found in it alone."""
        self._plan = plan
        self.outcome = self._nothing()
        return self.run()

    def run(self) -> Outcome:
        """Explore until the plan is done.

        Ctrl-C ends it early, and so does a node that cannot be had any more: then whole rounds were explored, up to
        :attr:`Outcome.next_number`.
        """
        began = time.monotonic()
        try:
            with few_collections():
                self._lots(began)
        except KeyboardInterrupt:
            self.outcome.interrupted = True
        except GivenUp as reason:
            self.outcome.given_up = str(reason)
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _lots(self, began: float) -> None:
        scripts, left = self._scripts(), Leftovers(self._playing, self._generator())
        while self.outcome.next_number < self._plan.end:
            begins = time.monotonic()
            before = self.outcome.copy()
            try:
                self._look_again(self._play(islice(scripts, self._size)))
                self._count(left, range(before.next_number, self.outcome.next_number))
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

    def _generator(self) -> Generator:
        """What draws the scripts."""
        plan = self._plan
        return Generator(plan.seed, features(self.left_out), plan.depth, plan.scripts)

    def _scripts(self) -> Iterator[Prediction]:
        plan, oracle = self._plan, self.oracle
        generator = self._generator()
        for number in range(plan.first, plan.end):
            interrupts.check()
            setting, steps = generator.script(number)
            self.outcome.scripts += 1
            self.outcome.next_number = number + 1
            try:
                prediction = oracle.predict(setting, steps, number)
                if number % ONE_IN == 0:
                    self.outcome.outcomes.update(outcomes(oracle, prediction) or ())
            except OracleError as reason:
                self.outcome.stumble(str(reason), number, Script(setting, tuple(steps)))
                continue
            self.outcome.steps += len(prediction.script.steps)
            yield prediction

    def _count(self, left: Leftovers, numbers: range) -> None:
        """Look whether a script of a round leaves something behind."""
        finding, grown = left.of_round(numbers)
        if finding is not None and not self._is_known(finding):
            self.outcome.add(finding, "unexplained")
        elif finding is None and grown:
            self.outcome.flaky += 1
            self.outcome.name("flaky", numbers[0])

    def _play(self, scripts: Iterator[Prediction]) -> list[Finding]:
        """Play a round, ``scripts`` and what goes on after known differences in them; what is found and not known."""
        suspects: list[Finding] = []
        resumed = 0
        differing = self._differing(scripts)
        for again in range(MOST_RESUMED + 1):
            further: list[Prediction] = []
            for judged in self._playing.look(differing):
                finding = self._judged(judged)
                if finding is not None and not self._is_known(finding):
                    suspects.append(finding)
                elif finding is not None and again < MOST_RESUMED and (rest := self._rest(finding)) is not None:
                    further.append(rest)
            if not further:
                break
            resumed += len(further)
            differing = self._differing(further)
        self.outcome.resumed += resumed
        return suspects

    def _differing(self, scripts: Iterable[Prediction]) -> list[Prediction]:
        """Those of ``scripts`` that do not go as predicted, and are not refused."""
        found: list[Prediction] = []
        for batch, reports in self._playing.player.play(scripts):
            other = {id(each.prediction) for each in reports}
            for prediction in batch:
                if id(prediction) not in other:
                    self.outcome.coverage.add(prediction.transition_pairs)
            for report in reports:
                if report.refused:
                    self.outcome.refuse(report)
                else:
                    found.append(report.prediction)
        return found

    def _judged(self, judged: Judged) -> Finding | None:
        """Note what a script went through on the node, and whether it can be judged; what differs."""
        answer = judged.answer
        if isinstance(answer, Stumbled):
            self._stumbled(judged.prediction, answer.why)
            return None
        if isinstance(answer, Inconclusive):
            self.outcome.inconclusive += 1
            self.outcome.name("inconclusive", judged.prediction.number)
            return None
        gone = answer.prediction.transition_pairs
        if isinstance(answer, Impossible):  # what comes after it, it has not gone through
            gone = gone[: answer.prediction.events[answer.step]]
        self.outcome.coverage.add(gone)
        return judged.finding

    def _stumbled(self, prediction: Prediction, why: str) -> None:
        self.outcome.stumble(why, prediction.number, prediction.script)

    def _rest(self, finding: Finding) -> Prediction | None:
        """What to play next, so that a known difference does not hide the rest of its script: that without its step."""
        prediction, step = finding.at.prediction, finding.at.step
        setting, steps = prediction.script
        if step >= len(steps):
            return None
        try:
            return self.oracle.predict(setting, steps[:step] + steps[step + 1 :], prediction.number)
        except OracleError as reason:
            self._stumbled(prediction, str(reason))
            return None

    def _look_again(self, suspects: Sequence[Finding]) -> None:
        """What is unexplained is played again; then it counts."""
        known = {each.first.group for each in self.outcome.unexplained}
        fresh: list[Prediction] = []
        once: dict[int, Finding] = {}
        for finding in suspects:
            if finding.group in known:
                self.outcome.add(finding, "unexplained")
            else:
                fresh.append(self.oracle.again(*finding.at.prediction.script, finding.at.prediction.number))
                once[finding.at.prediction.number] = finding
        for judged in self._playing.look(fresh):
            if isinstance(judged.answer, Stumbled):
                once.pop(judged.prediction.number, None)
                self._stumbled(judged.prediction, judged.answer.why)
            if judged.finding is not None:
                once.pop(judged.finding.at.prediction.number, None)
                if not self._is_known(judged.finding):
                    self.outcome.add(judged.finding, "unexplained")
        self.outcome.seen_once(once)

    def _is_known(self, finding: Finding) -> bool:
        entries = known_as(self.known, finding)
        for entry in entries:
            group = self.outcome.add(finding, "varies" if entry.variant else "deviates", entry.clause, entry.reason)
            group.variant = entry.variant
        return bool(entries)

    def smaller(self, finding: Finding) -> Finding:
        """The smallest finding of the same group that can be made of ``finding``. Raises :class:`GivenUp`."""
        return self.smaller_than(finding.at, lambda other: other.group == finding.group) or finding

    def smaller_than(self, at: Impossible, same: Same, in_time: Callable[[], bool] = always) -> Finding | None:
        """The smallest finding that can be made of what is wrong ``at`` a step, is the ``same``, and is not known.

        ``None``: there is none, or none was found while it was ``in_time``. Raises :class:`GivenUp`.
        """

        def accept(other: Finding) -> bool:
            return same(other) and not known_as(self.known, other)

        return shrink(at, self._playing, accept, in_time)


__all__ = ["Exploration", "Group", "Outcome", "Plan", "Player", "Verdict"]
