"""What an option may be, as data."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from gen_tck.spec.own_files import own_path
from gen_tck.spec.terms import Atom, Term

__all__ = ["Text", "Value", "takes", "words"]


class Text(Enum):
    """What is text, or a binary; its value says it in words."""

    OWN_PATH = '"my_..."'
    """The path of a local socket in the node's own folder."""
    BYTES = "<<...>>"
    """A binary."""


Value: TypeAlias = "str | range | Text | tuple[tuple[Value, ...], ...]"
"""An atom, an integer out of a range, text, or a tuple, of which each element is one of some values."""


def takes(values: tuple[Value, ...], value: Term) -> bool:
    """Whether ``value`` is one of ``values``."""
    return any(_is(each, value) for each in values)


def _is(wanted: Value, value: Term) -> bool:
    if isinstance(wanted, str):
        return value is Atom(wanted)
    if isinstance(wanted, range):
        return isinstance(value, int) and value in wanted
    if isinstance(wanted, Text):
        return isinstance(value, bytes) if wanted is Text.BYTES else own_path(value) is not None
    return type(value) is tuple and len(value) == len(wanted) and all(map(takes, wanted, value))


def words(values: tuple[Value, ...]) -> str:
    """``values`` for people: ``false | true``, ``0..255``, ``{false | true, 0..65535}``, ``{local, "my_..."}``."""
    return " | ".join(map(_word, values))


def _word(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, range):
        return str(value[0]) if len(value) == 1 else f"{value[0]}..{value[-1]}"
    if isinstance(value, Text):
        return str(value.value)
    return f"{{{', '.join(map(words, value))}}}"
