"""What is asked of a socket: rows of the table of :mod:`gen_tck.reference.driver.connection`."""

from __future__ import annotations

from gen_tck.reference.driver.states import DISCONNECTED, LISTENING, OPEN
from gen_tck.reference.tables import Row

_ASKED = "inet_drv.c: tcp_inet_ctl"
_NO_FILE = ("sending/listener-sends-no-file",)

REQUEST_ROWS = (
    # A receive is asked for.
    Row((LISTENING,), "receive", ("refuse_enotconn",), otp=_ASKED, clauses=("ownership/listener-cannot-receive",)),
    Row(
        OPEN,
        "receive",
        ("refuse_einval",),
        when="is_active",
        otp=_ASKED,
        clauses=("receiving/active-socket-refuses-receive",),
    ),
    Row(OPEN, "receive", ("ask_for_input",), otp=_ASKED),
    Row((DISCONNECTED,), "receive", ("refuse_remembered",), otp=_ASKED, clauses=("closing/recv-after-the-end",)),
    # Data are put back.
    Row(
        (LISTENING, DISCONNECTED),
        "unrecv",
        ("refuse_enotconn",),
        otp=_ASKED,
        clauses=("async_recv/unrecv-needs-a-connection",),
    ),
    Row(
        OPEN,
        "unrecv",
        ("put_in_front", "deliver_what_was_put"),
        otp="inet_drv.c: tcp_push_buffer",
        clauses=("async_recv/unrecv-puts-bytes-in-front", "async_recv/unrecv-on-an-active-socket"),
    ),
    # A connection is asked for.
    Row(
        (LISTENING,),
        "accept",
        ("refuse_emfile",),
        when="is_without_room",
        otp=_ASKED,
        clauses=("async_recv/accept-without-room-is-refused",),
    ),
    Row((LISTENING,), "accept", ("ask_for_connection",), otp=_ASKED, clauses=("async_recv/accept-is-there-on-return",)),
    Row(
        (*OPEN, DISCONNECTED), "accept", ("refuse_einval",), otp=_ASKED, clauses=("async_recv/accept-needs-a-listener",)
    ),
    # The mode was set to an active one.
    Row((LISTENING,), "activated", (), otp="inet_drv.c: inet_set_opts"),
    Row(
        OPEN,
        "activated",
        ("deliver_what_is_there",),
        otp="inet_drv.c: inet_set_opts",
        clauses=("modes/turning-active-delivers-what-waits", "closing/activating-tells-of-the-end"),
    ),
    Row(
        (DISCONNECTED,),
        "activated",
        ("tell_remembered_reset", "tell_closed", "exit"),
        when="exit_on_close",
        otp="inet_drv.c: inet_set_opts",
        clauses=("closing/noticed-end-is-told-when-activated", "closing/reset-is-told-when-activated"),
    ),
    Row((DISCONNECTED,), "activated", ("tell_remembered_reset", "tell_closed"), otp="inet_drv.c: inet_set_opts"),
    # Something is to be sent.
    Row(
        (LISTENING, DISCONNECTED),
        "send",
        ("reply_remembered",),
        otp="inet_drv.c: tcp_inet_commandv",
        clauses=("sending/listener-cannot-send", "sending/sends-after-a-failed-send"),
    ),
    Row(OPEN, "send", ("offer",), otp="inet_drv.c: tcp_inet_commandv; inet_drv.c: tcp_sendv"),
    # A file is to be sent.
    Row((LISTENING, DISCONNECTED), "send_file", ("refuse_enotconn",), otp=_ASKED, clauses=_NO_FILE),
    Row(OPEN, "send_file", ("refuse_einval",), when="sends_a_file", otp=_ASKED),
    Row(OPEN, "send_file", ("offer_file",), otp=f"{_ASKED}; inet_drv.c: tcp_inet_sendfile"),
    # A direction is to be ended.
    Row(
        (LISTENING, DISCONNECTED),
        "shutdown",
        ("refuse_enotconn",),
        otp=_ASKED,
        clauses=("ownership/shutdown-of-a-listener", "closing/shutdown-after-a-noticed-end"),
    ),
    Row(OPEN, "shutdown", ("end_direction",), otp=_ASKED),
)
