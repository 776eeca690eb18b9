"""Packet framing: where the first packet in a buffer ends, and what of it is delivered."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.spec.terms import Term

RAW, LINE = 0, "line"
LENGTH_LIMIT = 0x7FFFFFFF


def framing(packet: Term) -> Term:
    """The kind of framing that a value of the option ``packet`` stands for."""
    return LINE if packet is a.line else RAW if packet is a.raw else packet


class BadPacket(Exception):
    """A packet is longer than allowed, or than its header can say (``emsgsize``)."""


def packet_length(kind: Term, data: bytearray, limit: int, cut: int, delimiter: int = 10) -> int:
    """The length in bytes of the first packet in ``data``, header included; 0 if that cannot be told yet.

    ``kind`` is ``0`` (raw: everything there is), ``1``, ``2``, ``4`` (big-endian length header) or ``"line"``.
    ``limit`` is ``packet_size`` in bytes, 0 for none; ``cut`` the length at which a long line is cut. The length may be
    larger than ``len(data)``: that much is needed. Raises :class:`BadPacket`.

    Clauses: receiving/waits-for-a-whole-packet, receiving/packet-over-its-size-limit,
        receiving/line-ends-with-its-delimiter, receiving/line-longer-than-the-buffer
    OTP: packet_parser.c: packet_get_length
    """
    if kind == RAW:
        return len(data)
    if kind == LINE:
        end = data.find(delimiter) + 1
        if limit and (end or len(data)) > limit:
            raise BadPacket
        return min(end, cut) if end else cut if len(data) >= cut else 0
    if len(data) < kind:
        return 0
    length = int.from_bytes(data[:kind], "big")
    if (limit and length > limit) or length + kind > LENGTH_LIMIT:
        raise BadPacket
    return int(kind) + length


def body(kind: Term, packet: bytes) -> bytes:
    """What of ``packet`` is delivered: all of a line or raw data, no length header.

    Clauses: receiving/length-header-is-stripped, receiving/no-framing-leaves-bytes-alone
    OTP: inet_drv.c: tcp_reply_data
    """
    return packet if kind in (RAW, LINE) else packet[kind:]


def header(kind: Term, size: int) -> bytes:
    """What goes before ``size`` bytes on the wire. Raises :class:`BadPacket` if the length does not fit into it.

    Clauses: sending/packet-header-tells-the-length, sending/longest-packet-is-sent,
        sending/packet-beyond-its-header-is-refused
    OTP: inet_drv.c: tcp_sendv
    """
    if kind in (RAW, LINE):
        return b""
    try:
        return size.to_bytes(kind, "big")
    except OverflowError:
        raise BadPacket from None
