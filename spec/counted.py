"""What a census counts: how many there are of what calls make, each kind by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

Counted: TypeAlias = Literal["processes", "sockets", "links", "monitors", "timers", "names", "descriptors"]
"""A kind of what calls make. ``adapters/PROTOCOL.md`` says what is counted; no node has to count all."""

COUNTED: tuple[Counted, ...] = get_args(Counted)


def in_words(census: Mapping[Counted, int]) -> str:
    """What is in a census: ``2 sockets, 1 descriptor``."""
    return ", ".join([_several(census[each], each) for each in COUNTED if census.get(each)])


def _several(count: int, kind: str) -> str:
    one = kind.removesuffix("es") if kind == "processes" else kind.removesuffix("s")
    return f"{count} {kind if count != 1 else one}"
