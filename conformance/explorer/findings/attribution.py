"""Which clause speaks of a finding: that of the first rule that fits its cause and its differences.

It is a guess, and where somebody begins to read. Where no rule fits, no clause speaks of it, and that is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gen_tck.conformance.explorer.findings.differences import Cause, Difference, Function
from gen_tck.conformance.explorer.findings.matchers import (
    OfCause,
    OfDifferences,
    any_cause,
    anything,
    blocks,
    calls,
    either,
    instead,
    leaves,
    outcome,
    peer,
    said_by,
    says,
    signals,
    status,
    stream_ends,
    time_passes,
)

NO_CLAUSE = ""
"""Stands for the id of a clause where none speaks of a finding."""

ACCEPT, CLOSE, RECV, SEND, SHUTDOWN, TRANSFER, UNRECV = (
    Function("gen_tcp", name)
    for name in ("accept", "close", "recv", "send", "shutdown", "controlling_process", "unrecv")
)
GETOPTS, MONITOR, SETOPTS = (Function("inet", name) for name in ("getopts", "monitor", "setopts"))
ASYNC_ACCEPT, ASYNC_RECV, ASYNC_UNRECV = (
    Function("prim_inet", name) for name in ("async_accept", "async_recv", "unrecv")
)
ERLANG_SEND, PORT_CLOSE, PORT_COMMAND, SYSTEM_MONITOR = (
    Function("erlang", name) for name in ("send", "port_close", "port_command", "system_monitor")
)
ACCEPTS, ASYNC, SENDS = (ACCEPT, ASYNC_ACCEPT), (ASYNC_ACCEPT, ASYNC_RECV), (SEND, ERLANG_SEND)
UNRECVS = (UNRECV, ASYNC_UNRECV)
RECVS = (RECV, ASYNC_RECV, *UNRECVS)
CLOSED = ("closed", "tcp_closed")
OF_SENDS, OF_CLOSES = ("send_timeout", "send_timeout_close", "delay_send"), ("exit_on_close", "send_timeout_close")


def of_a_listeners(functions: Sequence[Function], options: Sequence[str]) -> OfCause:
    """A call of one of ``functions`` on the listener, or one that sets or reads one of the ``options`` of that."""
    return any_cause(calls(*functions, of_listener=True), calls(SETOPTS, GETOPTS, of_listener=True, naming=options))


def sets(*options: str) -> OfCause:
    """One of ``options`` is set."""
    return calls(SETOPTS, naming=options)


is_async = either(outcome(*ASYNC), says("inet_async"))
ends_a_process = signals("kill", "killed", "shutdown", "normal")


class Rule(NamedTuple):
    """What a finding has to be like, and the clause that speaks of it then."""

    cause: OfCause
    differences: OfDifferences
    clause: str


RULES: tuple[Rule, ...] = (
    Rule(anything, status("outlived"), "ownership/owners-end-closes-the-socket"),
    Rule(anything, leaves, "closing/nothing-outlives-its-processes"),
    Rule(calls(SYSTEM_MONITOR), anything, "system_monitor/setting-returns-the-previous"),
    Rule(anything, says("busy_port"), "system_monitor/suspended-process-is-told"),
    Rule(calls(TRANSFER, of_listener=True), says("tcp_passive"), "ownership/tcp-passive-moves-to-the-heir"),
    Rule(calls(TRANSFER, of_listener=True), anything, "ownership/listener-can-be-transferred"),
    Rule(calls(*RECVS, of_listener=True), anything, "ownership/listener-cannot-receive"),
    Rule(of_a_listeners(SENDS, OF_SENDS), anything, "sending/listener-cannot-send"),
    Rule(calls(PORT_COMMAND, of_listener=True), anything, "ownership/listener-survives-a-send"),
    Rule(calls(SHUTDOWN, of_listener=True), anything, "ownership/shutdown-of-a-listener"),
    Rule(
        of_a_listeners((CLOSE, PORT_CLOSE), OF_CLOSES),
        outcome(*ACCEPTS),
        "ownership/closing-a-listener-releases-acceptors",
    ),
    Rule(calls(*ACCEPTS, of_listener=True), says(*CLOSED, "einval"), "ownership/closed-listener-accepts-nothing"),
    Rule(calls(*ACCEPTS, of_listener=True), anything, "ownership/accept-times-out"),
    Rule(signals(), outcome(*ACCEPTS), "ownership/closing-a-listener-releases-acceptors"),
    Rule(time_passes, outcome(*ACCEPTS), "ownership/accept-times-out"),
    Rule(calls(TRANSFER), says("tcp_passive"), "ownership/tcp-passive-moves-to-the-heir"),
    Rule(calls(TRANSFER), says("tcp_error"), "ownership/tcp-error-moves-to-the-heir"),
    Rule(calls(TRANSFER), says("tcp_closed"), "ownership/end-of-stream-moves-to-the-heir"),
    Rule(calls(TRANSFER), says("not_owner"), "ownership/only-the-owner-may-transfer"),
    Rule(calls(TRANSFER), says("inet_async", "inet_reply"), "async_recv/unread-answer-moves-with-the-socket"),
    Rule(calls(TRANSFER), anything, "ownership/messages-move-to-the-heir"),
    Rule(ends_a_process, blocks(*RECVS), "ownership/owners-end-releases-receivers"),
    Rule(ends_a_process, blocks(*SENDS), "ownership/owners-end-releases-senders"),
    Rule(signals(of_owner=True), stream_ends, "ownership/owners-end-closes-the-socket"),
    Rule(signals(), anything, "ownership/strangers-end-changes-nothing"),
    Rule(time_passes, says("tcp_passive", "tcp"), "modes/count-goes-down-with-each-message"),
    Rule(time_passes, outcome(*SENDS), "sending/send-timeout-ends-a-blocked-send"),
    Rule(time_passes, says(*CLOSED, "DOWN"), "sending/send-timeout-close-ends-the-connection"),
    Rule(time_passes, is_async, "async_recv/times-out"),
    Rule(time_passes, anything, "receiving/times-out"),
    Rule(anything, status("suspended"), "port_command/busy-port-suspends-its-caller"),
    Rule(peer("read"), says("DOWN"), "ownership/monitor-tells-of-the-close"),
    Rule(peer("read"), anything, "sending/blocked-sends-resume"),
    Rule(peer("reset"), says("tcp_error"), "closing/shown-reset-is-an-error-message"),
    Rule(peer("reset"), says("tcp_closed"), "closing/hidden-reset-is-told-as-an-end"),
    Rule(peer("reset"), outcome(*RECVS), "closing/shown-reset-is-a-recv-error"),
    Rule(peer("reset"), outcome(*SENDS), "sending/reset-releases-a-blocked-sender"),
    Rule(peer("reset"), anything, "closing/hidden-reset-is-told-as-an-end"),
    Rule(peer("fin", "close"), says("tcp_closed"), "closing/active-owner-is-told-of-the-end"),
    Rule(peer("fin", "close"), is_async, "async_recv/end-answers-closed"),
    Rule(peer("fin", "close"), outcome(*RECVS), "closing/blocked-recv-is-told-of-the-end"),
    Rule(peer("fin", "close"), outcome(*SENDS), "sending/noticed-fin-releases-senders-of-a-passive-socket"),
    Rule(peer("fin", "close"), anything, "closing/end-closes-the-socket"),
    Rule(peer("send"), says("emsgsize"), "closing/bad-packet-is-told-to-the-owner"),
    Rule(peer("send"), either(stream_ends, says("tcp_closed")), "closing/bad-packet-ends-the-connection"),
    Rule(peer("send"), says("tcp_passive"), "modes/last-counted-message-is-followed-by-tcp-passive"),
    Rule(peer("send"), is_async, "async_recv/answers-once"),
    Rule(peer("send"), outcome(*RECVS), "receiving/waits-for-the-first-byte"),
    Rule(peer("send"), anything, "modes/active-delivers-messages"),
    Rule(sets("active"), says("emsgsize"), "closing/bad-packet-is-told-to-the-owner"),
    Rule(sets("active"), says("tcp_error"), "closing/reset-is-told-when-activated"),
    Rule(sets("active"), says("tcp_closed"), "closing/noticed-end-is-told-when-activated"),
    Rule(sets("active"), says("tcp_passive"), "modes/zero-count-notifies-a-passive-socket"),
    Rule(sets("active"), either(outcome(*RECVS), is_async), "receiving/activation-during-a-receive"),
    Rule(sets("active"), anything, "modes/turning-active-delivers-what-waits"),
    Rule(sets("packet", "packet_size"), anything, "receiving/framing-may-change-during-a-receive"),
    Rule(sets("exit_on_close"), anything, "closing/exit-on-close-may-be-set-later"),
    Rule(sets("show_econnreset"), anything, "closing/show-econnreset-may-be-set-later"),
    Rule(calls(GETOPTS), either(says("einval"), instead), "closing/options-after-a-noticed-end"),
    Rule(calls(GETOPTS), anything, "modes/mode-set-last-rules"),
    Rule(calls(*UNRECVS), outcome(ASYNC_RECV), "async_recv/unrecv-during-a-request"),
    Rule(calls(*UNRECVS), anything, "receiving/unrecv-puts-bytes-in-front"),
    Rule(calls(ASYNC_RECV), says("ealready"), "async_recv/second-request-is-refused"),
    Rule(calls(ASYNC_RECV), says("enotconn", *CLOSED), "async_recv/request-after-the-end"),
    Rule(calls(ASYNC_RECV), says("einval"), "async_recv/active-socket-refuses"),
    Rule(calls(ASYNC_RECV), says("timeout"), "async_recv/times-out"),
    Rule(calls(ASYNC_RECV), anything, "async_recv/receive-leaves-answers-alone"),
    Rule(calls(RECV), says("ealready"), "receiving/second-receive"),
    Rule(calls(RECV), says("emsgsize"), "closing/recv-after-a-bad-packet"),
    Rule(calls(RECV), says("enotconn", *CLOSED), "closing/recv-after-the-end"),
    Rule(calls(RECV), says("einval"), "receiving/active-socket-refuses-receive"),
    Rule(calls(RECV), says("timeout"), "receiving/times-out"),
    Rule(calls(RECV), anything, "receiving/receives-what-is-available"),
    Rule(calls(PORT_COMMAND), says("badarg"), "port_command/closed-port-is-badarg"),
    Rule(calls(PORT_COMMAND), says("inet_reply"), "port_command/failure-is-told-in-the-reply"),
    Rule(calls(PORT_COMMAND), says("tcp_error"), "closing/reset-closes-a-half-open-socket"),
    Rule(calls(PORT_COMMAND), anything, "port_command/command-sends-its-data"),
    Rule(calls(PORT_CLOSE), outcome(*RECVS), "receiving/close-wakes-a-receive"),
    Rule(calls(PORT_CLOSE), anything, "port_command/port-close-sends-what-was-taken"),
    Rule(calls(SEND), says("tcp_error"), "sending/show-econnreset-names-the-reset"),
    Rule(calls(SEND), says("econnreset"), "sending/show-econnreset-names-the-reset"),
    Rule(calls(SEND), says("tcp_closed"), "sending/failed-send-keeps-the-close-for-the-owner"),
    Rule(calls(SEND), says("enotconn"), "sending/sends-after-a-failed-send"),
    Rule(calls(SEND), says(*CLOSED, "einval"), "closing/send-after-a-noticed-end"),
    Rule(calls(SEND), anything, "sending/sends-the-bytes"),
    Rule(calls(CLOSE), outcome(*RECVS), "receiving/close-wakes-a-receive"),
    Rule(calls(CLOSE), outcome(*SENDS), "sending/close-releases-a-blocked-sender"),
    Rule(calls(CLOSE), says("tcp_closed"), "closing/close-and-the-closed-message"),
    Rule(calls(CLOSE), stream_ends, "closing/close-with-unread-data-resets"),
    Rule(calls(CLOSE), outcome(CLOSE), "closing/second-close-is-ok"),
    Rule(calls(CLOSE), anything, "ownership/closing-ones-own-socket-is-silent"),
    Rule(calls(SHUTDOWN), says("tcp_closed", "tcp_error"), "closing/shutdown-read-tells-an-active-owner"),
    Rule(calls(SHUTDOWN), says("enotconn"), "closing/shutdown-after-a-noticed-end"),
    Rule(calls(SHUTDOWN), outcome(*RECVS), "receiving/read-shutdown-wakes-a-receive"),
    Rule(calls(SHUTDOWN), says(*CLOSED, "einval"), "closing/shutdown-after-close"),
    Rule(calls(SHUTDOWN), anything, "closing/shutdown-write-is-seen-by-the-peer"),
    Rule(calls(MONITOR), anything, "ownership/monitor-tells-of-the-close"),
    Rule(anything, says("DOWN"), "ownership/monitor-tells-of-the-close"),
)
"""The first that fits counts."""


def responsible(cause: Cause, differences: Sequence[Difference]) -> str:
    """The id of the clause that speaks of it; :data:`NO_CLAUSE` if none does."""
    said = said_by(differences)
    return next((rule.clause for rule in RULES if rule.cause(cause) and rule.differences(said)), NO_CLAUSE)
