"""Variants of the clauses on receiving and on modes."""

from __future__ import annotations

import contextlib

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.receiving import Receive
from gen_tck.reference.driver.states import ALWAYS, COUNTED, FREE, ONCE, OPEN, PASSIVE, TAKEN, Mode
from gen_tck.reference.functions import Function
from gen_tck.reference.models import variant_calls as calls
from gen_tck.reference.models.variant import Variant
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.prim_inet import error, find
from gen_tck.reference.tables import Around, Edit, InFront, Instead
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Pid, Term

_TURN = Atom("turn")
"""What tells a receive that it may ask again."""


class ReceiverFirst(TcpDriver):
    """Who waits is asked for."""

    def has_receiver(self, _: object) -> bool:
        """Whether a receive waits."""
        return self.receiving is not None

    def answer_failure_or_end(self, reason: Atom) -> None:
        """What it is told of a failure may be the end of the connection."""
        self.answer_failure(a.closed if self.vm.choose("what a receive is told of an active socket", 2) else reason)


class ReceiversQueue(TcpDriver):
    """Behind one that waits in ``recv``; a request by ``async_recv`` is none."""

    waiting: tuple[Pid, ...] = ()
    """Who is in ``recv``."""
    behind: tuple[Pid, ...] = ()
    """Who of them waits for the slot, in order."""

    def call_next(self, _: object) -> None:
        """Who has waited longest, and is still there, asks again."""
        while self.behind:
            pid, *rest = self.behind
            self.behind = tuple(rest)
            if pid in self.vm.processes:
                self.vm.send(pid, (_TURN, self.port.id))
                return

    def leave(self, pid: Pid) -> None:
        """It has its answer; whoever has not had the slot has called nobody."""
        self.waiting, self.behind = _without(pid, self.waiting), _without(pid, self.behind)
        if self.slot is FREE:
            self.call_next(None)

    def must_wait(self, pid: Pid, answer: Term) -> bool:
        """Whether the ``recv`` of somebody else has the slot."""
        holder = self.receiving.caller.pid if self.receiving is not None else pid
        return answer == error(a.ealready) and holder != pid and holder in self.waiting


def _without(pid: Pid, those: tuple[Pid, ...]) -> tuple[Pid, ...]:
    return tuple([each for each in those if each != pid])


def queues(call: Function) -> Function:
    """A receive behind a pending one waits for its turn; its time may begin only then."""

    async def changed(process: Process, socket: Term, length: Term, *timeout: Term) -> Term:
        found = find(process, socket)
        if found is None or not isinstance(driver := found[1], ReceiversQueue):
            return await call(process, socket, length, *timeout)
        driver.waiting += (process.pid,)
        try:
            return await _in_turn(driver, call, process, socket, length, *timeout)
        finally:
            driver.leave(process.pid)

    return changed


async def _in_turn(
    driver: ReceiversQueue, call: Function, process: Process, socket: Term, length: Term, *timeout: Term
) -> Term:
    timers, turn = process.vm.timers, (_TURN, socket)
    time: Term = next(iter(timeout), a.infinity)
    began = timers.now
    while driver.must_wait(process.pid, answer := await call(process, socket, length, *timeout)):
        driver.behind += (process.pid,)
        counts = time is not a.infinity and time >= 0
        counts = counts and not process.vm.choose("the timeout of a queued receive begins with its turn", 2)
        left = max(0, began + time - timers.now) if counts else a.infinity
        if await process.receive(lambda message: message if message == turn else None, left) is None:
            return error(a.timeout)
        timeout = (max(0, began + time - timers.now),) if counts else timeout
    return answer


class BufferIsDropped(TcpDriver):
    """A buffer can be put out of use."""

    def drop_empty_buffer(self, _: object) -> None:
        """With nothing in it, it is made anew."""
        if not self.input:
            self.bytes_wanted = self.buffer_size = 0


class ReadsOn(TcpDriver):
    """Before anything is handed over."""

    def read(self, request: int = 0) -> None:
        if not request:
            self._read_on()
        super().read(request)

    def deliver_what_is_there(self, direct: bool) -> None:
        self._read_on()
        super().deliver_what_is_there(direct)

    def _read_on(self) -> None:
        if self.input and self.options["packet"] in (0, a.raw) and self.state in OPEN:
            with contextlib.suppress(SocketError):
                self.input += self.socket.read(1 << 20) or b""


class PollLooksFurther(TcpDriver):
    """As often as there is something."""

    def look_further(self, receive: Receive) -> None:
        """A receive without time reads until there is nothing more."""
        request, _, timeout = receive
        before = -1
        while timeout == 0 and self.receiving is request and before < len(self.input):
            before = len(self.input)
            self.read()


class FramingLooksAnew(TcpDriver):
    """When an option has changed it."""

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        framing = self.options["packet"]
        given = [value for name, value in pairs if name == "packet"]
        if given and given[-1] != framing and self.is_taken():
            self.bytes_wanted = 0
        super().set_options(pairs)
        if given and given[-1] != framing and self.mode is PASSIVE and self.receiving is not None:
            self.deliver_what_is_there(False)


class LeftoverIsDelivered(TcpDriver):
    """An active mode takes what a receive has left."""

    def deliver_rest(self, _: object) -> None:
        """It becomes a message."""
        if self.state in OPEN and self.is_active():
            self.deliver_what_is_there(False)


_SERVED = Instead(("answer_packet",), when="has_receiver")
_EXITS, _ACTIVE = "is_active and exit_on_close", "is_active"
_ANY = tuple(Mode)
_EMPTY_BUFFER = ("drop_empty_buffer",)

RECEIVER_FIRST = Variant(
    reason="a receive that was there before the socket became active is served first, and told of the end",
    of=("receiving/activation-during-a-receive", "receiver"),
    edits=(
        InFront((ALWAYS, ONCE), "packet", "", (_SERVED,)),
        InFront((COUNTED,), "packet", "is_last", (_SERVED,)),
        Around(OPEN, "fin", _EXITS, first=("answer_closed",)),
        Around(OPEN, "fin", _ACTIVE, first=("answer_closed",)),
        Around(OPEN, "failure", _EXITS, first=("answer_failure_or_end",)),
        Around(OPEN, "failure", _ACTIVE, first=("answer_failure_or_end",)),
    ),
    driver=ReceiverFirst,
)
BUFFER_IS_DROPPED = Variant(
    reason="the buffer of a receive is out of use when that has expired, or when an active mode takes over",
    of=("receiving/buffer-of-an-expired-receive", "dropped"),
    edits=(
        Around((TAKEN,), "expired", "", last=_EMPTY_BUFFER),
        Around(_ANY, "set_true", "", first=_EMPTY_BUFFER),
        Around(_ANY, "set_once", "", first=_EMPTY_BUFFER),
        Around(_ANY, "add", "leaves_none", first=_EMPTY_BUFFER),
        Around(_ANY, "add", "", first=_EMPTY_BUFFER),
    ),
    driver=BufferIsDropped,
)
QUEUED = Variant(
    reason="a receive behind a pending one waits for its turn; its time may begin only then",
    of=("receiving/second-receive", "queued"),
    edits=tuple(
        [Around((TAKEN,), event, "", last=("call_next",)) for event in ("answer", "expired", "receiver_ended")]
    ),
    driver=ReceiversQueue,
    functions=dict.fromkeys(calls.RECEIVES, queues),
)
LENGTH_IS_IGNORED = Variant(
    reason="a receive with a length where there is framing gives the next packet",
    of=("receiving/length-in-packet-mode", "ignored"),
    functions=dict.fromkeys(calls.RECEIVES, calls.ignores_lengths),
    after=(QUEUED.name,),
)
NO_UNRECV = Variant(
    reason="nothing can be put back",
    of=("receiving/unrecv-puts-bytes-in-front", "enotsup"),
    functions={"gen_tcp.unrecv/2": calls.enotsup},
)
READS_ON = Variant(
    reason="whether what was read already goes together with what has come since",
    of=("receiving/receives-what-is-available", "all"),
    is_open=True,
    driver=ReadsOn,
)
POLL_LOOKS_FURTHER = Variant(
    reason="whether a poll that finds part of a packet looks for the end behind it",
    of=("receiving/zero-timeout-polls", "to_the_end"),
    is_open=True,
    edits=(
        Edit(
            (FREE,),
            "ask",
            "",
            (Instead(("number_request", "take_slot", "read_for_it", "look_further", "begin_its_time"), TAKEN),),
        ),
    ),
    driver=PollLooksFurther,
)
FRAMING_LOOKS_ANEW = Variant(
    reason="whether a new framing looks at once at what has come, or when more comes",
    of=("receiving/framing-may-change-during-a-receive", "at_once"),
    is_open=True,
    driver=FramingLooksAnew,
)
LEFTOVER_IS_DELIVERED = Variant(
    reason="whether bytes that a receive waits or waited with are a message of an active mode at once, or with more",
    of=("modes/leftover-of-a-receive-is-delivered", "at_once"),
    is_open=True,
    edits=(
        Around((TAKEN,), "expired", "", last=("deliver_rest",)),
        Around((TAKEN,), "receiver_ended", "", last=("deliver_rest",)),
        Around((PASSIVE,), "set_true", "", first=("want_anything",)),
        Around((PASSIVE,), "set_once", "", first=("want_anything",)),
        Around((PASSIVE,), "add", "leaves_none", first=("want_anything",)),
        Around((PASSIVE,), "add", "", first=("want_anything",)),
    ),
    driver=LeftoverIsDelivered,
)
RECEIVING = (
    RECEIVER_FIRST,
    BUFFER_IS_DROPPED,
    QUEUED,
    LENGTH_IS_IGNORED,
    NO_UNRECV,
    READS_ON,
    POLL_LOOKS_FURTHER,
    FRAMING_LOOKS_ANEW,
    LEFTOVER_IS_DELIVERED,
)
