"""``gen-tck explore``: options, results, shards, traces."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gen_tck.adapters import registry
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.traces.file import read
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
        (["reference", "--scripts", "10", "--to", "11"], "--to 11 is more than there are: 10 scripts"),
        (["reference", "--scripts", "10", "--from", "5", "--to", "5"], "leaves nothing to do: --to 5 is before it"),
        (["reference", "--scripts", "2", "-n", "3"], "3 workers are more than there are scripts"),
        (["reference", "--scripts", "2", "--tx", "3*popen"], "3 workers are more than there are scripts"),
        (["reference", "-n", "0"], "not in the range"),
        (["reference", "-n", "2", "--tx", "popen"], "-n 2 is short for --tx 2*popen: leave one of them out"),
        (["reference", "--tx", "rsh=elsewhere"], "--tx rsh=elsewhere is no execution environment: try popen, ssh=HOST"),
        (["reference", "--tx", "popen", "--tx", "python=python3"], "--tx python=python3 is no execution environment"),
        (["reference", "--tx", "0*popen"], "--tx 0*popen is no execution environment"),
        (["reference", "--tx", "popen//popen"], "--tx popen//popen is no execution environment"),
        (["reference", "--in-flight", "0"], "not in the range"),
        (["reference", "--depth", "6"], "not in the range"),
        (["reference", "--results", "/no/such/folder/x.json"], "cannot be written to /no/such/folder/x.json"),
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
    assert "send_timeout while half closed" in results["coverage"]["never_reached"]
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
