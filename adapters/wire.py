"""The wire protocol, version 1, minor 1: its messages. ``PROTOCOL.md`` tells it to implementers.

Each message is one line of JSON. The kit sends requests with ids; the child answers each once, in any order.
Terms in them are JSON as :mod:`~gen_tck.adapters.json_terms` has it.
``python -m gen_tck.adapters.wire`` prints the JSON Schema of it all, which is kept in ``wire.schema.json``.
"""

from __future__ import annotations

import json
from contextlib import suppress
from difflib import get_close_matches
from operator import attrgetter
from typing import Annotated, Any, Literal, TypeAlias, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gen_tck.adapters import bounded, json_terms
from gen_tck.adapters.interface import Looking, Settling
from gen_tck.adapters.json_terms import WireError
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.spec.counted import Counted
from gen_tck.spec.printable import MOST_SHOWN, shown

VERSION = 1
MINOR = 1
"""The newest minor that the kit knows. A minor only adds: a kit of 1.1 plays with nodes of 1.0, 1.1 and 1.7."""
PROTOCOL = f"{VERSION}.{MINOR}"
"""What the kit speaks, as ``GEN_TCK_PROTOCOL`` tells the program."""


class Manners(Struct, rename="kebab", frozen=True):
    """How the child does what there is more than one way to do; ``capabilities`` on the wire."""

    settle: Settling = "exact"
    mailbox: Looking = "look"
    plays_scripts: bool = False
    burst: bool = False
    """Reserved: nothing is made of it yet."""


class Hello(Struct):
    """The child's first line: who it is and what it offers."""

    gen_tck: int
    name: str
    version: str
    profiles: list[str]
    token: str = ""
    """Without meaning over standard input and output, where there are no strangers."""
    clock: Literal["real"] = "real"
    homepage: str = ""
    calls: list[str] | None = None
    details: dict[str, str] = {}  # msgspec copies it
    minor: Annotated[int, Meta(ge=0)] = 0
    """The minor of the protocol that it speaks, which may be higher than the kit's."""
    capabilities: Manners | UnsetType = UNSET
    """Since minor 1."""
    helpers: list[str] | UnsetType = UNSET
    """Since minor 1."""


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
    """Remove the ``count`` oldest messages (answer: ``ok``), or without ``count`` all (answer: ``messages``)."""

    process: int
    count: int | UnsetType = UNSET


class ExitRequest(Request, tag="exit"):
    """Send an exit signal to a process. Answer: ``ok``."""

    process: int
    reason: Any


class StatusRequest(Request, tag="status"):
    """What a process is doing. Answer: ``status``."""

    process: int


class SettleRequest(Request, tag="settle"):
    """Answer ``ok`` when all has happened that can without further input; with ``rest`` false if that takes long."""


class CensusRequest(Request, tag="census"):
    """How many there are of what calls make. Asked of who claims the profile ``census``. Answer: ``census``."""


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
    census: dict[Counted, Annotated[int, Meta(ge=0)]] | UnsetType = UNSET
    ok: Literal[True] | UnsetType = UNSET
    rest: bool | UnsetType = UNSET
    failed: str | UnsetType = UNSET
    event: str | UnsetType = UNSET


class StrictManners(Manners, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """The same, where every field means something."""


class StrictHello(Hello, forbid_unknown_fields=True):
    """A handshake in which every field means something."""

    capabilities: StrictManners | UnsetType = UNSET


class StrictAnswer(Answer, forbid_unknown_fields=True):
    """An answer in which every field means something."""


AnyRequest: TypeAlias = (
    SpawnRequest
    | CallRequest
    | MailboxRequest
    | TakeRequest
    | ExitRequest
    | StatusRequest
    | SettleRequest
    | CensusRequest
    | ClearRequest
    | StopRequest
)
REQUESTS: tuple[type[Request], ...] = get_args(AnyRequest)

_encode = msgspec.json.Encoder().encode
_decode_answer = msgspec.json.Decoder(Answer).decode
_decode_strict_answer = msgspec.json.Decoder(StrictAnswer).decode
_WHATS = ("pid", "returned", "raised", "ended", "messages", "status", "census", "ok", "failed", "event")
"""Of which an answer, or an event, has one."""
_of_what = attrgetter(*_WHATS)
_decode_hello = msgspec.json.Decoder(Hello).decode
_decode_strict_hello = msgspec.json.Decoder(StrictHello).decode


def write_request(request: Request) -> bytes:
    """``request`` as a line, newline included."""
    return _encode(request) + b"\n"


def knows_all_of(minor: int) -> bool:
    """Whether whatever a node of this ``minor`` may say is known here, so that what is unknown is a mistake.

    Nothing is said of minor 0, in which unknown fields have always been ignored.
    """
    return 1 <= minor <= MINOR


def read_answer(line: bytes, limits: Limits = DEFAULTS, minor: int = 0) -> Answer:
    """The answer or event in ``line``, of a node of this ``minor``. Raises ``WireError``, ``TooMuch``."""
    bounded.check(line, limits)
    try:
        answer = _strict_answer(line) if knows_all_of(minor) else _decode_answer(line)
    except (msgspec.MsgspecError, ValueError) as reason:
        raise WireError(f"{_why(reason, line, Answer)}, in {_excerpt(line)}") from None
    if _of_what(answer).count(UNSET) < len(_WHATS) - 1:
        said = [name for name, each in zip(_WHATS, _of_what(answer), strict=True) if each is not UNSET]
        raise WireError(f"an answer says one thing, this one {' and '.join(said)}, in {_excerpt(line)}")
    if answer.id is UNSET and answer.event is UNSET:
        raise WireError(f"neither an answer's `id` nor an `event`, in {_excerpt(line)}")
    return answer


def _strict_answer(line: bytes) -> Answer:
    """What ``line`` says. Fields that nobody knows are for events, which may have any."""
    try:
        return _decode_strict_answer(line)
    except msgspec.ValidationError:
        answer = _decode_answer(line)
        if answer.id is UNSET:
            return answer
        raise


def read_hello(line: bytes, limits: Limits = DEFAULTS) -> Hello:
    """The handshake in ``line``. Raises ``WireError``, ``TooMuch``."""
    bounded.check(line, limits)
    try:
        hello = _decode_hello(line)
        return _decode_strict_hello(line) if knows_all_of(hello.minor) else hello
    except (msgspec.MsgspecError, ValueError) as reason:
        raise WireError(f"{_why(reason, line, Hello)}, in {_excerpt(line)}") from None


def _why(reason: Exception, line: bytes, kind: type[Struct]) -> str:
    """What is wrong with ``line``, and which field in it is none of such a message, if there is one."""
    said, known = shown(str(reason)), kind.__struct_fields__
    with suppress(msgspec.MsgspecError, ValueError):
        unknown = [each for each in msgspec.json.decode(line, type=dict[str, msgspec.Raw]) if each not in known]
        for name in unknown[:1]:
            near = get_close_matches(name, known, 1) if len(name) < MOST_SHOWN else ()
            said += "" if f"`{name}`" in said else f"; there is no field `{shown(name)}`"
            said += f"; did you mean `{near[0]}`?" if near else ""
    return said


def _excerpt(line: bytes) -> str:
    text = line[:120].decode("utf-8", "replace").strip()
    return repr(text) + ("..." if len(line) > 120 else "")


def schema() -> dict[str, Any]:
    """The JSON Schema of the protocol; ``wire.schema.json`` is this, written down."""
    messages: list[type[Struct]] = [Hello, Answer, *REQUESTS]
    _, components = msgspec.json.schema_components(messages, ref_template="#/$defs/{name}")
    components["Term"] = json_terms.SCHEMA
    for owner, name in (("CallRequest", "args"), ("Answer", "messages")):
        components[owner]["properties"][name]["items"] = {"$ref": "#/$defs/Term"}
    for owner, name in (("Answer", "pid"), ("Answer", "returned"), ("Answer", "ended"), ("ExitRequest", "reason")):
        components[owner]["properties"][name] = {"$ref": "#/$defs/Term"}
    raised = components["Answer"]["properties"]["raised"]
    raised["prefixItems"][1] = {"$ref": "#/$defs/Term"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"gen_tck wire protocol, version {PROTOCOL}",
        "description": "Each line is one message. The child sends Hello, then Answers; the kit sends requests.",
        "anyOf": [{"$ref": f"#/$defs/{each.__name__}"} for each in messages],
        "$defs": components,
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
