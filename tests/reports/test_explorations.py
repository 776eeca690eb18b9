"""``gen-tck report`` of explorations: parts put together, and their forms."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from gen_tck.adapters import registry
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.explorer.findings.merging import merged
from gen_tck.conformance.explorer.findings.numbers import missing, runs
from gen_tck.conformance.explorer.findings.reading import read
from gen_tck.conformance.explorer.findings.results import Found, Part, schema
from gen_tck.conformance.results.file import ResultsError
from gen_tck.conformance.results.verdicts import Case
from gen_tck.reference.models.departures import model
from tests.reports.conftest import EVIL, MODES, MakeRun

FIRST, MIDDLE, LAST = (0, 70), (70, 130), (130, 200)


def _gen_tck(*arguments: object, status: int = 0) -> str:
    """Run the command; what it said."""
    done = CliRunner().invoke(gen_tck, list(map(str, arguments)), standalone_mode=False)
    told = done.output + str(getattr(done.exception, "message", "") or done.exception or "")
    assert (done.return_value or 0) == status if done.exception is None else status == 2, told
    return told


def _faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a faulty node is explored."""
    monkeypatch.setattr(registry, "_open_reference", lambda: SimulatedNode(*model(["planted/end-is-not-told"])))


@pytest.fixture(scope="module")
def explored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the results of three parts of an exploration of that node."""
    folder = tmp_path_factory.mktemp("explored")
    with pytest.MonkeyPatch.context() as monkeypatch:
        _faulty(monkeypatch)
        for first, end in (FIRST, MIDDLE, LAST):
            _explore(folder / f"{first}.json", first, end)
    return folder


@pytest.fixture
def parts(explored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A copy of them, in the folder of the test."""
    _faulty(monkeypatch)
    shutil.copytree(explored, tmp_path, dirs_exist_ok=True)
    return [tmp_path / f"{first}.json" for first, _ in (FIRST, MIDDLE, LAST)]


def _explore(path: Path, first: int, end: int, *options: str) -> Path:
    _gen_tck("explore", "--scripts", 200, "--from", first, "--to", end, "--results", path, *options, status=1)
    return path


def _findings(results: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (each["verdict"], each["clause"], each["kind"], each["count"], each["number"]) for each in results["groups"]
    ]


def test_parts_are_less_than_the_whole(tmp_path: Path, parts: list[Path]) -> None:
    whole = json.loads(_explore(tmp_path / "whole.json", 0, 200).read_text())
    together = json.loads(_gen_tck("report", "--json", parts[2], parts[0], parts[1]))
    assert len(whole["groups"]) > 3
    assert _findings(together) == _findings(whole)
    for name in ("played", "scripts", "steps", "resumed", "coverage", "gone_through", "exploration", "node", "unseen"):
        assert together[name] == whole[name]


def test_what_was_put_together_cannot_be_read_again(tmp_path: Path, parts: list[Path]) -> None:
    _gen_tck("report", "--json", *parts[:2], "-o", tmp_path / "two.json")
    assert read(tmp_path / "two.json").played == [(0, 130)]
    three = json.loads(_gen_tck("report", "--json", tmp_path / "two.json", parts[2]))
    assert three["played"] == [[0, 200]]


def test_trace_is_not_found_from_another_folder(tmp_path: Path, parts: list[Path]) -> None:
    (tmp_path / "elsewhere").mkdir()
    together = tmp_path / "elsewhere" / "x.json"
    _gen_tck("report", "--json", *parts, "-o", together)
    traces = [each.trace for each in read(together).groups if each.trace is not None]
    assert traces
    assert all((together.parent / trace).is_file() for trace in traces)


def test_scripts_are_counted_twice(tmp_path: Path, parts: list[Path]) -> None:
    _explore(tmp_path / "more.json", 100, 140)
    told = _gen_tck("report", *parts, tmp_path / "more.json", status=2)
    assert told == f"{parts[1]} and {tmp_path}/more.json cannot be put together: script 100 is in two of them"


def test_what_lacks_is_not_told(parts: list[Path]) -> None:
    for form in ([], ["--markdown"]):
        told = _gen_tck("report", parts[0], parts[2], *form)
        assert "to go on: " in told
        assert "--seed 1 --scripts 200 --from 70 --to 130" in told
    assert "to go on" not in _gen_tck("report", *parts)


def test_different_explorations_are_put_together(tmp_path: Path, parts: list[Path]) -> None:
    other = _explore(tmp_path / "other.json", 70, 130, "--seed", "2")
    told = _gen_tck("report", "--markdown", parts[0], other)
    assert told.count("\n## ") + told.startswith("## ") == 2
    assert "parts of different explorations" in _gen_tck("report", "--json", parts[0], other, status=2)


def test_other_results_are_mixed_in(parts: list[Path], make_run: MakeRun) -> None:
    certified = make_run((Case(id="modes/test_a.py::test_b", clauses=[MODES], verdict="pass"), None))
    told = _gen_tck("report", "--markdown", certified, parts[0], status=2)
    assert told == f"{parts[0]} holds results of scripts, {certified} does not: report them one by one"
    assert "--json takes results of scripts" in _gen_tck("report", "--json", certified, status=2)
    assert "explorations have no --junit" in _gen_tck("report", "--junit", parts[0], status=2)
    assert "explorations have no --html, or not at once" in _gen_tck(
        "report", "--chart", "x", "--html", parts[0], status=2
    )
    assert "which gen-tck report takes" in _gen_tck("compare", parts[0], parts[1], status=2)


def test_chart_is_of_another_script(parts: list[Path]) -> None:
    group = next(each for each in read(parts[0]).groups if each.trace is not None)
    drawn = _gen_tck("report", "--chart", f"script:1:{group.number}", *parts)
    assert f'aria-label="Sequence chart of script:1:{group.number}"' in drawn
    assert "first difference: " in drawn
    told = _gen_tck("report", "--chart", "script:2:1", *parts, status=2)
    assert told.startswith("no script with a trace is called 'script:2:1': script:1:")


def test_markdown_hides_a_finding(parts: list[Path]) -> None:
    together = json.loads(_gen_tck("report", "--json", *parts))
    told = _gen_tck("report", "--markdown", *parts)
    assert told.startswith(
        f"## ❌ reference {together['node']['version']}, seed 1: {len(together['groups'])} unexplained\n"
    )
    for group in together["groups"]:
        assert f"| unexplained | {group['count']} |" in told
        assert f"first in script 1:{group['number']}." in told
        assert all(f"    {line}" in told for line in group["script"])


def test_node_takes_over_the_page(tmp_path: Path, parts: list[Path]) -> None:
    results = json.loads(parts[0].read_text())
    for name in ("kind", "seen", "allowed"):
        results["groups"][0][name] = EVIL
    results["groups"][0]["script"] = [EVIL, "</pre>" + EVIL]
    results["node"]["asked"] = results["node"]["version"] = EVIL
    (tmp_path / "evil.json").write_text(json.dumps(results))
    page = _gen_tck("report", "--html", tmp_path / "evil.json")
    assert "owned" in page
    assert "<script" not in page
    assert "<img" not in page


def _part(number: int, *played: tuple[int, int]) -> Part:
    names = ("variant", "kind", "reason", "whole", "allowed", "seen")
    found = Found(
        verdict="unexplained",
        clause=MODES,
        count=1,
        number=number,
        step=0,
        script=[],
        parts=[],
        **dict.fromkeys(names, ""),
    )
    return Part(played=list(played), scripts=sum(end - first for first, end in played), groups=[found])


def test_first_script_of_a_finding_is_a_later_one() -> None:
    for parts in itertools.permutations([_part(25, (0, 10), (20, 30)), _part(12, (10, 20)), _part(31, (30, 40))]):
        together = merged(parts)
        assert (together.played, together.scripts) == ([(0, 40)], 40)
        assert [(each.count, each.number) for each in together.groups] == [(3, 12)]


# The file


def _refusal(path: Path, **changes: Any) -> str:
    results = json.loads(path.read_text()) | changes
    other = path.with_name("changed.json")
    other.write_text(json.dumps(results))
    with pytest.raises(ResultsError) as reason:
        read(other)
    return str(reason.value).removeprefix(str(other))


def test_edited_results_are_read(parts: list[Path]) -> None:
    assert _refusal(parts[0], format=3) == " holds results of format 3; this kit reads formats 1 and 2"
    assert "Expected `array`" in _refusal(parts[0], groups=1)
    assert _refusal(parts[0], scripts=71) == ": 71 scripts, but 70 numbers of scripts that were played"
    assert _refusal(parts[0], played=[[0, 40], [30, 60]]) == ": played: script 30 is in two of them"
    with pytest.raises(ResultsError, match=r"no such file or directory$"):
        read(parts[0].with_name("none.json"))


def test_earlier_results_are_not_read(parts: list[Path]) -> None:
    results = json.loads(parts[0].read_text())
    del results["given"]
    (parts[1].parent / "older.json").write_text(json.dumps(results | {"format": 1}))
    older = read(parts[1].parent / "older.json")
    assert msgspec.to_builtins(older) == msgspec.to_builtins(read(parts[0]))


def test_results_are_not_what_the_schema_says(parts: list[Path]) -> None:
    Draft202012Validator.check_schema(schema())
    Draft202012Validator(schema()).validate(json.loads(parts[0].read_text()))


def test_written_schema_is_not_that_of_results(checkout: Path) -> None:
    written = json.loads(
        (checkout / "conformance" / "explorer" / "findings" / "scripts.schema.json").read_text(encoding="utf-8")
    )
    folder = "conformance/explorer/findings"
    command = f"python -m gen_tck.conformance.explorer.findings.results > {folder}/scripts.schema.json"
    assert written == schema(), f"write it anew: {command}"


def test_runs_of_numbers_are_wrong() -> None:
    assert runs([(5, 9), (0, 2), (2, 5)]) == [(0, 9)]
    assert runs([(5, 9), (0, 2)]) == [(0, 2), (5, 9)]
    with pytest.raises(ValueError, match="script 4 is in two of them"):
        runs([(4, 6), (0, 5)])
    assert missing(0, 10, [(0, 2), (5, 9)]) == [(2, 5), (9, 10)]
    assert missing(3, 9, [(0, 4), (4, 12)]) == []
    assert missing(3, 9, []) == [(3, 9)]
