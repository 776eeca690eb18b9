"""What a command is told to write to: files, or standard output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from gen_tck.conformance.output import files
from gen_tck.conformance.output.documents import Document
from gen_tck.conformance.output.screen import STDERR, STDOUT, Screen

__all__ = ["Target", "to", "words_beside"]


@dataclass(frozen=True)
class Target:
    """Where something is written to: a file or, as ``-``, standard output."""

    path: Path | None = None
    """``None``: standard output."""

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
    return Target(None if name == "-" else Path(name))


def words_beside(targets: Mapping[str, Target | None]) -> Screen:
    """Where words go while documents go to ``targets``, which are given by the names of their options.

    That is standard error if standard output is one of them. No two can be the same.
    """
    known: dict[Target, str] = {}
    for name, target in targets.items():
        if target is not None and known.setdefault(target, name) != name:
            where = target.path or "standard output"
            raise click.UsageError(f"{known[target]} and {name} cannot both be written to {where}")
    return Screen(STDERR if Target() in known else STDOUT)
