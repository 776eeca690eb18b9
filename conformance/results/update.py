"""Bringing a node's file of deviations up to date with a run: what is stale goes, what is new waits for its reason.

The file is edited, not written anew: entries that hold keep their text, their reasons and the comments around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gen_tck.conformance.output import files
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.results.deviations import TODO, Deviation, without_numbers
from gen_tck.conformance.results.verdicts import Case
from gen_tck.spec import inputs, toml

_REASON = f"{TODO}: why it does so, and how one knows"


class CannotUpdate(Exception):
    """The deviations cannot be brought up to date; the message is one line."""


@dataclass
class Update:
    """What was changed, a sentence each."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


@dataclass
class _Block:
    """An entry and its text, from ``[[deviation]]`` to what follows; ``None`` for comments that outlive theirs."""

    text: str
    entry: Deviation | None


def update(file: Path, cases: Sequence[Case], release: str) -> Update:
    """Record in ``file`` how the ``cases`` of a whole run failed on ``release`` (may be empty).

    Raises :class:`CannotUpdate`; the file is then as it was.
    """
    for case in cases:
        if case.verdict == "not-run":
            raise CannotUpdate(f"{file} is left as it is: not all cases were run ({case.message})")
        if case.verdict in ("kit-error", "adapter-error"):
            raise CannotUpdate(f"{file} is left as it is: {case.id} is a {case.verdict}: {case.message}")
    before = _text(file)
    head, blocks = _split(file, before)
    done = Update()
    kept = [block if _still_holds(block, cases, release, done) else _comments_after(block) for block in blocks]
    for entry in _new(cases, _entries(kept), release):
        done.added.append(f"{entry.clause} ({entry.test}): {entry.seen}")
        if not _extend(kept, entry, release):
            kept.append(_Block(_written(entry), entry))
    text = _joined(head, kept)
    if (done.added or done.removed) and text != before:
        _check(file, text, kept)
        try:
            files.write(file, text.encode(errors="backslashreplace"), "the deviations")
        except FileError as reason:
            raise CannotUpdate(str(reason)) from reason
    return done


def _text(file: Path) -> str:
    try:
        return inputs.text(file)
    except inputs.MissingInput:
        return ""
    except inputs.InputError as reason:
        raise CannotUpdate(f"{file} cannot be read: {reason}") from None


_HEADER = re.compile(r"^\[\[deviation\]\]", re.MULTILINE)


def _split(file: Path, text: str) -> tuple[str, list[_Block]]:
    starts = [found.start() for found in _HEADER.finditer(text)]
    pieces = [text[start:end] for start, end in zip(starts, [*starts, len(text)][1:], strict=True)]
    try:
        entries = [each.value for each in toml.tables_in(text, "deviation", Deviation, file)]
    except toml.TomlError as reason:
        raise CannotUpdate(str(reason)) from None
    if len(entries) != len(pieces):
        raise CannotUpdate(f"{file}: write each deviation as a table of its own, [[deviation]]")
    blocks = [_Block(piece, entry) for piece, entry in zip(pieces, entries, strict=True)]
    return text[: starts[0]] if starts else text, blocks


def _entries(blocks: Iterable[_Block]) -> list[Deviation]:
    return [block.entry for block in blocks if block.entry is not None]


def _comments_after(block: _Block) -> _Block:
    """What stands after an entry that goes, such as the heading of the next."""
    lines = block.text.split("\n")
    last = max(number for number, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
    return _Block("\n".join(lines[last + 1 :]), None)


def _still_holds(block: _Block, cases: Sequence[Case], release: str, done: Update) -> bool:
    """Whether the entry is to be kept; takes ``release`` out of it if it no longer holds there."""
    entry = block.entry
    assert entry is not None
    if entry.releases is not None and release not in entry.releases:
        return True
    own = [case for case in cases if entry.is_about(case) and case.verdict not in ("unsupported", "inconclusive")]
    if not own or any(_fails_so(case, entry.seen) for case in own):
        return True
    done.removed.append(f"{entry.clause} ({entry.test}): {entry.seen}")
    others = [each for each in entry.releases or () if each != release]
    if not others:
        return False
    _set_releases(block, others)
    return True


def _fails_so(case: Case, seen: str) -> bool:
    return _failed(case) and without_numbers(case.seen) == seen


def _failed(case: Case) -> bool:
    # What is blocked and failed itself will be seen to once what it needs is recorded.
    return (case.own if case.verdict == "blocked" else case.verdict) in ("fail", "deviates")


def _new(cases: Sequence[Case], known: Iterable[Deviation], release: str) -> list[Deviation]:
    """An entry for each failure that none of ``known`` speaks of; one for a whole function that always fails so."""
    entries = [each for each in known if each.releases is None or release in each.releases]
    found: dict[tuple[str, str, str], Deviation] = {}
    for case in filter(_failed, cases):
        if any(entry.is_about(case) and _fails_so(case, entry.seen) for entry in entries):
            continue
        seen = without_numbers(case.seen)
        family = [each for each in cases if (each.function, each.clauses) == (case.function, case.clauses)]
        whole = all(_fails_so(each, seen) for each in family)
        test = case.function if whole else case.name
        found.setdefault(
            (case.clauses[0], test, seen),
            Deviation(
                clause=case.clauses[0], test=test, seen=seen, reason=_REASON, releases=[release] if release else None
            ),
        )
    return list(found.values())


def _extend(blocks: list[_Block], entry: Deviation, release: str) -> bool:
    """Add ``release`` to the entry that already says the same of another release, if there is one."""
    for block in blocks:
        known = block.entry
        if (
            known is not None
            and known.releases
            and (known.clause, known.test, known.seen) == (entry.clause, entry.test, entry.seen)
        ):
            _set_releases(block, sorted({*known.releases, release}))
            return True
    return False


_RELEASES = re.compile(r"^releases\s*=\s*\[[^\]]*\]", re.MULTILINE)


def _set_releases(block: _Block, releases: list[str]) -> None:
    block.text = _RELEASES.sub(lambda _: f"releases = {_list(releases)}", block.text, count=1)
    if block.entry is not None:
        block.entry = msgspec.structs.replace(block.entry, releases=releases)


def _written(entry: Deviation) -> str:
    lines = ["[[deviation]]", f"clause = {_string(entry.clause)}", f"test = {_string(entry.test)}"]
    if entry.releases is not None:
        lines.append(f"releases = {_list(entry.releases)}")
    lines += [f"seen = {_string(entry.seen)}", f"reason = {_string(entry.reason)}"]
    return "\n".join(lines) + "\n"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(_string(each) for each in values)}]"


def _string(text: str) -> str:
    if "'" not in text and '"' in text and text.isprintable():
        return f"'{text}'"
    # A JSON string is a basic string of TOML, but for one character that JSON need not escape.
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007F")


def _joined(head: str, blocks: Iterable[_Block]) -> str:
    pieces = [piece.strip("\n") for piece in (head, *(block.text for block in blocks)) if piece.strip()]
    return "\n\n".join(pieces) + "\n" if pieces else ""


def _check(file: Path, text: str, blocks: Sequence[_Block]) -> None:
    """The text must say what it is meant to: it was put together from pieces."""
    try:
        told = [each.value for each in toml.tables_in(text, "deviation", Deviation, file)]
    except toml.TomlError as reason:
        raise CannotUpdate(f"it is left as it is: {reason}") from None
    if told != _entries(blocks):
        raise CannotUpdate(f"{file} is left as it is: it cannot be edited; write each key on a line of its own")
