"""What happens in a case, as a trace has it: one class for each kind of event.

What comes of a line of a file, and how one is written, is told by :mod:`gen_tck.conformance.traces.lines`. Fields stand
in the order in which a line has them; the numbers of processes, calls, peers and listeners count from 1. What the kit
did has ``do``:

==========================================  ========================================================================
``spawn``                                   ``process``, ``pid``, ``name``
``call``                                    ``call``, ``process``, ``module``, ``function``, ``args``
``take``, ``exit``                          ``process``, ``count`` or ``reason``
``settle``, ``advance``                     (``milliseconds``)
``wait``                                    what follows up to ``waited`` was seen while the kit waited for something
``listen``, ``accept``, ``dial``            ``listener``, ``port``, ``peer``; ``receive_buffer``; ``refused``
``offer``                                   ``peer``, ``data`` (as many bytes as were taken) or ``failed``
``finish``, ``close``, ``reset``, ``vanish``  ``peer``; ``lost``
``step``                                    ``step`` of a generated script begins (some do nothing that is seen here)
==========================================  ========================================================================

What it saw has no ``do``: ``{"call":1,"returned":T}`` (or ``raised``, ``ended``), ``{"process":1,"mailbox":[T…]}`` (the
whole of it; ``more``: what has come to it since), ``{"process":1,"status":"suspended"}``, ``{"peer":1,"data":…}``,
``{"peer":1,"end":"fin"}``, ``{"peer":1,"delivered":true}``, ``{"census":{"sockets":1}}`` if it is not as before,
``{"waited":true}``, ``{"rest":false}`` if the node would not come to rest, and last
``{"node_failed":WORDS,"kind":"died"}`` (or ``adapter``, ``call``) if it failed. A wait in vain tells its ``seconds``,
and whether it was ``cut_short`` or the node ``restless``. What a test compared is written in words,
``{"expect":WANTED,"seen":SEEN,"where":WHERE,"ok":true}``. If it failed, ``looked`` says whose whole ``mailbox`` it was,
if it was one, and whether a peer's connection was still ``open``.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from gen_tck.adapters.interface import Status
from gen_tck.conformance.traces.data import Data
from gen_tck.conformance.traces.fields import Buffer, Looked, Name, Number, OneTerm, RaisedTerm, TcpPort, Terms
from gen_tck.spec.counted import Counted
from gen_tck.spec.routes import Loss


class Done(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag=str.lower):
    """What the kit did; ``at`` is in seconds since the case began."""

    at: float


class Spawn(Done):
    """It had a process made."""

    process: Number
    pid: OneTerm
    name: Name


class Call(Done):
    """It had a process call a function."""

    call: Number
    process: Number
    module: Name
    function: Name
    args: Terms


class Take(Done):
    """It took the oldest messages out of a mailbox."""

    process: Number
    count: Annotated[int, Meta(ge=0, le=1_000_000)]


class Exit(Done):
    """It sent an exit signal."""

    process: Number
    reason: OneTerm


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
    port: TcpPort
    receive_buffer: Buffer | None


class Accept(Done):
    """It accepted a connection."""

    listener: Number
    peer: Number


class Dial(Done):
    """It connected to the subject."""

    port: TcpPort
    peer: Number
    receive_buffer: Buffer | None = None


class DialRefused(Done, tag="dial"):
    """It would have connected to the subject, and was refused: why, in the words of the operating system."""

    port: TcpPort
    refused: str


class Offer(Done):
    """It sent bytes, as many as were taken."""

    peer: Number
    data: Data


class OfferFailed(Done, tag="offer"):
    """It could not send: why, in the words of the operating system."""

    peer: Number
    failed: str


class Finish(Done):
    """It half-closed a connection."""

    peer: Number


class Close(Done):
    """It closed a connection."""

    peer: Number


class Reset(Done):
    """It reset a connection."""

    peer: Number


class Vanish(Done):
    """It vanished: from now on it takes nothing and says nothing; ``lost``: or what is said of the way to it."""

    peer: Number
    lost: Loss | None = None


class Step(Done):
    """A step of a generated script begins."""

    step: str


Asked: TypeAlias = Spawn | Call | Take | Exit | Settle | Advance | Wait | Step
Connecting: TypeAlias = Listen | Accept | Dial | DialRefused
Sending: TypeAlias = Offer | OfferFailed | Finish | Close | Reset | Vanish
AnyDone: TypeAlias = Asked | Connecting | Sending


class Seen(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the kit saw or compared; which it is tells the name of the field that no other has."""

    at: float

    @classmethod
    def what(cls) -> str:
        """The name of that field: the first that says neither when something was seen nor of whom."""
        return next(name for name in cls.__struct_fields__ if name not in ("at", "call", "process", "peer"))


class CameBack(Seen):
    """A call returned."""

    call: Number
    returned: OneTerm


class RaisedSeen(Seen):
    """A call raised."""

    call: Number
    raised: RaisedTerm


class EndedSeen(Seen):
    """The caller ended."""

    call: Number
    ended: OneTerm


class MailboxSeen(Seen):
    """The whole mailbox."""

    process: Number
    mailbox: Terms


class MoreSeen(Seen):
    """What has come to the mailbox since."""

    process: Number
    more: Terms


class FactSeen(Seen):
    """Something of a process, in a field of that name. Who does nothing about it in particular need not know which."""

    process: Number


class StatusSeen(FactSeen):
    """What a process was about."""

    status: Status


class DataSeen(Seen):
    """A peer received bytes."""

    peer: Number
    data: Data


class EndSeen(Seen):
    """A peer saw the end of the connection."""

    peer: Number
    end: Literal["fin", "reset"]


class DeliveredSeen(Seen):
    """Everything a peer did has reached the subject's side."""

    peer: Number
    delivered: bool


class WaitedSeen(Seen, omit_defaults=True):
    """A wait ended: whether what it was for has come; if not, after how long, and why that may prove nothing."""

    waited: bool
    seconds: float = 0.0
    restless: bool = False
    cut_short: bool = False


class RestSeen(Seen):
    """The node did not come to rest."""

    rest: bool


class CensusSeen(Seen):
    """How many there were of what calls make."""

    census: dict[Counted, Annotated[int, Meta(ge=0)]]


class Compared(Seen, omit_defaults=True):
    """What a test expected and saw, in words."""

    expect: str
    seen: str
    where: str
    ok: bool
    looked: Looked | None = None
    """``None`` if it did not fail; and in traces of kits that told it in words only."""


class NodeFailed(Seen):
    """The node died, its adapter broke the protocol or could not make a call, or it is out of scope; the last line
    before the verdict."""

    node_failed: str
    kind: Literal["died", "adapter", "call", "scope"] = "died"


Answer: TypeAlias = CameBack | RaisedSeen | EndedSeen
Fact: TypeAlias = StatusSeen
AtProcess: TypeAlias = Answer | MailboxSeen | MoreSeen | Fact
AtPeer: TypeAlias = DataSeen | EndSeen | DeliveredSeen
AnySeen: TypeAlias = AtProcess | AtPeer | WaitedSeen | RestSeen | CensusSeen | Compared | NodeFailed
AnyEvent: TypeAlias = AnyDone | AnySeen
