"""The end by this side: of a direction (after queued output, if it is its own), and of the port."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Fields, Refused
from gen_tck.reference.driver.states import DISCONNECTED, GONE, LISTENING, OPEN, ConnectionState, Queue, Writing
from gen_tck.reference.net.os_tcp import Direction, SocketError
from gen_tck.reference.tables import Row, Table
from gen_tck.spec.terms import Atom

_SHUTDOWN = "inet_drv.c: tcp_inet_ctl; inet_drv.c: tcp_shutdown_error"
_ANY = tuple(Writing)
_STOPPED = "inet_drv.c: tcp_inet_stop; inet_drv.c: tcp_close_check"
CLOSE_ROWS = (
    # The port is closed: pending requests are told so; queued output is still flushed, unless lingering is 0.
    Row(
        (LISTENING,),
        "closed",
        ("refuse_acceptors",),
        otp=_STOPPED,
        clauses=("ownership/closing-a-listener-releases-acceptors",),
    ),
    Row(
        OPEN,
        "closed",
        ("answer_closed", "forget_senders", "discard_output"),
        when="close_discards",
        otp=_STOPPED,
        clauses=("closing/zero-linger-drops-pending-output",),
    ),
    Row(
        OPEN,
        "closed",
        ("answer_closed", "forget_senders", "discard_output"),
        when="sends_a_file",
        otp="inet_drv.c: tcp_inet_flush",
        clauses=("sending/file-ends-with-its-process",),
    ),
    Row(
        OPEN,
        "closed",
        ("answer_closed", "forget_senders"),
        otp=_STOPPED,
        clauses=("receiving/close-wakes-a-receive", "closing/close-delivers-what-was-sent"),
    ),
    Row((DISCONNECTED,), "closed", ("answer_closed",), otp=_STOPPED),
    # Nothing more is to be sent.
    Row(tuple(ConnectionState), "released", ("close_descriptor",), GONE),
)

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
            clauses=("closing/shutdown-write-delivers-what-was-sent", "closing/shutdowns-that-wait-add-up"),
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


class Closing(Fields):
    """What the rows of :data:`SHUTDOWN` do, and those of the connection when the port is closed."""

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
        """It is done later, along with what was put off before."""
        self.pending_shutdown = self.both_put_off(direction)

    def both_put_off(self, direction: Direction) -> Direction:
        """What is to be done of ``direction`` and of what was put off before."""
        return "read_write" if self.pending_shutdown == "read_write" else direction

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

    def close_discards(self, _: object = None) -> bool:
        """Whether closing throws away what is queued: lingering is set to 0 seconds."""
        return self.lingers() == 0

    def lingers(self) -> int | None:
        """For how many milliseconds closing waits for what is queued; ``None`` if nobody has said."""
        match self.socket.get_option("linger"):
            case (a.true, int(seconds)):
                return 1000 * seconds
        return None

    def stop(self) -> None:
        """The port is closed."""
        self.handle("closed")
        self.watch()

    def close_descriptor(self, _: object) -> None:
        """The kernel's socket is no more."""
        self.socket.close()
