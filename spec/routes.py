"""The machine of the profile ``unreachable``: which addresses are its own, and what becomes of connections to others.

All are addresses that were set aside for documentation (RFC 5737), so that they are nobody's.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Literal, TypeAlias, get_args

__all__ = [
    "FORBIDDEN",
    "NOWHERE",
    "OUT_OF_REACH",
    "OWN",
    "ROUTES",
    "SILENT",
    "Kind",
    "Loss",
    "is_own",
    "is_there",
    "loss_of",
]

Loss: TypeAlias = Literal["ehostunreach", "enetunreach", "eacces"]
"""What is said of an address to which there is no way: its host cannot be reached, its network, or one may not."""
Kind: TypeAlias = Literal["local", "silent", "unreachable", "throw", "prohibit"]
"""The kinds of routes, as ip-route(8) calls them; ``silent`` is to hosts that do not answer."""

OWN = "192.0.2.0/24"
"""The machine's own, beside those of loopback."""
NOWHERE = (198, 51, 100, 1)
"""An address in a network to which there is no route."""
OUT_OF_REACH, FORBIDDEN, SILENT = (203, 0, 113, 1), (203, 0, 113, 2), (203, 0, 113, 3)
"""Hosts: one that is said to be unreachable, one to which nobody may connect, one that does not answer."""


def _text(address: tuple[int, ...]) -> str:
    return ".".join(map(str, address))


KINDS: dict[Loss, Kind] = {"ehostunreach": "unreachable", "enetunreach": "throw", "eacces": "prohibit"}
"""By what is said of it: the kind of a route that leads nowhere."""
ROUTES: tuple[tuple[Kind, str], ...] = (
    ("local", OWN),
    ("unreachable", f"{_text(OUT_OF_REACH)}/32"),
    ("prohibit", f"{_text(FORBIDDEN)}/32"),
    ("silent", f"{_text(SILENT)}/32"),
)
"""All routes that there are, beside those of loopback."""

_OTHERS = tuple(map(ipaddress.ip_network, ("198.51.100.0/24", "203.0.113.0/24")))
_OWN = ipaddress.ip_network(OWN)
_LOSSES: dict[str, Loss] = {_text(OUT_OF_REACH): "ehostunreach", _text(FORBIDDEN): "eacces"}


@lru_cache(maxsize=64)
def is_own(host: str) -> bool:
    """Whether it is one of the machine's own addresses, beside those of loopback."""
    return ipaddress.ip_address(host) in _OWN


@lru_cache(maxsize=64)
def is_there(host: str) -> bool:
    """Whether the specification says what becomes of a connection to it."""
    return is_own(host) or any(ipaddress.ip_address(host) in each for each in _OTHERS)


def loss_of(host: str) -> Loss | None:
    """What is said of one of the others; ``None`` if it just does not answer."""
    return None if host == _text(SILENT) else _LOSSES.get(host, "enetunreach")


LOSSES: tuple[Loss, ...] = get_args(Loss)
