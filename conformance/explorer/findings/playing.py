"""A node on which scripts are played and judged, generated ones and given ones alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from gen_tck.adapters.interface import Node, NodeError
from gen_tck.adapters.limits import LimitError
from gen_tck.conformance.explorer.findings.judge import Finding, judge
from gen_tck.conformance.explorer.findings.known import KnownDifferencesError
from gen_tck.conformance.explorer.generate.vocabulary import features, left_out
from gen_tck.conformance.explorer.oracle.admits import Answer, Impossible, admits
from gen_tck.conformance.explorer.oracle.oracle import Oracle, OracleError, Prediction
from gen_tck.conformance.explorer.play.player import IN_FLIGHT
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.play.restarts import End, Restarting
from gen_tck.conformance.explorer.script.offer import LOOK, TRAP_EXITS, LeftOut, setting_needs
from gen_tck.conformance.explorer.script.script import Setting
from gen_tck.conformance.explorer.script.trace import ScriptTrace
from gen_tck.conformance.output.files import FileError
from gen_tck.spec.clauses import SpecError

PLAYERS_OWN = frozenset([TRAP_EXITS, LOOK])
"""What the player itself asks for, unless the node says beforehand that it does not offer it."""


class CannotExplore(Exception):
    """What was asked for makes no sense, or the node cannot be had; the message is one line."""


@contextmanager
def explained() -> Iterator[None]:
    """Raise :class:`CannotExplore` for whatever keeps scripts from being played, or what they show from being kept."""
    try:
        yield
    except (LimitError, NodeError, OracleError, KnownDifferencesError, SpecError, FileError) as reason:
        raise CannotExplore(str(reason)) from reason


class Stumbled(NamedTuple):
    """The oracle stumbles over what was seen: the kit is at fault, and nothing is said of the node."""

    why: str


class Judged(NamedTuple):
    """What is said of a script that was played to its end."""

    prediction: Prediction
    """What was predicted of it."""
    trace: ScriptTrace
    answer: Answer | Stumbled
    finding: Finding | None
    """What differs, if what was seen is impossible."""


class Playing:
    """A node, which is started again when it ends, and the oracle, which tells what it should do."""

    def __init__(
        self,
        open_node: Callable[[], Node],
        ended: Callable[[End], None],
        in_flight: int = IN_FLIGHT,
        oracle: Oracle | None = None,
    ) -> None:
        """``ended`` is told of every end of the node. Raises ``NodeError``."""
        self.oracle = oracle or Oracle()
        self.player = Restarting(open_node, in_flight, ended)
        self.capabilities = self.player.node.capabilities

    def left_out(self) -> tuple[LeftOut, ...]:
        """What scripts may not ask of the node, which is asked for all the rest once. Raises ``NodeError``."""
        claimed = features(left_out(self.capabilities))
        lacking = left_out(self.capabilities, self.player.refused(claimed))
        for each in lacking:
            if each.feature in setting_needs(Setting()) or (each.why == "refused" and each.feature in PLAYERS_OWN):
                why = "does not offer" if each.why == "not claimed" else "refuses"
                raise NodeError(
                    f"no script can be played: the node {why} {each.feature}, which each begins or ends with"
                )
        return lacking

    def close(self) -> None:
        """End the node. Idempotent."""
        self.player.close()

    def look(self, scripts: Iterable[Prediction]) -> Iterator[Judged]:
        """Play ``scripts`` to their ends; what of each is allowed. Raises ``GivenUp``."""
        for _, reports in self.player.play(scripts, record=True):
            for report in reports:
                if not report.refused:
                    yield self.judge(report)

    def judge(self, report: Report) -> Judged:
        """What the oracle says of ``report``, of which all was recorded."""
        assert report.trace is not None
        finding = None
        try:
            answer = admits(self.oracle, report.trace)
        except OracleError as reason:
            return Judged(report.prediction, report.trace, Stumbled(str(reason)), None)
        if isinstance(answer, Impossible):
            finding = judge(answer._replace(prediction=answer.prediction._replace(number=report.prediction.number)))
        return Judged(report.prediction, report.trace, answer, finding)

    def by_number(self, scripts: Sequence[Prediction]) -> dict[int, Judged]:
        """What differs in ``scripts``, by their numbers. Raises ``GivenUp``."""
        return {each.prediction.number: each for each in self.look(scripts) if each.finding is not None}
