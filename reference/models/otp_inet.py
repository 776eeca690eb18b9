"""OTP's inet backend, by release: the reference with the departures of ``inet_drv.c``, ``inet.erl``, ``gen_tcp.erl``.

Some faults change everything that comes after them: a slot that stays taken, a socket that stops reading. So each is
modelled, and what is known to differ is exactly what it does.
"""

from __future__ import annotations

from functools import cache

from gen_tck.reference.functions import Function
from gen_tck.reference.models import otp_inet_calls as calls
from gen_tck.reference.models.departure import Change, Departure, Model, build
from gen_tck.reference.models.otp_inet_closing import CLOSING
from gen_tck.reference.models.otp_inet_files import FILES
from gen_tck.reference.models.otp_inet_formats import FORMATS
from gen_tck.reference.models.otp_inet_receiving import RECEIVING
from gen_tck.reference.models.otp_inet_send_timeouts import TIMEOUTS
from gen_tck.reference.models.otp_inet_sending import SENDING


def _is(function: Function) -> Change:
    return lambda _: function


def _sends(function: Function) -> dict[str, Change]:
    return {"gen_tcp.send/2": _is(calls.of_gen_tcp(function)), "prim_inet.send/2": _is(function)}


_CONNECTS = [f"gen_tcp.connect/{each}" for each in (2, 3, 4)]
_TRANSFER = "gen_tcp.controlling_process/2"

_FORWARDED = (
    "ownership/failed-transfer-keeps-the-messages",
    "ownership/failed-transfer-keeps-the-mode",
    "ownership/half-closed-socket-changes-owner",
    "ownership/tcp-error-moves-to-the-heir",
    "ownership/tcp-passive-moves-to-the-heir",
)

CALLS = (
    Departure(
        "otp-inet/transfer-forwards-some-messages",
        "a transfer forwards data, tcp_closed and answers, and no other message; what is done before it fails is done",
        otp="inet.erl: tcp_controlling_process/2; inet.erl: tcp_sync_input/3",
        clauses=_FORWARDED,
        until=25,
        functions={_TRANSFER: _is(calls.controlling_process)},
    ),
    Departure(
        "otp-inet/transfer-leaves-replies",
        "the same, and replies that repeat the reference of their command are not known to it either",
        otp="inet.erl: tcp_controlling_process/2; inet.erl: tcp_sync_input/3",
        clauses=_FORWARDED,
        since=26,
        functions={_TRANSFER: _is(calls.later_controlling_process)},
    ),
    Departure(
        "otp-inet/send-takes-any-reply",
        "a send takes any reply, and looks only after five seconds whether the port lives",
        otp="prim_inet.erl: send/4",
        clauses=(
            "ownership/owners-end-releases-senders",
            "sending/close-releases-a-blocked-sender",
        ),
        until=25,
        functions=_sends(calls.earlier_send),
    ),
    Departure(
        "otp-inet/send-waits-for-its-own-reply",
        "a send waits for the reply to its own command, which may never come where one caller alone is known",
        otp="prim_inet.erl: send/4",
        since=26,
        functions=_sends(calls.later_send),
    ),
    Departure(
        "otp-inet/connect-in-vain-tells-of-its-mode",
        "the mode is set before there is a connection: if its count is spent the caller is told so, without a socket",
        otp="prim_inet.erl: setopts/2; inet_drv.c: inet_set_opts",
        clauses=("opening/failed-opening-leaves-nothing",),
        functions=dict.fromkeys(_CONNECTS, calls.says_that_it_is_passive),
    ),
    Departure(
        "otp-inet/no-reuseport",
        "the options reuseport and reuseport_lb are not known",
        otp="inet.erl: listen_options/0; inet.erl: connect_options/0",
        clauses=("opening/reuseport-lb-lets-several-listen", "opening/reuseport-lets-several-listen"),
        until=25,
        functions=dict.fromkeys(
            (*_CONNECTS, "gen_tcp.listen/2", "inet.setopts/2", "inet.getopts/2"), calls.knows_no_reuseport
        ),
        after=("otp-inet/connect-in-vain-tells-of-its-mode", "otp-inet/closing-port-tells-nobody"),
    ),
    Departure(
        "otp-inet/no-room-is-taken-for-a-delay",
        "the error eagain, by which the system refuses a local connection for want of room, is taken for a connection "
        "that is on its way: when the socket can be written it is taken for connected",
        otp="inet_drv.c: tcp_inet_ctl; inet_drv.c: tcp_inet_output",
        clauses=("opening/local-connect-is-a-connection",),
        functions=dict.fromkeys(_CONNECTS, calls.takes_no_room_for_a_delay),
        after=("otp-inet/connect-in-vain-tells-of-its-mode", "otp-inet/no-reuseport"),
    ),
    Departure(
        "otp-inet/monitors-are-remembered",
        "inet_db remembers each monitor of a socket until inet:cancel_monitor/1 is called, though it has fired or its "
        "process has ended: the table inet_sockets only grows",
        otp="inet.erl: monitor/1; inet_db.erl: put_socket_type/2",
        clauses=("closing/nothing-outlives-its-processes",),
        functions={"inet.monitor/1": calls.remembers, "inet.cancel_monitor/1": calls.forgets},
    ),
)
DEPARTURES = (*RECEIVING, *CLOSING, *SENDING, *TIMEOUTS, *FILES, *FORMATS, *CALLS)
"""All of them, in their order."""


def departures_of(release: int) -> list[Departure]:
    """Those that a release has."""
    return [each for each in DEPARTURES if each.is_of(release)]


@cache
def model(release: int) -> Model:
    """The model of a release."""
    return build(departures_of(release))
