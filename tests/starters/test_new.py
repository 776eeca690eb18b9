"""``gen-tck new``: where it writes, under which name, and what it refuses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.commands.new import contents, languages, name_of
from gen_tck.conformance.output import files


def new(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gen_tck", "new", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_next_commands_are_not_named(tmp_path: Path) -> None:
    folder = tmp_path / "my sockets"
    seen = new(folder, "--in", "python")
    assert (seen.returncode, seen.stderr) == (0, "")
    first, *rest = seen.stdout.splitlines()
    assert re.fullmatch(rf"{re.escape(str(folder))}: \d+ files, begin with README.md. What to type next:", first)
    assert rest == [f"    cd '{folder}'", "    gen-tck check ./node.toml", "    gen-tck certify ./node.toml"]


def test_name_is_not_that_of_the_folder(tmp_path: Path) -> None:
    assert new(tmp_path / "deep" / "er" / "fast tcp", "--in", "python").returncode == 0
    assert (tmp_path / "deep" / "er" / "fast tcp" / "README.md").read_text().startswith("# fast-tcp\n")


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("my-sockets", "my-sockets"),
        ("a/b_2.0/", "b_2.0"),
        ('it\'s "here"\n', "it-s-here"),
        ("sœkets", "s-kets"),
        ("--", "my-sockets"),
        ("ソケット", "my-sockets"),
        ("/", "my-sockets"),
    ],
)
def test_name_breaks_a_file(folder: str, name: str) -> None:
    assert name_of(Path(folder)) == name


def test_empty_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sockets").mkdir()
    monkeypatch.chdir(tmp_path / "sockets")
    assert new(".", "--in", "python").returncode == 0
    assert Path("README.md").read_text().startswith("# sockets\n")


def test_folder_with_something_in_it_is_written_to(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    seen = new(tmp_path, "--in", "python")
    assert (seen.returncode, seen.stdout) == (2, "")
    assert seen.stderr == f"Error: {tmp_path} is not empty (.git is in it): name a new folder or an empty one\n"
    assert [each.name for each in tmp_path.iterdir()] == [".git"]


def test_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    seen = new(tmp_path / "mine", "--in", "python")
    assert seen.returncode == 2
    assert seen.stderr == f"Error: nothing can be written to {tmp_path / 'mine'}: not a directory\n"
    assert (tmp_path / "mine").read_text() == "mine"


def test_unknown_language_leaves_a_folder(tmp_path: Path) -> None:
    seen = new(tmp_path / "sockets", "--in", "cobol")
    assert seen.returncode == 2
    assert f"there is no project in 'cobol': there are {', '.join(languages())}; for any other" in seen.stderr
    assert list(tmp_path.iterdir()) == []


def test_half_of_a_project_stays(tmp_path: Path) -> None:
    """The second file cannot be written: a folder is in its place."""
    with pytest.raises(files.FileError, match=r"the project cannot be written to .*/b: "):
        files.write_folder(tmp_path / "x" / "y", {"a": b"1", "b/c": b"2", "b": b"3"}, "the project")
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_before_goes(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    with pytest.raises(files.FileError, match=r"/b: file exists"):
        files.write_folder(tmp_path, {"a": b"1", "b": b"3"}, "the project")
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"b": "mine"}


def test_script_cannot_be_run(tmp_path: Path) -> None:
    files.write_folder(tmp_path, {"script": b"#!/bin/sh\nexit 7\n", "text": b"#\n"}, "the project")
    assert subprocess.run([tmp_path / "script"], check=False).returncode == 7
    assert not os.access(tmp_path / "text", os.X_OK)


def test_languages_are_not_told() -> None:
    seen: Result = CliRunner().invoke(gen_tck, ["new", "--help"])
    assert f"--in {'|'.join(languages())}" in " ".join(seen.output.split())


@pytest.mark.parametrize("language", languages())
def test_project_lacks_what_all_have(language: str) -> None:
    paths = dict(contents(language))
    assert {"README.md", "node.toml", ".github/workflows/certify.yml"} <= paths.keys()
    workflow = paths[".github/workflows/certify.yml"].decode()
    for each in ("pip install gen-tck", "gen-tck check ", "gen-tck certify "):
        assert each in workflow
