"""How OTP's inet driver departs from the reference where it reads and receives."""

from __future__ import annotations

import contextlib

from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.packet import BadPacket
from gen_tck.reference.driver.receiving import Receive
from gen_tck.reference.driver.states import COUNTED, FREE, LISTENING, ONCE, OPEN, PASSIVE, TAKEN
from gen_tck.reference.models.departure import Departure
from gen_tck.reference.tables import Around, Edit, InFront, Instead
from gen_tck.spec.terms import Term

_ACTIVE = "is_active"


class ReceiveTimers(TcpDriver):
    """A receive and its time can part."""

    def never_time_out(self, _: object) -> None:
        """The timer of a receive is no more; the receive is."""
        if self.receiving is not None and self.receiving.timer is not None:
            self.receiving.timer.cancel()


class ReadingIsASwitch(TcpDriver):
    """``sock_select``."""

    selected: bool = False  # whether it reads

    def wants_input(self) -> bool:
        if self.state is LISTENING:
            return super().wants_input()
        return self.state in OPEN and self.selected

    def unselect(self, _: object) -> None:
        """It reads no more."""
        self.selected = False

    def select_for_it(self, receive: Receive) -> None:
        """It reads, if the receive waits."""
        self.selected = self.selected or self.receiving is receive[0]

    def set_active(self, value: Term) -> None:
        before = self.mode
        super().set_active(value)
        if self.mode is not before:
            self.selected = self.mode is not PASSIVE

    def answer_packet(self, packet: bytes) -> None:
        self.selected = False
        super().answer_packet(packet)


class PollIsKnown(TcpDriver):
    """A receive without any time is told apart."""

    def is_poll(self, _: object) -> bool:
        """Whether the receive has no time at all."""
        return self.receiving is not None and self.receiving.timer is None


class BufferHasASize(TcpDriver):
    """``tcp_push_buffer``, ``tcp_remain``."""

    def grow_buffer(self, data: bytes) -> None:
        """It has room for what is put back."""
        self.buffer_size += len(data)

    def room(self) -> int:
        return self.buffer_size or super().room()

    def packet_length(self) -> int:
        length, limit = super().packet_length(), self.options["packet_size"]
        if not length and len(self.input) >= self.room():
            if limit <= len(self.input):
                raise BadPacket
            self.buffer_size = limit  # a packet may be so long: there is room for it now
        elif length > len(self.input):
            self.buffer_size = max(self.room(), length)  # it stays, whatever framing comes then
        return length


class UnrecvForgetsTheLength(TcpDriver):
    """``i_remain`` is set to 0."""

    def keeps_its_length(self) -> bool:
        return False


class NextPacketOnlyWhileActive(TcpDriver):
    """``tcp_deliver``."""

    def is_taken(self) -> bool:
        return self.mode is not PASSIVE


class BadPacketIsOnlyFound(TcpDriver):
    """``tcp_deliver``."""

    stumbled: bool = False
    """Whether it has found what is no packet, behind one that is."""

    def deliver(self, length: int) -> None:
        try:
            super().deliver(length)
        except BadPacket:
            self.bytes_wanted, self.stumbled = 0, True

    def deliver_what_is_there(self, direct: bool) -> None:
        self.stumbled = False
        if direct:
            super().deliver_what_is_there(direct)
        elif self.input and not self.bytes_wanted:
            with contextlib.suppress(BadPacket):
                self.deliver(self.packet_length())


class BadPacketStopsReading(BadPacketIsOnlyFound, ReadingIsASwitch):
    """``inet_set_opts`` selects only if delivering has found nothing wrong."""

    def deliver_what_is_there(self, direct: bool) -> None:
        super().deliver_what_is_there(direct)
        if direct:
            self.selected = self.selected and not self.stumbled


class ReadsOn(TcpDriver):
    """``tcp_recv``."""

    delivered: bool = False

    def read(self, request: int = 0) -> None:
        self.delivered = False
        known, before = request or self.bytes_wanted or self._length_of_input(), len(self.input)
        super().read(request)
        while not known and not self.delivered and len(self.input) > before and self._wants_more():
            known, before = self.bytes_wanted, len(self.input)
            super().read()

    def deliver(self, length: int) -> None:
        self.delivered = True
        super().deliver(length)

    def _length_of_input(self) -> int:
        """That of the packet whose beginning has been read before, or put back; 0: not known yet."""
        with contextlib.suppress(BadPacket):
            return self.packet_length() if self.input else 0
        return 0

    def _wants_more(self) -> bool:
        return self.state in OPEN and (self.mode is not PASSIVE or self.receiving is not None)


SWITCH = Departure(
    "otp-inet/reading-is-a-switch",
    "whether it reads is a switch, and no question of who wants something: whoever becomes passive turns it off, a "
    "receive in the slot or not",
    otp="inet_drv.c: tcp_deliver; inet_drv.c: inet_set_opts",
    clauses=(
        "async_recv/request-ends-with-its-caller",
        "receiving/activation-during-a-receive",
        "receiving/passive-again-serves-the-receive",
        "receiving/timeout-of-a-receive-leaves-an-active-socket-active",
    ),
    edits=(
        Around((ONCE,), "packet", "", last=("unselect",)),
        Around((COUNTED,), "packet", "is_last", last=("unselect",)),
        Around((FREE,), "ask", "", last=("select_for_it",)),
        Around((TAKEN,), "expired", "", first=("unselect",)),
        Around(OPEN, "fin", _ACTIVE, last=("unselect",)),
        Around(OPEN, "fin", "", last=("unselect",)),
        Around(OPEN, "failure", _ACTIVE, last=("unselect",)),
        Around(OPEN, "failure", "", last=("unselect",)),
    ),
    driver=ReadingIsASwitch,
)
SPENT = Departure(
    "otp-inet/spent-mode-stops-the-time-of-a-receive",
    "an active mode that is spent stops the timer of a pending receive, which waits for ever",
    otp="inet_drv.c: tcp_deliver",
    clauses=("async_recv/activation-leaves-an-answer-owed",),
    edits=(
        Around((ONCE,), "packet", "", last=("never_time_out",)),
        Around((COUNTED,), "packet", "is_last", last=("never_time_out",)),
    ),
    driver=ReceiveTimers,
    after=(SWITCH.name,),
)
SLOT = Departure(
    "otp-inet/slot-outlives-its-receiver",
    "nobody watches the process of a request: the slot stays taken when it has ended",
    otp="inet_drv.c: enq_async_w_tmo",
    clauses=(
        "async_recv/request-ends-with-its-caller",
        "receiving/killed-receiver-leaves-its-place",
    ),
    edits=(Edit((TAKEN,), "receiver_ended", "", (Instead(()),)),),
)
POLL = Departure(
    "otp-inet/poll-keeps-its-length",
    "a receive without any time that fails leaves behind that its length is wanted: no timer ends that",
    otp="inet_drv.c: tcp_inet_ctl",
    clauses=(
        "async_recv/poll-leaves-the-bytes-within-reach",
        "receiving/poll-leaves-the-bytes-within-reach",
    ),
    edits=(InFront((TAKEN,), "expired", "", (Instead(("answer_timeout",), FREE, "is_poll"),)),),
    driver=PollIsKnown,
    after=(SWITCH.name,),
)
BUFFER = Departure(
    "otp-inet/buffer-has-the-size-of-what-was-put-back",
    "what is put back is all that its buffer has room for: a packet that does not end in it is found bad",
    otp="inet_drv.c: tcp_push_buffer; inet_drv.c: tcp_remain",
    clauses=(
        "async_recv/unrecv-waits-for-the-rest-of-a-packet",
        "receiving/expired-receive-cuts-no-line",
    ),
    edits=(Around(OPEN, "unrecv", "", first=("grow_buffer",)),),
    driver=BufferHasASize,
)
LENGTH = Departure(
    "otp-inet/unrecv-forgets-the-length",
    "bytes that are put back make a pending receive take whatever is there",
    otp="inet_drv.c: tcp_push_buffer",
    clauses=("async_recv/unrecv-during-a-request",),
    driver=UnrecvForgetsTheLength,
)
NEXT = Departure(
    "otp-inet/next-packet-only-while-active",
    "behind a packet it looks for another while the mode is active, whether or not a receive is pending",
    otp="inet_drv.c: tcp_deliver",
    clauses=("receiving/activation-during-a-receive", "receiving/passive-again-serves-the-receive"),
    driver=NextPacketOnlyWhileActive,
)
FOUND = Departure(
    "otp-inet/bad-packet-is-only-found",
    "what is no packet, behind one that is, is found and not told; that does the next look for input",
    otp="inet_drv.c: tcp_deliver",
    clauses=("closing/bad-packet-behind-a-good-one-is-reported",),
    driver=BadPacketIsOnlyFound,
)
STOPS = Departure(
    "otp-inet/bad-packet-stops-reading",
    "what is found to be no packet leaves the switch of reading off",
    otp="inet_drv.c: inet_set_opts",
    clauses=(
        "async_recv/request-ends-with-its-caller",
        "closing/bad-packet-behind-a-good-one-is-reported",
        "receiving/activation-during-a-receive",
        "receiving/passive-again-serves-the-receive",
        "receiving/timeout-of-a-receive-leaves-an-active-socket-active",
    ),
    driver=BadPacketStopsReading,
    after=(SWITCH.name, FOUND.name),
    interaction=True,
)
ON = Departure(
    "otp-inet/reads-on-after-a-part",
    "after part of a packet it reads on at once; no clause says when it reads",
    otp="inet_drv.c: tcp_recv",
    since=26,
    driver=ReadsOn,
    after=(FOUND.name, STOPS.name),
)
RECEIVING = (SWITCH, SPENT, SLOT, POLL, BUFFER, LENGTH, NEXT, FOUND, STOPS, ON)
