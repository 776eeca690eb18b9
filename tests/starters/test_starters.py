"""The projects that ``gen-tck new`` writes, and what they grow into: ``examples/nodes``.

A language has a row in :data:`STARTERS`. Where its tool is missing its tests are skipped; in continuous integration,
which sets ``CI``, that is an error.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import gen_tck
from tests.slow import is_slow

PYTHON = Path(sys.executable)


@dataclass(frozen=True)
class Starter:
    """What is to be seen of one language's."""

    language: str
    tools: tuple[str, ...]
    """The commands that its node needs."""
    package: str
    """The package of Debian's that has them."""
    sdk: str
    adapter: str
    comments: str
    """A regular expression for comments."""
    undone: str
    """The one clause that fails."""
    file: str
    """The file that is to be mended, by replacing these lines with those."""
    before: str
    after: str
    most_lines: int = 100
    """Of the adapter."""


STARTERS = [
    Starter(
        language="erlang",
        tools=("erl",),
        package="erlang-base",
        sdk="gen_tck_node.erl",
        adapter="my_node.erl",
        comments=r"%.*",
        undone="ownership/peername-answers",
        file="my_node.erl",
        before="call(inet, peername, [_Socket]) -> {error, enotsup}; % TO MEND: nothing does this call yet",
        after="call(inet, peername, [Socket]) -> inet:peername(Socket);",
        most_lines=40,
    ),
    Starter(
        language="python",
        tools=("python3",),
        package="python3",
        sdk="gen_tck_node.py",
        adapter="adapter.py",
        comments=r"#.*",
        undone="receiving/line-delimiter-can-be-chosen",
        file="framing.py",
        before='end = buffer.find(b"\\n") + 1',
        after="end = buffer.find(options.line_delimiter) + 1",
    ),
    Starter(
        language="javascript",
        tools=("node",),
        package="nodejs",
        sdk="gen_tck_node.js",
        adapter="adapter.js",
        comments=r"(?m)^\s*//.*|/\*.*?\*/",
        undone="receiving/line-delimiter-can-be-chosen",
        file="sockets.js",
        before="this.#input.indexOf(10) + 1",
        after="this.#input.indexOf(this.line_delimiter) + 1",
    ),
    Starter(
        language="c",
        tools=("cc", "make"),
        package="gcc libc6-dev make",
        sdk="gen_tck_node.h",
        adapter="adapter.c",
        comments=r"(?s)/\*.*?\*/",
        undone="sending/packet-beyond-its-header-is-refused",
        file="sockets.c",
        before="/* TO MEND: a header of one byte cannot count to 256, see README.md. */",
        after='if (header > 0 && header < sizeof length && length >> 8 * header > 0) return refuse(call, "emsgsize");',
    ),
]
EACH = pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.language)


@pytest.fixture
def _tools(starter: Starter) -> None:
    """Skip what cannot be run here."""
    missing = [each for each in starter.tools if shutil.which(each) is None]
    if not missing:
        return
    reason = f"there is no `{missing[0]}` here (Debian: apt-get install {starter.package})"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def project(starter: Starter, tmp_path: Path) -> Path:
    """What ``gen-tck new`` writes."""
    made = run("new", tmp_path / "my-sockets", "--in", starter.language)
    assert (made.returncode, made.stderr) == (0, "")
    return tmp_path / "my-sockets"


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """``gen-tck`` with these words."""
    return subprocess.run([PYTHON, "-m", "gen_tck", *words], capture_output=True, text=True, check=False)


def mend(starter: Starter, project: Path) -> None:
    """Do what the README asks for."""
    file = project / starter.file
    text = file.read_text()
    assert text.count(starter.before) == 1
    file.write_text(text.replace(starter.before, starter.after))


def code(path: Path, comments: str) -> list[str]:
    """The lines that are not blank, and no comment."""
    text = re.sub(comments, "", path.read_text())
    return [line for line in text.splitlines() if line.strip()]


def names(results: gen_tck.Results) -> set[str]:
    """The clauses of the cases that are not as they should be."""
    good = {"pass", "varies", "unsupported"}
    bad = [
        case for case in results.cases if case.verdict not in (good | {"left-out"} if is_slow(case.clauses) else good)
    ]
    return {clause for case in bad for clause in case.clauses}


@pytest.mark.vm
@pytest.mark.usefixtures("_tools")
@EACH
def test_new_project_does_not_speak_the_protocol(starter: Starter, project: Path) -> None:
    seen = run("check", project / "node.toml")
    assert seen.returncode == 0, seen.stdout
    assert re.search(r"SPEAKS THE PROTOCOL \(\d+ exchanges ok, 0 broken", seen.stdout)


@pytest.mark.vm
@pytest.mark.usefixtures("_tools")
@EACH
def test_new_project_does_not_conform_to_essentials(starter: Starter, project: Path) -> None:
    results = gen_tck.certify(project / "node.toml", profiles=["essentials"])
    assert results.conclusion == "CONFORMS", names(results)


@pytest.mark.vm
@pytest.mark.usefixtures("_tools")
@EACH
def test_first_failure_is_another_or_is_not_mended(starter: Starter, project: Path) -> None:
    assert names(gen_tck.certify(project / "node.toml")) == {starter.undone}
    mend(starter, project)
    results = gen_tck.certify(project / "node.toml")
    assert results.conclusion == "CONFORMS", names(results)


@EACH
def test_readme_tells_something_else(starter: Starter, project: Path) -> None:
    told = (project / "README.md").read_text()
    assert told.startswith("# my-sockets\n")
    for each in ("gen-tck check ./node.toml", "gen-tck certify ./node.toml", starter.undone, starter.file):
        assert each in told
    for line in starter.after.splitlines():
        assert line.strip() in told
    assert "TO MEND" in (project / starter.file).read_text()
    assert not [each for each in project.rglob("*") if each.is_file() and b"{{name}}" in each.read_bytes()]


@EACH
def test_adapter_is_long(starter: Starter, project: Path) -> None:
    lines = code(project / starter.adapter, starter.comments)
    assert 0 < len(lines) <= starter.most_lines, len(lines)


@pytest.mark.vm
@pytest.mark.usefixtures("_tools")
@EACH
def test_example_does_not_get_as_far_as_it_says(starter: Starter, checkout: Path) -> None:
    results = gen_tck.certify(example(checkout, starter) / "node.toml")
    assert results.conclusion in ("CONFORMS", "DEVIATES AS RECORDED"), names(results)
    assert starter.undone in {clause for case in results.cases if case.verdict == "pass" for clause in case.clauses}


@EACH
def test_example_has_another_sdk(starter: Starter, project: Path, checkout: Path) -> None:
    (sdk,) = example(checkout, starter).rglob(starter.sdk)
    assert sdk.read_bytes() == (project / starter.sdk).read_bytes()


def example(checkout: Path, starter: Starter) -> Path:
    """Where the grown project is."""
    return checkout / "examples" / "nodes" / starter.language


def test_language_is_not_tried(checkout: Path) -> None:
    folders = {each.name for each in (checkout / "adapters" / "starters").iterdir() if each.is_dir()}
    assert folders == {each.language for each in STARTERS}
    assert folders == {each.name for each in (checkout / "examples" / "nodes").iterdir() if each.is_dir()}
