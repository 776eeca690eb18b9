"""Erlang terms read from text: what :func:`gen_tck.spec.terms.show` writes, and the ways people write the same.

Integers, atoms, quoted atoms, strings, binaries (``<<"abc">>``, ``<<1,2>>``), lists and tuples. What is shown of pids,
ports, references and of shortened binaries cannot be read: it does not say which they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from gen_tck.spec.terms import Atom, List, Term

__all__ = ["NoTermError", "read", "read_all", "read_sequence"]

_SPACE = re.compile(r"\s*")
_INTEGER = re.compile(r"-?[0-9]+")
_ATOM = re.compile(r"[a-z][A-Za-z0-9_@]*")
_QUOTED_ATOM = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x\{([0-9a-fA-F]{1,6})\}|(.))", re.DOTALL)
_MEANT = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "0": "\0"}
"""What an escape stands for, next to ``\\x{1b}``; every other character stands for itself."""


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


def read(text: str, at: int = 0) -> tuple[Term, int]:
    """The term that begins at ``at``, and where it ends. Raises :class:`NoTermError`."""
    at = _space(text, at)
    if text.startswith("<<", at):
        return _binary(text, at + 2)
    first = text[at : at + 1]
    if first == "{":
        items, at = read_sequence(text, at + 1, "}")
        return tuple(items), at
    if first == "[":
        items, at = read_sequence(text, at + 1, "]")
        return List(items), at
    for pattern, make in _PLAIN:
        found = pattern.match(text, at)
        if found is not None:
            return make(found), found.end()
    raise NoTermError(at, "a term")


def read_sequence(text: str, at: int, end: str) -> tuple[list[Term], int]:
    """Terms between commas up to ``end``, and where that ends. Raises :class:`NoTermError`."""
    items: list[Term] = []
    at = _space(text, at)
    if text.startswith(end, at):
        return items, at + len(end)
    while True:
        value, at = read(text, at)
        items.append(value)
        at = _space(text, at)
        if text.startswith(end, at):
            return items, at + len(end)
        if not text.startswith(",", at):
            raise NoTermError(at, f"',' or {end!r}")
        at += 1


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _binary(text: str, at: int) -> tuple[bytes, int]:
    began = _space(text, at)
    items, at = read_sequence(text, at, ">>")
    made = bytearray()
    for each in items:
        part = List([each]) if isinstance(each, int) else each
        if not isinstance(part, List) or not all(isinstance(byte, int) and 0 <= byte <= 255 for byte in part):
            raise NoTermError(began, "bytes (0 to 255) or a string of such characters")
        made += bytes(part)
    return bytes(made), at


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_meant, text)


def _meant(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return _MEANT.get(escape[2], escape[2])
    code = int(escape[1], 16)
    return chr(code) if code <= sys.maxunicode else escape[0]


_PLAIN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Term]], ...] = (
    (_INTEGER, lambda found: int(found[0])),
    (_ATOM, lambda found: Atom(found[0])),
    (_QUOTED_ATOM, lambda found: Atom(_unescaped(found[1]))),
    (_STRING, lambda found: List([ord(each) for each in _unescaped(found[1])])),
)
