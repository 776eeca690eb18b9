"""Addresses: terms of Erlang's, and the texts by which the network knows hosts.

The text of a local socket's host is its path with ``/`` in front; ``/`` alone is that of one without a path.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from gen_tck.reference.errors import OutOfScope
from gen_tck.spec.own_files import own_path
from gen_tck.spec.routes import is_there
from gen_tck.spec.terms import Atom, List, Term

__all__ = [
    "ANY",
    "ANY_6",
    "LOOPBACK",
    "LOOPBACK_6",
    "UNNAMED",
    "host_of",
    "in_family",
    "is_known",
    "is_local",
    "is_loopback",
    "is_six",
    "local_host_of",
    "name_of",
    "number_of",
    "of_text",
    "plain",
    "term_of",
]

LOOPBACK, LOOPBACK_6 = "127.0.0.1", "::1"
ANY, ANY_6 = "0.0.0.0", "::"
"""Every address of the machine, to a listener; to who connects, the one that the system chooses."""
UNNAMED = "/"
"""The host of a local socket that has no path."""
LONGEST_PATH = 107
"""No path has more bytes (unix(7))."""

_WORDS = {Atom("loopback"): (LOOPBACK, LOOPBACK_6), Atom("any"): (ANY, ANY_6)}


def host_of(address: Term, *, six: bool = False) -> str | None:
    """The host that a tuple of 4 bytes or of 8 numbers stands for, or ``any`` or ``loopback``; ``None`` for no address.

    ``six``: the words stand for addresses of IPv6.
    """
    if isinstance(address, Atom):
        words = _WORDS.get(address)
        return words[six] if words else None
    if type(address) is not tuple or not all(isinstance(each, int) for each in address):
        return None
    if len(address) == 4 and all(0 <= each <= 255 for each in address):
        return ".".join(map(str, address))
    if len(address) == 8 and all(0 <= each <= 65535 for each in address):
        return str(ipaddress.IPv6Address(b"".join(each.to_bytes(2, "big") for each in address)))
    return None


def of_text(text: Term) -> str | None:
    """The host that a string such as ``"127.0.0.1"`` stands for; ``None`` if it is no address of IPv4."""
    if not isinstance(text, List) or not all(isinstance(each, int) and 0 <= each < 128 for each in text):
        return None
    try:
        return str(ipaddress.IPv4Address(bytes(text).decode()))
    except ValueError:
        return None


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether it is an address of loopback."""
    return ipaddress.ip_address(plain(host)).is_loopback


def is_known(host: str) -> bool:
    """Whether any clause says what becomes of it; what is no address of loopback is not on each machine."""
    return is_loopback(host) or host == ANY or is_there(plain(host))


def local_host_of(address: Term) -> str | None:
    """The host that ``{local, Path}`` stands for; ``None`` for what is no path, or too long.

    Raises ``OutOfScope`` for the path of what is not the node's own.
    """
    path = address[1] if type(address) is tuple and len(address) == 2 else None
    if not isinstance(path, bytes | List) or len(path) > LONGEST_PATH:
        return None
    own = own_path(path)
    if own is None:
        raise OutOfScope("a path that is not the node's own, my_...,")
    return UNNAMED + own


def is_local(host: str) -> bool:
    """Whether it is the host of a local socket."""
    return host.startswith(UNNAMED)


def is_six(host: str) -> bool:
    """Whether it is an address of IPv6."""
    return ":" in host


@lru_cache(maxsize=64)
def plain(host: str) -> str:
    """The address of IPv4 that is mapped into ``host``, or ``host`` itself (RFC 4291, section 2.5.5.2)."""
    address = ipaddress.ip_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return host if mapped is None else str(mapped)


def in_family(host: str, *, six: bool) -> str:
    """How sockets of a family name ``host``: those of IPv6 have addresses of IPv4 as mapped ones."""
    address = plain(host)
    return f"{_MAPPED}{address}" if six and not is_six(address) else address


_MAPPED = "::ffff:"


def term_of(host: str) -> Term:
    """The tuple that stands for ``host``."""
    packed = ipaddress.ip_address(host).packed
    return tuple(packed) if len(packed) == 4 else tuple(packed[at] << 8 | packed[at + 1] for at in range(0, 16, 2))


def number_of(address: tuple[str, int]) -> Term:
    """What ``inet:port/1`` tells: the number of a port; of a local socket its path, as a binary."""
    host, port = address
    return host.removeprefix(UNNAMED).encode() if is_local(host) else port


def name_of(address: tuple[str, int]) -> Term:
    """What ``inet:sockname/1`` tells: ``{Address, Port}``; of a local socket ``{local, Path}``."""
    host = address[0]
    return (_LOCAL, number_of(address)) if is_local(host) else (term_of(host), address[1])


_LOCAL = Atom("local")
