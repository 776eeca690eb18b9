"""What the process that sees all reports makes of them: the results of the run.

That is pytest's only process, or the controller of xdist's workers.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from _pytest._code.code import TerminalRepr

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.output import documents, files
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.results.conclusion import sentence
from gen_tck.conformance.results.file import Results, ResultsError, is_complete
from gen_tck.conformance.results.verdicts import EXIT_STATUS, VERDICTS, Case
from gen_tck.conformance.run import collection, pytest_words
from gen_tck.conformance.run.collection import new_case
from gen_tck.conformance.run.options import Handed, hand, handed_to
from gen_tck.conformance.run.session import RUN, Run, options_of, run_of
from gen_tck.conformance.traces import evidence

RESULTS = pytest.StashKey[Results]()
"""The results, once the session is over; missing if no case was judged."""

ATTRIBUTE = "gen_tck_case"
"""The attribute of a report that carries the record of a case."""


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is one of xdist's workers."""
    return hasattr(config, "workerinput")


def has_workers(config: pytest.Config) -> bool:
    """Whether this process leaves the tests to xdist's workers."""
    return not is_worker(config) and config.getoption("dist", "no") != "no"


_COLLECTED = "collected"


def folder_of_traces(config: pytest.Config) -> Path | None:
    """Where the traces are kept while the run lasts, if they are; a worker was told by the controller."""
    handed = handed_to(config)
    if handed is not None:
        return handed.traces
    collector = config.pluginmanager.get_plugin("gen_tck_collector")
    return collector.traces if isinstance(collector, Collector) else None


def tell_collected(folder: Path, cases: list[Case]) -> None:
    """Leave in the shared ``folder`` what was collected: every worker collects the same."""
    files.write(folder / _COLLECTED, documents.in_json(cases), "what was collected")


class Collector:
    """A plugin for one pytest session."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._records: dict[str, dict[str, Any]] = {}
        self._trouble: list[str] = []
        self._capabilities: Capabilities | None = None
        """What a worker's node said of itself."""
        self.traces: Path | None = None
        self._shared: Path | None = None
        self._failed: set[str] = set()
        """The tests that failed, by pytest's id."""
        self._of_cases: set[str] = set()
        """Those that are cases."""

    # Before xdist starts its workers, which are told.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        results = options_of(self._config).results
        if results is not None and not self._config.option.collectonly:
            self.traces = evidence.begin(results)
        if has_workers(self._config):
            self._shared = Path(tempfile.mkdtemp(prefix="gen-tck-"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        if self._shared is not None:
            hand(node.workerinput, Handed(options_of(self._config), self._shared, self.traces))

    def pytest_unconfigure(self) -> None:
        if self.traces is not None:
            evidence.discard(self.traces)
        if self._shared is not None:
            shutil.rmtree(self._shared, ignore_errors=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record = getattr(report, ATTRIBUTE, None)
        if report.failed:
            self._failed.add(report.nodeid)
        if record is not None:
            self._records[record["id"]] = record
            self._of_cases.add(report.nodeid)
        elif report.when not in ("setup", "call", "teardown"):
            self._trouble.append(f"a worker crashed while it ran {report.nodeid}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        known = getattr(node, "workeroutput", {}).get("gen_tck")
        if known is not None:
            self._capabilities = msgspec.convert(known, Capabilities)

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: TerminalRepr) -> None:
        self._trouble.append("the kit itself failed")
        if RUN in self._config.stash:
            pytest_words.make_safe_repr(excrepr)

    # Before the terminal's summary, after xdist has its workers' last words.
    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if not self._records:
            return
        run = run_of(self._config)  # a controller that was not told a node has no run before
        run.capabilities = run.capabilities or self._capabilities
        if run.capabilities is None:
            return
        for case in self._collected(session, run):
            run.add(case)
        for record in self._records.values():
            run.add(record)
        run.trouble += self._trouble
        at_first_root = run.options.first_root and any(case.verdict == "fail" for case in run.cases.values())
        cut_short = exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or bool(session.shouldfail)
        if cut_short and not at_first_root:
            run.trouble.append("the run was cut short")
        results = self._config.stash[RESULTS] = run.results()
        if not cut_short and not self._failed - self._of_cases:
            session.exitstatus = EXIT_STATUS[results.conclusion]
        if run.options.results is not None:
            try:
                self._write(results, run.options.results)
            except (ResultsError, FileError) as reason:
                run.trouble.append(str(reason))
                session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def _collected(self, session: pytest.Session, run: Run) -> list[dict[str, Any]]:
        """The cases that were to be run, as records of cases that were not."""
        if self._shared is not None:
            path = self._shared / _COLLECTED
            cases = msgspec.json.decode(path.read_bytes(), type=list[Case]) if path.exists() else []
        else:
            cases = [new_case(each, run.clauses) for each in session.items if collection.is_case(each)]
        for case in cases:
            case.verdict, case.message = "not-run", "the run ended before it"
        return [msgspec.to_builtins(case) for case in cases]

    def _write(self, results: Results, path: Path) -> None:
        with files.alone_in(path.parent, "results"):
            if not results.complete and is_complete(path):
                raise ResultsError(f"{path} is left as it is: it holds a whole run, and this one is not complete")
            with files.written(path, documents.in_json(results), "results"):
                if self.traces is not None:
                    evidence.publish(self.traces, path)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        results = self._config.stash.get(RESULTS, None)
        if results is None:
            return
        counts = [
            f"{sum(case.verdict == verdict for case in results.cases)} {verdict}"
            for verdict in VERDICTS
            if any(case.verdict == verdict for case in results.cases)
        ]
        node = results.node
        told = [f"{node.asked} ({node.name} {node.version}): {', '.join(counts)}"]
        told += [*results.stale, *self._config.stash[RUN].trouble, f"{node.asked}: {sentence(results)}"]
        pytest_words.summarize(terminalreporter, told)
