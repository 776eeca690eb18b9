"""The ids that no clause has any more, and what became of each: ``retired.toml``, which people write.

    [[retired]]
    id = "receiving/length-header-is-added"
    now = ["sending/packet-header-tells-the-length"]
    reason = "it is about sending, and stands there"

``now`` names the clauses that stand for it: one that says the same, or the several into which it was divided. It is
empty where the specification speaks of the matter no more. An id of ``now`` may be retired
later. An id is never reused.

Files of earlier times name retired ids: results, recorded deviations, known differences. Whoever reads one follows
:func:`successors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec

from gen_tck.spec import toml

__all__ = ["FILE", "Retired", "load", "successors", "what_became_of"]

FILE = Path(__file__).with_name("retired.toml")


class Retired(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An id that no clause has any more."""

    id: str
    now: list[str]
    """The ids of the clauses that stand for it."""
    reason: str
    """Why it was retired, in words that follow a colon."""


@cache
def load(file: Path = FILE) -> Mapping[str, Retired]:
    """What ``file`` says, by id. Raises ``TomlError``."""
    return MappingProxyType({each.value.id: each.value for each in toml.tables(file, "retired", Retired)})


def successors(clause: str, file: Path = FILE) -> tuple[str, ...]:
    """The ids that stand for ``clause``: itself, unless it is retired. None, if nothing does. Raises ``TomlError``."""
    retired = load(file)
    if clause not in retired:
        return (clause,)
    return tuple(dict.fromkeys(each for now in retired[clause].now for each in successors(now, file)))


def what_became_of(clause: str) -> str:
    """A sentence on a retired id; empty, if it is none. Raises ``TomlError``."""
    if clause not in load():
        return ""
    now = ", ".join(successors(clause))
    return f"{clause} is retired, {f'see {now}' if now else 'and no clause stands for it'}: {load()[clause].reason}"
