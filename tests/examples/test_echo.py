"""The example programs run, and do what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
ECHO = run_path(str(EXAMPLES / "echo.py"))


@pytest.mark.parametrize("server", ["active", "passive", "once"])
def test_echo_server_answers_and_ends_with_its_client(server: str) -> None:
    words = [b"one", b"two", bytes(5000)]
    assert ECHO["run"](ECHO[server], words) == (words, True)


def test_echo_runs_as_a_program() -> None:
    done = subprocess.run([sys.executable, str(EXAMPLES / "echo.py")], capture_output=True, text=True, check=True)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["active", "passive", "once"]
    assert done.stdout.count("ended with its client") == 3
