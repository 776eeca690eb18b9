"""An exploration that is interrupted counts whole rounds."""

from __future__ import annotations

from gen_tck.adapters.reference import ReferenceProcess, SimulatedNode
from gen_tck.conformance.explorer.findings.exploration import LEAST_ROUND, Exploration, Outcome
from gen_tck.conformance.explorer.findings.plan import Plan


def test_part_of_a_lot_is_counted() -> None:
    known: list[Outcome] = []

    class Interrupting(SimulatedNode):
        """The signal comes when some scripts of the third round have been played."""

        left = LEAST_ROUND

        def spawn(self) -> ReferenceProcess:
            Interrupting.left -= len(known) == 2
            if Interrupting.left == 0:
                raise KeyboardInterrupt
            return super().spawn()

    plan = Plan(1_000_000, first=30)
    outcome = Exploration(Interrupting, plan, progress=lambda each: known.append(each.copy())).run()
    assert outcome.interrupted
    assert len(known) == 2
    last = known[-1]
    assert (outcome.scripts, outcome.steps, outcome.next_number) == (last.scripts, last.steps, last.next_number)
    assert outcome.next_number == 30 + outcome.scripts
    assert outcome.coverage.pairs == last.coverage.pairs
