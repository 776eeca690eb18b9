"""What comes of an option, or a framing: that it is taken, and told again, proves nothing."""

from __future__ import annotations

__all__ = ["EFFECTS", "effect_of"]

EFFECTS: dict[str, str] = {
    "modes/mode-is-taken": "modes/mode-shapes-the-data",
    "modes/active-is-taken": "modes/active-delivers-messages",
    "modes/count-is-taken": "modes/count-delivers-its-number-of-messages",
    "ownership/listen-answers": "opening/listener-is-at-its-address",
    "modes/buffer-is-taken": "modes/buffer-bounds-a-message",
    "modes/recbuf-is-taken": "modes/recbuf-raises-the-buffer",
    "modes/deliver-is-taken": "modes/deliver-port-shapes-data-messages",
    "modes/header-is-taken": "modes/header-comes-as-list-elements",
    "modes/nodelay-is-taken": "modes/raw-and-named-are-one",
    "modes/keepalive-is-taken": "modes/raw-and-named-are-one",
    "modes/packet-is-taken": "receiving/length-header-is-stripped",
    "modes/packet-of-a-protocol-is-taken": "framing/tpkt-cuts-at-its-length",
    "modes/packet-of-http-is-taken": "framing/http-request-is-parsed",
    "modes/packet-size-is-taken": "receiving/four-byte-header-over-the-limit",
    "modes/line-delimiter-is-taken": "receiving/line-delimiter-can-be-chosen",
    "modes/delay-send-is-taken": "sending/delayed-send-fails-later",
    "modes/sndbuf-is-taken": "modes/raw-and-named-are-one",
    "modes/send-timeout-is-taken": "sending/send-timeout-ends-a-blocked-send",
    "modes/send-timeout-close-is-taken": "sending/send-timeout-close-ends-the-connection",
    "modes/high-watermark-is-taken": "sending/high-watermark-lets-sends-queue",
    "modes/low-watermark-is-taken": "port_command/busy-until-the-low-watermark",
    "modes/high-msgq-watermark-is-taken": "port_command/message-queue-makes-busy",
    "modes/low-msgq-watermark-is-taken": "port_command/message-queue-makes-busy",
    "modes/exit-on-close-is-taken": "closing/half-open-socket-sends",
    "modes/show-econnreset-is-taken": "closing/shown-reset-is-a-recv-error",
    "modes/linger-is-taken": "closing/zero-linger-resets",
    "modes/raw-is-set-and-told": "modes/raw-and-named-are-one",
    "closing/user-timeout-is-taken": "closing/vanished-peer-is-an-error-message",
    "opening/v6only-is-told": "opening/v6only-has-no-mapped-addresses",
    "receiving/raw-is-taken": "framing/body-is-raw",
    "receiving/one-byte-header-is-taken": "receiving/length-header-is-stripped",
    "receiving/two-byte-header-is-taken": "receiving/length-header-is-stripped",
    "receiving/four-byte-header-is-taken": "receiving/length-header-is-stripped",
    "receiving/line-is-taken": "receiving/line-ends-with-its-delimiter",
    "framing/asn1-is-taken": "framing/asn1-cuts-at-values",
    "framing/tpkt-is-taken": "framing/tpkt-cuts-at-its-length",
    "framing/cdr-is-taken": "framing/cdr-cuts-at-its-length",
    "framing/sunrm-is-taken": "framing/sunrm-cuts-at-fragments",
    "framing/fcgi-is-taken": "framing/fcgi-leaves-padding-off",
    "framing/http-is-taken": "framing/http-request-is-parsed",
    "framing/http-bin-is-taken": "framing/http-gives-strings-or-binaries",
    "framing/httph-is-taken": "framing/httph-begins-with-headers",
    "framing/httph-bin-is-taken": "framing/httph-begins-with-headers",
}
"""By the clause that says no more than that it is taken: the clause that says what comes of it.

Of ``nodelay``, ``keepalive`` and ``sndbuf`` that is what the operating system has: what it makes of them takes times
and sizes that are its own.
"""


def effect_of(clause: str) -> str:
    """The clause that says what comes of a row of the catalogue with this clause."""
    return EFFECTS.get(clause, clause)
