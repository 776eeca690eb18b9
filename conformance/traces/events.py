"""The shape of each kind of line in a trace: what :mod:`gen_tck.conformance.traces.file` checks when it reads one.

``python -m gen_tck.conformance.traces.events`` prints the JSON Schema of a line, ``trace.schema.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from gen_tck.adapters.wire import WireError, from_json, shown
from gen_tck.spec.terms import LONGEST_ATOM

Json = Any
"""A term or data, as in the wire protocol."""
Number: TypeAlias = Annotated[int, Meta(ge=1, lt=1 << 31)]
"""Of a process, a call, a peer or a listener."""
Port: TypeAlias = Annotated[int, Meta(ge=0, le=65535)]
Buffer: TypeAlias = Annotated[int, Meta(ge=1, lt=1 << 31)]
"""Bytes."""
Name: TypeAlias = Annotated[str, Meta(max_length=LONGEST_ATOM)]


class Done(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag=str.lower):
    """What the kit did; ``at`` is in seconds since the case began."""

    at: float


class Spawn(Done):
    """It had a process made."""

    process: Number
    pid: Json
    name: Name


class Call(Done):
    """It had a process call a function."""

    call: Number
    process: Number
    module: Name
    function: Name
    args: list[Json]


class Take(Done):
    """It took the oldest messages out of a mailbox."""

    process: Number
    count: Annotated[int, Meta(ge=0, le=1_000_000)]


class Exit(Done):
    """It sent an exit signal."""

    process: Number
    reason: Json


class Settle(Done):
    """It waited until nothing more could happen."""


class Advance(Done):
    """It let time pass."""

    milliseconds: Annotated[int, Meta(ge=0, le=3_600_000)]


class Wait(Done):
    """It waited for something."""


class Listen(Done):
    """It listened."""

    listener: Number
    port: Port
    receive_buffer: Buffer | None


class Accept(Done):
    """It accepted a connection."""

    listener: Number
    peer: Number


class Dial(Done):
    """It connected to the subject, or was refused."""

    port: Port
    peer: Number | None = None
    receive_buffer: Buffer | None = None
    refused: str | None = None


class Offer(Done):
    """It sent bytes, as many as were taken, or could not."""

    peer: Number
    data: Json = None
    failed: str | None = None


class Finish(Done):
    """It half-closed a connection."""

    peer: Number


class Close(Done):
    """It closed a connection."""

    peer: Number


class Reset(Done):
    """It reset a connection."""

    peer: Number


class Step(Done):
    """A step of a generated script begins."""

    step: str


Asked = Spawn | Call | Take | Exit | Settle | Advance | Wait | Step
AnyDone = Asked | Listen | Accept | Dial | Offer | Finish | Close | Reset


class Seen(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the kit saw or compared; which it is tells the first of its own fields."""

    at: float


class CameBack(Seen):
    """A call returned."""

    returned: Json
    call: Number


class RaisedSeen(Seen):
    """A call raised: the class, and the reason."""

    raised: tuple[Literal["error", "exit", "throw"], Json]
    call: Number


class EndedSeen(Seen):
    """The caller ended."""

    ended: Json
    call: Number


class MailboxSeen(Seen):
    """The whole mailbox."""

    mailbox: list[Json]
    process: Number


class MoreSeen(Seen):
    """What has come to the mailbox since."""

    more: list[Json]
    process: Number


class StatusSeen(Seen):
    """What a process was about."""

    status: Literal["idle", "waiting", "suspended", "ended"]
    process: Number


class DataSeen(Seen):
    """A peer received bytes."""

    data: Json
    peer: Number


class EndSeen(Seen):
    """A peer saw the end of the connection."""

    end: Literal["fin", "reset"]
    peer: Number


class DeliveredSeen(Seen):
    """Everything a peer did has reached the subject's side."""

    delivered: bool
    peer: Number


class WaitedSeen(Seen):
    """A wait ended: whether what it was for has come; if not, after how long, and why that may prove nothing."""

    waited: bool
    seconds: float = 0.0
    restless: bool = False
    cut_short: bool = False


class RestSeen(Seen):
    """The node did not come to rest."""

    rest: bool


class Compared(Seen):
    """What a test expected and saw, in words."""

    expect: str
    seen: str
    where: str
    ok: bool


class NodeFailed(Seen):
    """The node died, its adapter broke the protocol or could not make a call; the last line before the verdict."""

    node_failed: str
    kind: Literal["died", "adapter", "call"] = "died"


SEEN: dict[str, type[Seen]] = {
    kind.__struct_fields__[0]: kind
    for kind in (
        *(CameBack, RaisedSeen, EndedSeen, MailboxSeen, MoreSeen, StatusSeen),
        *(DataSeen, EndSeen, DeliveredSeen, WaitedSeen, RestSeen, Compared, NodeFailed),
    )
}


def check(event: dict[str, Any]) -> None:
    """Raise ``ValueError`` (a ``WireError`` among others) with what is wrong, unless ``event`` is a line of a trace."""
    if "do" in event:
        msgspec.convert(event, AnyDone)
    else:
        kind = next((SEEN[key] for key in event if key in SEEN), None)
        if kind is None:
            raise ValueError(f"nothing is known of a line with {shown(', '.join(map(repr, event))) or 'nothing in it'}")
        msgspec.convert(event, kind)
    for term in _terms(event):
        from_json(term)
    _check_result(event)
    if "data" in event:
        _check_data(event["data"])


_RESULTS = {"offer": ("data", "failed"), "dial": ("peer", "refused")}
"""The two fields of which one tells how something went."""


def _check_result(event: dict[str, Any]) -> None:
    fields = _RESULTS.get(event.get("do", ""), ())
    if fields and [event[name] is None for name in fields if name in event] != [False]:
        raise ValueError(f"such a line has one of {' and '.join(fields)}")


def _terms(event: dict[str, Any]) -> Iterator[Any]:
    yield from (event[key] for key in ("pid", "reason", "returned", "ended") if key in event)
    for key in ("args", "mailbox", "more"):
        yield from event.get(key, ())
    if "raised" in event:
        yield event["raised"][1]


def _check_data(data: Any) -> None:
    if not isinstance(data, dict) or "$r" not in data:
        if not isinstance(from_json(data), bytes):
            raise WireError("data are no binary")
        return
    run = data["$r"]
    if not (isinstance(run, list) and len(run) == 2 and all(type(each) is int for each in run)):
        raise WireError("a run of bytes is [byte, count]")
    if not (0 <= run[0] <= 255 and run[1] >= 0):
        raise WireError(f"{run} is no run of bytes")


def schema() -> dict[str, Any]:
    """The JSON Schema of one line between the first and the last."""
    kinds = (*AnyDone.__args__, *SEEN.values())
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of a gen_tck trace, between the header and the verdict",
        "anyOf": list(schemas),
        "$defs": components,
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
