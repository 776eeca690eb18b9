"""Variants of the clauses on ownership."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.models import variant_calls as calls
from gen_tck.reference.models.variant import Variant
from gen_tck.reference.port import OpenPort
from gen_tck.spec.terms import Atom, Reference, Term

_TRANSFER = "gen_tcp.controlling_process/2"


class SocketPort(OpenPort):
    """Its end is that of a socket, to those who monitor it."""

    def down(self, reference: Reference, reason: Term) -> Term:
        message = super().down(reference, reason)
        return (*message[:2], Atom("socket"), self.id, a.closed)


OWNERSHIP = (
    Variant(
        reason="a transfer by a stranger to the present owner is refused as any other",
        of=("ownership/naming-the-present-owner-moves-nothing", "not_owner"),
        functions={_TRANSFER: calls.strangers_may_not_name_it},
    ),
    Variant(
        reason="who has the message of the socket's end cannot transfer it, as it is no socket any more",
        of=("ownership/transfer-after-tcp-closed", "einval"),
        functions={_TRANSFER: calls.einval_with_the_message},
    ),
    Variant(
        reason="who has the message of the socket's end transfers that",
        of=("ownership/transfer-after-tcp-closed", "moved"),
        functions={_TRANSFER: calls.moves_the_message},
    ),
    Variant(
        reason="a closed socket is no socket to a transfer",
        of=("ownership/closed-socket-cannot-be-transferred", "einval"),
        functions={_TRANSFER: calls.einval_when_closed},
    ),
    Variant(
        reason="a socket whose connection is gone cannot be transferred",
        of=("ownership/transfer-after-the-end-was-read", "einval"),
        functions={_TRANSFER: calls.einval_when_lost},
    ),
    Variant(
        reason="monitors tell of the end of a socket, not of a port",
        of=("ownership/monitor-tells-of-the-close", "socket"),
        port=SocketPort,
    ),
    Variant(
        reason="the monitor of a closed socket says that it is none",
        of=("ownership/monitor-of-a-closed-socket-fires-at-once", "nosock"),
        functions={"inet.monitor/1": calls.nosock},
    ),
    Variant(
        reason="a close by whomever reaches no owner, be it one that traps exits",
        of=("ownership/strangers-close-may-reach-a-trapping-owner", "silent"),
        functions={"gen_tcp.close/1": calls.tells_no_owner},
    ),
    Variant(
        reason="a receive of a listener in an active mode is refused for the mode",
        of=("ownership/listener-cannot-receive", "einval"),
        functions=dict.fromkeys(calls.RECEIVES, calls.einval_of_an_active_listener),
    ),
)
