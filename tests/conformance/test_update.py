"""Recorded deviations are brought up to date by a machine, and explained by people."""

from __future__ import annotations

from pathlib import Path

import pytest

from gen_tck.conformance.results.deviations import DeviationsError, load
from gen_tck.conformance.results.update import CannotUpdate, update
from gen_tck.conformance.results.verdicts import Case, Verdict
from gen_tck.spec import clauses as spec

CLAUSES = spec.load()
BASE, OTHER = list(CLAUSES)[:2]

KEPT = f"""# modes

[[deviation]]
clause = "{BASE}"
test = "test_kept"
releases = ["25", "27"]
seen = "no"
reason = "it is old"  # and will stay
link = "https://example.org"
"""
STALE = f"""[[deviation]]
clause = "{OTHER}"
test = "test_mended"
releases = ["25"]
seen = '{{error,"it"}}'
reason = "it was broken"
"""


def case(name: str, verdict: Verdict = "fail", seen: str = "no", clause: str = BASE) -> Case:
    failed = verdict not in ("pass", "varies")
    return Case(
        id=f"modes/test_a.py::{name}",
        clauses=[clause],
        verdict=verdict,
        expected="ok" if failed else "",
        seen=seen if failed else "",
    )


def updated(tmp_path: Path, before: str, *cases: Case, release: str = "25") -> str:
    file = tmp_path / "node.deviations.toml"
    file.write_text(before)
    update(file, cases, release)
    return file.read_text()


def test_entry_that_holds_loses_its_text(tmp_path: Path) -> None:
    assert updated(tmp_path, KEPT, case("test_kept", "deviates")) == KEPT


def test_stale_entry_stays(tmp_path: Path) -> None:
    kept, mended = case("test_kept", "deviates"), case("test_mended", "pass", clause=OTHER)
    assert updated(tmp_path, f"{KEPT}\n{STALE}", kept, mended) == KEPT


def test_heading_goes_with_the_entry_before_it(tmp_path: Path) -> None:
    kept, mended = case("test_kept", "deviates"), case("test_mended", "pass", clause=OTHER)
    assert updated(tmp_path, f"{STALE}\n{KEPT}", kept, mended) == KEPT


def test_comment_gets_lost(tmp_path: Path) -> None:
    """Between entries, among the releases, behind a value; also where the last line has no end."""
    before = KEPT.replace('["25", "27"]', '[\n  "25", # old\n  "27", # newer\n]  # both')
    cases = [case("test_kept", "pass"), case("test_mended", "pass", clause=OTHER), case("test_new", seen='"it"')]
    found = updated(tmp_path, f"# of it\n\n{STALE}\n{STALE}\n{before}\n# last".replace("\n\n\n", "\n\n"), *cases)
    assert found == (
        f"# of it\n\n{KEPT}\n# last\n\n"
        f'[[deviation]]\nclause = "{BASE}"\ntest = "test_new"\nreleases = ["25"]\n'
        'seen = \'"it"\'\nreason = "TODO: why it does so, and how one knows"\n'
    ).replace('["25", "27"]', '[\n  "27", # newer\n]  # both')


def test_entry_of_a_case_that_did_not_run_goes(tmp_path: Path) -> None:
    assert updated(tmp_path, f"{KEPT}\n{STALE}", case("test_kept", "deviates")) == f"{KEPT}\n{STALE}"
    inconclusive = case("test_mended", "inconclusive", clause=OTHER)
    assert updated(tmp_path, f"{KEPT}\n{STALE}", inconclusive) == f"{KEPT}\n{STALE}"


def test_entry_goes_though_it_holds_for_another_release(tmp_path: Path) -> None:
    assert updated(tmp_path, KEPT, case("test_kept", "pass")) == KEPT.replace('["25", "27"]', '["27"]')
    assert updated(tmp_path, KEPT, case("test_kept", "pass"), release="29") == KEPT


def test_known_failure_of_another_release_is_recorded_twice(tmp_path: Path) -> None:
    found = updated(tmp_path, KEPT, case("test_kept"), release="29")
    assert found == KEPT.replace('["25", "27"]', '["25", "27", "29"]')


def test_new_failure_is_not_recorded(tmp_path: Path) -> None:
    found = updated(
        tmp_path,
        KEPT,
        case("test_kept", "deviates"),
        case("test_new[1]", seen='#Port<12>, "x\\"'),
        case("test_new[2]", "pass"),
    )
    assert found.startswith(KEPT + "\n[[deviation]]\n")
    entry = load(tmp_path / "node.deviations.toml", CLAUSES, ["test_kept", "test_new"], reasons=False)[1]
    assert (entry.clause, entry.test, entry.releases) == (BASE, "test_new[1]", ["25"])
    assert entry.seen == '#Port, "x\\"'


def test_cases_of_one_function_are_recorded_one_by_one(tmp_path: Path) -> None:
    found = updated(tmp_path, "", case("test_new[1]"), case("test_new[2]"), release="")
    assert found.count("[[deviation]]") == 1
    assert 'test = "test_new"\nseen = "no"\n' in found


def test_blocked_failure_is_forgotten(tmp_path: Path) -> None:
    blocked = case("test_new", "blocked")
    assert 'test = "test_new"' not in updated(tmp_path, "", blocked)
    blocked.own = "fail"
    assert 'test = "test_new"' in updated(tmp_path, "", blocked)


def test_new_entry_passes_without_a_reason(tmp_path: Path) -> None:
    updated(tmp_path, "", case("test_new"))
    file = tmp_path / "node.deviations.toml"
    with pytest.raises(DeviationsError) as reason:
        load(file, CLAUSES, ["test_new"])
    assert str(reason.value) == (
        f"{file}:1: the deviation from {BASE} waits for its reason: write why test_new sees no in the place of "
        "'TODO: why it does so, and how one knows'"
    )
    file.write_text(file.read_text().replace("TODO: why it does so, and how one knows", "it is new"))
    assert load(file, CLAUSES, ["test_new"])[0].reason == "it is new"


def test_second_update_asks_again(tmp_path: Path) -> None:
    once = updated(tmp_path, "", case("test_new"))
    assert updated(tmp_path, once, case("test_new")) == once


@pytest.mark.parametrize(
    ("before", "cases", "complaint"),
    [
        (KEPT, [case("test_kept", "not-run")], "not all cases were run"),
        (KEPT, [case("test_kept", "kit-error")], "modes/test_a.py::test_kept is a kit-error"),
        (KEPT, [case("test_kept", "adapter-error")], "modes/test_a.py::test_kept is a adapter-error"),
        ("deviation = [", [case("test_new")], "node.deviations.toml: "),
        (f"deviation = [{{clause='{BASE}', test='t', seen='', reason='r'}}]", [case("test_new")], "a table of its own"),
    ],
)
def test_file_is_overwritten_though(tmp_path: Path, before: str, cases: list[Case], complaint: str) -> None:
    file = tmp_path / "node.deviations.toml"
    file.write_text(before)
    with pytest.raises(CannotUpdate, match=complaint):
        update(file, cases, "25")
    assert file.read_text() == before
