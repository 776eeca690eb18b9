"""The one way in which the kit writes files: whole or not at all, and only where a plain file is, or can be.

What is no plain file is never replaced: a device, a pipe, a socket, a directory, a symbolic link to another folder. One
that stays in its folder is followed.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from gen_tck.adapters import bounded
from gen_tck.adapters.limits import Limits
from gen_tck.spec import inputs
from gen_tck.spec.inputs import cause

__all__ = [
    "FileError",
    "alone_in",
    "append",
    "check",
    "check_folder",
    "make_folder",
    "move",
    "read_json",
    "remove",
    "write",
    "write_folder",
    "written",
]


class FileError(Exception):
    """A file cannot be written or read; the message is one line, names the file and says why."""


class _NotPlain(Exception):
    """There is something that is not to be replaced; the message says what."""


def check(path: Path, what: str) -> None:
    """Raise :class:`FileError` unless ``what`` can be written to ``path``; leaves nothing behind."""
    with _told(path, what):
        target = _plain(path)
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(13, "Permission denied")
        handle, name = _begin(target)
        os.close(handle)
        name.unlink()


def write(path: Path, content: bytes, what: str) -> None:
    """Write ``content`` to ``path``, all of it or nothing. Raises :class:`FileError`; ``what`` is its name there."""
    with written(path, content, what):
        pass


def append(path: Path, content: bytes, what: str) -> None:
    """Add ``content`` to ``path``, all of it or nothing, in a hidden folder of our own, which nobody else reads.

    Much quicker than :func:`write`; it is not made sure that it is on the disk. Raises :class:`FileError`.
    """
    with _told(path, what), path.open("ab", buffering=0) as file:
        before, rest = file.tell(), memoryview(content)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except BaseException:  # neither a full disk nor Ctrl-C leaves a half
            file.truncate(before)
            raise


@contextmanager
def written(path: Path, content: bytes, what: str) -> Iterator[None]:
    """:func:`write`, in two steps: what can fail has been done when this begins, and ``path`` is new when it ends.

    If an error ends it, ``path`` is as it was.
    """
    with _told(path, what):
        target = _plain(path)
        handle, name = _begin(target)
    try:
        with _told(path, what), os.fdopen(handle, "wb") as file:
            file.write(content)
            if target.exists():
                os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            file.flush()
            os.fsync(file.fileno())
        yield
        with _told(path, what):
            name.replace(target)
    except BaseException:  # Ctrl-C leaves nothing behind either
        name.unlink(missing_ok=True)
        raise


def move(source: Path, target: Path, what: str) -> None:
    """Put the file ``source`` in the place of ``target``. Raises :class:`FileError`."""
    with _told(target, what):
        source.replace(_plain(target))


def check_folder(path: Path, what: str) -> None:
    """Raise :class:`FileError` unless ``what`` can be written into the folder ``path``, which need not be there yet."""
    with _told(path, what):
        there = _folder(path)
        if not os.access(path if there else path.parent, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")


def make_folder(path: Path, what: str) -> None:
    """Make the folder ``path``, unless it is there. Raises :class:`FileError`, also if something else is there."""
    with _told(path, what):
        if not _folder(path):
            path.mkdir(exist_ok=True)


def write_folder(folder: Path, contents: Mapping[str, bytes], what: str) -> None:
    """Write ``contents``, by their paths below ``folder``, none of which is there yet: all of it or nothing.

    What begins with ``#!`` can be run. Raises :class:`FileError`.
    """
    made: list[Path] = []
    try:
        for name, content in contents.items():
            path = folder / name
            with _told(path, what):
                for each in reversed([each for each in (path.parent, *path.parent.parents) if not each.exists()]):
                    each.mkdir()
                    made.append(each)
                with open(path, "xb") as file:
                    made.append(path)
                    file.write(content)
                if content.startswith(b"#!"):
                    mode = path.stat().st_mode
                    path.chmod(mode | (mode & 0o444) >> 2)  # by all who can read it
    except BaseException:  # Ctrl-C leaves nothing behind either
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        raise


def remove(path: Path) -> None:
    """Remove ``path`` if it is a plain file; anything else stays, and so does what cannot be removed."""
    with suppress(OSError):
        if stat.S_ISREG(path.lstat().st_mode):
            path.unlink()


@contextmanager
def alone_in(folder: Path, what: str) -> Iterator[None]:
    """While this lasts, no other kit that asks for the same writes to ``folder``, where there are locks at all.

    Raises :class:`FileError`.
    """
    with _told(folder, what):
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _lock(handle, fcntl.LOCK_EX)
        yield
    finally:
        _lock(handle, fcntl.LOCK_UN)  # closing does not, if a child process has it too
        os.close(handle)


def _lock(handle: int, how: int) -> None:
    with suppress(OSError):  # some networks' file systems have no locks
        fcntl.flock(handle, how)


_LIMITS = Limits(message=2 * 10**7)
"""A file may hold more than a line of a node, whole runs of many cases."""


def read_json(path: Path, what: str) -> Any:
    """What the JSON in ``path`` says; ``what`` it should hold. Raises :class:`FileError`, which names the line."""
    try:
        content = inputs.read(path)
    except inputs.InputError as reason:
        raise FileError(f"{what} cannot be read from {path}: {reason}") from None
    try:
        return bounded.decode(content, limits=_LIMITS)
    except bounded.TooMuch as reason:
        told = "it is nested too deeply" if reason.limit == "nesting" else f"it has {reason.what}"
        raise FileError(f"{path}: {told}") from None
    except (UnicodeDecodeError, msgspec.MsgspecError) as reason:
        _check_text(path, content)  # versions of msgspec differ in how they say this
        raise FileError(f"{path}: line {_line(content, str(reason))}: {reason}") from None


def _check_text(path: Path, content: bytes) -> None:
    """Raise :class:`FileError` for what is no text."""
    try:
        content.decode()
    except UnicodeDecodeError as reason:
        raise FileError(f"{path}: this is no text in UTF-8: {reason.reason}") from None


def _line(content: bytes, reason: str) -> int:
    """The line that an error of the parser is about: it names the byte, or means the end."""
    byte = re.search(r"\(byte (\d+)\)", reason)
    return content[: int(byte[1]) if byte else len(content)].count(b"\n") + 1


@contextmanager
def _told(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except _NotPlain as reason:
        hint = "; - is standard output" if path.parent == Path("/dev") else ""
        raise FileError(f"{what} cannot be written to {path}: it is {reason}{hint}") from None
    except OSError as reason:
        raise FileError(f"{what} cannot be written to {path}: {cause(reason)}") from reason


def _begin(target: Path) -> tuple[int, Path]:
    """A hidden file beside ``target``, with the rights that a new file has."""
    # A name may have 255 bytes, and a letter four.
    name = target.with_name(f".{target.name[:40]}.{secrets.token_hex(4)}")
    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), name


def _plain(path: Path) -> Path:
    """The plain file that ``path`` is, will be, or, as a symbolic link, names. Raises :class:`_NotPlain`."""
    kind = _kind(path)
    if kind is None or stat.S_ISREG(kind):
        return path
    if not stat.S_ISLNK(kind):
        raise _NotPlain(_KINDS.get(stat.S_IFMT(kind), "no plain file"))
    try:
        target = Path(os.path.realpath(path, strict=True))
    except FileNotFoundError:
        raise _NotPlain("a symbolic link to nothing") from None
    if target.parent != Path(os.path.realpath(path.parent)):
        raise _NotPlain("a symbolic link that leaves its folder")
    return _plain(target)


def _folder(path: Path) -> bool:
    """Whether there is a folder ``path``. Raises :class:`_NotPlain` if there is something else."""
    kind = _kind(path)
    if kind is not None and not stat.S_ISDIR(kind):
        raise _NotPlain(_KINDS.get(stat.S_IFMT(kind), "no folder"))
    return kind is not None


def _kind(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


_KINDS = {
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFREG: "a file",
    stat.S_IFSOCK: "a socket",
}
