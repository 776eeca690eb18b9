"""A specification or ledger that is wrong, as the command shows it: every complaint on a line, and no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.spec import clauses as spec
from gen_tck.spec import ledger

MALFORMED = """# Modes

:::{clause} One
:level: must
:profile: essentials
:basis: heard
:source: nobody

Something.

*Intent:* none.
:::
"""


@pytest.fixture
def complaints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is wrong with the specification that the command reads."""
    load = spec.load
    (tmp_path / "modes.md").write_text(MALFORMED)
    monkeypatch.setattr("gen_tck.spec.clauses.load", lambda: load(tmp_path))
    return [
        f"Error: {tmp_path}/modes.md:3: bad slug 'One'; use lower-case words joined by hyphens",
        f"{tmp_path}/modes.md:3: unknown basis 'heard'; use documented, observed, intended or varies",
    ]


@pytest.mark.parametrize("arguments", [["certify"], ["clauses"], ["show", "modes/one"]])
def test_malformed_clause_is_a_traceback(complaints: list[str], arguments: list[str]) -> None:
    result = CliRunner().invoke(gen_tck, arguments)
    assert result.output.splitlines() == complaints
    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit)


def test_malformed_ledger_is_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = ledger.load
    (tmp_path / "modes.toml").write_text("[fact]\n")
    monkeypatch.setattr("gen_tck.spec.ledger.load", lambda clauses: load(clauses, tmp_path))
    result = CliRunner().invoke(gen_tck, ["clauses"])
    assert result.output == (
        f"Error: {tmp_path}/modes.toml: unknown table 'fact'; the tables are facts, otp-suites, disposition\n"
    )
    assert isinstance(result.exception, SystemExit)
