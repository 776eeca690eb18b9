"""The command ``gen-tck new``: a project to begin with, that of ``adapters/starters/LANGUAGE`` under its own name."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from gen_tck.conformance.commands.errors import Failed
from gen_tck.conformance.output import files
from gen_tck.conformance.output.streams import STDOUT
from gen_tck.spec.inputs import cause

if TYPE_CHECKING:
    if sys.version_info >= (3, 11):
        from importlib.resources.abc import Traversable
    else:
        from importlib.abc import Traversable

__all__ = ["contents", "languages", "name_of", "new"]

MADE = ("build", "_cache", "__pycache__")
"""How the names of folders end that a run has made: in a checkout starters are run, and looked at, in place."""
PLACEHOLDER = b"{{name}}"


class _Language(click.ParamType):  # type: ignore[type-arg] # generic only in later versions of click
    """A language that there is a starter in; which those are is looked up when that is wanted."""

    name = "language"

    def get_metavar(self, *_: object, **__: object) -> str:
        return "|".join(languages())

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        known = languages()
        if value not in known:
            hint = "for any other, the page *In a language of your own* of the site says what to write"
            self.fail(f"there is no project in {value!r}: there are {', '.join(known)}; {hint}", param, ctx)
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(each) for each in languages() if each.startswith(incomplete)]


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--in", "language", type=_Language(), required=True, help="The language it is written in.")
def new(folder: Path, language: str) -> None:
    """Write a project to begin with into DIR: a node that conforms to essentials, and what it takes to grow it.

    DIR is a new folder or an empty one; its name becomes that of the implementation.
    """
    _check_empty(folder)
    name = name_of(folder)
    project = {path: content.replace(PLACEHOLDER, name.encode()) for path, content in contents(language)}
    try:
        files.write_folder(folder, project, "the project")
    except files.FileError as reason:
        raise Failed(str(reason)) from reason
    STDOUT.line(f"{folder}: {len(project)} files, begin with README.md. What to type next:")
    for line in (
        f"cd {shlex.quote(str(folder))}",
        "gen-tck check ./node.toml",
        "gen-tck certify ./node.toml",
    ):
        STDOUT.line(f"    {line}")


def languages() -> list[str]:
    """The languages that there are starters in."""
    return sorted(each.name for each in _starters().iterdir() if each.is_dir() and not each.name.endswith(MADE))


def contents(language: str) -> Iterator[tuple[str, bytes]]:
    """The files of the starter in ``language``: each one's path, with slashes, and what is in it."""
    return _below(_starters() / language, "")


def name_of(folder: Path) -> str:
    """What a project in ``folder`` is called: a name that any of its files can hold as it is."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.resolve().name).strip("-.") or "my-sockets"


def _starters() -> Traversable:
    from importlib.resources import files as resources

    return resources("gen_tck.adapters") / "starters"


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            if not each.name.endswith(MADE):
                yield from _below(each, f"{prefix}{each.name}/")
        else:
            yield f"{prefix}{each.name}", each.read_bytes()


def _check_empty(folder: Path) -> None:
    """Raise ``Failed`` if anything is there already: nothing of anybody's is replaced."""
    try:
        found = next(folder.iterdir(), None)
    except FileNotFoundError:
        return
    except OSError as reason:
        raise Failed(f"nothing can be written to {folder}: {cause(reason)}") from reason
    if found is not None:
        raise Failed(f"{folder} is not empty ({found.name} is in it): name a new folder or an empty one")
