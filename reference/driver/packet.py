"""Packet framing: where the first packet in a buffer ends, and what of it is delivered."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.framings import SIZES, Malformed, without_padding
from gen_tck.reference.driver.http import HEADERS_ONLY, HTTP, TooLong, line_length
from gen_tck.spec.terms import Term

RAW, LINE = 0, "line"
LENGTH_LIMIT = 0x7FFFFFFF


def framing(packet: Term) -> Term:
    """The kind of framing that a value of the option ``packet`` stands for."""
    return LINE if packet is a.line else RAW if packet is a.raw else packet


class BadPacket(Exception):
    """A packet is longer than allowed, or than its header can say (``emsgsize``)."""


def packet_length(
    kind: Term, data: bytearray, limit: int, cut: int, delimiter: int = 10, *, headers: bool = False
) -> int:
    """The length in bytes of the first packet in ``data``, header included; 0 if that cannot be told yet.

    ``kind`` is ``0`` (raw: everything there is), ``1``, ``2``, ``4`` (big-endian length header), ``"line"`` or the atom
    of another framing. ``limit`` is ``packet_size`` in bytes, 0 for none; ``cut`` the length at which a long line is
    cut, 0 for none; ``headers`` whether a line of HTTP is a header. The length may be larger than ``len(data)``: that
    much is needed. Raises :class:`BadPacket`.

    Clauses: receiving/waits-for-a-whole-packet, receiving/packet-over-its-size-limit,
        receiving/line-ends-with-its-delimiter, receiving/line-longer-than-the-buffer,
        framing/size-limit-is-what-follows-the-header, framing/http-line-over-its-size-limit
    OTP: packet_parser.c: packet_get_length
    """
    if kind == RAW:
        return len(data)
    if kind == LINE:
        end = data.find(delimiter) + 1
        if limit and (end or len(data)) > limit:
            raise BadPacket
        return min(end or len(data), cut) if cut and (end or len(data) >= cut) else end
    if kind in HTTP:
        try:
            return line_length(data, headers or kind in HEADERS_ONLY, limit or cut)
        except TooLong:
            raise BadPacket from None
    sizes = _sizes(kind, data)
    if sizes is None:
        return 0
    head, follows = sizes
    if (limit and follows > limit) or head + follows > LENGTH_LIMIT:
        raise BadPacket
    return head + follows


def _sizes(kind: Term, data: bytearray) -> tuple[int, int] | None:
    """The bytes of the header, and of what follows; ``None`` if the header is not whole. Raises :class:`BadPacket`."""
    if kind not in SIZES:
        return None if len(data) < kind else (int(kind), int.from_bytes(data[:kind], "big"))
    try:
        return SIZES[kind](data)
    except Malformed:
        raise BadPacket from None


def body(kind: Term, packet: bytes) -> bytes:
    """What of ``packet`` is delivered: no length header and no padding; the headers of protocols stay.

    Clauses: receiving/length-header-is-stripped, receiving/no-framing-leaves-bytes-alone,
        framing/fcgi-leaves-padding-off
    OTP: packet_parser.h: packet_get_body
    """
    if kind is a.fcgi:
        return without_padding(packet)
    return packet[kind:] if isinstance(kind, int) else packet


def header(kind: Term, size: int) -> bytes:
    """What goes before ``size`` bytes on the wire. Raises :class:`BadPacket` if the length does not fit into it.

    Clauses: sending/packet-header-tells-the-length, sending/longest-packet-is-sent,
        sending/packet-beyond-its-header-is-refused, framing/other-framings-send-no-header
    OTP: inet_drv.c: tcp_sendv
    """
    if kind == RAW or not isinstance(kind, int):
        return b""
    try:
        return size.to_bytes(kind, "big")
    except OverflowError:
        raise BadPacket from None
