"""The mutants of the reference (benchmarks/reference_mutants.py) that are said to be the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def summary(checkout: Path, tmp_path: Path) -> str:
    """What is said of all mutants where none has been run."""
    script = str(checkout / "benchmarks/reference_mutants.py")
    command = [sys.executable, script, "--keep", str(tmp_path), "--summary"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_same_mutant_is_none_any_more(summary: str) -> None:
    assert [line for line in summary.splitlines() if "no such mutant" in line] == []


def test_chapter_has_no_mutants(summary: str, checkout: Path) -> None:
    chapters = {path.stem for path in (checkout / "spec/chapters").glob("*.md")}
    assert {line.split()[0] for line in summary.splitlines() if not line.startswith("reference_")} == chapters
