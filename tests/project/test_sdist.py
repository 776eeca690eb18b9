"""The sdist has all that the repository has; and what says which Pythons are meant says the same everywhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUILD = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
MADE = {"PKG-INFO", "setup.cfg"}
"""What setuptools adds, besides ``*.egg-info``."""


def test_file_of_the_repository_is_not_in_the_sdist(checkout: Path, tmp_path: Path) -> None:
    """Built without network, from a copy: building leaves files behind."""
    if shutil.which("git") is None or not (checkout / ".git").exists():
        pytest.skip("what the repository has, git knows: this is no clone")
    command = ["git", "-C", str(checkout), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    files = {name for name in listed if name and (checkout / name).is_file()}
    for name in files:
        (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(checkout / name, tmp_path / "copy" / name)
    for leaving in ("spec/__pycache__/leaving.pyc", "docs/_build/html/index.html", "tests/__pycache__/leaving.pyc"):
        (tmp_path / "copy" / leaving).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "copy" / leaving).touch()
    built = subprocess.run(
        [sys.executable, "-c", BUILD, tmp_path], cwd=tmp_path / "copy", capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as sdist:
        inside = {member.name.partition("/")[2] for member in sdist if member.isfile()}
    assert files - inside == set(), "missing: is it named in MANIFEST.in?"
    assert {name for name in inside - files if ".egg-info/" not in name} == MADE


def test_python_is_promised_and_not_tried(checkout: Path) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    versions = re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))
    assert project["requires-python"] == f">={versions[0]}"
    assert f"Python {versions[0]} to {versions[-1]}" in (checkout / "README.md").read_text()
    tox = (checkout / "tox.ini").read_text()
    for version in versions:
        assert re.search(rf"^ +py{version.replace('.', '')}$", tox, re.MULTILINE), version
        assert f"python{version}" in (checkout / ".ci/run").read_text()
