"""What C has and other languages have not: warnings, and memory that goes wrong without a word."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDERS = ("adapters/starters/c", "examples/nodes/c")
EACH = pytest.mark.parametrize("folder", FOLDERS, ids=("starter", "example"))


@pytest.fixture
def copy(folder: str, checkout: Path, tmp_path: Path) -> Path:
    """A copy of the project, built so that each warning and each slip with memory is an error."""
    if shutil.which("cc") is None or shutil.which("make") is None:
        reason = "there is no C compiler here (Debian: apt-get install gcc libc6-dev make)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    shutil.copytree(checkout / folder, tmp_path / "node", ignore=shutil.ignore_patterns("build"))
    make = ["make", "-C", str(tmp_path / "node"), "CFLAGS=-O1 -g -Werror", "SANITIZE=address,undefined"]
    built = subprocess.run(make, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    return tmp_path / "node"


@pytest.mark.vm
@EACH
def test_memory_goes_wrong(copy: Path, tmp_path: Path) -> None:
    log = tmp_path / "sanitizer"
    with (copy / "node.toml").open("a") as manifest:
        manifest.write(f'[environment]\nASAN_OPTIONS = "log_path={log}"\nUBSAN_OPTIONS = "log_path={log}"\n')
    for words in (["check"], ["certify", "--profile", "essentials", "--profile", "packets"]):
        command = [sys.executable, "-m", "gen_tck", *words, str(copy / "node.toml")]
        seen = subprocess.run(command, capture_output=True, text=True, check=False)
        assert not re.search("adapter-error|not-run|BREAKS", seen.stdout), seen.stdout
    assert not [each.read_text() for each in tmp_path.glob("sanitizer*")]
