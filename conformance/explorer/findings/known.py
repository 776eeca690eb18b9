"""Differences that are known: recorded deviations of a node, and variants that a clause allows.

They live beside the adapter in ``NAME.scripts.toml``::

    [[known]]
    clause = "receiving/killed-receiver-leaves-its-place"
    steps = ["*recv*", "other gets exit signal kill*ended killed*"]
    differs = "*ealready*"
    releases = ["25", "27", "29"]
    reason = "why it does so, and how one knows"
    script = '''
    connect with [binary,{active,false}]
    other: gen_tcp:recv('$socket', 0, infinity)
    other gets exit signal kill
    owner: gen_tcp:recv('$socket', 0, infinity)
    '''

``steps`` are patterns (``*`` stands for anything) that lines of the script must fit, in this order, not necessarily one
after the other; the first line is the setting, and each line ends with what the reference lets follow. ``differs`` is a
pattern for the kind of the finding. Both are held against its ``legacy_key``, not against what people are told. A list
of patterns in place of one means: any of them. Where a step differs in more than one thing, each of them may be known
by an entry of its own: then ``differs`` fits the kind that it would have alone. ``variant`` names the variant of a
clause that varies; without it the entry is a deviation. ``releases`` may be left out.

Some faults change all that follows. ``model`` names the reference with such faults in it (see ``models``): then what
was seen must be exactly what that does. Where all that is known of a node is in its model, the file names that once,
before the first entry, and no entry has patterns: the model says what follows, instead of the reference.

``script`` is the shortest that shows it (see ``text``): ``gen-tck explore NODE --known`` plays it. Where the node
does not show it every time, ``sometimes`` says why: ``sometimes = "a race between the two ends"``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from functools import cache
from pathlib import Path

import msgspec

from gen_tck.adapters.interface import Capabilities
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.legacy_key import LegacyKey, legacy_key
from gen_tck.conformance.explorer.findings.models import shows
from gen_tck.conformance.explorer.oracle.models import NAMES, for_release, oracle_of
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
    """One known difference."""

    clause: str
    reason: str
    steps: list[str | list[str]] = []
    differs: str | list[str] = "*"
    model: str = ""
    variant: str = ""
    releases: list[str] | None = None
    script: str = ""
    sometimes: str = ""

    @property
    def of_everybody(self) -> bool:
        """Whether it is no entry for a node, but known of whatever node."""
        return False

    def parsed(self) -> Script:
        """The script. Raises ``ScriptTextError``, but not after :func:`load`."""
        return parse(self.script)

    def fits(self, finding: Finding, key: LegacyKey, part: int | None = None) -> bool:
        """Whether ``finding``, or the one of its parts with this number, is this difference.

        ``key``: that of ``finding``, which is made once for all entries.
        """
        if not self.steps and self.differs == "*":
            return False  # it is known by its model
        if not _matches(self.differs, key.kind if part is None else key.parts[part]):
            return False
        lines = iter(key.lines)
        if not all(any(_matches(each, line) for line in lines) for each in self.steps):
            return False
        return not self.model or shows(self.model, finding.at, None if part is None else finding.parts[part])


def _matches(patterns: str | list[str], text: str) -> bool:
    return any(_pattern(each).match(text) for each in ([patterns] if isinstance(patterns, str) else patterns))


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    # Brackets are Erlang's lists here, not sets of characters.
    return re.compile(translate(re.sub(r"\[", "[[]", glob)))


def load(file: Path, release: str, clauses: Mapping[str, Clause]) -> list[KnownDifference]:
    """The entries of ``file`` for ``release``, none if there is no such file. Raises :class:`KnownDifferencesError`."""
    try:
        placed = toml.tables(file, "known", KnownDifference, beside=["model"])
    except toml.TomlError as reason:
        raise KnownDifferencesError(str(reason)) from None
    for each in placed:
        entry, place = each.value, each.place
        entry.clause = _present(entry, clauses)
        if entry.clause not in clauses:
            raise KnownDifferencesError(f"{place}: it names {entry.clause}, which is no clause")
        if entry.variant and entry.variant not in clauses[entry.clause].variants:
            raise KnownDifferencesError(f"{place}: {entry.clause} names no variant {entry.variant!r}")
        if entry.model and entry.model not in NAMES:
            raise KnownDifferencesError(f"{place}: {entry.model} is no model, which are {', '.join(NAMES)}")
        entry.model = for_release(entry.model, release)
        if not entry.reason.strip():
            raise KnownDifferencesError(f"{place}: {entry.clause} gives no reason")
        if not entry.script.strip():
            raise KnownDifferencesError(f"{place}: {entry.clause} gives no script")
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
    return load(_file(entry), _release(capabilities), load_clauses())


def oracle_for(entry: Entry, capabilities: Capabilities) -> Oracle | None:
    """What says what follows on a node, in the release that it is: its model, if its file names one.

    Raises :class:`KnownDifferencesError`.
    """
    file = _file(entry)
    try:
        model = toml.word(file, "model")
    except toml.TomlError as reason:
        raise KnownDifferencesError(str(reason)) from None
    if model and model not in NAMES:
        raise KnownDifferencesError(f"{file}: {model} is no model, which are {', '.join(NAMES)}")
    return oracle_of(for_release(model, _release(capabilities))) if model else None


def _file(entry: Entry) -> Path:
    return entry.deviations.with_name(entry.deviations.name.replace("deviations.toml", "scripts.toml"))


def _release(capabilities: Capabilities) -> str:
    return capabilities.details.get("release", "")


def known_as(entries: Sequence[KnownDifference], finding: Finding) -> list[KnownDifference]:
    """Those of ``entries`` that ``finding`` is known as: one for each part, or else one for all of it; perhaps none."""
    key, parts = legacy_key(finding), range(len(finding.parts))
    if len(parts) > 1:
        found = [each for each in (_first(entries, finding, key, part) for part in parts) if each is not None]
        if len(found) == len(parts):
            return list({id(each): each for each in found}.values())
    whole = _first(entries, finding, key, None)
    return [] if whole is None else [whole]


def _first(
    entries: Sequence[KnownDifference], finding: Finding, key: LegacyKey, part: int | None
) -> KnownDifference | None:
    return next((each for each in entries if each.fits(finding, key, part)), None)


def unseen(entries: Iterable[KnownDifference], seen: Iterable[KnownDifference]) -> list[KnownDifference]:
    """The entries that nothing was an instance of."""
    known = {id(each) for each in seen}
    return [each for each in entries if id(each) not in known]
