"""Terms as the JSON of the wire protocol and of traces: to and fro, and the schema. ``PROTOCOL.md`` has the table.

Numbers and proper lists are what they are in JSON; everything else is an object with a tag: ``{"$a": "ok"}`` is an
atom, ``{"$b": ...}`` a binary in base64, ``{"$t": [...]}`` a tuple, ``{"$i": ...}`` an improper list, ``{"$m": ...}`` a
map, ``{"$h": 7, "kind": "pid"}`` a handle. ``{"$f": "2.0"}`` is a float, for those whose JSON cannot tell 2.0 from 2.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from gen_tck.spec.printable import shown
from gen_tck.spec.terms import Atom, Handle, Improper, List, Map, Pid, Port, Reference, Term, map_of

_HANDLES: dict[str, type[Handle]] = {"pid": Pid, "port": Port, "ref": Reference}
_FLOAT = re.compile(r"-?[0-9]{1,500}(\.[0-9]{1,1100})?([eE][+-]?[0-9]{1,4})?")
"""What a tagged float may say: more digits than any float has are of no use, and take long to read."""
_KINDS = {kind: name for name, kind in _HANDLES.items()}


class WireError(ValueError):
    """What was read is no message, or no term, of the protocol."""


def to_json(value: Term, *, tag_floats: bool = False) -> Any:
    """A term as what JSON can say; ``tag_floats``: floats as ``{"$f": ...}``.

    Raises ``TypeError`` for what is no strict term.
    """
    kind = type(value)
    if kind is int:
        return value
    if kind is float:
        return {"$f": repr(value)} if tag_floats else value
    if kind is Atom:
        return {"$a": value.name}
    if kind is bytes:
        return {"$b": base64.b64encode(value).decode("ascii")}
    if kind in _KINDS:
        return {"$h": value.number, "kind": _KINDS[kind]}
    return _with_inside(value, partial(to_json, tag_floats=True) if tag_floats else to_json)


def _with_inside(value: Any, inside: Callable[[Term], Any]) -> Any:
    """A term that others are inside of, which ``inside`` turns into JSON."""
    kind = type(value)
    if kind is tuple:
        return {"$t": [inside(each) for each in value]}
    if kind is List:
        return [inside(each) for each in value]
    if kind is Improper:
        return {"$i": [[inside(each) for each in value.heads], inside(value.tail)]}
    if kind is Map:
        return {"$m": [[inside(key), inside(each)] for key, each in value.pairs.items()]}
    raise TypeError(f"not a strict term: {value!r}")


def from_json(value: Any) -> Term:
    """The term that ``value``, decoded JSON, stands for. Raises :class:`WireError`."""
    kind = type(value)
    if kind is int or kind is float:
        return value
    if kind is list:
        return List([from_json(each) for each in value])
    if kind is dict:
        return _tagged(value)
    raise WireError(
        f'{shown(repr(value))} is not a term of the protocol: atoms are {{"$a":...}}, binaries {{"$b":...}}'
    )


def _tagged(value: dict[str, Any]) -> Term:
    try:
        if "$h" in value:
            return _HANDLES[value["kind"]](_number(value["$h"]))
        ((tag, inner),) = value.items()
        if tag == "$a":
            return Atom(_text(inner))
        if tag == "$b":
            return base64.b64decode(_text(inner), validate=True)
        if tag == "$f":
            return _float(_text(inner))
        if tag == "$t":
            return tuple([from_json(each) for each in _array(inner)])
        if tag == "$i":
            heads, tail = _array(inner)
            return Improper(tuple([from_json(each) for each in _array(heads)]), from_json(tail))
        if tag == "$m":
            return map_of([(from_json(key), from_json(each)) for key, each in map(_array, _array(inner))])
    except (TypeError, ValueError, KeyError, binascii.Error) as reason:
        if isinstance(reason, WireError):
            raise
        raise WireError(f"{shown(repr(value))} is not a term of the protocol ({shown(str(reason))})") from None
    raise WireError(f"{shown(repr(value))} is not a term of the protocol: unknown tag {shown(repr(tag))}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{shown(repr(value))} is not a string")
    return value


def _float(text: str) -> float:
    value = float(text) if _FLOAT.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError(f"{shown(repr(text))} is no float")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"{shown(repr(value))} is no number of a handle")
    return value


def _array(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError(f"{shown(repr(value))} is not an array")
    return value


# For others


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TERM: dict[str, Any] = {"$ref": "#/$defs/Term"}
SCHEMA: dict[str, Any] = {
    "title": "Term",
    "description": "An Erlang term.",
    "anyOf": [
        {"type": "number", "description": "an integer of any size, or (with a fraction or an exponent) a float"},
        {"type": "array", "items": _TERM, "description": "a proper list"},
        {"description": "an atom", **_object({"$a": {"type": "string", "maxLength": 255}})},
        {"description": "a binary", **_object({"$b": {"type": "string", "contentEncoding": "base64"}})},
        {
            "description": "a float, for whoever cannot write 2.0 as a number that differs from 2",
            **_object({"$f": {"type": "string", "pattern": f"^{_FLOAT.pattern}$"}}),
        },
        {"description": "a tuple", **_object({"$t": {"type": "array", "items": _TERM}})},
        {
            "description": "an improper list: its elements, and its tail",
            **_object(
                {"$i": {"type": "array", "prefixItems": [{"type": "array", "items": _TERM}, _TERM], "items": False}}
            ),
        },
        {
            "description": "a map: pairs of key and value",
            **_object(
                {"$m": {"type": "array", "items": {"type": "array", "prefixItems": [_TERM, _TERM], "items": False}}}
            ),
        },
        {
            "description": "a pid, port or reference: an opaque number, the same for the same one",
            **_object({"$h": {"type": "integer"}, "kind": {"enum": ["pid", "port", "ref"]}}),
        },
    ],
}
"""The JSON Schema of a term, which refers to itself as ``#/$defs/Term``."""
