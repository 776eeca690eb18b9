"""What a VM compiled, kept for the next one of the same command.

Compiling the agent takes a VM a quarter of a second, twice as long as all the rest of its start. But what is kept is
loaded into whatever is started next, so it must be what that would have compiled itself: it is kept by the command that
compiled it, as well as by its source and the release, and only in a folder that is the user's own and nobody else's.
A cache that cannot be used only costs time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MOST = 4 * 2**20
"""Bytes of a compiled module that are read; the kit's have a hundredth of that."""
_DIGEST = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class KeptModule:
    """Where the cache keeps one compiled module, behind a digest of it."""

    name: str

    def read(self) -> bytes | None:
        """The compiled module, if it is kept, and kept well."""
        try:
            with _folder() as folder:
                handle = os.open(self.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
                with open(handle, "rb") as file:
                    _check(os.fstat(handle), stat.S_IFREG)
                    digest, beam = file.read(_DIGEST), file.read(MOST)
        except (OSError, RuntimeError):
            return None
        return beam if hashlib.sha256(beam).digest() == digest else None

    def keep(self, beam: bytes) -> None:
        """Write the file whole or not at all."""
        with contextlib.suppress(OSError, RuntimeError), _folder(make=True) as folder:
            name = f"{self.name}.{secrets.token_hex(4)}"
            handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
            try:
                with open(handle, "wb") as file:
                    file.write(hashlib.sha256(beam).digest() + beam)
                os.rename(name, self.name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                os.unlink(name, dir_fd=folder)
                raise


def kept_module(name: str, source: bytes, release: str, command: Sequence[str]) -> KeptModule:
    """The place of module ``name``, compiled from ``source`` by ``release``, which ``command`` starts."""
    key = repr((source, release, [_identity(word) for word in command]))
    return KeptModule(f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:32]}.beam")


def _identity(word: str) -> tuple[object, ...]:
    """What tells a word of a command from the same word elsewhere, or later: the file that it names, if it does."""
    try:
        path = Path(shutil.which(word) or word).resolve()
        known = path.stat()
    except (OSError, RuntimeError, ValueError):
        return (word,)
    # A folder changes with everything that is put into it.
    changes = (known.st_size, known.st_mtime_ns) if stat.S_ISREG(known.st_mode) else ()
    return word, str(path), known.st_dev, known.st_ino, *changes


@contextmanager
def _folder(make: bool = False) -> Iterator[int]:
    """A descriptor of the cache's folder. Raises ``OSError`` if it is not there, or not the user's alone.

    ``RuntimeError``: the user has no home.
    """
    path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gen-tck" / "modules"
    if make:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _check(os.fstat(handle), stat.S_IFDIR)
        yield handle
    finally:
        os.close(handle)


def _check(found: os.stat_result, kind: int) -> None:
    """Raise ``OSError`` unless it is of this kind, the user's own, and closed to all others."""
    if stat.S_IFMT(found.st_mode) != kind or found.st_uid != os.geteuid() or found.st_mode & _OTHERS:
        raise PermissionError


__all__ = ["KeptModule", "kept_module"]
