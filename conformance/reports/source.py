"""What a report is made from: the results of a run, the traces beside them, and the clauses of this kit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.conformance.reports import case_text
from gen_tck.conformance.results import file as store
from gen_tck.conformance.results.file import Results
from gen_tck.conformance.results.verdicts import VERDICTS, Case, Verdict
from gen_tck.conformance.traces import file as traces
from gen_tck.spec.clause import CHAPTERS, Clause
from gen_tck.spec.retired import what_became_of


class ReportError(Exception):
    """A report cannot be made; the message is one line that names the file and says what is wrong with it."""


@dataclass(frozen=True)
class Source:
    """One run."""

    path: Path
    """The file of the results; traces are named relative to it."""
    results: Results
    clauses: Mapping[str, Clause]
    """The clauses that this kit knows; results of another kit may name others."""
    kept: bool = True
    """Whether the file stays: if not, no command can name it."""
    limits: Limits = DEFAULTS
    """What its traces may cost."""

    @property
    def name(self) -> str:
        """The node and its version: ``otp-socket 25.2.3``."""
        return f"{self.results.node.asked} {self.results.node.version}".strip()

    def trace(self, case: Case) -> traces.Trace | None:
        """The trace of ``case``; ``None`` if none was recorded or it is no longer there.

        Raises :class:`ReportError` if there is one that cannot be what the results say.
        """
        if case.trace is None:
            return None
        named = PurePosixPath(case.trace)
        if named.is_absolute() or ".." in named.parts:
            raise ReportError(f"{self.path}: the trace of {case.id} is outside the folder of the results: {case.trace}")
        path = self.path.parent / named
        if not path.exists():
            return None
        try:
            found = traces.read(path, self.limits)
        except traces.TraceError as reason:
            raise ReportError(str(reason)) from reason
        if found.header.case != case.id:
            raise ReportError(f"{path}: line 1: this is the trace of {found.header.case}, not of {case.id}")
        return found

    def sentence(self, clause: str) -> str:
        """The first sentence of a clause, in Markdown, or what became of it; empty if this kit does not know it."""
        return self.clauses[clause].sentence if clause in self.clauses else what_became_of(clause)

    def title(self, case: Case) -> str:
        """What holds if ``case`` passes, in Markdown. It comes from the results: whoever shows it escapes it."""
        return case_text.title(case, self.clauses.get(case.clauses[0]))

    def again(self, case: Case) -> str:
        """The command that runs ``case`` again."""
        return case_text.how_to_run_again(self.results, case)

    def replay(self, case: Case) -> str:
        """The command that shows ``case`` without the kit; empty if there is none."""
        return case_text.how_to_replay(case, self.path if self.kept else None)

    def lines(self, case: Case) -> list[str]:
        """All that there is to say of ``case``."""
        return case_text.case_lines(case, self.clauses.get(case.clauses[0]), self.again(case), self.replay(case))

    def chapters(self) -> list[str]:
        """The chapters of which something is in the results, in their order."""
        there = {each.partition("/")[0] for each in self.results.clauses}
        return [each for each in CHAPTERS if each in there] + sorted(there - set(CHAPTERS))


def load(path: Path, clauses: Mapping[str, Clause], limits: Limits = DEFAULTS) -> Source:
    """The run whose results are in ``path``, with traces within ``limits``. Raises :class:`ReportError`."""
    try:
        return Source(path, store.read(path), clauses, limits=limits)
    except store.ResultsError as reason:
        raise ReportError(str(reason)) from reason


def count(verdicts: list[Verdict]) -> dict[Verdict, int]:
    """How often each verdict occurs, the best first; those that do not occur are left out."""
    return {each: verdicts.count(each) for each in VERDICTS if each in verdicts}
