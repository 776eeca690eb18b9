"""Changes bytes at random, in the ways that break parsers. What comes of a seed is always the same."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

TOKENS: tuple[bytes, ...] = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"\\",
    b"'",
    b"<<",
    b">>",
    b"|",
    b"#{",
    b"=>",
    b"(",
    b")",
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\x1b[2J",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    "\u202e\u2028\x9b".encode(),
    b"\\ud800",
    b"\\u0000",
    b"null",
    b"true",
    b"false",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"-0.0",
    b"-1",
    b"9223372036854775808",
    b"4294967296",
    b"9" * 400,
    b"9" * 5000,
    b"16#ff",
    b"2#",
    b"$a",
    b"[" * 2000,
    b"{" * 2000,
    b'{"$t":[' * 500,
    b'{"$a":"ok"}',
    b'{"$h":1,"kind":"pid"}',
    b'{"$r":[0,1073741824]}',
    b'{"$r":[0,99999999999999999999]}',
    b"'\\x{110000}'",
    b"prim_inet:find(",
    b"os:cmd(",
    b"infinity",
    b"[[deviation]]",
    b"a" * 300,
)
"""What means something to one parser or another."""


def mutated(random: Random, seeds: Sequence[bytes]) -> bytes:
    """One of ``seeds``, changed in one to four places."""
    data = bytearray(random.choice(seeds))
    for _ in range(random.choice((1, 1, 2, 4))):
        _change(random, data, seeds)
    return bytes(data)


def _change(random: Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    at = random.randrange(len(data) + 1)
    to = min(len(data), at + random.choice((1, 1, 4, 32, 1000)))
    match random.randrange(8):
        case 0:
            del data[at:to]
        case 1:
            del data[at:]
        case 2:
            data[at:at] = random.choice(TOKENS)
        case 3:
            data[at:to] = random.choice(TOKENS)
        case 4:
            data[at:at] = data[at:to] * random.choice((1, 2, 50))
        case 5:
            data[at:to] = random.choice(seeds)[at:to]
        case 6 if at < len(data):
            data[at] ^= 1 << random.randrange(8)
        case _:
            data[at:at] = random.randbytes(random.choice((1, 4)))
