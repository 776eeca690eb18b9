"""Files of every kind, broken in every way: they are taken, or refused in one line with exit status 2."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from random import Random

import click
import pytest
from click.testing import CliRunner

from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.commands.errors import say_error
from tests.hostile import samples
from tests.hostile.breaking import CONTENTS, DRESSED, SPECIAL, cut, flipped, misshapen, misshapen_lines, special
from tests.hostile.run import SIMPLE, kit


@dataclass(frozen=True)
class Kind:
    """A kind of file, and the commands that read it."""

    name: str
    commands: tuple[str, ...]
    """Their words; ``FILE`` stands for the file."""
    taken: frozenset[str] = frozenset()
    """What is in order nevertheless: nobody has to record deviations, and may record them twice."""

    def each(self, path: Path) -> list[list[str]]:
        """The commands for ``path``."""
        return [command.replace("FILE", str(path)).split() for command in self.commands]


KINDS: dict[str, Kind] = {
    "results": Kind("results.json", ("report FILE --html", "compare FILE FILE")),
    "exploration": Kind("explored.json", ("report FILE --html",)),
    "trace": Kind("case.jsonl", ("judge FILE", "replay FILE --node reference", "replay FILE --as erlang")),
    "script trace": Kind("script.jsonl", ("judge FILE", "replay FILE --node reference", "replay FILE --as erlang")),
    "script": Kind("script.txt", ("explore reference --script FILE",)),
    "manifest": Kind("node.toml", (f"certify FILE --clause {SIMPLE}",)),
    "deviations": Kind(
        "deviations.toml",
        (f"certify node.toml --clause {SIMPLE}",),
        frozenset(["empty", "blank", "twice", "missing", "link to nothing", "pipe that nobody writes to"]),
    ),
}


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A sound file of each kind, as the kit writes it."""
    folder = tmp_path_factory.mktemp("sound")
    tell(["certify", "reference", "--clause", SIMPLE, "--results", str(folder / "r.json")])
    tell(["explore", "reference", "--scripts", "20", "--results", str(folder / "e.json")])
    (trace,) = (folder / "r.traces").iterdir()
    return {
        "results": (folder / "r.json").read_bytes(),
        "exploration": (folder / "e.json").read_bytes(),
        "trace": trace.read_bytes(),
        "script trace": samples.trace(),
        "script": samples.SCRIPT,
        "manifest": samples.MANIFEST,
        "deviations": samples.DEVIATIONS,
    }


def tell(words: list[str]) -> tuple[int, str]:
    """Run a command in this process: its exit status, and what it says on standard error."""
    result = CliRunner().invoke(gen_tck, words, standalone_mode=False)
    if isinstance(result.exception, click.ClickException):
        with redirect_stderr(StringIO()) as said:
            say_error(result.exception)
        return 2, said.getvalue().rstrip("\n")
    if result.exception is not None:
        raise result.exception
    return result.return_value or 0, result.stderr.rstrip("\n")


def survives(kind: str, path: Path, content: bytes) -> None:
    """Have every command read ``content``: none of them crashes, or complains in more than a line."""
    path.write_bytes(content)
    for words in KINDS[kind].each(path):
        status, complaint = tell(words)
        assert status in (0, 1, 2), words
        assert "\n" not in complaint, words


@pytest.fixture
def path(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the broken file goes; beside it is a manifest, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "node.toml").write_bytes(samples.MANIFEST)
    return tmp_path / KINDS[request.getfixturevalue("kind")].name


# What it may hold

CHEAP = ("results", "trace", "script trace", "script")
"""Those that take no whole run to be read."""
ALL_KINDS = [kind if kind in CHEAP else pytest.param(kind, marks=pytest.mark.hostile) for kind in KINDS]


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_what_is_no_such_file_is_taken(kind: str, path: Path, sound: dict[str, bytes]) -> None:
    for what, make in CONTENTS.items():
        path.write_bytes(make(sound[kind]))
        for words in KINDS[kind].each(path):
            status, complaint = tell(words)
            if what in KINDS[kind].taken:
                continue
            assert status == 2, (what, words)
            assert complaint.count("\n") == 0, (what, words, complaint)
            assert path.name in complaint, (what, words, complaint)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_strange_dress_is_a_crash(kind: str, path: Path, sound: dict[str, bytes]) -> None:
    for make in DRESSED.values():
        survives(kind, path, make(sound[kind]))


@pytest.mark.hostile
@pytest.mark.parametrize("kind", KINDS)
def test_cut_or_flipped_file_is_a_crash(kind: str, path: Path, sound: dict[str, bytes]) -> None:
    random, count = Random(kind), 60 if kind in CHEAP else 20
    for each in (*cut(sound[kind], count, random), *flipped(sound[kind], count, random)):
        survives(kind, path, each)


SHAPED = ("results", "exploration", "trace", "script trace")
"""Those that are JSON."""


def _misshapen(kind: str, content: bytes) -> Iterable[bytes]:
    if kind in ("results", "exploration"):
        return (json.dumps(each).encode() for each in misshapen(json.loads(content)))
    return misshapen_lines(content)


@pytest.mark.hostile
@pytest.mark.parametrize("kind", SHAPED)
def test_misshapen_file_is_a_crash(kind: str, path: Path, sound: dict[str, bytes]) -> None:
    for each in islice(_misshapen(kind, sound[kind]), 0, None, 29):
        survives(kind, path, each)


# What is no file, as a user would meet it

QUICKLY = {("results", each) for each in ("pipe that nobody writes to", "device without an end")}


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        pytest.param(kind, what, marks=() if (kind, what) in QUICKLY else pytest.mark.hostile)
        for kind in KINDS
        for what in SPECIAL
    ],
)
def test_what_is_no_file_is_read(kind: str, what: str, path: Path) -> None:
    if what == "file that may not be read" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    path.unlink(missing_ok=True)
    special(path, what)
    for words in KINDS[kind].each(Path(path.name)):
        done = kit(path.parent, *words)
        complaint = done.stderr.decode()
        assert done.returncode == 2, complaint
        assert len(complaint.splitlines()) == 1, complaint
        if what not in KINDS[kind].taken:
            assert path.name in complaint
