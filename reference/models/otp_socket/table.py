"""The table of a socket's server process: what it does about everything that can happen to it.

A socket that is not connected, or listens, is in the state ``connect``. A connected one is in ``connected`` while nothing
is read, and in ``recv`` while somebody wants input and none is there: it reads for who called ``recv``, one after the
other, or for the owner of an active socket. The end of input leads to ``closed_read``; OTP 25 knows
``closed_read_write``, too. An accepted socket begins in ``accept``. While an owner sends on the messages that it has, the
socket is in ``transferring``, and everything else waits.

*look*, *packet*, *waits*, *settled* and *failed* are raised by actions: together they are what ``handle_recv`` and the
functions that it calls do.
"""

from __future__ import annotations

from gen_tck.reference.models.otp_socket.statem import ANY, BEFORE, SAME, Row

OPEN = ("connect", "connected", "recv")
READING = ("connected", "recv")
HALF = ("closed_read", "closed_read_write")
ACCEPTING = ("accept", "accepting")
SETTLED = (*OPEN, *HALF, "closed", *ACCEPTING)
ALL = (*SETTLED, "transferring")

EVENT = "handle_event/4"

OWNER = (
    Row(ALL, "get_server_opts", "", ("say_options",), SAME, EVENT),
    Row(ALL, "down", "of_owner", ("stop_for_owner",), SAME, EVENT),
    Row(ALL, "down", "", (), SAME, EVENT),
    Row(ALL, "transfer", "to_owner", ("ok",), SAME, EVENT),
    Row(SETTLED, "transfer", "by_owner", ("name_heir", "keep_state", "say_transfer"), "transferring", EVENT),
    Row(ALL, "transfer", "", ("say_not_owner",), SAME, EVENT),
    Row(("transferring",), "transferred", "by_owner", ("change_owner", "ok"), BEFORE, EVENT),
    Row(("transferring",), ANY, "", ("postpone",), SAME, EVENT),
)
"""Whose it is."""

ASKING = (
    Row(SETTLED, "getopts", "", ("get_options",), SAME, "state_getopts/5"),
    Row(("closed",), "getstat", "", ("say_closed",), SAME, EVENT, until=25),
    Row(SETTLED, "getstat", "", ("say_statistics",), SAME, "getstat/3"),
    Row(("closed",), "info", "", ("say_closed_info",), SAME, EVENT),
    Row(SETTLED, "info", "", ("say_info",), SAME, "handle_info/3"),
)
"""What only asks."""

CLOSING = (
    Row(("closed",), "close", "", ("ok",), SAME, EVENT),
    Row(HALF, "close", "", ("close_socket", "ok"), "closed", EVENT),
    Row(("connect", "connected"), "close", "", ("set_passive", "fail_closed", "close_socket", "ok"), "closed", EVENT),
    Row(("recv",), "close", "", ("set_passive", "cancel_select", "fail_closed", "close_socket", "ok"), "closed", EVENT),
    Row(("closed_read",), "shutdown", "reads", ("ok",), SAME, EVENT),
    Row(("closed_read_write",), "shutdown", "both", ("ok",), SAME, EVENT),
    Row(("closed_read",), "shutdown", "writes", ("shut_reading",), SAME, "handle_shutdown/3"),
    Row(READING, "shutdown", "writes", ("shut_down",), SAME, "handle_shutdown/3"),
    Row(READING, "shutdown", "reads", ("shut_reading",), SAME, "handle_shutdown2/3"),
    Row(READING, "shutdown", "both", ("shut_reading",), SAME, "handle_shutdown2/3"),
    Row((*OPEN, *HALF), "shutdown", "", ("say_enotconn",), SAME, "handle_shutdown/3"),
    Row(("closed_read",), "shut", "", ("ok",), "closed_read_write", EVENT),
    Row(READING, "shut", "reads", ("set_passive", "cancel_select", "fail_closed", "ok"), "closed_read", EVENT),
    Row(READING, "shut", "both", ("set_passive", "cancel_select", "fail_closed", "ok"), "closed_read_write", EVENT),
)
"""Closing, and shutting down a direction."""

SETTING = (
    Row(("connected",), "setopts", "", ("set_options", "deliver_buffered", "settle"), SAME, EVENT),
    Row(("recv",), "setopts", "", ("set_options", "look_again"), SAME, EVENT),
    Row(SETTLED, "setopts", "", ("set_options",), SAME, EVENT),
)
"""Setting options. A receive that waits is not looked at."""

OPENING = (
    Row(("connect",), "connect", "", ("say_socket", "settle"), "connected", "handle_connect/5"),
    Row(("connect",), "listen", "", ("say_socket",), SAME, EVENT),
    Row(("accept",), "accept", "", ("accept",), SAME, "handle_accept/5"),
    Row(("accepting",), "selected", "is_current", ("accept",), SAME, "handle_accept/5"),
    Row(ACCEPTING, "accepts", "", (), "accepting", "handle_accept/5"),
    Row(ACCEPTING, "open", "", ("say_socket", "settle"), "connected", "handle_accept/5"),
    Row(("accepting",), "aborted", "is_current", ("fail_accept",), "closed", EVENT),
    Row(("accepting",), "accept_timeout", "", ("stop_accepting",), "closed", EVENT),
)
"""Becoming a connection."""

RECEIVING = (
    Row(OPEN, "recv", "is_active", ("say_einval",), SAME, EVENT),
    Row(("connect",), "recv", "", ("say_enotconn",), SAME, EVENT),
    Row(("connected",), "recv", "", ("begin_receive",), SAME, "handle_recv_start/5"),
    Row(("recv",), "recv", "", ("postpone",), SAME, EVENT),
    Row(("recv",), "selected", "is_current", ("look",), SAME, EVENT),
    Row(("recv",), "aborted", "is_current", ("fail_aborted", "settle"), SAME, EVENT),
    Row(("recv",), "recv_timeout", "", ("cancel_select", "fail_timeout", "settle"), SAME, EVENT),
    Row(READING, "look", "by_length", ("read_length",), SAME, "handle_recv/3"),
    Row(READING, "look", "is_raw", ("read_any",), SAME, "handle_recv/3"),
    Row(READING, "look", "is_counted", ("read_header",), SAME, "handle_recv/3"),
    Row(READING, "look", "", ("read_line",), SAME, "handle_recv/3"),
    Row(READING, "packet", "is_asked", ("answer_packet", "settle"), SAME, "recv_data_deliver/4"),
    Row(READING, "packet", "is_active", ("tell_packet", "settle"), SAME, "recv_data_deliver/4"),
    Row(READING, "packet", "", ("keep_packet", "settle"), SAME, "recv_data_deliver/4"),
    Row(READING, "waits", "", (), "recv", "handle_recv_length/5"),
    Row(READING, "settled", "is_active", ("start_reading", "look"), SAME, "handle_connected/3"),
    Row(READING, "settled", "", (), "connected", "handle_connected/3"),
    Row(READING, "failed", "is_end", ("drop_buffer", "fail"), "closed_read", "handle_recv_error/4"),
    Row(READING, "failed", "is_reset", ("drop_buffer", "fail", "close_socket"), "closed", "handle_recv_error/4"),
    Row(READING, "failed", "is_too_long", ("drop_buffer", "fail"), "connected", "handle_recv_error/4"),
    Row(READING, "failed", "", ("crash",), SAME, "handle_recv_error/4"),
)
"""Receiving, and what an active socket does."""

OTHERWISE = (
    Row((*HALF, "closed"), ANY, "is_call", ("say_closed",), SAME, "handle_closed/4"),
    Row(ALL, ANY, "is_call", ("say_einval",), SAME, "handle_unexpected/4"),
    Row(ALL, ANY, "", ("ignore",), SAME, "handle_unexpected/4"),
)
"""Everything else."""

ROWS = (*OWNER, *ASKING, *CLOSING, *SETTING, *OPENING, *RECEIVING, *OTHERWISE)
"""All rows, in the order in which they are looked at; so are ``handle_event``'s clauses."""
