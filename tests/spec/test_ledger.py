"""The ledger: what it reads, what it says of files that are wrong, and that the real one is closed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gen_tck.conformance.run import listing
from gen_tck.spec import clauses as spec
from gen_tck.spec import ledger
from gen_tck.spec.clause import Clause
from gen_tck.spec.ledger import Covered, Disposition, Ledger, LedgerError

ONE = Clause(
    id="modes/one",
    chapter="modes",
    slug="one",
    level="must",
    profile="essentials",
    basis="observed",
    source="fact M1",
    builds_on=(),
    variants=(),
    text="One.",
    sentence="One.",
    intent="one.",
    file="modes.md",
    line=7,
)
CLAUSES = {"modes/one": ONE, "modes/two": replace(ONE, id="modes/two", slug="two", line=17)}


def complaint(folder: Path, text: str, name: str = "modes.toml") -> str:
    """What is said of a ledger with this text, without the folder."""
    (folder / name).write_text(text)
    with pytest.raises(LedgerError) as error:
        ledger.load(CLAUSES, folder)
    return str(error.value).replace(f"{folder}/", "")


def test_entry_is_lost(tmp_path: Path) -> None:
    (tmp_path / "modes.toml").write_text(
        """
        [facts]
        M1 = ["modes/one", "modes/two"]
        M2 = { reason = "of no interest" }
        [otp-suites]
        "a_SUITE:b" = ["modes/one"]
        [[disposition]]
        clause = "modes/two"
        kind = "implied-by"
        by = "modes/one"
        reason = "the same thing from the other side"
        """
    )
    (tmp_path / "closing.toml").write_text('[facts]\nM1 = ["modes/two"]\n')
    found = ledger.load(CLAUSES, tmp_path)
    assert found.facts["M1"] == [Covered(clauses=("modes/two",)), Covered(clauses=("modes/one", "modes/two"))]
    assert found.facts["M2"] == [Covered(reason="of no interest")]
    assert found.otp_suites == {"a_SUITE:b": [Covered(clauses=("modes/one",))]}
    assert found.dispositions == {
        "modes/two": Disposition("modes/two", "implied-by", "the same thing from the other side", "modes/one")
    }


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("facts = 1 =", "Expected newline"),
        ("[fact]\nM1 = []", "unknown table 'fact'; the tables are facts, otp-suites, disposition"),
        ("[facts]\nM1 = []", 'facts M1 is []; give a list of clauses, or { reason = "..." }'),
        ("[facts]\nM1 = { reason = '' }", "facts M1 is {'reason': ''}; give a list of clauses"),
        ("[facts]\nM1 = ['modes/on']", "facts M1 names modes/on, which is no clause; did you mean modes/one?"),
        ("[otp-suites]\n'a:b' = ['zzz']", "otp-suites a:b names zzz, which is no clause"),
        ("[[disposition]]\nclause = 'modes/one'\nkind = 'untestable'", "disposition 1 has no reason"),
        (
            "[[disposition]]\nclause = 'modes/one'\nkind = 'hard'\nreason = 'x'",
            "disposition 1 is of the unknown kind 'hard'; use untestable, out-of-scope or implied-by",
        ),
        (
            "[[disposition]]\nclause = 'modes/one'\nkind = 'implied-by'\nreason = 'x'",
            "disposition 1: 'by' goes with the kind implied-by, and only with it",
        ),
        (
            "[[disposition]]\nclause = 'modes/three'\nkind = 'untestable'\nreason = 'x'",
            "disposition 1 names modes/three, which is no clause",
        ),
        (
            "[[disposition]]\nclause = 'modes/one'\nkind = 'untestable'\nreason = 'x'\nwhy = 'y'",
            "disposition 1 has an unknown field 'why'; the fields are clause, kind, by, reason",
        ),
        (
            "[[disposition]]\nclause = 'modes/one'\nkind = 'untestable'\nreason = 'x'\n" * 2,
            "modes/one has two dispositions; keep one of them",
        ),
    ],
)
def test_wrong_ledger_is_accepted(tmp_path: Path, text: str, wanted: str) -> None:
    assert complaint(tmp_path, text).startswith(f"modes.toml: {wanted}")


def test_ledger_of_no_chapter_is_accepted(tmp_path: Path) -> None:
    assert complaint(tmp_path, "", "mode.toml").startswith("mode.toml: no chapter is called 'mode'; the chapters are")


def test_untested_clause_is_overlooked() -> None:
    assert ledger.open_ends(Ledger(), CLAUSES, {"modes/one"}) == [
        "modes.md:17: modes/two has no test; write one, or a disposition in ledger/modes.toml"
    ]


def test_disposition_of_a_tested_clause_is_kept() -> None:
    found = Ledger(dispositions={"modes/two": Disposition("modes/two", "untestable", "too hard")})
    assert ledger.open_ends(found, CLAUSES, {"modes/one"}) == []
    assert ledger.open_ends(found, CLAUSES, {"modes/one", "modes/two"}) == [
        "modes.md:17: modes/two is tested, and the ledger says untestable; drop the disposition"
    ]


def test_clause_is_implied_by_an_untested_one() -> None:
    found = Ledger(
        dispositions={
            "modes/one": Disposition("modes/one", "untestable", "too hard"),
            "modes/two": Disposition("modes/two", "implied-by", "the same", "modes/one"),
        }
    )
    assert ledger.open_ends(found, CLAUSES, set()) == [
        "modes.md:17: modes/two is implied by modes/one, which has no test; write one"
    ]


def test_ledger_is_open() -> None:
    clauses = spec.load()
    tested = listing.by_clause(listing.read())
    assert set(tested) <= set(clauses)
    assert ledger.open_ends(ledger.load(clauses), clauses, tested) == []
