"""What there is to show of a node: how its model departs, or what somebody wrote down of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gen_tck.adapters.interface import Capabilities
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.judge import Finding, first_difference
from gen_tck.conformance.explorer.findings.known import KnownDifference, known_of, release_of
from gen_tck.conformance.explorer.findings.looked import Looked
from gen_tck.conformance.explorer.generate import witnesses
from gen_tck.conformance.explorer.generate.witnesses import Witness
from gen_tck.conformance.explorer.oracle.admits import Admitted, admits
from gen_tck.conformance.explorer.oracle.models import departures_of, oracle_of, oracle_without
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.script import SHORT, Script
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.conformance.explorer.script.trace import Look, ScriptTrace
from gen_tck.conformance.results import deviations
from gen_tck.spec import observed
from gen_tck.spec.clauses import load as load_clauses

TESTS = Path(__file__).parents[2]


@dataclass(frozen=True)
class Shows:
    """A difference, and how one sees it."""

    looked: Looked
    """What there is to say before anybody has looked; without a script, that is all."""
    other: Oracle
    """What would follow if there were no difference."""
    model: Oracle | None = None
    """What follows, if there is a model of the node."""

    @property
    def script(self) -> Script:
        """The script that shows it."""
        return parse(self.looked.script)

    def difference(self, trace: ScriptTrace) -> Finding | None:
        """What is otherwise in ``trace``, if anything is."""
        return first_difference(self.other, trace)

    def is_undecided(self, trace: ScriptTrace) -> bool:
        """Whether nothing is otherwise in ``trace`` only because its steps took time: with a timer before its time."""
        quick = trace._replace(looks=tuple([None if each is None else each._replace(spent=0) for each in trace.looks]))
        return self.difference(quick) is not None

    def is_slow(self, trace: ScriptTrace) -> bool:
        """Whether its steps took as long as its timeouts: then a timer may have gone off in the midst of one."""
        return trace.script.has_timeouts and sum(each.spent for each in trace.looks if each is not None) >= SHORT

    def is_shown(self, trace: ScriptTrace) -> bool:
        """Whether what is otherwise in ``trace`` is all as the model has it; any difference will do without one."""
        return self.model is None or isinstance(admits(self.model, trace), Admitted)


@dataclass(frozen=True)
class Showing:
    """All that there is to show of a node."""

    shows: list[Shows]
    release: int | None = None
    """Of the model, if there is one."""
    runs: tuple[int, ...] = ()
    """The releases that anybody ran."""

    @property
    def is_guess(self) -> bool:
        """Whether nobody ran the release: that it departs as the one before is a guess."""
        return bool(self.runs) and self.release not in self.runs


def showing(entry: Entry, capabilities: Capabilities) -> Showing:
    """What there is to show of the node of ``entry``. Raises ``KnownDifferencesError``, ``SpecError``."""
    release = release_of(capabilities)
    if not entry.model or release is None:
        return Showing([_written_down(each) for each in known_of(entry, capabilities)])
    runs = tuple(observed.releases(entry.name))
    before = max([each for each in runs if each <= release], default=min(runs))
    there = [each for each in witnesses.load() if each.model == entry.model and before in each.releases]
    departures = list(_departures(entry.model, release, there))
    return Showing(departures or [_clause(entry, release, before, each) for each in there], release, runs)


def _written_down(entry: KnownDifference) -> Shows:
    looked = Looked(
        name="",
        clause=entry.clause,
        reason=entry.reason,
        variant=entry.variant,
        sometimes=entry.sometimes,
        script=entry.script.strip(),
        verdict="not seen",
    )
    return Shows(looked, Oracle())


def _departures(model: str, release: int, there: list[Witness]) -> Iterator[Shows]:
    """Of a model that is made of departures."""
    scripts = {each.shows: each.script for each in there}
    for each in departures_of(model, release):
        script = scripts.get(each.name, "")
        looked = Looked(
            name="",
            clause="",
            departure=each.name,
            clauses=[*each.clauses],
            reason=each.reason,
            script=script.strip(),
            verdict="not seen" if script else "no script",
        )
        yield Shows(looked, oracle_without(release, each.name), oracle_of(model, release))


def _clause(entry: Entry, release: int, run: int, witness: Witness) -> Shows:
    """Of a model that is a machine of its own: why it departs there is what is recorded of the clause, or else what."""
    clause, model = witness.shows, oracle_of(entry.model, release)
    reasons, variants = _recorded(entry, run, clause), _variants(f"{entry.name}-{run}", clause)
    finding = difference(model, Oracle(), witness.parsed())
    looked = Looked(
        name="",
        clause=clause,
        variant=variants[0] if len(variants) == 1 and not reasons else "",
        reason="; ".join(reasons) or ("" if finding is None else words.kind(finding)),
        script=witness.script.strip(),
        verdict="not seen",
    )
    return Shows(looked, Oracle(), model)


def _recorded(entry: Entry, run: int, clause: str) -> list[str]:
    """Why the node deviates from ``clause`` in a release that was run."""
    known = deviations.load(entry.deviations, load_clauses(), deviations.names_of_tests(TESTS))
    there = deviations.for_release(entry.deviations, known, str(run)).entries
    return list(dict.fromkeys([each.reason for each in there if each.clause == clause]))


def _variants(node: str, clause: str) -> list[str]:
    """The variants of ``clause`` that ``node`` was seen to have."""
    seen = observed.load().of(clause)
    return [each for each, nodes in seen.items() if node in nodes and each not in (observed.BREAKS, observed.KEEPS)]


def difference(model: Oracle, other: Oracle, script: Script) -> Finding | None:
    """What ``other`` does not let follow from ``script``, as it goes usually in ``model``; ``None`` if it does."""
    prediction = model.predict(*script)
    return first_difference(other, ScriptTrace(prediction.script, tuple(map(Look, prediction.expected))))
