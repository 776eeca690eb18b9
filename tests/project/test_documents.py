"""What README, CONTRIBUTING and their like tell people to type exists, and what they point at is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "tests/README.md",
    "benchmarks/README.md",
    "examples/README.md",
)


@cache
def output(*command: str | Path) -> str:
    """What ``command`` prints; it must succeed."""
    seen = subprocess.run(command, capture_output=True, text=True, check=False)
    assert seen.returncode == 0, seen.stderr
    return seen.stdout


def commands(text: str) -> list[list[str]]:
    """Every ``gen-tck SUBCOMMAND ...`` in a document, as words."""
    return [found.split() for found in re.findall(r"\bgen-tck ((?:-+\w+|[a-z]+)[^`|&\n]*)", text)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_exist(checkout: Path, document: str) -> None:
    gen_tck = Path(sys.executable).with_name("gen-tck")
    assert gen_tck.exists(), "install the kit: pip install -e '.[dev]'"
    top = output(gen_tck, "--help")
    for subcommand, *rest in commands((checkout / document).read_text()):
        if subcommand.startswith("-"):
            assert re.search(rf"(?<!\S){re.escape(subcommand)}\b", top), subcommand
            continue
        known = output(gen_tck, subcommand, "--help")
        for option in [word for word in rest if re.fullmatch(r"-{1,2}[a-z]+", word)]:
            assert re.search(rf"(?<!\S){re.escape(option)}\b", known), f"gen-tck {subcommand} {option}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_folders_exist(checkout: Path, document: str) -> None:
    text = (checkout / document).read_text()
    here = (checkout / document).parent
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    for link in links:
        assert (here / link).exists(), link
    rooms = "|".join(
        ("docs", "api", "spec", "reference", "adapters", "conformance", "tests", "examples", "benchmarks", "tools")
    )
    for path in re.findall(rf"`((?:{rooms})/[\w./-]*)`", text):
        if not re.search(r"\b[A-Z]{4,}\b|_[A-Z]{4,}|/_build/", path):
            assert (checkout / path).exists(), path


def test_readme_has_links_that_lead_nowhere_on_pypi(checkout: Path) -> None:
    """There it is shown alone, and not below the address of the repository."""
    links = re.findall(r"\]\(([^)]*)\)|^\[[^\]]+\]: *(\S+)", (checkout / "README.md").read_text(), re.MULTILINE)
    assert [each for pair in links for each in pair if each and not each.startswith(("https://", "#"))] == []


def test_tox_environments_exist(checkout: Path) -> None:
    config = (checkout / "tox.ini").read_text()
    for document in DOCUMENTS:
        for names in re.findall(r"tox -e ([\w,-]+)", (checkout / document).read_text()):
            for name in names.split(","):
                assert re.search(rf"^ +{name}$", config, re.MULTILINE), name


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize("script", [".ci/run", "tools/otp-releases"])
def test_scripts_can_be_run(checkout: Path, script: str) -> None:
    assert os.access(checkout / script, os.X_OK)
    if script == ".ci/run":
        output("bash", "-n", checkout / script)
