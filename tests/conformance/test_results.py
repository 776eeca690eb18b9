"""The results file: its shape, and that it is written whole or not at all."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.results import Results, ResultsError, assemble, check_writable, read, schema, write
from gen_tck.conformance.verdicts import Case
from gen_tck.spec import clauses as spec

BASE = "modes/active-delivers-messages"


def made(*cases: Case, **options: object) -> Results:
    capabilities = Capabilities(
        "mine", "1.2", frozenset(["core"]), "virtual", "https://example.org", details={"release": "25"}
    )
    settings = {"asked": "it", "capabilities": capabilities, "stale": [], "complete": True, "seconds": 1.23456}
    return assemble(cases, spec.load(), **{**settings, **options})  # type: ignore[arg-type]


def varying() -> str:
    """The id of a clause that varies."""
    return next(each.id for each in spec.load().values() if each.basis == "varies")


def test_shape_is_another(tmp_path: Path) -> None:
    failed = Case(
        id="modes/test_a.py::test_b",
        clauses=[BASE],
        verdict="fail",
        seconds=0.01,
        expected="ok",
        seen="no",
        where="owner",
        place="modes/test_a.py:3",
    )
    write(made(failed), tmp_path / "r.json")
    found = json.loads((tmp_path / "r.json").read_text())
    assert found.pop("kit") == {"name": "gen-tck", "version": version("gen-tck")}
    assert found.pop("profiles")["essentials"] == {"claimed": True, "verdicts": {"fail": 1}}
    assert found == {
        "format": 1,
        "node": {
            "asked": "it",
            "name": "mine",
            "version": "1.2",
            "clock": "virtual",
            "homepage": "https://example.org",
            "details": {"release": "25"},
        },
        "conclusion": "DOES NOT CONFORM",
        "complete": True,
        "clauses": {BASE: {"verdict": "fail", "variant": None, "tests": ["modes/test_a.py::test_b"]}},
        "cases": [
            {
                "id": "modes/test_a.py::test_b",
                "clauses": [BASE],
                "verdict": "fail",
                "seconds": 0.01,
                "trace": None,
                "expected": "ok",
                "seen": "no",
                "where": "owner",
                "step": "",
                "place": "modes/test_a.py:3",
                "message": "",
                "variants": [],
            }
        ],
        "stale": [],
        "seconds": 1.235,
    }


def test_results_do_not_survive_the_file(tmp_path: Path) -> None:
    before = made(Case(id="modes/test_a.py::test_b", clauses=[BASE], verdict="pass"), stale=["old"])
    write(before, tmp_path / "r.json")
    assert read(tmp_path / "r.json") == before


def test_variant_is_lost() -> None:
    name = varying()
    first, second = spec.load()[name].variants[:2]
    cases = [
        Case(id="a::b", clauses=[BASE, name], verdict="varies", variants=[second]),
        Case(id="a::c", clauses=[name], verdict="varies", variants=[first, second]),
    ]
    found = made(*cases).clauses
    assert found[name].variant == ", ".join(sorted([first, second]))
    assert found[BASE].variant is None


def test_clause_has_the_verdict_of_its_first_case() -> None:
    passed = Case(id="a::a", clauses=[BASE], verdict="pass")
    failed = Case(id="a::b", clauses=[BASE], verdict="fail")
    result = made(passed, failed).clauses[BASE]
    assert (result.verdict, result.tests) == ("fail", ["a::a", "a::b"])


def test_cases_are_not_in_the_order_of_the_text() -> None:
    names = list(spec.load())
    cases = [Case(id="z::z", clauses=[name], verdict="pass") for name in (names[5], names[0], names[3])]
    assert [case.clauses[0] for case in made(*cases).cases] == [names[0], names[3], names[5]]


def test_unwritable_path_is_found_too_late(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"^results cannot be written to .*/no/r\.json: no such file or directory$"):
        check_writable(tmp_path / "no" / "r.json")
    with pytest.raises(ResultsError, match=r": it is a directory$"):
        check_writable(tmp_path)
    check_writable(tmp_path / "r.json")
    assert list(tmp_path.iterdir()) == []


def test_failed_write_destroys_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "r.json").write_text("old")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ResultsError, match=r"no space left on device$"):
        write(made(), tmp_path / "r.json")
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
    assert (tmp_path / "r.json").read_text() == "old"


def test_file_is_for_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write(made(), tmp_path / "r.json")
    assert (tmp_path / "r.json").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_missing_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"^results cannot be read from .*r\.json: no such file or directory$"):
        read(tmp_path / "r.json")


def refusal(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(ResultsError) as reason:
        read(path)
    assert path.read_text() == text
    return str(reason.value).removeprefix(str(path))


def test_other_files_are_taken_for_results(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    for text in ("[]", "{}", '{"gen_tck_trace": 1}'):
        assert refusal(path, text) == " holds no results of the kit"
    assert refusal(path, '{"format": 2, "cases": []}') == " holds results of format 2; this kit reads format 1"


def test_truncated_results_are_read(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    write(made(Case(id="modes/test_a.py::test_b", clauses=[BASE], verdict="pass")), path)
    text = path.read_text()
    assert refusal(path, text[: len(text) // 2]).endswith(": Input data was truncated")
    assert refusal(path, text.replace('"cases": [', '"cases": [[')).startswith(": line ")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"verdict": "pass"', '"verdict": "good"', "Invalid enum value 'good' - at `$.clauses[...].verdict`"),
        (
            f'"{BASE}"\n',
            '"modes/none"\n',
            "cases[0] (modes/test_a.py::test_b) names modes/none, which is not among the clauses",
        ),
        ('"seconds": ', '"second": ', "Object missing required field `seconds`"),
        ("conclusion", "end", "Object missing required field `conclusion`"),
    ],
)
def test_edited_results_are_read(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = tmp_path / "r.json"
    write(made(Case(id="modes/test_a.py::test_b", clauses=[BASE], verdict="pass")), path)
    text = path.read_text()
    assert old in text
    assert complaint in refusal(path, text.replace(old, new))


def test_verdict_that_its_cases_contradict_is_read(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    write(made(Case(id="modes/test_a.py::test_b", clauses=[BASE], verdict="fail")), path)
    text = path.read_text()
    edited = text.replace('"verdict": "fail"', '"verdict": "pass"', 1)
    told = f": the clause {BASE} is 'pass', but the weightiest of its cases is 'fail'"
    assert refusal(path, edited) == told


def test_written_schema_is_not_that_of_results(checkout: Path) -> None:
    written = json.loads((checkout / "conformance" / "results.schema.json").read_text(encoding="utf-8"))
    command = "python -m gen_tck.conformance.results > conformance/results.schema.json"
    assert written == schema(), f"write it anew: {command}"
