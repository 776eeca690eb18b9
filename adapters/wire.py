"""The wire protocol, version 1: its messages, and terms as JSON. ``PROTOCOL.md`` tells it to implementers.

Each message is one line of JSON. The kit sends requests with ids; the child answers each once, in any order.
``python -m gen_tck.adapters.wire`` prints the JSON Schema of it all, which is kept in ``wire.schema.json``.
"""

from __future__ import annotations

import base64
import binascii
import json
from operator import attrgetter
from typing import Any, Literal, TypeAlias, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gen_tck.adapters import bounded
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.spec.printable import printable
from gen_tck.spec.terms import Atom, Handle, Improper, List, Map, Pid, Port, Reference, Term, map_of

VERSION = 1

MOST_SHOWN = 300
"""Characters of what a node said that a message shows."""

_HANDLES: dict[str, type[Handle]] = {"pid": Pid, "port": Port, "ref": Reference}
_KINDS = {kind: name for name, kind in _HANDLES.items()}


class WireError(ValueError):
    """What was read is no message, or no term, of the protocol."""


# Messages


class Hello(Struct):
    """The child's first line: who it is and what it offers."""

    gen_tck: int
    token: str
    name: str
    version: str
    profiles: list[str]
    clock: Literal["real"] = "real"
    homepage: str = ""
    calls: list[str] | None = None
    details: dict[str, str] = {}  # msgspec copies it


class Request(Struct, tag_field="do", omit_defaults=True):
    """What every request has."""

    id: int


class SpawnRequest(Request, tag="spawn"):
    """Make a new idle process. Answer: ``pid``."""


class CallRequest(Request, tag="call"):
    """Apply a function in a process. Answer, when it comes back: ``returned``, ``raised`` or ``ended``."""

    process: int
    module: str
    function: str
    args: list[Any]


class MailboxRequest(Request, tag="mailbox"):
    """The messages of a process, oldest first, undisturbed. Answer: ``messages``."""

    process: int


class TakeRequest(Request, tag="take"):
    """Remove the ``count`` oldest messages of an idle process. Answer: ``ok``."""

    process: int
    count: int


class ExitRequest(Request, tag="exit"):
    """Send an exit signal to a process. Answer: ``ok``."""

    process: int
    reason: Any


class StatusRequest(Request, tag="status"):
    """What a process is doing. Answer: ``status``."""

    process: int


class SettleRequest(Request, tag="settle"):
    """Answer ``ok`` when all has happened that can without further input; with ``rest`` false if that takes long."""


class ClearRequest(Request, tag="clear"):
    """End every process and socket made so far and forget the handles. Answer: ``ok``."""


class StopRequest(Request, tag="stop"):
    """End. No answer is needed: the connection closes."""


class Answer(Struct):
    """A line of the child after its first: an answer if it has an ``id``, else an event."""

    id: int | UnsetType = UNSET
    pid: Any = UNSET
    returned: Any = UNSET
    raised: tuple[Literal["error", "exit", "throw"], Any] | UnsetType = UNSET
    ended: Any = UNSET
    messages: list[Any] | UnsetType = UNSET
    status: Literal["idle", "waiting", "suspended", "ended"] | UnsetType = UNSET
    ok: Literal[True] | UnsetType = UNSET
    rest: bool | UnsetType = UNSET
    failed: str | UnsetType = UNSET
    event: str | UnsetType = UNSET


AnyRequest: TypeAlias = (
    SpawnRequest
    | CallRequest
    | MailboxRequest
    | TakeRequest
    | ExitRequest
    | StatusRequest
    | SettleRequest
    | ClearRequest
    | StopRequest
)
REQUESTS: tuple[type[Request], ...] = get_args(AnyRequest)

_encode = msgspec.json.Encoder().encode
_decode_answer = msgspec.json.Decoder(Answer).decode
_WHATS = ("pid", "returned", "raised", "ended", "messages", "status", "ok", "failed", "event")
"""Of which an answer, or an event, has one."""
_of_what = attrgetter(*_WHATS)
_decode_hello = msgspec.json.Decoder(Hello).decode


def write_request(request: Request) -> bytes:
    """``request`` as a line, newline included."""
    return _encode(request) + b"\n"


def read_answer(line: bytes, limits: Limits = DEFAULTS) -> Answer:
    """The answer or event in ``line``. Raises :class:`WireError`, :class:`~gen_tck.adapters.bounded.TooMuch`."""
    bounded.check(line, limits)
    try:
        answer = _decode_answer(line)
    except (msgspec.MsgspecError, ValueError) as reason:
        raise WireError(f"{shown(str(reason))}, in {_excerpt(line)}") from None
    if _of_what(answer).count(UNSET) < len(_WHATS) - 1:
        said = [name for name, each in zip(_WHATS, _of_what(answer), strict=True) if each is not UNSET]
        raise WireError(f"an answer says one thing, this one {' and '.join(said)}, in {_excerpt(line)}")
    if answer.id is UNSET and answer.event is UNSET:
        raise WireError(f"neither an answer's `id` nor an `event`, in {_excerpt(line)}")
    return answer


def read_hello(line: bytes, limits: Limits = DEFAULTS) -> Hello:
    """The handshake in ``line``. Raises :class:`WireError`, :class:`~gen_tck.adapters.bounded.TooMuch`."""
    bounded.check(line, limits)
    try:
        return _decode_hello(line)
    except (msgspec.MsgspecError, ValueError) as reason:
        raise WireError(f"{shown(str(reason))}, in {_excerpt(line)}") from None


def _excerpt(line: bytes) -> str:
    text = line[:120].decode("utf-8", "replace").strip()
    return repr(text) + ("..." if len(line) > 120 else "")


def shown(text: str) -> str:
    """``text`` for a message: on one line, printable, and not too long."""
    text = printable(text[: MOST_SHOWN + 1])
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


# Terms


def to_json(value: Term) -> Any:
    """A term as what JSON can say. Raises ``TypeError`` for what is no strict term."""
    kind = type(value)
    if kind is int or kind is float:
        return value
    if kind is Atom:
        return {"$a": value.name}
    if kind is bytes:
        return {"$b": base64.b64encode(value).decode("ascii")}
    if kind is tuple:
        return {"$t": [to_json(each) for each in value]}
    if kind is List:
        return [to_json(each) for each in value]
    if kind in _KINDS:
        return {"$h": value.number, "kind": _KINDS[kind]}
    if kind is Improper:
        return {"$i": [[to_json(each) for each in value.heads], to_json(value.tail)]}
    if kind is Map:
        return {"$m": [[to_json(key), to_json(each)] for key, each in value.pairs.items()]}
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


def _number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"{shown(repr(value))} is no number of a handle")
    return value


def _array(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError(f"{shown(repr(value))} is not an array")
    return value


def schema() -> dict[str, Any]:
    """The JSON Schema of the protocol; ``wire.schema.json`` is this, written down."""
    messages: list[type[Struct]] = [Hello, Answer, *REQUESTS]
    _, components = msgspec.json.schema_components(messages, ref_template="#/$defs/{name}")
    components["Term"] = _TERM_SCHEMA
    for owner, name in (("CallRequest", "args"), ("Answer", "messages")):
        components[owner]["properties"][name]["items"] = {"$ref": "#/$defs/Term"}
    for owner, name in (("Answer", "pid"), ("Answer", "returned"), ("Answer", "ended"), ("ExitRequest", "reason")):
        components[owner]["properties"][name] = {"$ref": "#/$defs/Term"}
    raised = components["Answer"]["properties"]["raised"]
    raised["prefixItems"][1] = {"$ref": "#/$defs/Term"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gen_tck wire protocol, version 1",
        "description": "Each line is one message. The child sends Hello, then Answers; the kit sends requests.",
        "anyOf": [{"$ref": f"#/$defs/{each.__name__}"} for each in messages],
        "$defs": components,
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TERM: dict[str, Any] = {"$ref": "#/$defs/Term"}
_TERM_SCHEMA: dict[str, Any] = {
    "title": "Term",
    "description": "An Erlang term.",
    "anyOf": [
        {"type": "number", "description": "an integer of any size, or (with a fraction or an exponent) a float"},
        {"type": "array", "items": _TERM, "description": "a proper list"},
        {"description": "an atom", **_object({"$a": {"type": "string", "maxLength": 255}})},
        {"description": "a binary", **_object({"$b": {"type": "string", "contentEncoding": "base64"}})},
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


def describe(answer: Answer) -> str:
    """What an answer says, for messages to people."""
    if not isinstance(answer.failed, UnsetType):
        return shown(answer.failed)
    said = {name: getattr(answer, name) for name in answer.__struct_fields__ if getattr(answer, name) is not UNSET}
    said.pop("id", None)
    return ", ".join(f"{name} {shown(repr(each))}" for name, each in said.items()) or "nothing"


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
