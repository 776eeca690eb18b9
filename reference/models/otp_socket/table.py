"""The tables of a socket's server process: what it does about everything that can happen to it, by release.

A socket that is not connected, or listens, is in the state ``connect``. A connected one is in ``connected`` while
nothing is read, and in ``recv`` while somebody wants input and none is there: it reads for who called ``recv``, one
after the other, or for the owner of an active socket. The end of input leads to ``closed_read``, or to ``closed``; OTP
25 knows ``closed_read_write``, too. An accepted socket begins in ``accept``.

*look*, *packet*, *waits*, *settled* and *failed* are raised by actions: together they are what ``handle_recv`` and the
functions that it calls do. While an owner sends on the messages that it has (*moving*), everything else waits.
"""

from __future__ import annotations

from typing import NamedTuple

from gen_tck.reference.models.otp_socket.states import (
    ACCEPT,
    ACCEPTING,
    CLOSED,
    CLOSED_READ,
    CLOSED_READ_WRITE,
    CONNECT,
    CONNECTED,
    MOVING,
    RECV,
    STEADY,
)
from gen_tck.reference.tables import Row, State, Table

NEWEST = 99
"""As last release: it is still so."""


class Released(NamedTuple):
    """A row, and in which releases it is there."""

    row: Row
    since: int
    until: int


def _row(
    states: tuple[State, ...] | State,
    event: str,
    do: tuple[str, ...],
    function: str,
    to: State | None = None,
    when: str = "",
    since: int = 25,
    until: int = NEWEST,
) -> Released:
    """``function``: the one of ``gen_tcp_socket.erl`` that says so."""
    states = states if isinstance(states, tuple) else (states,)
    return Released(Row(states, event, do, to, when, f"gen_tcp_socket.erl: {function}"), since, until)


EVENT = "handle_event/4"
ANY = (STEADY, MOVING)
OPEN = (CONNECT, CONNECTED, RECV)
READING = (CONNECTED, RECV)
HALF = (CLOSED_READ, CLOSED_READ_WRITE)
SETTLED = (*OPEN, *HALF, CLOSED)
ALL = (*SETTLED, ACCEPT, ACCEPTING)

OWNERSHIP = (
    _row(ANY, "get_server_opts", ("say_options",), EVENT),
    _row(ANY, "down", ("stop_for_owner",), EVENT, when="of_owner"),
    _row(ANY, "down", (), EVENT),
    _row(ANY, "transfer", ("ok",), EVENT, when="to_owner"),
    _row(STEADY, "transfer", ("name_heir", "say_transfer"), EVENT, MOVING, "by_owner"),
    _row(ANY, "transfer", ("say_not_owner",), EVENT),
    _row(MOVING, "transferred", ("change_owner", "ok"), EVENT, STEADY, "by_owner"),
    _row(ANY, "transferred", ("unexpected",), EVENT),
    _row(STEADY, "arrives", ("dispatch",), EVENT),
    _row(MOVING, "arrives", ("postpone",), EVENT),
)
"""Whose it is. The owner is asked to send on what it has, and then says that it has done so."""

ASKING = (
    _row(SETTLED, "getopts", ("get_options",), "state_getopts/5", until=25),
    _row(SETTLED, "getopts", ("get_options",), "call_getopts/5", since=27),
    _row(CLOSED, "getstat", ("say_closed",), EVENT, until=25),
    _row(CLOSED, "getstat", ("say_closed_info",), EVENT, since=27),
    _row((*OPEN, *HALF), "getstat", ("say_statistics",), EVENT),
    _row(CLOSED, "info", ("say_closed_info",), EVENT),
    _row((*OPEN, *HALF), "info", ("say_info",), EVENT),
)
"""What only asks."""

CLOSING = (
    _row(CLOSED, "close", ("ok",), EVENT),
    _row(HALF, "close", ("close_socket", "ok"), EVENT, CLOSED),
    _row((CONNECT, CONNECTED), "close", ("set_passive", "fail_closed", "close_socket", "ok"), EVENT, CLOSED, until=25),
    _row(RECV, "close", ("set_passive", "cancel_select", "fail_closed", "close_socket", "ok"), EVENT, CLOSED, until=25),
    _row((CONNECT, CONNECTED), "close", ("close_socket", "ok"), "handle_close/5", CLOSED, since=27),
    _row(RECV, "close", ("cancel_select", "close_socket", "fail_for_close", "ok"), "handle_close/5", CLOSED, since=27),
    _row(CLOSED, "exit", ("stop",), EVENT, since=27),
)
"""Closing. Since OTP 27 the owner of an active socket is told if somebody else closes it."""

SHUTTING_DOWN = (
    _row(CLOSED_READ, "shutdown", ("ok",), EVENT, when="reads", until=25),
    _row(CLOSED_READ_WRITE, "shutdown", ("ok",), EVENT, when="both", until=25),
    _row(CLOSED_READ, "shutdown", ("shut_reading",), "handle_shutdown/3", when="writes", until=25),
    _row(READING, "shutdown", ("shut_down",), "handle_shutdown/3", when="writes", until=25),
    _row(READING, "shutdown", ("shut_reading",), "handle_shutdown2/3", when="is_direction", until=25),
    _row((*OPEN, *HALF), "shutdown", ("say_enotconn",), "handle_shutdown/3", until=25),
    _row(CLOSED, "shutdown", ("say_closed",), "handle_closed/4", until=25),
    _row(CLOSED_READ, "shut", ("ok",), EVENT, CLOSED_READ_WRITE, until=25),
    _row(READING, "shut", ("set_passive", "cancel_select", "fail_closed", "ok"), EVENT, CLOSED_READ, "reads", until=25),
    _row(READING, "shut", ("set_passive", "cancel_select", "fail_closed", "ok"), EVENT, CLOSED_READ_WRITE, until=25),
)
"""Shutting down a direction, which since OTP 27 the server has nothing to do with."""

SETTING = (
    _row(CONNECTED, "setopts", ("set_options", "deliver_buffered", "settle"), EVENT, until=25),
    _row(RECV, "setopts", ("set_options", "look_again"), EVENT, until=25),
    _row((CONNECT, *HALF, CLOSED), "setopts", ("set_options",), EVENT, until=25),
    _row(ALL, "setopts", ("set_options", "mode_set"), EVENT, since=27),
    _row(ALL, "setopt_active", ("set_mode", "mode_set"), EVENT, since=27),
    _row(CONNECTED, "mode_was_set", ("settle",), "handle_active/4", since=27),
    _row(RECV, "mode_was_set", (), "handle_active/4", when="is_active", since=27),
    _row(RECV, "mode_was_set", ("cancel_select",), "handle_active/4", CONNECTED, since=27),
    _row((CONNECT, *HALF, CLOSED), "mode_was_set", (), "handle_active/4", since=27),
)
"""Setting options. OTP 25 does not look at a receive that waits; since OTP 27 any option makes it wait for ever."""

OPENING = (
    _row(CONNECT, "connect", ("say_socket", "settle"), "handle_connect/5", CONNECTED),
    _row(CONNECT, "listen", ("say_socket",), EVENT),
    _row(ACCEPT, "accept", ("accept",), "handle_accept/5"),
    _row(ACCEPTING, "selected", ("accept",), "handle_accept/5", when="is_current"),
    _row((ACCEPT, ACCEPTING), "accepts", ("wait_anew",), "handle_accept/5", ACCEPTING),
    _row((ACCEPT, ACCEPTING), "open", ("say_socket", "settle"), "handle_accept/5", CONNECTED),
    _row(ACCEPTING, "aborted", ("fail_accept",), EVENT, CLOSED, "is_current", until=25),
    _row(ACCEPTING, "aborted", ("fail_accept",), EVENT, ACCEPT, "is_current", since=27),
    _row(ACCEPTING, "accept_timeout", ("stop_accepting",), EVENT, CLOSED, until=25),
    _row(ACCEPTING, "accept_timeout", ("stop_accepting",), EVENT, ACCEPT, since=27),
)
"""Becoming a connection."""

RECEIVING = (
    _row(OPEN, "recv", ("say_einval",), EVENT, when="is_active", until=25),
    _row(CONNECT, "recv", ("say_enotconn",), EVENT),
    _row(CONNECTED, "recv", ("begin_receive",), "handle_recv_start/5", until=25),
    _row(CONNECTED, "recv", ("say_einval",), EVENT, when="has_framing_and_length", since=27),
    _row(CONNECTED, "recv", ("begin_receive",), EVENT, since=27),
    _row(RECV, "recv", ("say_einval",), EVENT, when="is_active", since=27),
    _row(RECV, "recv", ("postpone",), EVENT),
    _row(CLOSED, "recv", ("say_delayed",), "handle_closed/4", when="has_delayed", since=27),
    _row((*HALF, CLOSED), "recv", ("say_closed",), "handle_closed/4"),
    _row(RECV, "selected", ("look",), EVENT, when="is_current"),
    _row(RECV, "aborted", ("fail_aborted", "settle"), EVENT, when="is_current", until=25),
    _row(RECV, "aborted", ("fail_aborted",), EVENT, when="is_current", since=27),
    _row(RECV, "recv_timeout", ("cancel_select", "fail_timeout", "settle"), EVENT, until=25),
    _row(RECV, "recv_timeout", ("cancel_select", "fail_timeout"), EVENT, since=27),
    _row(READING, "look", ("read_length",), "handle_recv/3", when="by_length", until=25),
    _row(READING, "look", ("read_any",), "handle_recv/3", when="is_raw", until=25),
    _row(READING, "look", ("read_header",), "handle_recv/3", when="is_counted", until=25),
    _row(READING, "look", ("read_line",), "handle_recv/3", until=25),
    _row(READING, "look", ("read_more",), "handle_recv/6", when="lacks_bytes", since=27),
    _row(READING, "look", ("cut",), "handle_recv/6", when="is_raw", since=27),
    _row(READING, "look", ("decode",), "handle_recv_packet/6", since=27),
    _row(READING, "packet", ("answer_packet", "settle"), "recv_data_deliver/4", when="is_asked"),
    _row(READING, "packet", ("tell_packet", "settle"), "recv_data_deliver/4", when="is_active"),
    _row(READING, "packet", ("keep_packet", "settle"), "recv_data_deliver/4"),
    _row(READING, "waits", ("wait_anew",), "handle_recv_length/5", RECV, until=25),
    _row(READING, "waits", ("wait_anew",), "handle_recv_more/6", RECV, since=27),
    _row(READING, "settled", ("start_reading", "look"), "handle_connected/3", when="is_active"),
    _row(READING, "settled", (), "handle_connected/3", CONNECTED),
)
"""Receiving, and what an active socket does."""

FAILING = (
    _row(READING, "failed", ("drop_buffer", "fail"), "handle_recv_error/4", CLOSED_READ, "is_end", until=25),
    _row(
        READING, "failed", ("drop_buffer", "fail", "close_socket"), "handle_recv_error/4", CLOSED, "is_reset", until=25
    ),
    _row(READING, "failed", ("drop_buffer", "fail"), "handle_recv_error/4", CONNECTED, "is_too_long", until=25),
    _row(READING, "failed", ("crash",), "handle_recv_error/4", until=25),
    _row(READING, "failed", ("fail",), "handle_recv_error/5", CONNECTED, "is_passing", since=27),
    _row(
        READING,
        "failed",
        ("fail", "close_socket", "exit"),
        "handle_recv_error_exit_on_close/3",
        CLOSED,
        "exits",
        since=27,
    ),
    _row(READING, "failed", ("fail",), "handle_recv_error_exit_on_close/3", CLOSED_READ, since=27),
    _row(RECV, "send_error", ("crash",), "handle_send_error/5", when="exits and is_waiting", since=27),
    _row(
        RECV,
        "send_error",
        ("cancel_select", "close_socket", "fail_for_send", "exit_if_set"),
        "handle_send_error/5",
        CLOSED,
        since=27,
    ),
    _row(
        (CONNECT, CONNECTED, CLOSED_READ),
        "send_error",
        ("close_socket", "say_send_error"),
        "handle_send_error/5",
        CLOSED,
        since=27,
    ),
    _row(CLOSED, "send_error", ("say_closed",), "handle_closed/4", since=27),
)
"""Reading has failed, or sending."""

OTHERWISE = (
    _row(ALL, "selected", ("unexpected",), "handle_unexpected/4"),
    _row(ALL, "aborted", ("unexpected",), "handle_unexpected/4"),
    _row(
        tuple(each for each in ALL if each is not ACCEPTING), "accept_timeout", ("unexpected",), "handle_unexpected/4"
    ),
    _row(tuple(each for each in ALL if each is not RECV), "recv_timeout", ("unexpected",), "handle_unexpected/4"),
)
"""What comes too late."""

SERVER = (*ASKING, *CLOSING, *SHUTTING_DOWN, *SETTING, *OPENING, *RECEIVING, *FAILING, *OTHERWISE)


def tables(release: int) -> tuple[Table, ...]:
    """The tables of one release."""
    return (Table("ownership", "moving", _of(OWNERSHIP, release)), Table("server", "state", _of(SERVER, release)))


def _of(rows: tuple[Released, ...], release: int) -> tuple[Row, ...]:
    return tuple([each.row for each in rows if each.since <= release <= each.until])
