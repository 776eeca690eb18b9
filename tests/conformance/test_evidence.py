"""Every case of a run with results leaves its trace beside them, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.traces import file as traces
from gen_tck.conformance.traces.events import Compared, NodeFailed, Spawn
from gen_tck.conformance.traces.evidence import name_of

if TYPE_CHECKING:
    from tests.conformance.conftest import Kit

TWO = """
@clause("modes/base")
def test_passes(scenario: Scenario) -> None:
    socket, peer = scenario.connect(scenario.process("owner"))

@clause("modes/upper")
def test_fails(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.inet.getopts(socket, ["active"]), ok([("active", True)]))
"""


@pytest.fixture
def folder(kit: Kit) -> Path:
    return kit.pytester.path


def of(kit: Kit, name: str) -> Case:
    return next(case for case in kit.results().cases if case.name == name)


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith((".results", ".trace"))]


def test_case_has_no_trace(kit: Kit, folder: Path) -> None:
    kit.write(test_two=TWO)
    kit.run()
    for case in kit.results().cases:
        assert case.trace == f"results.traces/{name_of(case.id)}"
        trace = traces.read(folder / case.trace)
        assert (trace.header.case, trace.header.clauses) == (case.id, case.clauses)
        assert [event.name for event in trace.events if isinstance(event, Spawn)] == ["owner"]
    assert hidden(folder) == []


def test_difference_is_not_in_the_trace(kit: Kit, folder: Path) -> None:
    kit.write(test_two=TWO)
    kit.run()
    trace = traces.read(folder / str(of(kit, "test_fails").trace))
    last = trace.events[-1]
    assert isinstance(last, Compared)
    assert (last.expect, last.seen, last.ok) == ("{ok,[{active,true}]}", "{ok,[{active,false}]}", False)
    assert trace.case is not None
    assert (trace.case["verdict"], trace.case["seen"]) == ("fail", "{ok,[{active,false}]}")


def test_last_step_is_untold(kit: Kit) -> None:
    kit.write(test_two=TWO)
    kit.run()
    assert of(kit, "test_passes").step == ""
    step = of(kit, "test_fails").step
    assert step.startswith("owner: inet:getopts(#Port<")
    assert step.endswith("of the trace)")


def test_trace_of_an_earlier_run_stays(kit: Kit, folder: Path) -> None:
    kit.write(test_two=TWO)
    kit.run()
    (folder / "results.traces" / "notes.txt").write_text("mine")
    kit.run("--clause=modes/base")
    kept = {path.name for path in (folder / "results.traces").iterdir()}
    assert kept == {Path(str(of(kit, "test_passes").trace)).name, "notes.txt"}


def test_broken_run_takes_the_traces_of_the_last(kit: Kit, folder: Path) -> None:
    kit.write(test_two=TWO)
    kit.run()
    before = {path.name: path.read_bytes() for path in (folder / "results.traces").iterdir()}
    results = (folder / "results.json").read_bytes()
    kit.run("-x")
    assert {path.name: path.read_bytes() for path in (folder / "results.traces").iterdir()} == before
    assert (folder / "results.json").read_bytes() == results
    assert hidden(folder) == []


def test_traces_are_kept_unasked(kit: Kit, folder: Path) -> None:
    kit.write(test_two=TWO)
    kit.run("--collect-only")
    assert not (folder / "results.traces").exists()
    assert hidden(folder) == []


def test_trace_is_missing_where_the_node_failed(kit: Kit, folder: Path) -> None:
    kit.write(
        test_dies="""
        from gen_tck.adapters.interface import NodeDied

        @clause("modes/base")
        def test_dies(scenario: Scenario) -> None:
            scenario.process("owner")
            raise NodeDied("out of memory")
        """
    )
    kit.run()
    trace = traces.read(folder / str(of(kit, "test_dies").trace))
    last = trace.events[-1]
    assert isinstance(last, NodeFailed)
    assert last.node_failed == "out of memory"
    assert json.loads((folder / "results.json").read_text())["cases"][0]["trace"] == of(kit, "test_dies").trace


@pytest.mark.parametrize("other", ["modes/test_a.py::test_b[x y]", "modes/test_a.py::test_b[X/Y]", "m" * 400])
def test_two_cases_share_a_file(other: str) -> None:
    assert name_of(other) != name_of("modes/test_a.py::test_b[x/y]")
    assert len(name_of(other)) < 150
    assert "/" not in name_of(other)
