"""The rows of OTP's inet driver that are others than the reference's, each beside the function of ``inet_drv.c``."""

from __future__ import annotations

from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import (
    COUNTED,
    DISCONNECTED,
    FREE,
    HALF_CLOSED,
    ONCE,
    OPEN,
    PASSIVE,
    TAKEN,
    Writing,
)
from gen_tck.reference.tables import Addition, Edit, Instead, Row, edited

_ACTIVE = "is_active"
_TELL_FAILURE = ("release_blocked_sender", "drop_input", "tell_failure", "tell_closed")

CLASSIC = edited(
    TcpDriver.tables,
    # tcp_deliver: who becomes passive reads no more, a receive in the slot or not
    Edit((ONCE,), "packet", "", (Instead(("tell_packet", "unselect", "never_time_out"), PASSIVE),)),
    Edit(
        (COUNTED,),
        "packet",
        "is_last",
        (Instead(("tell_packet", "tell_passive", "unselect", "never_time_out"), PASSIVE, when="is_last"),),
    ),
    Edit(
        (FREE,),
        "ask",
        "",
        (Instead(("number_request", "take_slot", "read_for_it", "begin_its_time", "select_for_it"), TAKEN),),
    ),
    # tcp_inet_ctl, TCP_REQ_RECV: a poll that fails goes on to want its length (i_remain), a timer ends that
    Edit(
        (TAKEN,),
        "expired",
        "",
        (
            Instead(("answer_timeout",), FREE, when="is_poll"),
            Instead(("unselect", "want_anything", "answer_timeout"), FREE),
        ),
    ),
    # desc_close_read: who has told of the end, or of a failure, reads no more
    Edit(
        OPEN,
        "fin",
        _ACTIVE,
        (
            Instead(
                ("release_sender", "drop_input", "tell_closed", "stop_reading", "unselect"),
                HALF_CLOSED,
                when=_ACTIVE,
            ),
        ),
    ),
    Edit(OPEN, "fin", "", (Instead(("release_sender", "drop_input", "answer_closed", "unselect"), HALF_CLOSED),)),
    Edit(
        OPEN,
        "failure",
        _ACTIVE,
        (Instead((*_TELL_FAILURE, "stop_reading", "unselect"), HALF_CLOSED, when=_ACTIVE),),
    ),
    Edit(
        OPEN,
        "failure",
        "",
        (Instead(("release_blocked_sender", "drop_input", "answer_failure", "unselect"), HALF_CLOSED),),
    ),
    # enq_async: nobody watches the process of a request
    Edit((TAKEN,), "receiver_ended", "", (Instead(()),)),
    # tcp_push_buffer: the buffer has the size of what was put back
    Edit(OPEN, "unrecv", "", (Instead(("grow_buffer", "put_in_front", "deliver_what_was_put")),)),
    # tcp_send_or_shutdown_error: who closes the descriptor stops its timers
    Edit(
        OPEN,
        "write_failure",
        _ACTIVE,
        (
            Instead(
                ("tell_reset", "tell_closed", "reply_failure", "lose_connection", "never_time_out"),
                DISCONNECTED,
                when=_ACTIVE,
            ),
        ),
    ),
    # tcp_inet_send_timeout: the timeout of a send closes the descriptor, and leaves a receive to wait for ever
    Edit(
        OPEN,
        "send_timeout",
        "send_timeout_close",
        (
            Instead(
                ("reply_timeout", "abandon_receive", "lose_connection", "drop_input"),
                DISCONNECTED,
                when="send_timeout_close",
            ),
        ),
    ),
    # tcp_inet_stop: who waits for the queue is not told, and what a closing port says reaches nobody;
    # tcp_close_check looks at those of a connection only
    Edit(
        OPEN,
        "closed",
        "close_discards",
        (Instead(("forget_if_queued", "answer_closed", "forget_senders", "discard_output"), when="close_discards"),),
    ),
    Edit(OPEN, "closed", "", (Instead(("forget_if_queued", "answer_closed", "forget_senders")),)),
    Edit((DISCONNECTED,), "closed", "", (Instead(("leave_slot",)),)),
    # desc_close_read, desc_close: a queue that is dropped leaves the flag that a shutdown is to follow it
    Addition("shutdown", Row((Writing.ENDING,), "end", ("shut_down",))),
    Addition("receive slot", Row((TAKEN,), "left", ("forget_receive",), FREE)),
    Addition("receive slot", Row((FREE,), "left", ())),
    Addition("receive slot", Row((FREE,), "expired", ())),
)

LATEST = edited(
    CLASSIC,
    Edit(
        OPEN,
        "send_timeout",
        "send_timeout_close",
        (
            Instead(
                ("reply_timeout", "tell_closed", "exit"),
                when="send_timeout_close and is_active and exit_on_close",
            ),
            Instead(
                ("reply_timeout", "tell_closed", "lose_connection", "never_time_out"),
                DISCONNECTED,
                when="send_timeout_close and is_active",
            ),
            Instead(
                ("reply_timeout", "abandon_receive", "lose_connection", "drop_input"),
                DISCONNECTED,
                when="send_timeout_close",
            ),
        ),
    ),
)
