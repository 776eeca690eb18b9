"""What is known of a node, learnt from the scripts that somebody wrote down for it."""

from __future__ import annotations

from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.findings.known import Explanation, SeenBefore, known_of
from gen_tck.conformance.explorer.findings.playing import Playing
from gen_tck.conformance.explorer.findings.variants import of_everybody


def all_known_of(entry: Entry, playing: Playing) -> list[Explanation]:
    """What is known of the node of ``entry`` that is ``playing``: what its own entries show there, then what clauses
    allow everybody; of the kit's own nodes nothing.

    Raises :class:`~gen_tck.conformance.explorer.findings.known.KnownDifferencesError`, ``SpecError``, ``GivenUp``.
    """
    if entry.built_in:
        return []
    entries = known_of(entry, playing.capabilities)
    scripts = [playing.oracle.predict(*each.parsed(), number) for number, each in enumerate(entries)]
    shown = {number: judged.finding for number, judged in playing.by_number(scripts).items()}
    own = [SeenBefore(each.clause, each.reason, each.variant, shown.get(number)) for number, each in enumerate(entries)]
    return [*own, *of_everybody()]
