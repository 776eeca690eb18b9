"""Permanent ids: what became of those that no clause has any more, and that none is used twice."""

from __future__ import annotations

from pathlib import Path

import gen_tck.adapters.beam as beam
from gen_tck.conformance.explorer.generate import witnesses
from gen_tck.spec import retired
from gen_tck.spec.clauses import load

IDS = Path(__file__).with_name("ids.txt").read_text(encoding="utf-8").splitlines()
"""All ids that there ever were, in the order of the alphabet."""


def test_list_of_ids_is_out_of_order() -> None:
    assert sorted(set(IDS)) == IDS


def test_id_disappears_without_a_word() -> None:
    assert sorted(set(IDS) - set(load()) - set(retired.load())) == [], "write in spec/retired.toml what became of them"


def test_new_id_is_not_noted() -> None:
    assert sorted({*load(), *retired.load()} - set(IDS)) == [], "add them to tests/spec/ids.txt"


def test_id_is_used_again() -> None:
    assert sorted(set(load()) & set(retired.load())) == []


def test_id_is_retired_twice() -> None:
    ids = [line for line in retired.FILE.read_text(encoding="utf-8").splitlines() if line.startswith("id = ")]
    assert sorted(set(ids)) == sorted(ids)


def test_successor_is_no_clause() -> None:
    assert {each for id_ in retired.load() for each in retired.successors(id_)} <= set(load())


def test_reason_is_missing() -> None:
    assert [each.id for each in retired.load().values() if not each.reason.strip()] == []


def test_successors_are_not_followed_to_the_end(tmp_path: Path) -> None:
    file = tmp_path / "retired.toml"
    file.write_text(
        "\n".join(
            f'[[retired]]\nid = "modes/{id_}"\nnow = {now}\nreason = "so"'
            for id_, now in (
                ("old", ["modes/older", "modes/b", "modes/gone"]),
                ("older", ["modes/a", "modes/b"]),
                ("gone", []),
            )
        )
    )
    assert retired.successors("modes/old", file) == ("modes/a", "modes/b")
    assert retired.successors("modes/gone", file) == ()
    assert retired.successors("modes/a", file) == ("modes/a",)


def test_file_of_the_kit_names_a_retired_id() -> None:
    files = [*Path(str(beam.__file__)).parent.glob("*.deviations.toml"), witnesses.FILE]
    assert files
    named = {
        (file.name, id_) for file in files for id_ in retired.load() if f'"{id_}"' in file.read_text(encoding="utf-8")
    }
    assert named == set()
