"""Shutdown: this side ends a direction; after queued output, if it ends its own."""

from __future__ import annotations

from gen_tck.reference.driver.fields import Fields, Refused
from gen_tck.reference.driver.states import Queue, Writing
from gen_tck.reference.net.os_tcp import Direction, SocketError
from gen_tck.reference.tables import Row, Table
from gen_tck.spec.terms import Atom

_SHUTDOWN = "inet_drv.c: tcp_inet_ctl; inet_drv.c: tcp_shutdown_error"
_ANY = tuple(Writing)

SHUTDOWN = Table(
    "shutdown",
    "writing",
    (
        # A direction is to be ended.
        Row(
            _ANY,
            "end",
            ("shut_down",),
            when="only_reading",
            otp=_SHUTDOWN,
            clauses=("closing/shutdown-read-ends-receiving",),
        ),
        Row(
            _ANY,
            "end",
            ("note_direction",),
            Writing.ENDING,
            when="has_output",
            otp=_SHUTDOWN,
            clauses=("closing/shutdown-write-delivers-what-was-sent",),
        ),
        Row(
            (Writing.OPEN, Writing.ENDED),
            "end",
            ("shut_down",),
            Writing.ENDED,
            otp=_SHUTDOWN,
            clauses=("closing/shutdown-write-is-seen-by-the-peer", "closing/shutdown-after-both-ends"),
        ),
        # The queue is sent.
        Row(
            (Writing.ENDING,),
            "sent",
            ("shut_down_as_noted",),
            Writing.ENDED,
            otp="inet_drv.c: tcp_inet_output",
            clauses=("closing/shutdown-write-delivers-what-was-sent",),
        ),
        Row((Writing.OPEN,), "sent", ()),
    ),
)


class Shutdown(Fields):
    """What the rows of :data:`SHUTDOWN` do."""

    def shutdown(self, direction: Direction) -> None:
        """Half-close. Raises :class:`Refused`."""
        self.handle("shutdown", direction)

    def only_reading(self, direction: Direction) -> bool:
        """Whether what this side sends goes on."""
        return direction == "read"

    def has_output(self, _: object) -> bool:
        """Whether something is to be sent before."""
        return self.queue is Queue.QUEUED

    def end_direction(self, direction: Direction) -> None:
        """The machine of the shutdown decides."""
        self.handle("end", direction)

    def end_writing_if_told(self, _: object) -> None:
        """What had to be sent before is sent."""
        self.handle("sent")

    def note_direction(self, direction: Direction) -> None:
        """It is done later."""
        self.pending_shutdown = direction

    def shut_down(self, direction: Direction) -> None:
        """The kernel does it."""
        try:
            self.socket.shutdown(direction)
        except SocketError as error:
            raise Refused(Atom(error.reason)) from None

    def shut_down_as_noted(self, _: object) -> None:
        """The kernel does what was put off."""
        direction, self.pending_shutdown = self.pending_shutdown, None
        if direction is not None:
            self.socket.shutdown(direction)
