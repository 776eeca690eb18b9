"""What a command is told to write to: files, or standard output."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import click

from gen_tck.conformance.output import files
from gen_tck.conformance.output.documents import Document
from gen_tck.conformance.output.screen import Screen
from gen_tck.conformance.output.streams import STDERR, STDOUT

__all__ = ["Target", "to", "words_beside"]


@dataclass(frozen=True)
class Target:
    """Where something is written to: a file or, as ``-``, standard output."""

    path: Path | None = None
    """``None``: standard output."""
    folder: bool = False
    """Whether it is sure to mean a folder, which need not be there yet: ``DIR/``."""

    def check(self, what: str) -> None:
        """Raise :class:`~gen_tck.conformance.output.files.FileError` unless ``what`` can be written there."""
        if self.path is not None:
            files.check(self.path, what)

    def write(self, content: Document, what: str) -> None:
        """Write ``what``, whole or not at all. Raises :class:`~gen_tck.conformance.output.files.FileError`."""
        if self.path is None:
            STDOUT.document(content)
        else:
            files.write(self.path, content, what)


def to(name: str) -> Target:
    """The target that an option names: the type of such an option."""
    return Target(None if name == "-" else Path(name), name.endswith(os.sep))


def words_beside(*targets: tuple[str, Target | None]) -> Screen:
    """Where words go while documents go to ``targets``, which are given with the names of their options.

    That is standard error if standard output is one of them. No two options can mean the same, whatever they call it.
    """
    known: dict[str, str] = {}
    for name, target in targets:
        if target is None:
            continue
        where = "standard output" if target.path is None else str(target.path)
        before = known.setdefault("" if target.path is None else os.path.realpath(target.path), name)
        if before != name:
            raise click.UsageError(f"{before} and {name} cannot both be written to {where}")
    return Screen(STDERR if "" in known else STDOUT)
