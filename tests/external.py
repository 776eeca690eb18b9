"""Erlang's external term format, read: what the kit or a VM has written."""

from __future__ import annotations

import struct
from collections.abc import Callable

from gen_tck.spec.terms import Atom, Improper, List, Map, Term


def decoded(data: bytes) -> Term:
    """The term that ``data`` is, with the version byte."""
    assert data[:1] == b"\x83"
    value, rest = _term(data[1:])
    assert rest == b""
    return value


def _term(data: bytes) -> tuple[Term, bytes]:
    """The first term of ``data``, and the rest."""
    return _READ[data[:1]](data[1:])


def _number(size: int, form: str) -> Callable[[bytes], tuple[Term, bytes]]:
    return lambda data: (struct.unpack(form, data[:size])[0], data[size:])


def _sized(width: int) -> Callable[[bytes], tuple[bytes, bytes]]:
    def read(data: bytes) -> tuple[bytes, bytes]:
        end = width + int.from_bytes(data[:width], "big")
        return data[width:end], data[end:]

    return read


def _atom(width: int, encoding: str) -> Callable[[bytes], tuple[Term, bytes]]:
    def read(data: bytes) -> tuple[Term, bytes]:
        name, rest = _sized(width)(data)
        return Atom(name.decode(encoding)), rest

    return read


def _big(width: int) -> Callable[[bytes], tuple[Term, bytes]]:
    def read(data: bytes) -> tuple[Term, bytes]:
        end = width + 1 + int.from_bytes(data[:width], "big")
        value = int.from_bytes(data[width + 1 : end], "little")
        return -value if data[width] else value, data[end:]

    return read


def _tuple(width: int) -> Callable[[bytes], tuple[Term, bytes]]:
    def read(data: bytes) -> tuple[Term, bytes]:
        items, rest = _several(data[width:], int.from_bytes(data[:width], "big"))
        return tuple(items), rest

    return read


def _list(data: bytes) -> tuple[Term, bytes]:
    items, rest = _several(data[4:], int.from_bytes(data[:4], "big"))
    tail, rest = _term(rest)
    if isinstance(tail, List):
        return List([*items, *tail]), rest
    return Improper(tuple(items), tail), rest


def _string(data: bytes) -> tuple[Term, bytes]:
    characters, rest = _sized(2)(data)
    return List(characters), rest


def _map(data: bytes) -> tuple[Term, bytes]:
    items, rest = _several(data[4:], 2 * int.from_bytes(data[:4], "big"))
    return Map(dict(zip(items[::2], items[1::2], strict=True))), rest


def _several(data: bytes, count: int) -> tuple[list[Term], bytes]:
    found: list[Term] = []
    for _ in range(count):
        value, data = _term(data)
        found.append(value)
    return found, data


_READ: dict[bytes, Callable[[bytes], tuple[Term, bytes]]] = {
    b"a": _number(1, ">B"),
    b"b": _number(4, ">i"),
    b"n": _big(1),
    b"o": _big(4),
    b"F": _number(8, ">d"),
    b"d": _atom(2, "latin-1"),
    b"w": _atom(1, "utf-8"),
    b"v": _atom(2, "utf-8"),
    b"m": _sized(4),
    b"k": _string,
    b"j": lambda data: (List(), data),
    b"l": _list,
    b"h": _tuple(1),
    b"i": _tuple(4),
    b"t": _map,
}
"""By the tag."""
