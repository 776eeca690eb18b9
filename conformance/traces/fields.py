"""What may be in the fields of an event: numbers within bounds, names, terms, and where a comparison looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from gen_tck.spec.terms import LONGEST_ATOM, Term

Number: TypeAlias = Annotated[int, Meta(ge=1, lt=1 << 31)]
"""Of a process, a call, a peer or a listener."""
TcpPort: TypeAlias = Annotated[int, Meta(ge=0, le=65535)]
Buffer: TypeAlias = Annotated[int, Meta(ge=1, lt=1 << 31)]
"""Bytes."""
Name: TypeAlias = Annotated[str, Meta(max_length=LONGEST_ATOM)]
OneTerm: TypeAlias = Annotated[Term, Meta(extra_json_schema={"$ref": "#/$defs/Term"})]
Terms: TypeAlias = tuple[OneTerm, ...]

if TYPE_CHECKING:
    RaisedTerm: TypeAlias = tuple[str, Term]
    """The class, and the reason."""
else:  # what a line may have in the place of it, before ``lines`` makes it of that
    RaisedTerm = tuple[Literal["error", "exit", "throw"], OneTerm]


class Looked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a comparison that failed was about, for those who do it again."""

    mailbox: Name = ""
    """The process whose whole mailbox it was, if it was one."""
    open: bool = False
    """Whether a peer's connection was open, and nothing had come."""
