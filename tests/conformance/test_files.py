"""Writing files: whole or not at all, only where a plain file is or can be, and nothing of anybody else's is lost."""

from __future__ import annotations

import errno
import os
import resource
import socket
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gen_tck.conformance.output import files
from gen_tck.conformance.output.files import FileError


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def a_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


def a_link_elsewhere(path: Path) -> None:
    (path.parent / "elsewhere").mkdir()
    (path.parent / "elsewhere" / "it").write_text("old")
    path.symlink_to("elsewhere/it")


NOT_PLAIN: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.mkdir(), "it is a directory"),
    (os.mkfifo, "it is a pipe"),
    (a_device, "it is a device"),
    (a_socket, "it is a socket"),
    (a_link_elsewhere, "it is a symbolic link that leaves its folder"),
    (lambda path: path.symlink_to("nothing"), "it is a symbolic link to nothing"),
    (lambda path: path.symlink_to(path.name), "too many levels of symbolic links"),
]


def look(folder: Path) -> dict[str, object]:
    """Everything in ``folder``: what it is, and what is in it."""
    return {
        str(path): (path.lstat().st_mode, path.lstat().st_ino, path.read_bytes() if path.is_file() else None)
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize(("make", "why"), NOT_PLAIN)
def test_what_is_no_plain_file_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], why: str
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    path = Path("it")
    make(path)
    before = look(tmp_path)
    told = rf"^words cannot be written to it: {why}$"
    with pytest.raises(FileError, match=told):
        files.check(path, "words")
    with pytest.raises(FileError, match=told):
        files.write(path, b"new", "words")
    assert look(tmp_path) == before


def test_missing_folder_is_found_too_late(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"^words cannot be written to .*/no/it: no such file or directory$"):
        files.check(tmp_path / "no" / "it", "words")
    with pytest.raises(FileError, match=r"^words cannot be written to .*/x{300}: file name too long$"):
        files.check(tmp_path / ("x" * 300), "words")
    files.check(tmp_path / ("ü" * 100), "words")
    assert list(tmp_path.iterdir()) == []


def test_way_to_standard_output_goes_unsaid(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"; - is standard output$"):
        files.check(Path("/dev/stdout"), "words")


def test_link_within_the_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text("old")
    (tmp_path / "latest.json").symlink_to("1.json")
    files.check(tmp_path / "latest.json", "words")
    files.write(tmp_path / "latest.json", b"new", "words")
    assert (tmp_path / "latest.json").is_symlink()
    assert (tmp_path / "1.json").read_text() == "new"


def test_rights_of_a_file_change(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        files.write(tmp_path / "it", b"x", "words")
        assert stat.S_IMODE((tmp_path / "it").stat().st_mode) == 0o640
        (tmp_path / "it").chmod(0o604)
        files.write(tmp_path / "it", b"y", "words")
        assert stat.S_IMODE((tmp_path / "it").stat().st_mode) == 0o604
    finally:
        os.umask(before)


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file can have more than 1000 bytes: what a full disk does, but here alone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_files")
def test_failed_write_destroys_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "it").write_text("old")
    with pytest.raises(FileError, match=r"^words cannot be written to .*/it: file too large$"):
        files.write(tmp_path / "it", bytes(2000), "words")
    assert [path.name for path in tmp_path.iterdir()] == ["it"]
    assert (tmp_path / "it").read_text() == "old"


@pytest.mark.usefixtures("small_files")
def test_failed_append_leaves_a_half(tmp_path: Path) -> None:
    files.append(tmp_path / "it", bytes(900), "words")
    with pytest.raises(FileError, match=r"^words cannot be written to .*/it: file too large$"):
        files.append(tmp_path / "it", bytes(200), "words")
    files.append(tmp_path / "it", b"x", "words")
    assert (tmp_path / "it").read_bytes() == bytes(900) + b"x"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_what_ends_a_write_leaves_something_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    (tmp_path / "it").write_text("old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises((FileError, KeyboardInterrupt)) as reason:
        files.write(tmp_path / "it", b"new", "words")
    assert isinstance(reason.value, KeyboardInterrupt) or "no space left on device" in str(reason.value)
    assert [path.name for path in tmp_path.iterdir()] == ["it"]
    assert (tmp_path / "it").read_text() == "old"


def test_file_is_new_although_what_belongs_to_it_failed(tmp_path: Path) -> None:
    (tmp_path / "it").write_text("old")
    with pytest.raises(ZeroDivisionError), files.written(tmp_path / "it", b"new", "words"):
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["it"]
    assert (tmp_path / "it").read_text() == "old"


def test_two_that_write_at_once_make_a_mixture(tmp_path: Path) -> None:
    contents = [bytes([each]) * 100_000 for each in b"ab"]

    def write(own: bytes) -> None:
        for _ in range(20):
            files.write(tmp_path / "it", own, "words")

    writers = [threading.Thread(target=write, args=[own]) for own in contents]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert (tmp_path / "it").read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["it"]


def test_kits_are_at_work_in_one_folder_at_once(tmp_path: Path) -> None:
    order: list[str] = []

    def other() -> None:
        with files.alone_in(tmp_path, "words"):
            order.append("other")

    with files.alone_in(tmp_path, "words"):
        thread = threading.Thread(target=other)
        thread.start()
        # A process that is started meanwhile has the lock's file too, and may outlive it.
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
        order.append("mine")
    thread.join()
    child.communicate()
    assert order == ["mine", "other"]


@pytest.mark.parametrize(("make", "why"), [each for each in NOT_PLAIN if "directory" not in each[1]])
def test_what_is_no_folder_is_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    make(Path("it"))
    before = look(tmp_path)
    for each in (files.check_folder, files.make_folder):
        with pytest.raises(FileError, match=r"^words cannot be written to it: it is a "):
            each(Path("it"), "words")
    assert look(tmp_path) == before


def test_more_than_files_is_removed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "file").touch()
    for name in ("folder", "link", "file", "none"):
        files.remove(tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "link"}
