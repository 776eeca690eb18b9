"""Events as lines of a trace: what is checked when one is read, and how one is written.

A line is a JSON object. Terms are as in the wire protocol, bytes are a binary or ``{"$r": [byte, count]}``.
``python -m gen_tck.conformance.traces.lines`` prints the JSON Schema of a line, ``trace.schema.json``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias, get_args

import msgspec

from gen_tck.adapters import json_terms
from gen_tck.adapters.json_terms import WireError, from_json, to_json
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.data import Data, Run
from gen_tck.conformance.traces.events import AnyDone, AnyEvent, AnySeen, Done, Seen
from gen_tck.conformance.traces.fields import OneTerm, RaisedTerm, Terms
from gen_tck.spec.printable import encodable, shown
from gen_tck.spec.terms import Term

Json: TypeAlias = Any


# msgspec takes long to say it, and each event of a run asks.
_TAGS: dict[type[Done], str] = {each: str(each.__struct_config__.tag) for each in get_args(AnyDone)}


def tag_of(kind: type[Done]) -> str:
    """What a line has as ``do``."""
    return _TAGS[kind]


DONE: dict[str, type[AnyDone]] = {tag: kind for kind, tag in zip(get_args(AnyDone), _TAGS.values(), strict=True)}
"""What the kit did, by ``do``."""
RESULTS: dict[str, dict[str, type[AnyDone]]] = {
    "dial": {"peer": kinds.Dial, "refused": kinds.DialRefused},
    "offer": {"data": kinds.Offer, "failed": kinds.OfferFailed},
}
"""Where the field that is there tells how it went."""
SEEN: dict[str, type[AnySeen]] = {each.what(): each for each in get_args(AnySeen)}
"""What it saw, by the field that no other has."""


# What is in a field


class _Form(NamedTuple):
    read: Callable[[Json], Any]
    write: Callable[[Any], Json]


def _data(value: Json) -> bytes | Run:
    if not isinstance(value, dict) or "$r" not in value:
        data = from_json(value)
        if not isinstance(data, bytes):
            raise WireError("data are no binary")
        return data
    run = value["$r"]
    if not (isinstance(run, list) and len(run) == 2 and all(type(each) is int for each in run)):
        raise WireError("a run of bytes is [byte, count]")
    if not (0 <= run[0] <= 255 and run[1] >= 0):
        raise WireError(f"{run} is no run of bytes")
    return Run(*run)


def _data_as_json(data: bytes | Run) -> Json:
    return {"$r": [data.byte, data.count]} if isinstance(data, Run) else to_json(data)


def _terms(values: tuple[Json, ...]) -> tuple[Term, ...]:
    return tuple([from_json(each) for each in values])


def _terms_as_json(values: tuple[Term, ...]) -> Json:
    return [to_json(each) for each in values]


_FORMS: dict[object, _Form] = {
    OneTerm: _Form(from_json, to_json),
    Terms: _Form(_terms, _terms_as_json),
    RaisedTerm: _Form(lambda pair: (pair[0], from_json(pair[1])), lambda pair: [pair[0], to_json(pair[1])]),
    Data: _Form(_data, _data_as_json),
}
"""By the type of a field. All others are in JSON what they are here."""


class _Field(NamedTuple):
    name: str
    form: _Form | None
    default: object
    """With which it is left out; ``NODEFAULT`` if it never is."""


def _fields(kind: type[AnyEvent]) -> tuple[_Field, ...]:
    omits = kind.__struct_config__.omit_defaults
    return tuple(
        _Field(each.name, _FORMS.get(each.type), each.default if omits else msgspec.NODEFAULT)
        for each in msgspec.structs.fields(kind)
        if each.name != "at"
    )


_FIELDS: dict[type[Done | Seen], tuple[_Field, ...]] = {kind: _fields(kind) for kind in get_args(AnyEvent)}


# Reading and writing


def decode(line: dict[str, Json]) -> AnyEvent:
    """The event that ``line`` says. Raises ``ValueError`` (a ``WireError`` among others) with what is wrong with it."""
    event = msgspec.convert(line, _kind(line))
    for name, form, _ in _FIELDS[type(event)]:
        if form is not None:
            setattr(event, name, form.read(getattr(event, name)))
    return event


def _kind(line: dict[str, Json]) -> type[AnyEvent]:
    if "do" not in line:
        kind = next((SEEN[key] for key in line if key in SEEN), None)
        if kind is None:
            raise ValueError(f"nothing is known of a line with {shown(', '.join(map(repr, line))) or 'nothing in it'}")
        return kind
    do = line["do"]
    if not isinstance(do, str) or do not in DONE:
        msgspec.convert({"at": 0, "do": do}, kinds.Settle)  # which says what is wrong with any other
    if do not in RESULTS:
        return DONE[do]
    told = [name for name in RESULTS[do] if name in line]
    if len(told) != 1 or line[told[0]] is None:
        raise ValueError(f"such a line has one of {' and '.join(RESULTS[do])}")
    return RESULTS[do][told[0]]


def line_of(event: AnyEvent) -> dict[str, Json]:
    """The line that says ``event``. Raises ``TypeError`` for what is no strict term."""
    line: dict[str, Json] = {"at": event.at}
    if isinstance(event, Done):
        line["do"] = tag_of(type(event))
    for name, form, default in _FIELDS[type(event)]:
        value = getattr(event, name)
        if value != default:
            line[name] = value if form is None else form.write(value)
    return line


def fields_of(event: AnyEvent) -> dict[str, object]:
    """The fields of an event, but for the time."""
    return {name: getattr(event, name) for name, *_ in _FIELDS[type(event)]}


def as_json(kind: type[Done | Seen], fields: Mapping[str, object]) -> dict[str, Json]:
    """Those of ``fields`` that an event of this kind has, as a line has them."""
    forms = {name: form for name, form, _ in _FIELDS[kind] if name in fields}
    return {name: fields[name] if form is None else form.write(fields[name]) for name, form in forms.items()}


_encode = msgspec.json.Encoder().encode


def encode(line: object) -> bytes:
    """``line`` as a file has it, without its end; half of a surrogate pair, which no file can hold, written out."""
    try:
        return _encode(line)
    except UnicodeEncodeError:
        return _encode(encodable(msgspec.to_builtins(line)))


# For others


_BYTE = {"type": "integer", "minimum": 0, "maximum": 255}
_COUNT = {"type": "integer", "minimum": 0}
_DATA_SCHEMA: dict[str, Json] = {
    "title": "Data",
    "description": "Bytes: a binary, or a run of one byte, which is the byte and how many of it.",
    "anyOf": [
        {"$ref": "#/$defs/Term"},
        {
            "type": "object",
            "properties": {"$r": {"type": "array", "prefixItems": [_BYTE, _COUNT], "items": False, "minItems": 2}},
            "required": ["$r"],
        },
    ],
}


def schema() -> dict[str, Json]:
    """The JSON Schema of one line between the first and the last."""
    schemas, components = msgspec.json.schema_components(get_args(AnyEvent), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of a gen_tck trace, between the header and the verdict",
        "anyOf": list(schemas),
        "$defs": components | {"Data": _DATA_SCHEMA, "Term": json_terms.SCHEMA},
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
