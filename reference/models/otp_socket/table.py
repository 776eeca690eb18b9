"""The tables of a socket's server process: what it does about everything that can happen to it, by release.

A socket that is not connected, or listens, is in the state ``connect``. A connected one is in ``connected`` while
nothing is read, and in ``recv`` while somebody wants input and none is there: it reads for who called ``recv``, one
after the other, or for the owner of an active socket. The end of input leads to ``closed_read``, or to ``closed``; OTP
25 knows ``closed_read_write``, too. An accepted socket begins in ``accept``.

*look*, *packet*, *waits*, *settled* and *failed* are raised by actions: together they are what ``handle_recv`` and the
functions that it calls do. While an owner sends on the messages that it has (*moving*), everything else waits.
"""

from __future__ import annotations

from gen_tck.reference.models.otp_socket.rows import ALL, ANY, EVENT, HALF, OPEN, READING, SETTLED, Released, row
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
from gen_tck.reference.models.otp_socket.table_reading import FAILING, RECEIVING
from gen_tck.reference.tables import Row, Table

OWNERSHIP = (
    row(ANY, "get_server_opts", ("say_options",), EVENT),
    row(ANY, "down", ("stop_for_owner",), EVENT, when="of_owner"),
    row(ANY, "down", (), EVENT),
    row(ANY, "transfer", ("ok",), EVENT, when="to_owner"),
    row(
        STEADY,
        "transfer",
        ("name_heir", "say_transfer"),
        EVENT,
        MOVING,
        "by_owner",
        clauses=(
            "ownership/tcp-passive-moves-to-the-heir",
            "ownership/tcp-error-moves-to-the-heir",
        ),
    ),
    row(ANY, "transfer", ("say_not_owner",), EVENT),
    row(
        MOVING,
        "transferred",
        ("change_owner", "ok"),
        EVENT,
        STEADY,
        "by_owner",
        clauses=("ownership/dead-process-cannot-inherit",),
    ),
    row(ANY, "transferred", ("unexpected",), EVENT),
    row(STEADY, "arrives", ("dispatch",), EVENT),
    row(MOVING, "arrives", ("postpone",), EVENT),
)
"""Whose it is. The owner is asked to send on what it has, and then says that it has done so."""

ASKING = (
    row(SETTLED, "getopts", ("get_options",), "state_getopts/5", until=25),
    row(SETTLED, "getopts", ("get_options",), "call_getopts/5", since=27),
    row(CLOSED, "getstat", ("say_closed",), EVENT, until=25),
    row(CLOSED, "getstat", ("say_closed_info",), EVENT, since=27),
    row((*OPEN, *HALF), "getstat", ("crash",), "getstat_what/3", when="unknown_counter", until=25),
    row((*OPEN, *HALF), "getstat", ("say_counted_in_pieces",), "getstat_what/3", until=25),
    row((*OPEN, *HALF), "getstat", ("say_counted", "wait_anew"), "getstat_what/3", since=27),
    row(CLOSED, "info", ("say_closed_info",), EVENT),
    row((*OPEN, *HALF), "info", ("say_info",), EVENT),
)
"""What only asks."""

CLOSING = (
    row(CLOSED, "close", ("ok",), EVENT),
    row(HALF, "close", ("close_socket", "ok"), EVENT, CLOSED),
    row((CONNECT, CONNECTED), "close", ("set_passive", "fail_closed", "close_socket", "ok"), EVENT, CLOSED, until=25),
    row(RECV, "close", ("set_passive", "cancel_select", "fail_closed", "close_socket", "ok"), EVENT, CLOSED, until=25),
    row((CONNECT, CONNECTED), "close", ("close_socket", "ok"), "handle_close/5", CLOSED, since=27),
    row(
        RECV,
        "close",
        ("cancel_select", "close_socket", "fail_for_close", "ok"),
        "handle_close/5",
        CLOSED,
        since=27,
        clauses=("ownership/closing-ones-own-socket-is-silent",),
    ),
    row(CLOSED, "exit", ("stop",), EVENT, since=27),
)
"""Closing. Since OTP 27 the owner of an active socket is told if somebody else closes it."""

SHUTTING_DOWN = (
    row(CLOSED_READ, "shutdown", ("ok",), EVENT, when="reads", until=25),
    row(CLOSED_READ_WRITE, "shutdown", ("ok",), EVENT, when="both", until=25),
    row(CLOSED_READ, "shutdown", ("shut_reading",), "handle_shutdown/3", when="writes", until=25),
    row(READING, "shutdown", ("shut_down",), "handle_shutdown/3", when="writes", until=25),
    row(
        READING,
        "shutdown",
        ("shut_reading",),
        "handle_shutdown2/3",
        when="is_direction",
        until=25,
        clauses=(
            "closing/shutdown-read-and-what-had-arrived",
            "closing/shutdown-read-tells-an-active-owner",
        ),
    ),
    row(
        (*OPEN, *HALF),
        "shutdown",
        ("say_enotconn",),
        "handle_shutdown/3",
        until=25,
        clauses=("closing/shutdown-both-ends-both",),
    ),
    row(CLOSED, "shutdown", ("say_closed",), "handle_closed/4", until=25),
    row(CLOSED_READ, "shut", ("ok",), EVENT, CLOSED_READ_WRITE, until=25),
    row(READING, "shut", ("set_passive", "cancel_select", "fail_closed", "ok"), EVENT, CLOSED_READ, "reads", until=25),
    row(READING, "shut", ("set_passive", "cancel_select", "fail_closed", "ok"), EVENT, CLOSED_READ_WRITE, until=25),
)
"""Shutting down a direction, which since OTP 27 the server has nothing to do with."""

SETTING = (
    row(
        CONNECTED,
        "setopts",
        ("set_options", "deliver_buffered", "settle"),
        EVENT,
        until=25,
        clauses=("modes/turning-active-delivers-what-waits",),
    ),
    row(
        RECV,
        "setopts",
        ("set_options", "look_again"),
        EVENT,
        until=25,
        clauses=(
            "modes/mode-set-last-rules",
            "receiving/activation-during-a-receive",
        ),
    ),
    row((CONNECT, *HALF, CLOSED), "setopts", ("set_options",), EVENT, until=25),
    row(ALL, "setopts", ("set_options", "mode_set"), EVENT, since=27),
    row(ALL, "setopt_active", ("set_mode", "mode_set"), EVENT, since=27),
    row(CONNECTED, "mode_was_set", ("settle",), "handle_active/4", since=27),
    row(
        RECV,
        "mode_was_set",
        (),
        "handle_active/4",
        when="is_active",
        since=27,
        clauses=("receiving/timeout-of-a-receive-leaves-an-active-socket-active",),
    ),
    row(
        RECV,
        "mode_was_set",
        ("cancel_select",),
        "handle_active/4",
        CONNECTED,
        since=27,
        clauses=(
            "receiving/passive-again-serves-the-receive",
            "receiving/count-of-zero-leaves-a-receive",
            "receiving/framing-may-change-during-a-receive",
        ),
    ),
    row((CONNECT, *HALF, CLOSED), "mode_was_set", (), "handle_active/4", since=27),
)
"""Setting options. OTP 25 does not look at a receive that waits; since OTP 27 any option makes it wait for ever."""

OPENING = (
    row(CONNECT, "connect", ("say_socket", "settle"), "handle_connect/5", CONNECTED),
    row(CONNECT, "listen", ("say_socket",), EVENT),
    row(ACCEPT, "accept", ("accept",), "handle_accept/5"),
    row(ACCEPTING, "selected", ("accept",), "handle_accept/5", when="is_current"),
    row((ACCEPT, ACCEPTING), "accepts", ("wait_anew",), "handle_accept/5", ACCEPTING),
    row((ACCEPT, ACCEPTING), "open", ("say_socket", "settle"), "handle_accept/5", CONNECTED),
    row(ACCEPTING, "aborted", ("fail_accept",), EVENT, CLOSED, "is_current", until=25),
    row(ACCEPTING, "aborted", ("fail_accept",), EVENT, ACCEPT, "is_current", since=27),
    row(ACCEPTING, "accept_timeout", ("stop_accepting",), EVENT, CLOSED, until=25),
    row(ACCEPTING, "accept_timeout", ("stop_accepting",), EVENT, ACCEPT, since=27),
)
"""Becoming a connection."""

OTHERWISE = (
    row(ALL, "selected", ("unexpected",), "handle_unexpected/4"),
    row(ALL, "aborted", ("unexpected",), "handle_unexpected/4"),
    row(tuple(each for each in ALL if each is not ACCEPTING), "accept_timeout", ("unexpected",), "handle_unexpected/4"),
    row(tuple(each for each in ALL if each is not RECV), "recv_timeout", ("unexpected",), "handle_unexpected/4"),
)
"""What comes too late."""

SERVER = (*ASKING, *CLOSING, *SHUTTING_DOWN, *SETTING, *OPENING, *RECEIVING, *FAILING, *OTHERWISE)


def tables(release: int) -> tuple[Table, ...]:
    """The tables of one release."""
    return (Table("ownership", "moving", _of(OWNERSHIP, release)), Table("server", "state", _of(SERVER, release)))


def _of(rows: tuple[Released, ...], release: int) -> tuple[Row, ...]:
    return tuple([each.row for each in rows if each.since <= release <= each.until])
