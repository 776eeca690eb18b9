"""Reading the TOML files that people write: the ledger, recorded deviations, node manifests.

Whatever is wrong in one is said with its line. TOML's readers give none for what they have read, so the line is looked
for afterwards, in the text, and only once something is wrong.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from gen_tck.spec import inputs

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


MOST_NESTING = 50
"""Levels of tables and arrays in each other."""


class TomlError(Exception):
    """A file that cannot be read, is no TOML, or does not hold what it should; the message is one line and names it."""


S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True)
class Placed(Generic[S]):
    """A table of a file, and where it stands."""

    value: S
    place: str
    """``FILE:LINE``"""


def tables(path: Path, name: str, kind: type[S]) -> list[Placed[S]]:
    """The tables ``[[name]]`` of ``path``, which holds nothing else; none, if there is no such file.

    Raises :class:`TomlError` with the line of the first that is no ``kind``.
    """
    try:
        text = _text(path)
    except FileNotFoundError:
        return []
    return tables_in(text, name, kind, path)


def tables_in(text: str, name: str, kind: type[S], path: Path) -> list[Placed[S]]:
    """Those of ``text``, which is that of ``path``. Raises :class:`TomlError`."""
    document = _loads(text, path)
    for other in document.keys() - {name}:
        raise TomlError(f"{_place(path, text, other)}: unknown table {other!r}: write [[{name}]]")
    found = document.get(name, [])
    if not isinstance(found, list):
        raise TomlError(f"{_place(path, text, name)}: {name} is no list of tables: write [[{name}]]")
    lines = _lines(text, rf"\[\[[ \t]*{_name(name)}[ \t]*\]\]")
    if len(lines) != len(found):  # they are the elements of one list, which begins somewhere
        lines = [_line(text, name)] * len(found)
    placed = []
    for value, line in zip(found, lines, strict=True):
        try:
            placed.append(Placed(msgspec.convert(value, kind), f"{path}:{line}"))
        except msgspec.ValidationError as reason:
            raise TomlError(f"{path}:{line}: {reason}") from None
    return placed


def table(path: Path, kind: type[S]) -> S:
    """What ``path`` is as a whole. Raises ``FileNotFoundError``, or :class:`TomlError` with the line."""
    text = _text(path)
    document = _loads(text, path)
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as reason:
        kinds = {each.encode_name: each.type for each in msgspec.structs.fields(kind)}
        wrong = next((key for key, value in document.items() if not _is(value, kinds.get(key))), None)
        place = f"{path}:1" if wrong is None else _place(path, text, wrong)
        raise TomlError(f"{place}: {reason}") from None


def _is(value: object, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return kind is not None


def place(path: Path, name: str) -> str:
    """``FILE:LINE`` of a table or a key of the outermost level, of a file that has been read."""
    return _place(path, _text(path), name)


def _place(path: Path, text: str, name: str) -> str:
    return f"{path}:{_line(text, name)}"


def _line(text: str, name: str) -> int:
    """The line on which this table or key of the outermost level begins."""
    return next(iter(_lines(text, rf"(\[\[?[ \t]*)?{_name(name)}[ \t]*[].=]")), 1)


def _name(name: str) -> str:
    return rf"""["']?{re.escape(name)}["']?"""


def _lines(text: str, beginning: str) -> list[int]:
    """The lines, from 1, that begin so, and not within a string or a list."""
    begins = re.compile(rf"[ \t]*{beginning}")
    lines = text.split("\n")
    found, last = [], 0
    for number, line in enumerate(lines):
        if begins.match(line) and _is_whole("\n".join([*lines[last:number], ""])):
            found.append(number + 1)
            last = number
    return found


def _is_whole(text: str) -> bool:
    """Whether no string and no list is still open at the end of ``text``."""
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def read(path: Path) -> dict[str, Any]:
    """The document in ``path``. Raises :class:`TomlError`, or ``FileNotFoundError`` if there is no such file."""
    return _loads(_text(path), path)


def _text(path: Path) -> str:
    try:
        return inputs.text(path)
    except inputs.MissingInput as reason:
        raise FileNotFoundError(f"{path}: {reason}") from None
    except inputs.InputError as reason:
        raise TomlError(f"{path} cannot be read: {reason}") from None


def _loads(text: str, path: Path) -> dict[str, Any]:
    try:
        return loads(text)
    except TomlError as reason:
        raise TomlError(f"{path}: {reason}") from None


def loads(text: str) -> dict[str, Any]:
    """The document that ``text`` is. Raises :class:`TomlError`."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except RecursionError:
        raise TomlError("it is nested too deeply") from None
    except ValueError as reason:  # of TOML, or of a number with more digits than Python reads
        raise TomlError(str(reason).partition(";")[0]) from None
    if _is_deep(document):
        raise TomlError("it is nested too deeply")
    return document


def _is_deep(document: dict[str, Any]) -> bool:
    """Whether there is something in it that whoever takes it apart would come to grief on: ``a.a.a.a.a.a...``."""
    level: list[Any] = [document]
    for _ in range(MOST_NESTING):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)
