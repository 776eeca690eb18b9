"""Variants that clauses allow and the reference does not have, and choices that no clause speaks of.

What an implementation may choose is no fault of it. So that a script which shows such a choice is judged by what is
allowed, and by nothing wider, the choice is made in the reference: what was seen must be exactly what that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.functions import FUNCTIONS
from gen_tck.reference.models import open_drivers
from gen_tck.reference.models import variant_calls as calls
from gen_tck.reference.models import variant_drivers as drivers
from gen_tck.reference.models.departure import Model
from gen_tck.reference.models.variant_calls import Change

Name: TypeAlias = tuple[str, str]
"""The id of a clause, and the name of one of its variants; or of the clause that is nearest, and of a choice."""


class Variant(NamedTuple):
    """What is another way than in the reference."""

    driver: type[TcpDriver] | None = None
    calls: Mapping[str, Change] = {}
    """What is made of functions, by ``module.name/arity``."""
    open: str = ""
    """Of a choice that no clause speaks of: what may be chosen."""


def _of(change: Change, *names: str) -> Variant:
    return Variant(calls=dict.fromkeys(names, change))


_RECEIVES = ("gen_tcp.recv/2", "gen_tcp.recv/3")
_TRANSFER, _SEND, _SHUTDOWN = "gen_tcp.controlling_process/2", "gen_tcp.send/2", "gen_tcp.shutdown/2"
_SETOPTS, _GETOPTS = "inet.setopts/2", "inet.getopts/2"

VARIANTS: dict[Name, Variant] = {
    # ownership
    ("ownership/naming-the-present-owner-moves-nothing", "not_owner"): _of(calls.strangers_may_not_name_it, _TRANSFER),
    ("ownership/transfer-after-tcp-closed", "einval"): _of(calls.einval_with_the_message, _TRANSFER),
    ("ownership/transfer-after-tcp-closed", "moved"): _of(calls.moves_the_message, _TRANSFER),
    ("ownership/closed-socket-cannot-be-transferred", "einval"): _of(calls.einval_when_closed, _TRANSFER),
    ("ownership/transfer-after-the-end-was-read", "einval"): _of(calls.einval_when_lost, _TRANSFER),
    ("ownership/monitor-tells-of-the-close", "socket"): Variant(drivers.SocketGoesDown),
    ("ownership/monitor-of-a-closed-socket-fires-at-once", "nosock"): _of(calls.nosock, "inet.monitor/1"),
    ("ownership/strangers-close-may-reach-a-trapping-owner", "silent"): Variant(drivers.ClosesSilently),
    ("ownership/listener-cannot-receive", "einval"): _of(calls.einval_of_a_listener, *_RECEIVES),
    ("sending/listener-cannot-send", "closed"): _of(calls.closed_of_a_listener, _SEND),
    # receiving
    ("receiving/length-in-packet-mode", "ignored"): _of(calls.ignores_lengths, *_RECEIVES),
    ("receiving/second-receive", "queued"): _of(calls.queues, *_RECEIVES),
    ("receiving/activation-during-a-receive", "receiver"): Variant(drivers.ReceiverFirst),
    ("receiving/buffer-of-an-expired-receive", "dropped"): Variant(drivers.BufferIsDropped),
    ("receiving/unrecv-puts-bytes-in-front", "enotsup"): _of(calls.enotsup, "gen_tcp.unrecv/2"),
    # sending
    ("sending/large-send-to-a-stalled-peer", "waits"): Variant(drivers.LargeSendWaits),
    ("sending/sends-after-a-failed-send", "closed"): _of(calls.closed_when_lost, _SEND),
    ("sending/empty-send-on-a-dead-connection", "closed"): Variant(drivers.EmptySendFails),
    ("sending/failed-send-closes-the-socket", "stays_open"): Variant(drivers.FailedSendIsAll),
    # closing
    ("closing/recv-after-close", "einval"): _of(calls.einval_when_closed, *_RECEIVES),
    ("closing/recv-after-the-end", "closed"): _of(calls.closed_when_lost, *_RECEIVES),
    ("closing/recv-after-the-end", "einval"): _of(calls.einval_for_an_error_when_lost, *_RECEIVES),
    ("closing/options-after-close", "closed"): Variant(
        calls=dict.fromkeys([_SETOPTS, _GETOPTS], calls.closed_when_closed)
    ),
    ("closing/options-after-a-noticed-end", "einval"): _of(calls.einval_for_other_options_when_lost, _SETOPTS),
    ("closing/mode-after-a-noticed-end", "einval"): _of(calls.einval_when_lost, _GETOPTS),
    ("closing/mode-of-a-half-open-socket", "passive"): Variant(drivers.HalfOpenIsPassive),
    ("closing/mode-of-a-half-open-socket", "einval"): _of(calls.einval_when_told, _GETOPTS),
    ("closing/arming-a-half-open-socket", "einval"): _of(calls.einval_for_modes_when_told, _SETOPTS),
    ("closing/shutdown-after-a-noticed-end", "closed"): _of(calls.closed_when_lost, _SHUTDOWN),
    ("closing/close-and-the-closed-message", "kept"): _of(calls.keeps_the_message, "gen_tcp.close/1"),
    ("closing/close-after-the-first-line", "reset"): Variant(drivers.ReadAheadIsUnread),
    ("closing/bad-packet-ends-the-connection", "stays_open"): Variant(drivers.BadPacketIsTold),
    ("closing/recv-after-a-bad-packet", "emsgsize"): Variant(drivers.BadPacketStays),
    ("closing/recv-after-a-bad-packet", "timeout"): Variant(drivers.BadPacketIsDropped),
    ("closing/shutdown-read-and-what-had-arrived", "discarded"): Variant(drivers.ArrivedIsDiscarded),
    ("closing/data-after-shutdown-read", "closed"): Variant(drivers.NothingAfterShutdown),
    ("closing/shutdown-read-and-exit-on-close", "stays_open"): Variant(drivers.ShutdownStaysOpen),
    # what no clause speaks of
    ("sending/stalled-peer-blocks-the-sender", "later"): Variant(
        open_drivers.KernelHasRoom,
        open="after how much data a sender is blocked: a buffer may hold more than its option says",
    ),
    ("receiving/receives-what-is-available", "all"): Variant(
        open_drivers.ReadsOn, open="whether what was read already goes together with what has come since"
    ),
    ("receiving/zero-timeout-polls", "to_the_end"): Variant(
        open_drivers.PollLooksFurther, open="whether a poll that finds part of a packet looks for the end behind it"
    ),
    ("receiving/framing-may-change-during-a-receive", "at_once"): Variant(
        open_drivers.FramingLooksAnew, open="whether a new framing looks at once at what has come, or when more comes"
    ),
    ("closing/bad-packet-ends-the-connection", "closes_whatever"): Variant(
        open_drivers.BadPacketCloses, open="whether a bad packet closes a socket with {exit_on_close, false}, too"
    ),
    ("modes/leftover-of-a-receive-is-delivered", "at_once"): Variant(
        open_drivers.LeftoverIsDelivered,
        open="whether bytes that a receive waits or waited with are a message of an active mode at once, or with more",
    ),
    ("closing/exit-on-close-may-be-set-later", "too_late"): Variant(
        open_drivers.TooLateToExit, open="whether {exit_on_close, true} that is set after the end still closes"
    ),
}
"""Those that a generated script can show. What several clauses say of one behaviour is here by one of them."""

_IGNORED: Name = ("receiving/length-in-packet-mode", "ignored")
_RECEIVER: Name = ("receiving/activation-during-a-receive", "receiver")

TOGETHER: tuple[tuple[Name, Name], ...] = (
    (("receiving/second-receive", "queued"), _IGNORED),
    (("closing/mode-of-a-half-open-socket", "passive"), _IGNORED),
    (("closing/recv-after-a-bad-packet", "emsgsize"), _IGNORED),
    (("closing/recv-after-a-bad-packet", "timeout"), _IGNORED),
    (("closing/recv-after-the-end", "closed"), _IGNORED),
    (("sending/empty-send-on-a-dead-connection", "closed"), ("sending/failed-send-closes-the-socket", "stays_open")),
    (_RECEIVER, ("receiving/buffer-of-an-expired-receive", "dropped")),
    (_RECEIVER, ("receiving/framing-may-change-during-a-receive", "at_once")),
)
"""Variants that one step may show together."""


def model(names: Iterable[Name]) -> Model:
    """The reference with the variants of these ``names``. Raises ``KeyError``."""
    functions = dict(FUNCTIONS)
    bases: list[type[TcpDriver]] = []
    for name in names:
        variant = VARIANTS[name]
        for function, change in variant.calls.items():
            functions[function] = change(functions[function])
        if variant.driver is not None:
            bases.append(variant.driver)
    made: Any = bases[0] if len(bases) == 1 else type("Together", tuple(bases), {}) if bases else TcpDriver
    return Model(made, functions)
