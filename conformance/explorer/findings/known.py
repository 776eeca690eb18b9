"""What is known to differ of a node.

Of the kit's own nodes that is what their models do. Whoever has another node writes it down beside its adapter, in
``NAME.scripts.toml``, or ``scripts.toml`` beside a manifest::

    [[known]]
    clause = "ownership/tcp-passive-moves-to-the-heir"
    releases = ["25", "27"]
    reason = "why it does so, and how one knows"
    script = '''
    connect with [binary,{active,false}]
    owner: inet:setopts('$socket', [{active,-1}])
    owner: gen_tcp:controlling_process('$socket', '$other')
    '''

``script`` is the shortest that shows it (see ``text``). It is played before an exploration: what differs there is
known wherever the same differs after the same cause. ``gen-tck explore NODE --known`` says whether anything differs
still; where the node does not show it every time, ``sometimes`` says why. ``variant`` names the variant of a clause
that varies; without it the entry is a deviation. ``releases`` may be left out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gen_tck.adapters.interface import Capabilities
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.findings.differences import shape_of
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.oracle.models import oracle_of
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.script import Script
from gen_tck.conformance.explorer.script.text import ScriptTextError, parse
from gen_tck.spec import toml
from gen_tck.spec.clause import Clause
from gen_tck.spec.clauses import load as load_clauses
from gen_tck.spec.retired import successors


class KnownDifferencesError(Exception):
    """A file of known differences cannot be used; the message names the file and what is wrong with it."""


class KnownDifference(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One known difference, as it is written down."""

    clause: str
    reason: str
    variant: str = ""
    releases: list[str] | None = None
    script: str
    sometimes: str = ""

    def parsed(self) -> Script:
        """The script. Raises ``ScriptTextError``, but not after :func:`load`."""
        return parse(self.script)


def load(file: Path, release: str, clauses: Mapping[str, Clause]) -> list[KnownDifference]:
    """The entries of ``file`` for ``release``, none if there is no such file. Raises :class:`KnownDifferencesError`."""
    try:
        placed = toml.tables(file, "known", KnownDifference)
    except toml.TomlError as reason:
        raise KnownDifferencesError(str(reason)) from None
    for each in placed:
        entry, place = each.value, each.place
        entry.clause = _present(entry, clauses)
        if entry.clause not in clauses:
            raise KnownDifferencesError(f"{place}: it names {entry.clause}, which is no clause")
        if entry.variant and entry.variant not in clauses[entry.clause].variants:
            raise KnownDifferencesError(f"{place}: {entry.clause} names no variant {entry.variant!r}")
        if not entry.reason.strip():
            raise KnownDifferencesError(f"{place}: {entry.clause} gives no reason")
        try:
            entry.parsed()
        except ScriptTextError as reason:
            raise KnownDifferencesError(f"{place}: {entry.clause}: script: {reason}") from None
    entries = [each.value for each in placed]
    return [each for each in entries if each.releases is None or release in each.releases]


def _present(entry: KnownDifference, clauses: Mapping[str, Clause]) -> str:
    """The clause that stands for the entry's by now: of several, the first that has its variant."""
    found = [each for each in successors(entry.clause) if each in clauses]
    fitting = (each for each in found if not entry.variant or entry.variant in clauses[each].variants)
    return next(fitting, entry.clause)


def known_of(entry: Entry, capabilities: Capabilities) -> list[KnownDifference]:
    """Those of a node, in the release that it is. Raises :class:`KnownDifferencesError`, ``SpecError``."""
    file = entry.deviations.with_name(entry.deviations.name.replace("deviations.toml", "scripts.toml"))
    return load(file, capabilities.details.get("release", ""), load_clauses())


def release_of(capabilities: Capabilities) -> int | None:
    """The number of the release that a node is; ``None`` if it says none."""
    release = capabilities.details.get("release", "")
    return int(release) if release.isdecimal() else None


def oracle_for(entry: Entry, capabilities: Capabilities) -> Oracle | None:
    """What says what follows on a node, in the release that it is: its model, if there is one."""
    release = release_of(capabilities)
    return oracle_of(entry.model, release) if entry.model and release is not None else None


# What a finding is known as


@dataclass(frozen=True)
class Explanation(ABC):
    """What findings are known as."""

    clause: str
    reason: str
    variant: str = ""
    """Of a clause that varies; without it they are deviations."""

    @property
    def of_everybody(self) -> bool:
        """Whether it is nothing of one node, but known of whatever node."""
        return False

    @abstractmethod
    def fits(self, finding: Finding, part: int | None = None) -> bool:
        """Whether ``finding``, or the one of its parts with this number, is this difference."""


@dataclass(frozen=True)
class SeenBefore(Explanation):
    """The same differs, after the same cause, as in the script of an entry."""

    shown: Finding | None = None
    """What differs there; ``None``: nothing does."""

    def fits(self, finding: Finding, part: int | None = None) -> bool:
        """Whether it is that."""
        if self.shown is None:
            return False
        parts = finding.parts if part is None else (finding.parts[part],)
        known = self.shown.cause, *map(shape_of, self.shown.parts)
        return (finding.cause, *map(shape_of, parts)) == known


def known_as(explanations: Sequence[Explanation], finding: Finding) -> list[Explanation]:
    """Those that ``finding`` is known as: one for each part, or else one for all of it; perhaps none."""
    parts = range(len(finding.parts))
    if len(parts) > 1:
        found = [each for each in (_first(explanations, finding, part) for part in parts) if each is not None]
        if len(found) == len(parts):
            return list({id(each): each for each in found}.values())
    whole = _first(explanations, finding, None)
    return [] if whole is None else [whole]


def _first(explanations: Iterable[Explanation], finding: Finding, part: int | None) -> Explanation | None:
    return next((each for each in explanations if each.fits(finding, part)), None)
