"""What clauses allow anybody: the variants that the reference does not have, known of every node but the kit's own.

Those have entries that say for each release what varies and why. Nobody has written such entries for a stranger's node,
and nobody has to: a variant is no fault. What was seen must be exactly what the reference with that variant does.
"""

from __future__ import annotations

from functools import cache

from gen_tck.adapters.interface import Capabilities
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.known import KnownDifference, known_of
from gen_tck.conformance.explorer.findings.legacy_key import LegacyKey
from gen_tck.conformance.explorer.findings.models import has_variants
from gen_tck.conformance.explorer.oracle.models import TOGETHER, VARIANTS, Name


class AllowedVariant(KnownDifference, kw_only=True, forbid_unknown_fields=True):
    """A variant that the clause allows anybody."""

    together: tuple[Name, ...] = ()
    """Other variants that a step shows together with it."""

    @property
    def of_everybody(self) -> bool:
        return True

    def fits(self, finding: Finding, key: LegacyKey, part: int | None = None) -> bool:
        """Whether ``finding``, or the one of its parts with this number, is this variant."""
        difference = None if part is None else finding.parts[part]
        return has_variants(((self.clause, self.variant), *self.together), finding, difference)


@cache
def of_everybody() -> tuple[KnownDifference, ...]:
    """All of them; those first that a step shows alone."""
    alone = [_allowed(name) for name in VARIANTS]
    return (*alone, *[_allowed(name, others) for name, others in TOGETHER])


def _allowed(name: Name, together: tuple[Name, ...] = ()) -> KnownDifference:
    clause, variant = name
    reason = f"the clause allows this variant, {variant}"
    return AllowedVariant(clause=clause, variant=variant, reason=reason, together=together)


def all_known_of(entry: Entry, capabilities: Capabilities) -> list[KnownDifference]:
    """What is known of a node: its own entries, then what clauses allow everybody.

    Raises :class:`~gen_tck.conformance.explorer.findings.known.KnownDifferencesError`, ``SpecError``.
    """
    own = known_of(entry, capabilities)
    return own if entry.built_in else [*own, *of_everybody()]
