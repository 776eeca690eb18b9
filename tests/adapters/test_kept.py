"""Compiled modules are kept where nobody else can put any, for the command alone that compiled them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gen_tck.adapters.beam import kept_module
from gen_tck.adapters.beam.kept import KeptModule

BEAM = b"FOR1 and so on"
Break = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the modules are kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "gen-tck" / "modules"


@pytest.fixture
def kept(folder: Path) -> KeptModule:
    """A module that is kept."""
    made = kept_module("m", b"source", "25", ["erl"])
    assert made.read() is None
    made.keep(BEAM)
    return made


def test_kept_module_is_lost_or_open_to_others(kept: KeptModule, folder: Path) -> None:
    assert kept.read() == BEAM
    kept.keep(BEAM + b" more")
    assert kept.read() == BEAM + b" more"
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


def test_modules_of_two_kinds_are_one(tmp_path: Path) -> None:
    for each in ("one", "two"):
        (tmp_path / each).write_text("#!/bin/sh")
        (tmp_path / each).chmod(0o755)
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    ways = [
        kept_module("m", b"source", "25", [one]),
        kept_module("n", b"source", "25", [one]),
        kept_module("m", b"another", "25", [one]),
        kept_module("m", b"source", "26", [one]),
        kept_module("m", b"source", "25", [two]),
        kept_module("m", b"source", "25", [one, "+S", "1"]),
    ]
    assert len({each.name for each in ways}) == len(ways)
    assert kept_module("m", b"source", "25", [one]) == ways[0]
    (tmp_path / "one").write_text("#!/bin/sh\nexec something-else")
    assert kept_module("m", b"source", "25", [one]) != ways[0]


def test_command_of_that_name_elsewhere_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = set()
    for each in ("one", "two"):
        (tmp_path / each / "root").mkdir(parents=True)
        (tmp_path / each / "erl").write_text("#!/bin/sh")
        (tmp_path / each / "erl").chmod(0o755)
        monkeypatch.chdir(tmp_path / each)
        names.add(kept_module("m", b"source", "25", ["chroot", "root", "erl"]).name)
        monkeypatch.setenv("PATH", str(tmp_path / each))
        names.add(kept_module("m", b"source", "25", ["erl"]).name)
    assert len(names) == 4


def _to_another(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path, 12345, -1)


def _away(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize("spoil", [lambda path: path.chmod(path.stat().st_mode | 0o020), _to_another, _away])
@pytest.mark.parametrize("of", ["folder", "file"])
def test_module_that_another_may_have_put_there_is_loaded(
    kept: KeptModule, folder: Path, spoil: Break, of: str
) -> None:
    (file,) = folder.iterdir()
    spoil(folder if of == "folder" else file)
    assert kept.read() is None
    kept.keep(b"new")  # a folder of somebody else's is let be, a file in one's own replaced
    assert kept.read() == (None if of == "folder" else b"new")
    if of == "file" and (folder / "elsewhere").exists():
        assert (folder / "elsewhere").read_bytes().endswith(BEAM)


@pytest.mark.parametrize("content", [b"", b"short", bytes(32) + BEAM])
def test_spoilt_module_is_loaded(kept: KeptModule, folder: Path, content: bytes) -> None:
    (file,) = folder.iterdir()
    file.write_bytes(content)
    assert kept.read() is None


def test_pipe_in_the_place_of_a_module_is_waited_for(kept: KeptModule, folder: Path) -> None:
    (file,) = folder.iterdir()
    file.unlink()
    os.mkfifo(file, 0o600)
    assert kept.read() is None


def test_nothing_can_be_kept_is_an_error(kept: KeptModule, folder: Path) -> None:
    folder.rename(folder.with_name("away"))
    folder.write_text("a file where the folder should be")
    kept.keep(BEAM)
    assert kept.read() is None


def test_user_without_a_home_has_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", home)
    made = kept_module("m", b"source", "25", ["erl"])
    made.keep(BEAM)
    assert made.read() is None
