"""How the stream is cut into packets, and what is sent for one."""

from __future__ import annotations

from gen_tck_node import Term
from options import Options

MOST = 1 << 26
"""Bytes of a packet, if the option ``packet_size`` says nothing else."""


class TooLong(Exception):
    """A packet has more bytes than it may have."""


def cut(buffer: bytearray, options: Options, length: int, kept: int) -> bytes | None:
    """Take the next packet out of ``buffer``; none if it is not whole yet.

    Without framing, ``length`` is how many bytes are wanted; 0: what there is, as far as the option ``buffer`` allows,
    and what was ``kept`` in any case. Raises :class:`TooLong`.
    """
    begin = 0
    if options.packet == 0:
        end = length or min(len(buffer), max(options.buffer, kept))
    elif options.packet == "line":
        end = buffer.find(options.line_delimiter) + 1
        if 0 < options.packet_size < (end or len(buffer)):
            raise TooLong
    else:
        begin = int(str(options.packet))
        size = int.from_bytes(buffer[:begin], "big")
        if len(buffer) >= begin and size > (options.packet_size or MOST):
            raise TooLong
        end = begin + size
    if end == 0 or len(buffer) < max(begin, end):
        return None
    packet = bytes(buffer[begin:end])
    del buffer[:end]
    return packet


def framed(data: bytes, packet: Term) -> bytes | None:
    """What is sent for ``data``: with its header, if there is to be one; none if that cannot count so many bytes."""
    if packet not in (1, 2, 4):
        return data
    try:
        return len(data).to_bytes(int(str(packet)), "big") + data
    except OverflowError:
        return None
