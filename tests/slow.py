"""Which cases a node with a real clock leaves out unless it is asked for them."""

from __future__ import annotations

from collections.abc import Iterable

from gen_tck.spec.clauses import load

SLOW = frozenset(name for name, each in load().items() if each.is_slow)
"""The clauses that take it long."""


def is_slow(clauses: Iterable[str]) -> bool:
    """Whether a case of these takes it long."""
    return not SLOW.isdisjoint(clauses)
