"""Ways to break a file."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

DEEP = 100_000

CONTENTS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "blank": lambda _: b"\n\n \n",
    "binary": lambda _: Random(1).randbytes(5000),
    "zeros": lambda _: bytes(5000),
    "not UTF-8": lambda sound: sound.replace(b"a", b"\xff\xfe"),
    "UTF-16": lambda sound: sound.decode().encode("utf-16"),
    "cut in half": lambda sound: sound[: len(sound) // 2],
    "twice": lambda sound: sound + sound,
    "deep list": lambda _: b"[" * DEEP,
    "deep object": lambda _: b'{"a":' * DEEP,
    "closed deep list": lambda _: b"[" * DEEP + b"]" * DEEP,
    "a number": lambda _: b"1" + b"0" * 5000,
    "a word": lambda _: b'"word"',
    "nothing but an object": lambda _: b"{}",
    "HTML": lambda _: b"<!doctype html><title>404</title>",
    "a command to a CI": lambda _: b"\x1b]0;owned\x07\n::error::owned\n\xe2\x80\xae",
}
"""What may be in the place of a sound file's content; each is refused by every reader, unless it says otherwise."""

DRESSED: dict[str, Callable[[bytes], bytes]] = {
    "byte order mark": lambda sound: b"\xef\xbb\xbf" + sound,
    "CRLF": lambda sound: sound.replace(b"\n", b"\r\n"),
    "no newline at the end": lambda sound: sound.rstrip(b"\n"),
    "blank lines at the end": lambda sound: sound + b"\n\n",
}
"""What an editor, or a transfer, makes of a file: it is taken or refused, but no reader stumbles."""


def special(path: Path, kind: str) -> None:
    """Make ``path`` something that is no file to be read."""
    match kind:
        case "directory":
            path.mkdir()
        case "pipe that nobody writes to":
            os.mkfifo(path)
        case "link to itself":
            path.symlink_to(path.name)
        case "link to nothing":
            path.symlink_to("nothing")
        case "device without an end":
            path.symlink_to("/dev/zero")
        case "file of 8 GB":
            with path.open("wb") as file:
                file.truncate(8 << 30)
        case "file that may not be read":
            path.write_bytes(b"{}")
            path.chmod(0)


SPECIAL = (
    "missing",
    "directory",
    "pipe that nobody writes to",
    "link to itself",
    "link to nothing",
    "device without an end",
    "file of 8 GB",
    "file that may not be read",
)


def cut(sound: bytes, count: int, random: Random) -> Iterator[bytes]:
    """The beginnings of ``sound``, up to ``count`` random places."""
    for _ in range(count):
        yield sound[: random.randrange(len(sound))]


def flipped(sound: bytes, count: int, random: Random) -> Iterator[bytes]:
    """``sound`` with one to three of its bits the other way round, ``count`` times."""
    for _ in range(count):
        data = bytearray(sound)
        for _ in range(random.randint(1, 3)):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        yield bytes(data)


WRONG: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    1e308,
    "",
    "x",
    "\x1b[2J\n::error::\u202e",
    "../../../etc/passwd",
    "a" * 70_000,
    [],
    {},
    [[]],
    {"$a": "ok"},
    {"$h": 1, "kind": "pid"},
    {"$r": [0, 1 << 40]},
)
"""What is put in the place of something else."""


def misshapen(document: Any) -> Iterator[Any]:
    """``document``, of JSON, with each part in turn replaced by what is wrong there, left out, or there twice."""
    for trail in _trails(document):
        for wrong in WRONG:
            yield _changed(document, trail, partial(_replaced, wrong))
        if trail:
            yield _changed(document, trail, _left_out)
            yield _changed(document, trail, _doubled)


def _replaced(wrong: Any, parent: Any, key: Any) -> None:
    parent[key] = wrong


def _left_out(parent: Any, key: Any) -> None:
    del parent[key]


def _doubled(parent: Any, key: Any) -> None:
    if isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
    else:
        parent[f"{key}2"] = parent[key]


def _trails(document: Any) -> Iterator[tuple[Any, ...]]:
    """The way to each part of ``document``."""
    yield ()
    parts = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, part in parts:
        for trail in _trails(part):
            yield (key, *trail)


def _changed(document: Any, trail: tuple[Any, ...], change: Callable[[Any, Any], object]) -> Any:
    holder = [copy.deepcopy(document)]
    parent: Any = holder
    key: Any = 0
    for each in trail:
        parent, key = parent[key], each
    change(parent, key)
    return holder[0]


def misshapen_lines(content: bytes) -> Iterator[bytes]:
    """``content``, of JSON Lines, with each line in turn :func:`misshapen`, left out, or there twice."""
    lines = content.splitlines()
    for number, line in enumerate(lines):
        yield b"\n".join([*lines[:number], *lines[number + 1 :]])
        yield b"\n".join([*lines[:number], line, *lines[number:]])
        for each in misshapen(json.loads(line)):
            yield b"\n".join([*lines[:number], json.dumps(each).encode(), *lines[number + 1 :]])
