"""The receive slot: one receive may wait, and no queue of them."""

from __future__ import annotations

from typing import TypeAlias

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Refused, Request
from gen_tck.reference.driver.input import Input
from gen_tck.reference.driver.mode import Mode
from gen_tck.reference.driver.packet import framing
from gen_tck.reference.driver.states import FREE, TAKEN, Slot
from gen_tck.reference.tables import Row, Table
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Term

RECEIVE_LIMIT = 0x4000000
"""The longest receive, in bytes (64 MiB)."""

Receive: TypeAlias = tuple[Request, int, int | None]
"""What is asked for: the request, so many bytes (0: any), within so many ms."""

_ASKED = "inet_drv.c: tcp_inet_ctl"
_BOTH = tuple(Slot)

RECEIVE_SLOT = Table(
    "receive slot",
    "slot",
    (
        # A passive socket with a connection is asked for input.
        Row(
            _BOTH,
            "ask",
            ("refuse_einval",),
            when="has_length_with_framing",
            otp=_ASKED,
            clauses=("async_recv/length-with-framing-is-refused",),
        ),
        Row(
            _BOTH,
            "ask",
            ("refuse_enomem",),
            when="is_too_long",
            otp=f"{_ASKED}; inet_drv.c: TCP_MAX_PACKET_SIZE",
            clauses=("async_recv/length-beyond-64-mib",),
        ),
        Row(
            (TAKEN,),
            "ask",
            ("number_request", "refuse_ealready"),
            otp="inet_drv.c: enq_async_w_tmo; inet_drv.c: INET_MAX_ASYNC",
            clauses=("async_recv/second-request-is-refused", "async_recv/reference-of-a-refused-request"),
        ),
        Row(
            (FREE,),
            "ask",
            ("number_request", "take_slot", "read_for_it", "begin_its_time"),
            TAKEN,
            otp=f"{_ASKED}; inet_drv.c: enq_async_w_tmo",
            clauses=("async_recv/references-count-up", "async_recv/zero-timeout-polls"),
        ),
        # It is answered.
        Row((TAKEN,), "answer", ("answer_request",), FREE, otp="inet_drv.c: deq_async_w_tmo"),
        # It gets nothing in time: what was read so far is kept.
        Row(
            (TAKEN,),
            "expired",
            ("want_anything", "answer_timeout"),
            FREE,
            otp="inet_drv.c: tcp_inet_recv_timeout",
            clauses=("receiving/times-out", "receiving/timeout-keeps-the-bytes"),
        ),
        # The receiver is dead: the slot is free, and what was read for it waits for the next one.
        Row(
            (TAKEN,),
            "receiver_ended",
            ("forget_request", "want_anything"),
            FREE,
            otp="inet_drv.c: tcp_inet_process_exit",
            clauses=("async_recv/request-ends-with-its-caller",),
        ),
    ),
)


class ReceiveSlot(Input, Mode):
    """What the rows of :data:`RECEIVE_SLOT` do."""

    def receive(self, caller: Process, length: int, timeout: int | None) -> int:
        """Ask for ``length`` bytes (0: any) within ``timeout`` ms. The request's reference. Raises :class:`Refused`."""
        request = Request(caller, self.port, self.receiver_ends)
        try:
            self.handle("receive", (request, length, timeout))
        except Refused:
            request.drop()
            raise
        self.watch()
        return request.reference

    def receiver_ends(self, request: Request) -> None:
        """Who has asked is no more."""
        if self.receiving is request:
            self.handle("receiver_ended", request)
            self.watch()

    def unreceive(self, data: bytes) -> None:
        """Put ``data`` in front of what has been read. Raises :class:`Refused`."""
        self.handle("unrecv", data)

    # Guards

    def has_length_with_framing(self, receive: Receive) -> bool:
        """Whether bytes are asked for where there are packets."""
        return receive[1] > 0 and framing(self.options["packet"]) != 0

    def is_too_long(self, receive: Receive) -> bool:
        """Whether more bytes are asked for than a receive may have."""
        return receive[1] > RECEIVE_LIMIT

    # Actions

    def ask_for_input(self, receive: Receive) -> None:
        """The slot decides."""
        self.handle("ask", receive)

    def refuse_enomem(self, _: object) -> None:
        """There is no room for so much."""
        raise Refused(a.enomem)

    def refuse_ealready(self, _: object) -> None:
        """Another one waits."""
        raise Refused(a.ealready)

    def number_request(self, receive: Receive) -> None:
        """It has the next reference, be it refused or not."""
        receive[0].reference = self.reference()

    def take_slot(self, receive: Receive) -> None:
        """It waits."""
        self.receiving = receive[0]

    def read_for_it(self, receive: Receive) -> None:
        """What it asks for may be there."""
        self.read(max(0, receive[1]))

    def begin_its_time(self, receive: Receive) -> None:
        """It waits so long, if it still does."""
        request, _, timeout = receive
        if self.receiving is request and timeout is not None:
            if timeout == 0:
                self.expire()
            else:
                request.timer = self.vm.timers.start(timeout, self.expire)

    def expire(self) -> None:
        """Its time is over."""
        self.handle("expired")
        self.watch()

    def answer_request(self, status: Term) -> None:
        """Its caller is told."""
        request, self.receiving = self.receiving, None
        if request is not None:
            request.answer(status)

    def answer_timeout(self, _: object) -> None:
        """Its caller is told that nothing came."""
        self.answer_request((a.error, a.timeout))

    def forget_request(self, request: Request) -> None:
        """Nobody is left to be told."""
        request.drop()
        self.receiving = None

    def answer(self, status: Term) -> None:
        """Answer the pending receive, if there is one."""
        if self.slot is TAKEN:
            self.handle("answer", status)

    def answer_packet(self, packet: bytes) -> None:
        """It gets a packet."""
        self.answer((a.ok, self.data(packet)))

    def answer_closed(self, _: object) -> None:
        """It is told of the end."""
        self.answer((a.error, a.closed))

    def answer_failure(self, reason: Atom) -> None:
        """It is told of a failure."""
        self.answer((a.error, reason))
