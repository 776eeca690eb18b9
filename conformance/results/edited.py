"""A file of deviations while it is edited: what is not touched keeps its text, its order and the comments around it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import dropwhile, takewhile
from pathlib import Path

import msgspec
import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Item, String, Table, Whitespace

from gen_tck.conformance.output import files
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.results.deviations import Deviation
from gen_tck.spec import inputs, toml


class CannotUpdate(Exception):
    """The deviations cannot be brought up to date; the message is one line."""


@dataclass(eq=False)
class Entry:
    """An entry, as it is meant and as it is written."""

    deviation: Deviation
    table: Table

    def hold_not_for(self, release: str) -> None:
        """Take ``release`` out of those that the entry is limited to."""
        array = _releases(self.table)
        while release in array:
            array.remove(release)
        self._limited_to(array)

    def hold_for(self, release: str) -> None:
        """Add ``release`` to those that the entry is limited to."""
        array = _releases(self.table)
        array.insert(sum(each < release for each in array), release)
        self._limited_to(array)

    def _limited_to(self, array: Array) -> None:
        self.deviation = msgspec.structs.replace(self.deviation, releases=list(array.unwrap()))


class Edited:
    """The entries of ``file``, none if there is no such file. Raises :class:`CannotUpdate` if it cannot be read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._head: list[Item] = []
        """Comments and empty lines before the first entry."""
        self.entries: list[Entry] = []
        text = _text(file)
        try:
            told = [each.value for each in toml.tables_in(text, "deviation", Deviation, file)]
            body = tomlkit.parse(text).body
        except toml.TomlError as reason:
            raise CannotUpdate(str(reason)) from None
        except TOMLKitError as reason:
            raise CannotUpdate(f"{file} is left as it is: it cannot be edited: {reason}") from None
        for key, item in body:
            if key is None:
                self._head.append(item)
            elif isinstance(item, AoT):
                self.entries += map(Entry, told, item.body)
            else:
                raise CannotUpdate(f"{file}: write each deviation as a table of its own, [[deviation]]")

    def remove(self, entry: Entry) -> None:
        """Take ``entry`` out. What stands after it, such as the heading of the next, stays."""
        at = self.entries.index(entry)
        comments = _comments_after(entry.table)
        if comments and at:
            self.entries[at - 1].table.value.body.extend((None, each) for each in [*comments, Whitespace("\n")])
        elif comments:
            self._head += [*comments, Whitespace("\n")]
        del self.entries[at]

    def add(self, deviation: Deviation) -> None:
        """Put an entry at the end."""
        table = tomlkit.table()
        table.add("clause", _string(deviation.clause))
        table.add("test", _string(deviation.test))
        if deviation.releases is not None:
            table.add("releases", deviation.releases)
        table.add("seen", _string(deviation.seen))
        table.add("reason", _string(deviation.reason))
        text = self._text()
        if text and not text.endswith("\n\n"):
            table.trivia.indent = "\n"
        self.entries.append(Entry(deviation, table))

    def write(self) -> None:
        """Write the file as it is now. Raises :class:`CannotUpdate`; it is then as it was."""
        lines = self._text().strip("\n")
        text = f"{lines}\n" if lines else ""
        try:
            told = [each.value for each in toml.tables_in(text, "deviation", Deviation, self._file)]
        except toml.TomlError as reason:
            raise CannotUpdate(f"it is left as it is: {reason}") from None
        if told != [each.deviation for each in self.entries]:
            raise CannotUpdate(f"{self._file} is left as it is: it cannot be edited")
        try:
            files.write(self._file, text.encode(errors="backslashreplace"), "the deviations")
        except FileError as reason:
            raise CannotUpdate(str(reason)) from reason

    def _text(self) -> str:
        document = tomlkit.document()
        for each in self._head:
            document.append(None, each)
        if self.entries:
            # "parsed": with the empty lines that are there, and no others
            document.append("deviation", AoT([each.table for each in self.entries], "deviation", parsed=True))
        return tomlkit.dumps(document)


def _text(file: Path) -> str:
    """All lines of ``file``; empty if there is no such file."""
    try:
        text = inputs.text(file)
    except inputs.MissingInput:
        return ""
    except inputs.InputError as reason:
        raise CannotUpdate(f"{file} cannot be read: {reason}") from None
    return text if text.endswith("\n") else f"{text}\n"


def _releases(table: Table) -> Array:
    array = table["releases"]
    assert isinstance(array, Array)
    return array


def _comments_after(table: Table) -> list[Item]:
    """What stands below the last key of ``table``, without the empty lines around it."""
    lines = [item for _, item in takewhile(lambda each: each[0] is None, reversed(table.value.body))]
    for _ in range(2):
        lines = list(dropwhile(lambda each: isinstance(each, Whitespace), lines))[::-1]
    return lines


def _string(text: str) -> String:
    """``text`` as one reads it best: Erlang's strings have quotes in them."""
    return tomlkit.string(text, literal="'" not in text and '"' in text and text.isprintable())
