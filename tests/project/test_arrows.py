"""The import-linter contracts hold, and they do catch an arrow that points the wrong way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOMS = ("spec", "reference", "adapters", "conformance")


def lint_imports(checkout: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of pyproject.toml on the ``gen_tck`` in ``folder``."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as main; main()",
            f"--config={checkout / 'pyproject.toml'}",
            "--no-cache",
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def rooms(checkout: Path, tmp_path: Path) -> Path:
    """A copy of the four rooms below ``gen_tck``, to spoil."""
    shutil.copytree(checkout / "api", tmp_path / "gen_tck", ignore=shutil.ignore_patterns("__pycache__"))
    for room in ROOMS:
        shutil.copytree(checkout / room, tmp_path / "gen_tck" / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_arrows_point_towards_spec(checkout: Path, rooms: Path) -> None:
    seen = lint_imports(checkout, rooms)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert " kept, 0 broken" in seen.stdout


@pytest.mark.parametrize(
    ("room", "imported"),
    [
        ("spec", "gen_tck.runs"),
        ("conformance/commands", "gen_tck.runs"),
        ("spec", "gen_tck.reference"),
        ("spec", "gen_tck.adapters.interface"),
        ("spec", "gen_tck.conformance.harness.marks"),
        ("reference", "gen_tck.adapters.interface"),
        ("reference", "gen_tck.conformance.harness.marks"),
        ("reference/net", "gen_tck.reference.vm"),
        ("reference/driver", "gen_tck.reference.gen_tcp"),
        ("adapters", "gen_tck.conformance.harness.marks"),
        ("adapters", "gen_tck.reference"),
        ("adapters/beam", "gen_tck.reference"),
        ("conformance", "gen_tck.reference"),
        ("conformance/results", "gen_tck.conformance.traces.file"),
        ("conformance/traces", "gen_tck.conformance.harness.scenario"),
        ("conformance/harness", "gen_tck.conformance.modes.steps"),
        ("conformance/modes", "gen_tck.conformance.run.session"),
        ("conformance/run", "gen_tck.conformance.explorer.script.script"),
        ("conformance/explorer", "gen_tck.conformance.reports.page"),
        ("conformance/explorer/oracle", "gen_tck.conformance.explorer.play.player"),
        ("conformance/reports", "gen_tck.conformance.commands.cli"),
    ],
)
def test_forbidden_arrow_is_caught(checkout: Path, rooms: Path, room: str, imported: str) -> None:
    (rooms / "gen_tck" / room / "spoilt.py").write_text(f"import {imported}\n")
    seen = lint_imports(checkout, rooms)
    assert seen.returncode == 1, seen.stdout + seen.stderr
    assert f"gen_tck.{room.replace('/', '.')}.spoilt -> {imported}" in " ".join(seen.stdout.split())


@pytest.mark.parametrize("status", [0, 1])
def test_tool_for_an_editable_installation_sees_other_arrows(checkout: Path, tmp_path: Path, status: int) -> None:
    shutil.copytree(checkout, tmp_path / "copy", ignore=shutil.ignore_patterns(".*", "__pycache__", "docs", "tests"))
    if status:
        (tmp_path / "copy/spec/spoilt.py").write_text("import gen_tck.reference\n")
    tool: list[str | Path] = [sys.executable, tmp_path / "copy/tools/lint-imports", "--no-logo"]
    seen = subprocess.run(tool, capture_output=True, text=True, check=False)
    assert seen.returncode == status, seen.stdout + seen.stderr
    assert ("gen_tck.spec.spoilt -> gen_tck.reference" in seen.stdout) == bool(status)


def test_in_process_adapter_may_know_the_reference(checkout: Path, rooms: Path) -> None:
    (rooms / "gen_tck/reference/net/helper_of_a_test.py").touch()
    with (rooms / "gen_tck/adapters/reference.py").open("a") as adapter:
        adapter.write("\nimport gen_tck.reference\nimport gen_tck.reference.net.helper_of_a_test\n")
    seen = lint_imports(checkout, rooms)
    assert seen.returncode == 0, seen.stdout + seen.stderr


def test_verdict_that_reads_words_is_caught(checkout: Path, rooms: Path) -> None:
    findings = rooms / "gen_tck/conformance/explorer/findings"
    with (findings / "attribution.py").open("a") as module:
        module.write("\nfrom gen_tck.conformance.explorer.findings import results\n")  # which makes words
    seen = lint_imports(checkout, rooms)
    assert seen.returncode == 1, seen.stdout + seen.stderr
    assert "makes no words, and reads none BROKEN" in " ".join(seen.stdout.split())
