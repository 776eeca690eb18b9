"""The results file: its shape, and that it is written whole or not at all."""

from __future__ import annotations

import json
import platform
import sys
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.results.conclusion import sentence
from gen_tck.conformance.results.file import Results, ResultsError, RunFacts, assemble, read, schema, write
from gen_tck.conformance.results.verdicts import Case
from gen_tck.spec import clauses as spec
from gen_tck.spec.profiles import PROFILES

BASE = "modes/active-delivers-messages"
CLAUSE = spec.load()[BASE]
STORED = Path(__file__).with_name("stored")


def made(*cases: Case, **options: object) -> Results:
    capabilities = Capabilities(
        "mine", "1.2", frozenset(PROFILES), "virtual", "https://example.org", details={"release": "25"}
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
        title="It holds.",
        waited=0.131,
        stood_still=2,
        requires=["modes/active-delivers-messages"],
    )
    write(made(failed), tmp_path / "r.json")
    found = json.loads((tmp_path / "r.json").read_text())
    assert found.pop("kit") == {"name": "gen-tck", "version": version("gen-tck")}
    profile = found.pop("profiles")[CLAUSE.profile]
    assert profile.pop("untested") > 1
    assert profile == {
        "claimed": "whole",
        "missing": [],
        "verdicts": {"fail": 1},
        "levels": {"must": {"held": 0, "total": 1}},
    }
    run = found.pop("run")
    assert datetime.strptime(run.pop("date"), "%Y-%m-%dT%H:%M:%SZ").year >= 2024
    assert run.pop("command")
    assert run == {
        "host": platform.node(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "erl": "",
        "slow": False,
    }
    assert found == {
        "format": 2,
        "levels": ["must", "should"],
        "limits": {},
        "roots": [
            {
                "clause": BASE,
                "title": " ".join(CLAUSE.sentence.split()),
                "level": "must",
                "cases": ["modes/test_a.py::test_b"],
                "blocks": [],
                "where": "owner",
                "expected": "ok",
                "seen": "no",
                "step": "",
                "message": "",
                "waited": 0.131,
            }
        ],
        "voids": 2,
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
        "clauses": {
            BASE: {
                "verdict": "fail",
                "variant": None,
                "tests": ["modes/test_a.py::test_b"],
                "level": "must",
                "profile": CLAUSE.profile,
            }
        },
        "cases": [
            {
                "id": "modes/test_a.py::test_b",
                "clauses": [BASE],
                "verdict": "fail",
                "title": "It holds.",
                "seconds": 0.01,
                "trace": None,
                "expected": "ok",
                "seen": "no",
                "where": "owner",
                "step": "",
                "place": "modes/test_a.py:3",
                "message": "",
                "variants": [],
                "waited": 0.131,
                "blocked_by": "",
                "own": None,
                "requires": ["modes/active-delivers-messages"],
                "left": None,
                "counting": 0.0,
                "left_by": "",
                "looks": [],
                "stood_still": 2,
            }
        ],
        "stale": [],
        "seconds": 1.235,
        "ladder": None,
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
    for format_ in ("3", "true", '"2"'):
        told = refusal(path, f'{{"format": {format_}, "cases": []}}')
        assert told.startswith(" holds results of format ")
        assert told.endswith("; this kit reads formats 1 and 2")


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


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            '"conclusion": "DOES NOT CONFORM"',
            '"conclusion": "CONFORMS"',
            ": the conclusion is CONFORMS, but what was seen",
        ),
        ('"held": 0', '"held": 1', f": the numbers of the profile {CLAUSE.profile} are not those of its clauses"),
        ('"claimed": "whole"', '"claimed": "part"', f": the profile {PROFILES[0]} is claimed 'part', but lacks 0"),
        ('"blocks": []', '"blocks": ["modes/test_a.py::test_b"]', ": the roots are not those of the cases"),
        ('"voids": 0', '"voids": 1', ": the number of voids is not that of the cases"),
        (
            '"left_by": ""',
            '"left_by": "a"',
            ": cases[0] (modes/test_a.py::test_b) is about what a left, of which nobody",
        ),
        (
            f'"profile": "{CLAUSE.profile}"',
            '"profile": "mine"',
            f": the clause {BASE} is of 'mine', which is not among the profiles",
        ),
    ],
)
def test_results_that_contradict_themselves_are_read(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = tmp_path / "r.json"
    write(made(Case(id="modes/test_a.py::test_b", clauses=[BASE], verdict="fail")), path)
    text = path.read_text()
    assert old in text
    assert refusal(path, text.replace(old, new, 1)).startswith(complaint)


def test_command_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/gen-tck", "certify", "my node"])
    assert RunFacts.now("chroot /x erl").command == "gen-tck certify 'my node'"
    assert RunFacts.now("chroot /x erl").erl == "chroot /x erl"
    monkeypatch.setattr(sys, "argv", ["/lib/site-packages/pytest/__main__.py", "-q"])
    assert RunFacts.now().command == "python -m pytest -q"


# Results of format 1


def test_results_of_format_1_are_refused() -> None:
    found = read(STORED / "results-1.json")
    assert found.format == 2
    assert found.conclusion == "DOES NOT CONFORM"
    assert found.run == RunFacts()
    assert found.levels == ["must", "should", "may"]
    assert {name: (each.claimed, each.untested) for name, each in found.profiles.items()} == {
        "core": ("whole", None),
        "active-n": ("no", None),
        "async-recv": ("whole", None),
    }
    (root,) = found.roots
    assert (root.clause, root.where, len(root.cases), len(root.blocks)) == (BASE, "messages to owner", 1, 1)


def test_results_of_format_1_say_what_they_cannot_know() -> None:
    told = sentence(read(STORED / "results-1.json"))
    assert str(told) == (
        "DOES NOT CONFORM: 1 root, 1 case fails, 1 case is blocked (1 of 3 clauses hold; 1 case not claimed)"
    )


def test_bad_results_of_format_1_are_read(tmp_path: Path) -> None:
    text = (STORED / "results-1.json").read_text()
    path = tmp_path / "r.json"
    assert "format 1: Expected `object`, got `array` - at `$.profiles`" in refusal(
        path, json.dumps(json.loads(text) | {"profiles": [1]})
    )
    assert "format 1: Expected `object`, got `int` - at `$.cases[0]`" in refusal(
        path, json.dumps(json.loads(text) | {"cases": [1]})
    )
    assert "format 1: Invalid enum value 'yes'" in refusal(path, text.replace('"claimed": true', '"claimed": "yes"', 1))
    assert "which is not among the clauses" in refusal(path, text.replace(f'"{BASE}": ', '"modes/none": '))


def test_written_schema_is_not_that_of_results(checkout: Path) -> None:
    written = json.loads((checkout / "conformance" / "results" / "results.schema.json").read_text(encoding="utf-8"))
    command = "python -m gen_tck.conformance.results.file > conformance/results/results.schema.json"
    assert written == schema(), f"write it anew: {command}"
