"""Reading the TOML files that people write: the ledger, recorded deviations, node manifests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from gen_tck.spec import inputs

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


MOST_NESTING = 50
"""Levels of tables and arrays in each other."""


class TomlError(Exception):
    """A file that cannot be read, or is no TOML; the message is one line and names the file."""


def read(path: Path) -> dict[str, Any]:
    """The document in ``path``. Raises :class:`TomlError`, or ``FileNotFoundError`` if there is no such file."""
    try:
        return loads(inputs.text(path))
    except inputs.MissingInput as reason:
        raise FileNotFoundError(f"{path}: {reason}") from None
    except inputs.InputError as reason:
        raise TomlError(f"{path} cannot be read: {reason}") from None
    except TomlError as reason:
        raise TomlError(f"{path}: {reason}") from None


def loads(text: str) -> dict[str, Any]:
    """The document that ``text`` is. Raises :class:`TomlError`."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except RecursionError:
        raise TomlError("it is nested too deeply") from None
    except ValueError as reason:  # of TOML, or of a number with more digits than Python reads
        raise TomlError(str(reason).partition(";")[0]) from None
    if _is_deep(document):
        raise TomlError("it is nested too deeply")
    return document


def _is_deep(document: dict[str, Any]) -> bool:
    """Whether there is something in it that whoever takes it apart would come to grief on: ``a.a.a.a.a.a...``."""
    level: list[Any] = [document]
    for _ in range(MOST_NESTING):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)
