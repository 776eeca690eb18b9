"""Erlang terms in Python: immutable, hashable, printed in Erlang syntax.

======================  ==========================================
Erlang                  Python
======================  ==========================================
atom                    :class:`Atom`
integer, float          ``int``, ``float``
binary                  ``bytes``
tuple                   ``tuple``
proper list             :class:`List`
improper list           :class:`Improper`
map                     :class:`Map`
pid, port, reference    :class:`Pid`, :class:`Port`, :class:`Reference`
======================  ==========================================

Strict terms use exactly these types. :func:`term` builds them from looser Python values, so that
``term(("ok", [1, True]))`` is ``{ok, [1, true]}``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

from gen_tck.spec.printable import printable
from gen_tck.spec.reserved import RESERVED

__all__ = [
    "LONGEST_ATOM",
    "Atom",
    "Handle",
    "Improper",
    "List",
    "Map",
    "Pid",
    "Port",
    "Reference",
    "Term",
    "map_of",
    "show",
    "string",
    "term",
]

LONGEST_ATOM = 255
"""Characters of an atom."""
MOST_ATOMS = 2**20
"""As many as a BEAM has room for, unless told otherwise. None is ever forgotten, so whoever invents them must end."""
MOST_ALIKE = 100
"""Keys of a map that may have the hash of another: each costs as many looks as there are before it."""
MOST_SHOWN = 20_000
"""Characters of a term that are shown to people."""


class Atom:
    """An Erlang atom. Two atoms of one name are one object, so comparing them is comparing identities."""

    __slots__ = ("name",)
    name: str
    _known: ClassVar[dict[str, Atom]] = {}

    def __new__(cls, name: str) -> Atom:
        known = cls._known.get(name)
        if known is None:
            if len(name) > LONGEST_ATOM:
                raise ValueError(f"an atom has at most {LONGEST_ATOM} characters, this one has {len(name)}")
            if any("\ud800" <= each <= "\udfff" for each in name):
                raise ValueError(f"an atom is made of characters, and half of a pair is none: {name!a}")
            if len(cls._known) >= MOST_ATOMS:
                raise ValueError(f"there are {MOST_ATOMS} atoms already, and no room for more")
            known = object.__new__(cls)
            object.__setattr__(known, "name", name)
            cls._known[name] = known
        return known

    def __setattr__(self, key: str, value: object) -> None:
        raise AttributeError("atoms are immutable")

    def __reduce__(self) -> tuple[type[Atom], tuple[str]]:
        return (Atom, (self.name,))

    def __repr__(self) -> str:
        if _PLAIN.fullmatch(self.name) and self.name not in RESERVED:
            return self.name
        escaped = self.name.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return f"'{printable(escaped)}'"


_PLAIN = re.compile(r"[a-z][A-Za-z0-9_@]*")


class Handle:
    """A pid, port or reference: opaque, equal only to itself and to a handle of the same kind, node and number."""

    __slots__ = ("node", "number")
    prefix = "Handle"

    def __init__(self, number: int, node: str = "") -> None:
        object.__setattr__(self, "number", number)
        object.__setattr__(self, "node", node)

    number: int
    node: str

    def __setattr__(self, key: str, value: object) -> None:
        raise AttributeError("handles are immutable")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Handle) or type(other) is not type(self):
            return False
        return other.number == self.number and other.node == self.node

    def __hash__(self) -> int:
        return self.number  # as equal handles have it; handles are looked up all the time, so this is quick

    def __repr__(self) -> str:
        return f"#{self.prefix}<{self.number}>"


class Pid(Handle):
    """A process identifier."""

    __slots__ = ()
    prefix = "Pid"


class Port(Handle):
    """A port identifier."""

    __slots__ = ()
    prefix = "Port"


class Reference(Handle):
    """A reference."""

    __slots__ = ()
    prefix = "Ref"


class List(tuple):  # type: ignore[type-arg]
    """A proper list: a tuple that is not equal to any plain tuple."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is List and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((List, tuple.__hash__(self)))

    def __repr__(self) -> str:
        return show(self)


class Improper:
    """A list whose last tail is not a list: ``[a, b | Tail]``."""

    __slots__ = ("heads", "tail")
    heads: tuple[Term, ...]
    tail: Term

    def __init__(self, heads: tuple[Term, ...], tail: Term) -> None:
        if not heads or isinstance(tail, List):
            raise ValueError("an improper list has at least one element and a tail that is no list")
        object.__setattr__(self, "heads", tuple(heads))
        object.__setattr__(self, "tail", tail)

    def __setattr__(self, key: str, value: object) -> None:
        raise AttributeError("terms are immutable")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Improper) and (self.heads, self.tail) == (other.heads, other.tail)

    def __hash__(self) -> int:
        return hash((Improper, self.heads, self.tail))

    def __repr__(self) -> str:
        return show(self)


class Map:
    """A map. Keys and values are terms; order does not matter."""

    __slots__ = ("pairs",)
    pairs: dict[Term, Term]

    def __init__(self, pairs: dict[Term, Term]) -> None:
        object.__setattr__(self, "pairs", dict(pairs))

    def __setattr__(self, key: str, value: object) -> None:
        raise AttributeError("terms are immutable")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Map) and self.pairs == other.pairs

    def __hash__(self) -> int:
        # No set of them, which takes for ever if they were chosen for it.
        return hash((Map, *sorted(map(hash, self.pairs.items()))))

    def __repr__(self) -> str:
        return show(self)


def map_of(pairs: Sequence[tuple[Term, Term]]) -> Map:
    """The map of ``pairs``, which come from anywhere; of those with one key the last counts.

    Raises ``ValueError`` if many keys were chosen to have one hash, so that a map of them takes for ever.
    """
    if len(pairs) - len({hash(key) for key, _ in pairs}) > MOST_ALIKE:
        raise ValueError(f"over {MOST_ALIKE} keys of a map are the same, or look it")
    return Map(dict(pairs))


Term: TypeAlias = Any
"""A strict Erlang term. (``Any`` to type checkers: Python has no recursive, hashable union that reads well.)"""


def term(value: object) -> Term:
    """The strict term for a loose Python value.

    ``str`` becomes an atom, ``bool`` ``true``/``false``, ``list`` a :class:`List`, ``dict`` a :class:`Map`,
    ``bytearray`` a binary; everything inside is converted too. Raises ``TypeError`` for what no term can stand for.
    """
    if isinstance(value, bool):
        return Atom("true" if value else "false")
    if isinstance(value, (Atom, Handle, int, float, bytes, Improper, Map)):
        return value
    if isinstance(value, str):
        return Atom(value)
    if isinstance(value, (list, List)):
        return List([term(each) for each in value])
    if isinstance(value, tuple):
        return tuple([term(each) for each in value])
    if isinstance(value, dict):
        return Map({term(key): term(each) for key, each in value.items()})
    if isinstance(value, bytearray):
        return bytes(value)
    raise TypeError(f"no Erlang term for {type(value).__name__} {value!r}")


def string(text: str | bytes) -> List:
    """An Erlang string: the list of the characters' code points (of the bytes, for ``bytes``)."""
    return List(list(text) if isinstance(text, bytes) else [ord(each) for each in text])


def _show_bytes(data: bytes, whole: bool) -> str:
    if len(data) > 64 and not whole:
        return f"<<{_show_bytes(data[:32], True)[2:-2]} ... {len(data)} bytes>>"
    if data and all(32 <= byte < 127 and byte not in (34, 92) for byte in data):
        return f'<<"{data.decode("ascii")}">>'
    return f"<<{','.join(str(byte) for byte in data)}>>"


def _show_float(value: float) -> str:
    """Erlang wants a fraction where Python writes ``1e+22``."""
    mantissa, e, exponent = repr(value).partition("e")
    return f"{mantissa}.0e{exponent}" if e and "." not in mantissa else repr(value)


def show(value: Term, *, whole: bool = False) -> str:
    """``value`` in Erlang syntax, on one line, in printable characters (see :mod:`~gen_tck.spec.printable`).

    Binaries over 64 bytes are shortened, and what is longer than anybody reads, for people; ``whole``: they are not,
    for :func:`gen_tck.spec.term_text.read`, which reads everything then but handles.
    """
    text = _show(value, whole)
    return text if whole or len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]} ... {len(text)} characters"


def _show(value: Term, whole: bool) -> str:
    if isinstance(value, float):
        return _show_float(value)
    if isinstance(value, bytes):
        return _show_bytes(value, whole)
    if isinstance(value, List):
        if value and all(isinstance(each, int) and 32 <= each < 127 for each in value):
            return '"' + "".join(chr(each) for each in value).replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"[{_shown(value, whole)}]"
    if isinstance(value, tuple):
        return f"{{{_shown(value, whole)}}}"
    if isinstance(value, Improper):
        return f"[{_shown(value.heads, whole)}|{_show(value.tail, whole)}]"
    if isinstance(value, Map):
        pairs = (f"{_show(key, whole)} => {_show(each, whole)}" for key, each in value.pairs.items())
        return f"#{{{','.join(pairs)}}}"
    return repr(value)


def _shown(values: tuple[Term, ...], whole: bool) -> str:
    return ",".join([_show(each, whole) for each in values])
