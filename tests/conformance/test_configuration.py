"""What the command takes from a file of its folder, and what it tells a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gen_tck.conformance.commands.configuration import Configuration, defaults, read
from gen_tck.conformance.commands.errors import Failed

SCRIPT = str(Path(sys.executable).with_name("gen-tck"))
WHOLE = """\
node = "reference"
erl = "some erl"
workers = 2
results = "kept.json"
[limits]
total = 500
"""


def said(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *words], cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_file_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path) == Configuration()
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert read(tmp_path) == Configuration()
    section = "[tool.gen-tck]\n" + WHOLE.replace("[limits]", "[tool.gen-tck.limits]")
    (tmp_path / "pyproject.toml").write_text(section)
    whole = Configuration("reference", "some erl", 2, "kept.json", {"total": 500})
    assert read(tmp_path) == whole
    (tmp_path / "gen-tck.toml").write_text("workers = 3\n")
    assert read(tmp_path) == Configuration(workers=3)


def test_command_gets_something_else(tmp_path: Path) -> None:
    (tmp_path / "gen-tck.toml").write_text(WHOLE)
    found = defaults(tmp_path)
    anywhere = {"erl": "some erl", "limits": ["total=500"]}
    assert found["nodes"] == anywhere
    assert found["certify"] == {**anywhere, "workers": 2, "nodes": ["reference"], "results": "kept.json"}
    assert found["explore"] == {**anywhere, "workers": 2, "node": "reference"}


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("gen-tck.toml", "erl = 'erl'\nworker = 3\n", "gen-tck.toml:2: Object contains unknown field `worker`"),
        ("gen-tck.toml", "workers = 'x'\n", "gen-tck.toml:1: Expected `int | null`, got `str` - at `$.workers`"),
        ("gen-tck.toml", "\n[limits]\nnone = 3\n", "gen-tck.toml:2: "),
        ("gen-tck.toml", "x = \n", "gen-tck.toml: "),
        ("pyproject.toml", "[tool.x]\ny=1\n\n[tool.gen-tck]\nerl = 'e'\nz = 1\n", "pyproject.toml:6: Object contains"),
        ("pyproject.toml", "[tool]\ngen-tck = 3\n", "pyproject.toml:2: Expected `object`, got `int`"),
    ],
)
def test_what_is_wrong_is_not_said(tmp_path: Path, file: str, text: str, told: str) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(Failed) as reason:
        read(tmp_path)
    assert reason.value.message.removeprefix(f"{tmp_path}/").startswith(told)


def test_command_line_does_not_win(tmp_path: Path) -> None:
    (tmp_path / "gen-tck.toml").write_text('node = ["ptp"]\n')
    assert "no node is called 'ptp'" in said(tmp_path, "certify").stderr
    assert "no node is called 'ptp'" in said(tmp_path, "explore").stderr
    assert "no node is called 'xyz'" in said(tmp_path, "certify", "xyz").stderr
    (tmp_path / "gen-tck.toml").write_text("nonsense = 1\n")
    wrong = said(tmp_path, "certify")
    assert (wrong.returncode, wrong.stderr) == (2, "Error: gen-tck.toml:1: Object contains unknown field `nonsense`\n")
    assert "no node is called 'xyz'" in said(tmp_path, "--no-configuration", "certify", "xyz").stderr
    assert said(tmp_path, "calls").returncode == 0


@pytest.mark.parametrize(
    ("line", "candidates"),
    [
        ("gen-tck certify refer", ["reference", "reference-loopback"]),
        ("gen-tck explore ot", ["otp", "otp-socket"]),
        ("gen-tck certify --clause mod", ["modes/"]),
        ("gen-tck show modes/active-is-", ["modes/active-is-taken"]),
        ("gen-tck otp-", ["otp-releases"]),
    ],
)
def test_shell_is_told_otherwise(tmp_path: Path, line: str, candidates: list[str]) -> None:
    number = str(len(line.split()) - 1)
    shown = said(tmp_path, _GEN_TCK_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=number)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert [each.partition(",")[2] for each in shown.stdout.splitlines()] == candidates
