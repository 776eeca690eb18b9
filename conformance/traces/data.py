"""Data of a peer, as an event keeps it: bytes, or a run of one byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from msgspec import Meta

__all__ = ["LONG_RUN", "Data", "Run", "pack", "unpack"]

LONG_RUN = 64
"""A run of one byte at least this long is kept, and written, as such."""


@dataclass(frozen=True)
class Run:
    """A run of one byte: a few characters of a trace may say more than there is room for."""

    byte: int
    count: int


if TYPE_CHECKING:
    Data: TypeAlias = bytes | Run
else:  # what a line may have in the place of it, before ``lines`` makes it of that
    Data = Annotated[Any, Meta(extra_json_schema={"$ref": "#/$defs/Data"})]


def pack(data: bytes) -> Data:
    """``data`` as an event keeps it."""
    if len(data) >= LONG_RUN and data.count(data[:1]) == len(data):
        return Run(data[0], len(data))
    return data


def unpack(data: Data) -> bytes:
    """All the bytes of it."""
    return bytes([data.byte]) * data.count if isinstance(data, Run) else data
