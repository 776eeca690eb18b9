"""What is read from the source of the tests is what pytest collects, and what cannot be read is said."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gen_tck.conformance.run import collection
from gen_tck.conformance.run.listing import FOLDER, ListingError, about, by_clause, files_about, read
from gen_tck.spec.clauses import load
from gen_tck.spec.profiles import PROFILES

COLLECT = """
import json, os, sys
import pytest
from gen_tck.conformance.run.collection import FOLDER, case_id, clauses_of

class Told:
    def pytest_collection_finish(self, session):
        told = [[case_id(item), clauses_of(item), item.location[1]] for item in session.items]
        with open(sys.argv[1], "w") as file:
            json.dump(told, file)

options = ["-q", "--collect-only", "-c", os.devnull, f"--rootdir={FOLDER}", "--import-mode=importlib"]
options += ["-p", "gen_tck.conformance.run.plugin", "-p", "no:cacheprovider", "-o", "consider_namespace_packages=true"]
sys.exit(pytest.main([*options, str(FOLDER)], plugins=[Told()]))
"""


def test_source_and_pytest_name_other_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process of its own: collecting inside a running pytest would import the tests a second time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    told = tmp_path / "told.json"
    done = subprocess.run([sys.executable, "-c", COLLECT, str(told)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    collected = {id_: tuple(clauses) for id_, clauses, _ in json.loads(told.read_text())}
    cases = read()
    assert len(cases) == len(collected)
    assert {case.id: case.clauses for case in cases} == collected
    for clause, its in by_clause(cases).items():
        assert about(clause) == its
    assert about("modes/no-such-clause") == []


def test_file_of_a_case_is_not_looked_into() -> None:
    for clause, its in by_clause(read()).items():
        found = files_about([clause])
        assert {FOLDER / each.file for each in its} <= set(found), clause
    assert len(files_about(["modes/active-delivers-messages"])) < 20


def listed(folder: Path, source: str) -> dict[str, tuple[str, ...]]:
    """The cases of a file with this source, without the file."""
    (folder / "modes").mkdir()
    (folder / "modes" / "test_it.py").write_text(source)
    return {each.id.removeprefix("modes/test_it.py::"): each.clauses for each in read(folder)}


def test_parameter_gets_another_id(tmp_path: Path) -> None:
    source = r"""
TWICE = pytest.mark.parametrize("size", [1, True])

@clause("modes/a", "modes/b")
@requires("modes/c")
@TWICE
@pytest.mark.parametrize(("old", "new"), [("x\n", b"\x7f\xff"), ([], None)])
def test_a(scenario): ...

@pytest.mark.parametrize("it", [pytest.param(0, marks=pytest.mark.clause("modes/d")), pytest.param(UNKNOWN, id="u")])
@clause("modes/a")
def test_b(scenario): ...

def helper(): ...
"""
    both = ("modes/a", "modes/b")
    assert listed(tmp_path, source) == {
        r"test_a[x\n-\x7f\xff-1]": both,
        r"test_a[x\n-\x7f\xff-True]": both,
        "test_a[old1-None-1]": both,
        "test_a[old1-None-True]": both,
        "test_b[0]": ("modes/a", "modes/d"),
        "test_b[u]": ("modes/a",),
    }


@pytest.mark.parametrize(
    ("decorator", "complaint"),
    [
        ("@strange", "@strange is a decorator that the kit cannot read"),
        ("@clause(NAME)", "NAME is no string; write it out"),
        ("@each_row('it', rows)", 'write @each_row("argument", TABLE(...)) with a table of harness/rows.py'),
        ("@each_row('it', Row('a', 'b', 'c'))", 'write @each_row("argument", TABLE(...)) with a table of'),
        ("@pytest.mark.parametrize('it', range(3))", "the values are no list that can be read; write them out"),
        ("@pytest.mark.parametrize('it', [ONE])", "ONE is no literal; give the values ids=[...]"),
        ("@pytest.mark.parametrize('it', [ONE], ids=str)", "str is no list that can be read; write it out"),
        ("@pytest.mark.parametrize('it', [ONE], ids=['a', 'b'])", "there are more values than ids, or fewer"),
        ("@pytest.mark.parametrize('it', [1, 1])", "two of the values have the same id; give them ids=[...]"),
        (
            "@pytest.mark.parametrize('it', [pytest.param(1, marks=pytest.mark.skip)])",
            "write marks=pytest.mark.clause(...)",
        ),
    ],
)
def test_unreadable_test_is_left_out(tmp_path: Path, decorator: str, complaint: str) -> None:
    with pytest.raises(ListingError) as error:
        listed(tmp_path, f"\n{decorator}\ndef test_a(scenario): ...\n")
    assert str(error.value).startswith(f"{tmp_path}/modes/test_it.py:2: {complaint}")


def test_broken_file_is_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(ListingError, match=r"test_it.py:1: "):
        listed(tmp_path, "def test_a(:\n")


def test_profile_cannot_be_seen_alone() -> None:
    """With ``--profile`` each of its clauses has a case; what takes a later profile is not among them."""
    clauses = load()
    cases = read()
    tested = {clause for case in cases for clause in case.clauses}
    for profile in PROFILES:
        own = [case for case in cases if collection.wanted(case.clauses, clauses, (), (profile,))]
        names = {clause for case in own for clause in case.clauses}
        assert {each for each in tested if clauses[each].profile == profile} <= names, profile
        assert all(PROFILES.index(clauses[each].profile) <= PROFILES.index(profile) for each in names), profile
    essentials = [case.clauses for case in cases if collection.wanted(case.clauses, clauses, (), ("essentials",))]
    assert {clauses[each].profile for names in essentials for each in names} == {"essentials"}
