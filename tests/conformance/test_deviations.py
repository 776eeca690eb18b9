"""Recorded deviations: reading them, applying them, and noticing those that no longer hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gen_tck.conformance.explorer.findings.known import KnownDifferencesError
from gen_tck.conformance.explorer.findings.known import load as load_settled
from gen_tck.conformance.results.deviations import (
    Deviations,
    DeviationsError,
    for_release,
    load,
    names_in,
    names_of_tests,
    without_numbers,
)
from gen_tck.conformance.results.verdicts import Case, Verdict
from gen_tck.conformance.run.collection import FOLDER
from gen_tck.spec import clauses as spec

CLAUSE = "modes/active-delivers-messages"
ENTRY = f"""
[[deviation]]
clause = "{CLAUSE}"
test = "test_it"
releases = ["25", "27"]
seen = "{{error,#Port}}"
reason = "it always did"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.deviations.toml"
    path.write_text(ENTRY)
    return path


def recorded(file: Path, release: str = "25") -> Deviations:
    return for_release(file, load(file, spec.load(), {"test_it"}), release)


def case(verdict: Verdict = "fail", seen: str = "{error,#Port<7>}", name: str = "test_it") -> Case:
    return Case(id=f"modes/test_x.py::{name}", clauses=[CLAUSE], verdict=verdict, seen=seen)


def complaint(file: Path, text: str) -> str:
    file.write_text(text)
    with pytest.raises(DeviationsError) as error:
        load(file, spec.load(), {"test_it"})
    return str(error.value).replace(f"{file.parent}/", "")


def test_expected_failure_fails(file: Path) -> None:
    for name in ("test_it", "test_it[once]"):
        judged = case(name=name)
        recorded(file).apply(judged)
        assert (judged.verdict, judged.message) == ("deviates", "it always did")


@pytest.mark.parametrize(
    "judged", [case(seen="{error,closed}"), case(name="test_other"), case("inconclusive"), case("kit-error")]
)
def test_another_failure_is_excused(file: Path, judged: Case) -> None:
    before = judged.verdict
    recorded(file).apply(judged)
    assert judged.verdict == before


def test_deviation_of_another_release_is_excused(file: Path) -> None:
    judged = case()
    recorded(file, release="29").apply(judged)
    assert judged.verdict == "fail"
    assert recorded(file, release="29").stale([case("pass")]) == []


def test_deviation_of_every_release_is_not_excused(file: Path) -> None:
    file.write_text(ENTRY.replace('releases = ["25", "27"]\n', ""))
    judged = case()
    recorded(file, release="").apply(judged)
    assert judged.verdict == "deviates"


def test_deviation_of_one_parameter_excuses_all(file: Path) -> None:
    file.write_text(ENTRY.replace("test_it", "test_it[once]"))
    judged = [case(name="test_it[once]"), case(name="test_it[true]")]
    for each in judged:
        recorded(file).apply(each)
    assert [each.verdict for each in judged] == ["deviates", "fail"]


def test_stale_entry_goes_unnoticed(file: Path) -> None:
    prefix = f"{file}: the deviation of test_it from {CLAUSE} is stale: recorded was {{error,#Port}}, but"
    assert recorded(file).stale([case("pass")]) == [f"{prefix} it passed"]
    assert recorded(file).stale([case("fail", "ok")]) == [f"{prefix} it saw ok"]


def test_entry_is_stale_though_a_parameter_deviates(file: Path) -> None:
    assert recorded(file).stale([case("deviates", name="test_it[once]"), case("pass", name="test_it[true]")]) == []


@pytest.mark.parametrize("verdict", ["unsupported", "blocked", "inconclusive", "kit-error"])
def test_entry_is_stale_though_its_case_told_nothing(file: Path, verdict: Verdict) -> None:
    assert recorded(file).stale([case(verdict)]) == []


def test_entry_is_stale_though_its_case_did_not_run(file: Path) -> None:
    assert recorded(file).stale([case(name="test_other")]) == []


def test_entry_of_a_test_for_another_clause_goes_unnoticed(file: Path) -> None:
    other = Case(id="modes/test_x.py::test_it", clauses=["modes/list-by-default"], verdict="fail", seen="{error,#Port}")
    assert recorded(file).stale([other]) == [f"{file}: test_it does not check {CLAUSE}"]


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml", {}, ()) == []


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("[[deviation]]", "[[deviation", "x.deviations.toml: "),
        ("[[deviation]]", "[[deviations]]", "x.deviations.toml:2: unknown table 'deviations': write [[deviation]]"),
        ('seen = "{error,#Port}"', "", "x.deviations.toml:2: Object missing required field `seen`"),
        ("reason =", "raison =", "x.deviations.toml:2: Object contains unknown field `raison`"),
        ("active-delivers", "actve-delivers", "x.deviations.toml:2: it names modes/actve-delivers-messages, "),
        ("test_it", "test_that", "x.deviations.toml:2: it names test_that, which is no test"),
        ("it always did", " ", f"x.deviations.toml:2: the deviation from {CLAUSE} gives no reason"),
    ],
)
def test_wrong_file_is_accepted(file: Path, before: str, after: str, wanted: str) -> None:
    assert before in ENTRY
    assert complaint(file, ENTRY.replace(before, after, 1)).startswith(wanted)


def test_numbers_of_handles_matter() -> None:
    assert without_numbers("{tcp,#Port<12>,<<1>>}, #Pid<3> #Ref<4>") == "{tcp,#Port,<<1>>}, #Pid #Ref"


def test_names_of_tests_are_missed(tmp_path: Path) -> None:
    folder = tmp_path / "modes"
    folder.mkdir()
    (folder / "test_a.py").write_text("def test_one(scenario): ...\n\nclass TestX:\n    def test_two(self): ...\n")
    (folder / "steps.py").write_text("def test_three(): ...\n")
    assert names_of_tests(tmp_path) == {"test_one", "test_two"}


def test_two_tests_have_one_name() -> None:
    """A deviation is recorded by the name of its test alone, so that it must be the name of one test only."""
    names = Counter(name for path in FOLDER.rglob("test_*.py") for name in names_in(path))
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, " cannot be read: it is a directory, not a file"),
        (b"a = 1\n\xff", " cannot be read: line 2: this is no text in UTF-8 (byte 6)"),
        (b"a = " + b"[" * 10_000, ": it is nested too deeply"),
        (b"[[deviation]]\n[[known]]\n" + b"a." * 2000 + b"b = 1", ": "),
        (b"deviation = 1979-05-27", ":1: "),
        (b"known = 1", ":1: "),
        (b"deviation = [{clause = 1}]", ":1: "),
        (b"\nsettled = [{clause = 1}]", ":2: "),
    ],
)
def test_file_of_a_stranger_gives_a_traceback(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "x.toml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    for read in (lambda: load(path, {}, ()), lambda: load_settled(path, "25", {})):
        with pytest.raises((DeviationsError, KnownDifferencesError)) as reason:
            read()
        told = str(reason.value)
        assert told.startswith(str(path))
        assert why in told or "unknown table" in told
        assert "\n" not in told


def test_retired_clause_is_not_followed(file: Path) -> None:
    now = "ownership/monitor-of-a-closed-socket-fires-at-once"
    file.write_text(ENTRY.replace(CLAUSE, "closing/monitor-of-a-closed-socket"))
    judged = Case(id="ownership/test_x.py::test_it", clauses=[now], verdict="fail", seen="{error,#Port<7>}")
    known = recorded(file)
    known.apply(judged)
    assert (judged.verdict, judged.message) == ("deviates", "it always did")
    assert known.stale([judged]) == []
