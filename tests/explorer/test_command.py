"""``gen-tck explore``: options, results, shards, traces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gen_tck.adapters import registry
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.adapters.traces import read
from gen_tck.conformance.cli import gen_tck
from gen_tck.conformance.explorer.explore import Exploration, Plan, merged
from tests.explorer.conftest import EndIsNotTold


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(gen_tck, ["explore", *arguments], standalone_mode=False)
    status = result.return_value if result.exception is None else 2
    return status, result.output + str(result.exception or "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["reference", "--scripts", "0"], "not in the range"),
        (["reference", "--scripts", "10", "--from", "10"], "leaves nothing to do"),
        (["reference", "--scripts", "2", "-n", "3"], "more than there are scripts"),
        (["reference", "--depth", "6"], "not in the range"),
        (["reference", "--results", "/no/such/folder/x.json"], "there is no folder"),
        (["refrence"], "did you mean 'reference'"),
    ],
)
def test_nonsense_is_accepted(arguments: list[str], complaint: str) -> None:
    status, output = _run(*arguments)
    assert status == 2
    assert complaint in output


def test_results_lack_what_was_explored(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    status, output = _run("reference", "--scripts", "300", "--results", str(file))
    assert status == 0, output
    results = json.loads(file.read_text())
    assert results["scripts"] == 300
    assert results["groups"] == []
    assert results["coverage"]["transitions"] > 20
    assert "send while gone, passive" in results["coverage"]["never_reached"]
    assert not (tmp_path / "x.traces").exists()


def test_finding_has_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_open_reference", lambda: SimulatedNode(EndIsNotTold))
    file = tmp_path / "x.json"
    status, output = _run("reference", "--scripts", "200", "--results", str(file))
    assert status == 1, output
    first = json.loads(file.read_text())["groups"][0]
    assert first["verdict"] == "unexplained"
    trace = read(tmp_path / first["trace"])
    assert trace.header.clauses == [first["clause"]]
    assert trace.case is not None
    assert trace.case["expected"] == first["allowed"]


def _findings(outcome: Any) -> dict[tuple[str, str], tuple[int, int]]:
    return {key: (each.count, each.first.report.told.number) for key, each in outcome.groups.items()}


def test_four_shards_find_something_else_than_one() -> None:
    def explored(plan: Plan) -> Any:
        return Exploration(lambda: SimulatedNode(EndIsNotTold), plan).run()

    whole = explored(Plan(400))
    parts = merged([explored(Plan(400, first=number, step=4)) for number in range(4)])
    assert _findings(parts) == _findings(whole)
    assert parts.coverage.pairs == whole.coverage.pairs
    assert parts.scripts == whole.scripts == 400


def test_processes_of_shards_do_not_hand_in_their_part() -> None:
    status, output = _run("reference", "--scripts", "100", "-n", "2")
    assert status == 0, output
    assert "100 scripts" in output
