"""Files of strangers: never more of them than a limit, never anything that has no end, and an error in one line."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from gen_tck.spec import inputs, toml
from gen_tck.spec.inputs import InputError, MissingInput, read


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.mkdir(), "it is a directory, not a file"),
        (a_socket, "no such device or address"),
        (lambda path: path.symlink_to(path), "too many levels of symbolic links"),
        (lambda path: path.symlink_to("/dev/zero"), "it is a device, not a file"),
        (lambda path: path.write_bytes(b"x" * 11), "it has more than 10 bytes, which are the most that are read"),
    ],
)
def test_what_is_no_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], why: str
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    make(Path("it"))
    with pytest.raises(InputError) as reason:
        read(Path("it"), 10)
    assert str(reason.value) == why


def test_missing_file_is_any_other_error(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match=r"^no such file or directory$"):
        read(tmp_path / "none")
    with pytest.raises(InputError, match=r"^there can be no file of that name$"):
        read(tmp_path / "a\0b")
    with pytest.raises(InputError, match=r"^file name too long$"):
        read(tmp_path / ("x" * 400))


def test_pipe_that_nobody_writes_to_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "it")
    assert read(tmp_path / "it") == b""


def test_pipe_of_a_shell_is_not_read_to_its_end(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"abc")
    os.close(writer)
    assert read(Path(f"/dev/fd/{reader}")) == b"abc"
    os.close(reader)


def test_line_of_what_is_no_text_goes_unsaid(tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(b"ab\ncd\n\xff\n")
    with pytest.raises(InputError, match=r"^line 3: this is no text in UTF-8 \(byte 6\)$"):
        inputs.text(tmp_path / "it")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a = " + b"[" * 20_000, "it is nested too deeply"),
        (b"a = " + b"1" * 5000, "Exceeds the limit"),
        (b"\x00", "(at line 1, column 1)"),
        (b"a\n= 1", "(at line 1, column 2)"),
        (b"\xff", "cannot be read: line 1: this is no text in UTF-8 (byte 0)"),
    ],
)
def test_toml_of_a_stranger_gives_a_traceback(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "it.toml"
    path.write_bytes(content)
    with pytest.raises(toml.TomlError) as reason:
        toml.read(path)
    assert str(reason.value).startswith(str(path))
    assert why in str(reason.value)
    assert "\n" not in str(reason.value)
