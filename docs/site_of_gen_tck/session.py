"""What a reader types, executed when the site is built: the outputs on the page are real.

The blocks of a page follow each other in one temporary folder:

- ``commands``: a shell command a line, and the exit status that the last one is to have (``:exit:``, else 0);
  ``:tail:`` shows so many of the last lines.
- ``change``: lines of a file, with ``-`` and ``+``, as in a diff; what is without ``+`` stands there exactly once.
- ``shown``: a file, or of it what lies between ``:from:`` and ``:to:``.

What was seen is kept by content: of the blocks so far, of the kit and of the tools. A block that goes otherwise than
the page says makes the build fail; so does the path of a machine in an output.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import gen_tck.adapters.registry as registry

ROOMS = Path(registry.__file__).parents[1]
WIDTH = "100"
"""Columns of the terminal that commands think they have."""


class SessionError(Exception):
    """A block does not go as it is written; the message says how."""


class MissingTool(Exception):
    """A tool is not on this machine; the message is its name."""


def cache_folder() -> Path:
    """Where outputs are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "gen-tck" / "site"


@cache
def kit() -> str:
    """What stands for this kit: a digest of its files."""
    digest = hashlib.sha256(sys.version.encode())
    for room in ("spec", "adapters", "conformance"):
        for path in sorted((_folder(room)).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _folder(room: str) -> Path:
    from importlib import import_module

    return Path(import_module(f"gen_tck.{room}").__file__ or "").parent


class Session:
    """A folder in which the blocks of a page are done one after the other, as far as what they gave is not known."""

    def __init__(self, tools: tuple[str, ...] = (), kept: Path | None = None) -> None:
        """``tools``: commands that it takes. Raises :class:`MissingTool`."""
        self._kept = kept or cache_folder()
        self._key = kit() + "".join(map(_version, tools))
        self._undone: list[Callable[[], str]] = []
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._here = Path()

    def close(self) -> None:
        """Remove the folder. Idempotent."""
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def commands(self, lines: list[str], status: int = 0, tail: int | None = None) -> list[str]:
        """What each of these commands prints, or of it the last ``tail`` lines, below ``...``.

        All succeed, but for the last, which has this exit status.
        """
        last = len(lines) - 1
        return [self._command(line, status if number == last else 0, tail) for number, line in enumerate(lines)]

    def _command(self, line: str, status: int, tail: int | None) -> str:
        return self._known(f"$ {line} -> {status}, {tail}", lambda: self._printed(line, status, tail))

    def _printed(self, line: str, status: int, tail: int | None) -> str:
        printed = self._run(line, status).rstrip().splitlines()
        left_out = max(0, len(printed) - tail) if tail is not None else 0
        shown = "\n".join([*(["..."] if left_out else []), *printed[left_out:]])
        for each in (str(self._path()), tempfile.gettempdir(), sys.prefix, str(Path.home())):
            if len(each) > 1 and each in shown:
                raise SessionError(f"{line}: a path of this machine, {each}, is in the output\n{shown}")
        return shown

    def change(self, file: str, diff: str) -> None:
        """Change ``file``, as lines with ``-`` and ``+`` say."""
        self._known(f"change {file}\n{diff}", lambda: self._changed(file, diff))

    def shown(self, file: str, first: str = "", last: str = "") -> str:
        """What is in ``file``, from the line that has ``first`` in it to that which has ``last``."""
        return self._known(f"shown {file}\n{first}\n{last}", lambda: self._excerpt(file, first, last))

    def _known(self, what: str, do: Callable[[], str]) -> str:
        self._key = hashlib.sha256(f"{self._key}\n{what}".encode()).hexdigest()
        file = self._kept / f"{self._key}.json"
        if file.exists():
            self._undone.append(do)
            return str(json.loads(file.read_text(encoding="utf-8")))
        for each in (*self._undone, do):
            output = each()
        self._undone.clear()
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(output), encoding="utf-8")
        new.replace(file)
        return output

    def _path(self) -> Path:
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory()
            self._here = Path(self._temporary.name).resolve()
        return self._here

    def _run(self, line: str, status: int) -> str:
        folder = self._path()
        if line.startswith("cd "):
            self._here = (folder / line[3:]).resolve()
            return ""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        words = {"PATH": path, "COLUMNS": WIDTH, "NO_COLOR": "1", "TERM": "dumb", "PYTHONDONTWRITEBYTECODE": "1"}
        seen = subprocess.run(
            ["sh", "-c", line],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name in _PASSED} | words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        if seen.returncode != status:
            raise SessionError(f"{line}: exit status {seen.returncode}, not {status}\n{seen.stdout}")
        return seen.stdout

    def _changed(self, file: str, diff: str) -> str:
        path = self._path() / file
        before = "".join(f"{each[1:]}\n" for each in diff.splitlines() if not each.startswith("+"))
        after = "".join(f"{each[1:]}\n" for each in diff.splitlines() if not each.startswith("-"))
        text = path.read_text(encoding="utf-8")
        if text.count(before) != 1:
            raise SessionError(f"{file}: what is to be changed stands there {text.count(before)} times\n{before}")
        path.write_text(text.replace(before, after), encoding="utf-8")
        return ""

    def _excerpt(self, file: str, first: str, last: str) -> str:
        lines = (self._path() / file).read_text(encoding="utf-8").splitlines()
        begin = _line(lines, first, 0, file) if first else 0
        end = _line(lines, last, begin, file) if last else len(lines) - 1
        return "\n".join(lines[begin : end + 1])


_PASSED = ("HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME")
"""What commands get of the environment."""


def _line(lines: list[str], text: str, after: int, file: str) -> int:
    for number in range(after, len(lines)):
        if text in lines[number]:
            return number
    raise SessionError(f"{file}: no line has {text!r} in it")


@cache
def _version(tool: str) -> str:
    if shutil.which(tool) is None:
        raise MissingTool(tool)
    return subprocess.run([tool, "--version"], capture_output=True, text=True, check=False).stdout
