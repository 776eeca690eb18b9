"""A small specification, and pytest runs of small test modules on whatever node a test makes up."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gen_tck.adapters.interface import Node
from gen_tck.adapters.limits import Settings
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.results.file import Results, read
from gen_tck.conformance.results.verdicts import Verdict
from gen_tck.spec import clauses as spec

_CLAUSE = """
:::{{clause}} {slug}
:level: must
:profile: {profile}
:basis: {basis}
:source: none
{more}
The node is {slug}.

*Intent:* to be small.
:::
"""

_MODULE = """
from gen_tck.conformance.harness.expect import Inconclusive, error, expect, ok, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
"""


def _clause(slug: str, profile: str = "essentials", basis: str = "observed", **options: str) -> str:
    more = "".join(f":{name.replace('_', '-')}: {value}\n" for name, value in options.items())
    return _CLAUSE.format(slug=slug, profile=profile, basis=basis, more=more)


CHAPTERS = {
    "ownership": _clause("mine"),
    "modes": _clause("base")
    + _clause("upper", builds_on="modes/base")
    + _clause("counting", profile="active-n")
    + _clause("either", basis="varies", variants="one other", chosen_by="situation"),
    "closing": _clause("nothing-outlives-its-processes", profile="census"),
}


ALONE = ("-p", "gen_tck.conformance.run.plugin", "-p", "no:cacheprovider")
"""Arguments for a pytest without other plugins, which take seconds to load again for every run."""


@dataclass
class Kit:
    """Runs conformance tests made up by a test of the kit. Clauses: see ``CHAPTERS``."""

    pytester: pytest.Pytester
    monkeypatch: pytest.MonkeyPatch

    def write(self, **modules: str) -> None:
        """Write test modules; what they import usually is there already, on the first four lines."""
        for name, text in modules.items():
            (self.pytester.path / f"{name}.py").write_text(_MODULE + textwrap.dedent(text))

    def add(self, clause: str) -> None:
        """Add the text of a clause to the chapter ``modes``."""
        chapter = self.pytester.path / "chapters" / "modes.md"
        chapter.write_text(chapter.read_text() + clause)

    def record(self, text: str) -> None:
        """Record deviations of the node."""
        (self.pytester.path / "sick.deviations.toml").write_text(textwrap.dedent(text))

    def run(self, *arguments: str, node: Callable[[], Node] = SimulatedNode) -> pytest.RunResult:
        """Run what is written on ``node``."""
        entry = Entry("sick", "made up", node, self.pytester.path / "sick.deviations.toml")

        def find(name: str, erl: str, limits: Settings) -> Entry:
            return replace(entry, limits=entry.limits.changed(limits))

        self.monkeypatch.setattr("gen_tck.conformance.run.session.find", find)
        return self.pytester.runpytest_inprocess(*ALONE, "--node=sick", "--results=results.json", *arguments)

    def results(self) -> Results:
        """The results of the last run."""
        return read(self.pytester.path / "results.json")

    def verdicts(self) -> dict[str, Verdict]:
        """The verdict of each case of the last run, by the name of the test, in order."""
        return {case.name: case.verdict for case in self.results().cases}


@pytest.fixture
def kit(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Kit:
    folder = Path(pytester.mkdir("chapters"))
    for name, text in CHAPTERS.items():
        (folder / f"{name}.md").write_text(text)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    load = spec.load
    monkeypatch.setattr("gen_tck.spec.clauses.load", lambda: load(folder))
    monkeypatch.setattr("gen_tck.conformance.run.collection.FOLDER", pytester.path)
    return Kit(pytester, monkeypatch)
