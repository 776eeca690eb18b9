"""Reading the TOML files that people write: the ledger, recorded deviations, node manifests.

Whatever is wrong in one is said with its line. TOML's readers give none for what they have read, so the line is looked
for afterwards, in the text, and only once something is wrong.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from gen_tck.spec import inputs

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


MOST_NESTING = 50
"""Levels of tables and arrays in each other."""
_LONG_KEY = re.compile(
    rf"""(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{MOST_NESTING}}}"""
)
"""``a.a.a.a.a.a...``"""


class TomlError(Exception):
    """A file that cannot be read, is no TOML, or does not hold what it should; the message is one line and names it."""


S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True)
class Placed(Generic[S]):
    """A table of a file, and where it stands."""

    value: S
    place: str
    """``FILE:LINE``"""


def tables(path: Path, name: str, kind: type[S], beside: Sequence[str] = ()) -> list[Placed[S]]:
    """The tables ``[[name]]`` of ``path``, which holds nothing ``beside``; none, if there is no such file.

    Raises :class:`TomlError` with the line of the first that is no ``kind``.
    """
    try:
        text = _text(path)
    except FileNotFoundError:
        return []
    return tables_in(text, name, kind, path, beside)


def word(path: Path, name: str) -> str:
    """What ``path`` has for ``name``; nothing, if it has none, or there is no such file. Raises :class:`TomlError`."""
    try:
        text = _text(path)
    except FileNotFoundError:
        return ""
    found = _loads(text, path).get(name, "")
    if not isinstance(found, str):
        raise TomlError(f"{_place(path, text, name)}: {name} is no text")
    return found


def tables_in(text: str, name: str, kind: type[S], path: Path, beside: Sequence[str] = ()) -> list[Placed[S]]:
    """Those of ``text``, which is that of ``path``. Raises :class:`TomlError`."""
    document = _loads(text, path)
    for other in document.keys() - {name, *beside}:
        raise TomlError(f"{_place(path, text, other)}: unknown table {other!r}: write [[{name}]]")
    found = document.get(name, [])
    if not isinstance(found, list):
        raise TomlError(f"{_place(path, text, name)}: {name} is no list of tables: write [[{name}]]")
    lines = [each.line for each in _statements(text) if each.opens == "[[" and each.key == (name,)]
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
    found = table_within(path, (), kind)
    assert found is not None  # the whole is always there
    return found


def table_within(path: Path, within: Sequence[str], kind: type[S]) -> S | None:
    """The table of ``path`` that is called so (``tool``, ``mine``); ``None`` if it has none.

    Raises ``FileNotFoundError``, or :class:`TomlError` with the line.
    """
    text = _text(path)
    found: Any = _loads(text, path)
    for name in within:
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as reason:
        kinds = {each.encode_name: each.type for each in msgspec.structs.fields(kind)}
        keys = found.items() if isinstance(found, dict) else ()
        wrong = next((key for key, value in keys if not _is(value, kinds.get(key))), None)
        place = f"{path}:{_line(text, *within, *([] if wrong is None else [wrong]))}"
        raise TomlError(f"{place}: {reason}") from None


def _is(value: object, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return kind is not None


def place(path: Path, *names: str) -> str:
    """``FILE:LINE`` of a key or table, of a file that has been read: ``tool``, ``mine``, ``key``."""
    return _place(path, _text(path), *names)


def _place(path: Path, text: str, *names: str) -> str:
    return f"{path}:{_line(text, *names)}"


def _line(text: str, *names: str) -> int:
    """The line on which this table or key begins; if it stands in the line of another, that of the other."""
    known = [(each.key, each.line) for each in _statements(text)]
    for count in range(len(names), 0, -1):
        for key, line in known:
            if key[:count] == names[:count]:
                return line
    return 1


class _Statement(NamedTuple):
    """A header, or a key."""

    line: int
    opens: str
    """``[``, ``[[`` or, of a key, nothing."""
    key: tuple[str, ...]
    """From the outermost level."""


_BLANK = re.compile(r"\s*(?:#[^\n]*\n\s*)*")
_OPENS = re.compile(r"\[{0,2}")
_PART = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|'[^'\n]*'|"(?:[^"\\\n]|\\.)*")[ \t]*""")
_IN_VALUE = re.compile(r"""\"{3}|'{3}|["'#\[\]{}\n]""")
_ENDS = {each: re.compile(rf"\\.|{each}", re.DOTALL) for each in ('"', '"""')}


def _statements(text: str) -> Iterator[_Statement]:
    """Those of ``text``, which has been read as TOML, in one pass over it."""
    line, counted, header = 1, 0, tuple[str, ...]()
    at = _past(_BLANK, text, 0)
    while at < len(text):
        began, at = at, _past(_OPENS, text, at)
        opens = text[began:at]
        key, at = _key(text, at)
        header = key if opens else header
        line, counted = line + text.count("\n", counted, began), began
        yield _Statement(line, opens, key if opens else (*header, *key))
        at = _past(_BLANK, text, _end_of_statement(text, at + len(opens or "=")))


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return at if found is None else found.end()


def _key(text: str, at: int) -> tuple[tuple[str, ...], int]:
    parts = []
    while (found := _PART.match(text, at)) is not None:
        part, at = found[1], found.end()
        parts.append(tomllib.loads(f"part = {part}")["part"] if part[0] in "\"'" else part)
        if not text.startswith(".", at):
            break
        at += 1
    return tuple(parts), at


def _end_of_statement(text: str, at: int) -> int:
    """Where the line ends on which no string, list or table is open any more."""
    depth = 0
    while (found := _IN_VALUE.search(text, at)) is not None:
        sign, at = found[0], found.end()
        if sign == "\n" and not depth:
            return at
        if sign == "#":
            at = _index(text, "\n", at)
        elif sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        elif sign != "\n":
            at = _end_of_string(text, sign, at)
    return len(text)


def _end_of_string(text: str, quote: str, at: int) -> int:
    if quote in _ENDS:
        end = next((each.end() for each in _ENDS[quote].finditer(text, at) if each[0] == quote), len(text))
    else:
        end = _index(text, quote, at) + len(quote)
    # One or two quotes more are the last of what stands in it.
    return end + len(text[end : end + 2]) - len(text[end : end + 2].lstrip(quote[0])) if len(quote) == 3 else end


def _index(text: str, sign: str, at: int) -> int:
    found = text.find(sign, at)
    return len(text) if found < 0 else found


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
    # A long key is taken apart again and again by the reader; to look for one in every line would take time, too.
    if any(line.count(".") >= MOST_NESTING and _LONG_KEY.search(line) for line in text.split("\n")):
        raise TomlError("it is nested too deeply")
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except RecursionError:
        raise TomlError("it is nested too deeply") from None
    except tomllib.TOMLDecodeError as reason:
        raise TomlError(str(reason)) from None
    except ValueError as reason:  # a number with more digits than Python reads; what follows is for programmers
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
