"""Erlang terms read from text: what :func:`gen_tck.spec.terms.show` writes, and the ways people write the same.

Numbers, atoms, quoted atoms, strings, binaries (``<<"abc">>``, ``<<1,2>>``), lists, tuples and maps. What is shown of
pids, ports, references and of shortened binaries cannot be read: it does not say which they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from gen_tck.spec.terms import LONGEST_ATOM, Atom, Improper, List, Term, map_of

__all__ = ["MOST_NESTING", "NoTermError", "read", "read_all", "read_sequence"]

MOST_NESTING = 50
"""Levels of lists, tuples, maps and binaries in each other that are read; as many as a node may say on the wire."""
MOST_DIGITS = 4300
"""Of an integer: as many as Python reads and writes."""

_SPACE = re.compile(r"\s*")
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"-?[0-9]+")
_ATOM = re.compile(r"[a-z][A-Za-z0-9_@]*")
_QUOTED_ATOM = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))", re.DOTALL)
_MEANT = {"b": "\b", "d": "\x7f", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "s": " ", "t": "\t", "v": "\v"}
"""What an escape stands for, next to ``\\x{1b}``, ``\\x1b`` and ``\\033``; every other character stands for itself."""


class NoTermError(ValueError):
    """There is no term at ``at``, counted from 0; ``expected`` says what could stand there."""

    def __init__(self, at: int, expected: str) -> None:
        super().__init__(f"column {at + 1}: {expected} expected")
        self.at, self.expected = at, expected


def read_all(text: str) -> Term:
    """The term that ``text`` consists of. Raises :class:`NoTermError`."""
    value, at = read(text)
    at = _space(text, at)
    if at < len(text):
        raise NoTermError(at, "nothing more")
    return value


def read(text: str, at: int = 0, depth: int = 0) -> tuple[Term, int]:
    """The term that begins at ``at``, in ``depth`` others, and where it ends. Raises :class:`NoTermError`."""
    at = _space(text, at)
    for opening, container in _CONTAINERS:
        if text.startswith(opening, at):
            if depth >= MOST_NESTING:
                raise NoTermError(at, f"at most {MOST_NESTING} levels in each other")
            return container(text, at + len(opening), depth + 1)
    for pattern, make in _PLAIN:
        found = pattern.match(text, at)
        if found is not None:
            return make(found), found.end()
    raise NoTermError(at, "a term")


def read_sequence(text: str, at: int, end: str, depth: int = 0) -> tuple[list[Term], int]:
    """Terms between commas up to ``end``, and where that ends. Raises :class:`NoTermError`."""
    items, at = _items(text, at, end, depth)
    if not text.startswith(end, at):
        raise NoTermError(at, f"',' or {end!r}")
    return items, at + len(end)


def _items(text: str, at: int, end: str, depth: int) -> tuple[list[Term], int]:
    """Terms between commas, none if ``end`` comes first, and where they end."""
    items: list[Term] = []
    at = _space(text, at)
    if text.startswith(end, at):
        return items, at
    while True:
        value, at = read(text, at, depth)
        items.append(value)
        at = _space(text, at)
        if not text.startswith(",", at):
            return items, at
        at += 1


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _tuple(text: str, at: int, depth: int) -> tuple[Term, int]:
    items, at = read_sequence(text, at, "}", depth)
    return tuple(items), at


def _list(text: str, at: int, depth: int) -> tuple[Term, int]:
    items, at = _items(text, at, "]", depth)
    tail: Term = List()
    if items and text.startswith("|", at):
        tail, at = read(text, at + 1, depth)
        at = _space(text, at)
    if not text.startswith("]", at):
        raise NoTermError(at, "',' or ']'")
    if isinstance(tail, List):
        return List([*items, *tail]), at + 1
    if isinstance(tail, Improper):
        return Improper((*items, *tail.heads), tail.tail), at + 1
    return Improper(tuple(items), tail), at + 1


def _map(text: str, at: int, depth: int) -> tuple[Term, int]:
    began = at
    pairs: list[tuple[Term, Term]] = []
    at = _space(text, at)
    while not text.startswith("}", at):
        key, at = read(text, at, depth)
        at = _space(text, at)
        if not text.startswith("=>", at):
            raise NoTermError(at, "'=>'")
        value, at = read(text, at + 2, depth)
        pairs.append((key, value))
        at = _space(text, at)
        if text.startswith(",", at):
            at = _space(text, at + 1)
        elif not text.startswith("}", at):
            raise NoTermError(at, "',' or '}'")
    try:
        return map_of(pairs), at + 1
    except ValueError:
        raise NoTermError(began, "a map of different keys") from None


def _binary(text: str, at: int, depth: int) -> tuple[Term, int]:
    began = _space(text, at)
    items, at = read_sequence(text, at, ">>", depth)
    made = bytearray()
    for each in items:
        part = List([each]) if isinstance(each, int) else each
        if not isinstance(part, List) or not all(isinstance(byte, int) and 0 <= byte <= 255 for byte in part):
            raise NoTermError(began, "bytes (0 to 255) or a string of such characters")
        made += bytes(part)
    return bytes(made), at


_CONTAINERS: tuple[tuple[str, Callable[[str, int, int], tuple[Term, int]]], ...] = (
    ("<<", _binary),
    ("{", _tuple),
    ("[", _list),
    ("#{", _map),
)


def _float(found: re.Match[str]) -> Term:
    value = float(found[0])
    if not math.isfinite(value):
        raise NoTermError(found.start(), "a smaller number")
    return value


def _integer(found: re.Match[str]) -> Term:
    if len(found[0].lstrip("-")) > MOST_DIGITS:
        raise NoTermError(found.start(), f"an integer of at most {MOST_DIGITS} digits")
    return int(found[0])


def _quoted_atom(found: re.Match[str]) -> Term:
    return _atom(found, _unescaped(found))


def _atom(found: re.Match[str], name: str) -> Term:
    try:
        return Atom(name)
    except ValueError:
        raise NoTermError(found.start(), f"an atom of at most {LONGEST_ATOM} characters") from None


def _unescaped(found: re.Match[str]) -> str:
    """What stands between the quotes of ``found``."""
    return _ESCAPE.sub(lambda escape: _meant(escape, found.start(1)), found[1])


def _meant(escape: re.Match[str], began: int) -> str:
    wide, narrow, octal, other = escape.groups()
    if other is not None:
        return _MEANT.get(other, other)
    code = int(octal, 8) if octal is not None else int(wide or narrow, 16) if len(wide or narrow) < 8 else -1
    if not (0 <= code < 0xD800 or 0xDFFF < code < 0x110000):
        raise NoTermError(began + escape.start(), "a character")
    return chr(code)


_PLAIN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Term]], ...] = (
    (_FLOAT, _float),
    (_INTEGER, _integer),
    (_ATOM, lambda found: _atom(found, found[0])),
    (_QUOTED_ATOM, _quoted_atom),
    (_STRING, lambda found: List([ord(each) for each in _unescaped(found)])),
)
