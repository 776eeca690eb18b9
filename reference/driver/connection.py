"""How far the connection has come, and what may be asked of the socket meanwhile.

In which order the other machines do something about the end of the connection is written in the rows.
"""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.closing import CLOSE_ROWS
from gen_tck.reference.driver.fields import Fields, Refused
from gen_tck.reference.driver.requests import REQUEST_ROWS
from gen_tck.reference.driver.states import (
    DISCONNECTED,
    HALF_CLOSED,
    OPEN,
)
from gen_tck.reference.tables import Row, Table
from gen_tck.spec.terms import Atom

_CLOSED = "inet_drv.c: tcp_recv_closed"
_ERROR = "inet_drv.c: tcp_recv_error"
_WRITE_ERROR = "inet_drv.c: tcp_send_or_shutdown_error"

_END = (
    # The peer has ended its direction; a reset is told as the same, unless show_econnreset makes it a failure.
    Row(
        OPEN,
        "fin",
        ("release_sender", "drop_input", "tell_closed", "exit"),
        when="is_active and exit_on_close",
        otp=_CLOSED,
        clauses=("closing/active-owner-is-told-of-the-end", "closing/end-closes-the-socket"),
    ),
    Row(
        OPEN,
        "fin",
        ("release_sender", "drop_input", "tell_closed", "stop_reading"),
        HALF_CLOSED,
        when="is_active",
        otp=_CLOSED,
        clauses=("closing/the-end-is-told-once", "closing/half-open-socket-sends"),
    ),
    Row(
        OPEN,
        "fin",
        ("release_sender", "drop_input", "lose_connection", "answer_closed"),
        DISCONNECTED,
        when="exit_on_close",
        otp=_CLOSED,
        clauses=("closing/blocked-recv-is-told-of-the-end", "closing/noticed-end-closes-the-socket"),
    ),
    Row(
        OPEN,
        "fin",
        ("release_sender", "drop_input", "answer_closed"),
        HALF_CLOSED,
        otp=_CLOSED,
        clauses=("closing/half-open-recv-repeats-closed",),
    ),
    # Reading failed, or what was read is no packet.
    Row(
        OPEN,
        "failure",
        ("release_blocked_sender", "drop_input", "tell_failure", "tell_closed", "exit_for"),
        when="is_active and exit_on_close",
        otp=_ERROR,
        clauses=("closing/shown-reset-is-an-error-message", "closing/bad-packet-is-told-to-the-owner"),
    ),
    Row(
        OPEN,
        "failure",
        ("release_waiting_sender", "drop_input", "tell_failure", "tell_closed", "stop_reading"),
        HALF_CLOSED,
        when="is_active",
        otp=_ERROR,
        clauses=("closing/sends-after-a-half-open-reset", "sending/bad-packet-and-a-blocked-sender"),
    ),
    Row(
        OPEN,
        "failure",
        ("release_blocked_sender", "drop_input", "lose_connection", "answer_failure"),
        DISCONNECTED,
        when="exit_on_close",
        otp=_ERROR,
        clauses=("closing/shown-reset-is-a-recv-error", "closing/recv-after-a-bad-packet"),
    ),
    Row(OPEN, "failure", ("release_blocked_sender", "drop_input", "answer_failure"), HALF_CLOSED, otp=_ERROR),
    # Writing failed.
    Row(
        OPEN,
        "write_failure",
        ("abort_file", "tell_reset", "tell_closed", "reply_failure", "exit"),
        when="is_active and exit_on_close",
        otp=_WRITE_ERROR,
        clauses=("closing/reset-under-pending-output-is-a-message",),
    ),
    Row(
        OPEN,
        "write_failure",
        ("abort_file", "tell_reset", "tell_closed", "reply_failure", "lose_connection"),
        DISCONNECTED,
        when="is_active",
        otp=_WRITE_ERROR,
        clauses=("closing/sends-after-a-half-open-reset",),
    ),
    Row(
        OPEN,
        "write_failure",
        ("drop_output", "drop_input", "answer_closed", "remember_failure", "reply_failure", "lose_connection"),
        DISCONNECTED,
        otp=_WRITE_ERROR,
        clauses=("sending/failed-send-closes-the-socket", "closing/recv-after-send-found-the-reset"),
    ),
    # A sender has waited for send_timeout.
    Row(
        OPEN,
        "send_timeout",
        ("reply_timeout", "lose_connection", "drop_input", "answer_closed"),
        DISCONNECTED,
        when="send_timeout_close",
        otp="inet_drv.c: tcp_inet_send_timeout",
        clauses=("sending/send-timeout-close-ends-the-connection", "sending/send-timeout-close-wakes-a-receiver"),
    ),
    Row(
        OPEN,
        "send_timeout",
        ("reply_timeout",),
        otp="inet_drv.c: tcp_inet_send_timeout",
        clauses=("sending/send-timeout-ends-a-blocked-send", "sending/timed-out-send-loses-nothing"),
    ),
)

CONNECTION = Table("connection", "state", _END + REQUEST_ROWS + CLOSE_ROWS)


class Connection(Fields):
    """What the rows of :data:`CONNECTION` do that no other machine does."""

    # Guards

    def send_timeout_close(self, _: object) -> bool:
        """Whether a timeout of a send ends the connection."""
        return self.options["send_timeout_close"] is a.true

    # What the owner is told

    def tell_closed(self, _: object) -> None:
        """``tcp_closed``, once for a socket."""
        if not self.told_closed:
            self.told_closed = True
            self.tell((a.tcp_closed, self.port.id))

    def tell_failure(self, reason: Atom) -> None:
        """``tcp_error``."""
        self.tell((a.tcp_error, self.port.id, reason))

    def tell_reset(self, reason: Atom) -> None:
        """``tcp_error``, if it is a reset that is shown."""
        if reason is a.econnreset:
            self.tell_failure(reason)

    def tell_remembered_reset(self, _: object) -> None:
        """The reset is told once; what is asked later finds the connection closed."""
        if self.pending_errors.get("receive") is a.econnreset:
            self.tell_failure(a.econnreset)
            self.pending_errors = dict.fromkeys(self.pending_errors, a.closed)

    # What who asks is told

    def refuse_enotconn(self, _: object) -> None:
        """There is no connection."""
        raise Refused(a.enotconn)

    def refuse_einval(self, _: object) -> None:
        """This cannot be asked of such a socket."""
        raise Refused(a.einval)

    def refuse_remembered(self, _: object) -> None:
        """The first receive after a connection was lost by writing is told so, later ones that there is none."""
        if "receive" not in self.pending_errors:
            raise Refused(a.enotconn)
        self.pending_errors.pop("send", None)  # told once is told to all
        raise Refused(self.pending_errors.pop("receive"))

    def remember_failure(self, reason: Atom) -> None:
        """Nobody owns up to a passive socket's failure: the next receive is told, and the next sender if none waits."""
        shown = reason if reason is a.econnreset else a.closed
        self.pending_errors["receive"] = shown
        if not self.waiting_senders or "send" in self.pending_errors:
            self.pending_errors["send"] = shown

    def release_sender(self, _: object) -> None:
        """The connection goes: who waits for a reply is told; if nobody waits, whoever sends to it later will be."""
        if not self.port.busy and self.file is None:
            self.pending_errors["send"] = a.closed
        self.release_blocked_sender(None)

    def release_blocked_sender(self, _: object) -> None:
        """The same, if the connection goes by the end of what comes from the peer."""
        if self.options["exit_on_close"] is a.true:
            self.release_waiting_sender(None)

    def release_waiting_sender(self, _: object) -> None:
        """Who waits for a reply is told that there will be no other."""
        if self.port.busy:
            self.handle("dropped")
            self.handle("let_go", (a.error, a.closed))

    # The end

    def lose_connection(self, _: object) -> None:
        """The connection is gone; the port stays."""
        self.handle("dropped")
        self.socket.close()

    def exit(self, _: object) -> None:
        """End the port from within."""
        self.exit_for(a.normal)

    def exit_for(self, reason: Atom) -> None:
        """The same, for a reason."""
        self.handle("dropped")
        self.port.exit_by_driver(reason)
