"""Framings of known protocols: how long a packet is, by the header that its protocol gives it.

Each function is given what has been read, and returns the bytes of the header and of what follows it; ``None`` if the
header is not whole. It raises :class:`Malformed` for what cannot be a header.

Clauses: framing/asn1-cuts-at-values, framing/tpkt-cuts-at-its-length, framing/cdr-cuts-at-its-length,
    framing/sunrm-cuts-at-fragments, framing/fcgi-leaves-padding-off, framing/malformed-header-is-emsgsize
OTP: packet_parser.c: packet_get_length; packet_parser.h: packet_get_body
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gen_tck.reference import atoms as a
from gen_tck.spec.terms import Term

Sizes: TypeAlias = tuple[int, int]

_TPKT_VERSION, _FCGI_VERSION = 3, 1


class Malformed(Exception):
    """This is no header of the protocol."""


def _number(data: bytearray, start: int, end: int) -> int:
    return int.from_bytes(data[start:end], "big")


def asn1(data: bytearray) -> Sizes | None:
    """A value in BER: a tag of one or more bytes; its length in one byte, or in up to four after their number."""
    at = 1
    if data and data[0] & 0x1F == 0x1F:  # further bytes of the tag have the top bit, but for the last
        while at < len(data) and data[at] & 0x80:
            at += 1
        at += 1
    if at >= len(data):
        return None
    first, at = data[at], at + 1
    if not first & 0x80:
        return at, first
    count = first & 0x7F
    if len(data) - at < count:
        return None
    if count > 4:
        raise Malformed
    return at + count, _number(data, at, at + count)


def tpkt(data: bytearray) -> Sizes | None:
    """RFC 1006: version 3, a byte of no meaning, and the length in two bytes, the header included."""
    if len(data) < 4:
        return None
    if data[0] != _TPKT_VERSION or _number(data, 2, 4) < 4:
        raise Malformed
    return 4, _number(data, 2, 4) - 4


def cdr(data: bytearray) -> Sizes | None:
    """CORBA's GIOP: magic, version, flags (bit 0: little-endian), type, and the length in four bytes."""
    if len(data) < 12:
        return None
    if data[:4] != b"GIOP":
        raise Malformed
    return 12, int.from_bytes(data[8:12], "little" if data[6] & 1 else "big")


def sunrm(data: bytearray) -> Sizes | None:
    """Sun's record marking: the length of a fragment in 31 bits; the top bit says that it is the record's last."""
    return (4, _number(data, 0, 4) & 0x7FFFFFFF) if len(data) >= 4 else None


def fcgi(data: bytearray) -> Sizes | None:
    """FastCGI: version 1, type, request, the length of the content in two bytes and of the padding in one."""
    if len(data) < 8:
        return None
    if data[0] != _FCGI_VERSION:
        raise Malformed
    return 8, _number(data, 4, 6) + data[6]


SIZES: dict[Term, Callable[[bytearray], Sizes | None]] = {
    a.asn1: asn1,
    a.tpkt: tpkt,
    a.cdr: cdr,
    a.sunrm: sunrm,
    a.fcgi: fcgi,
}


def without_padding(record: bytes) -> bytes:
    """A record of FastCGI, header and content."""
    return record[: len(record) - record[6]]
