"""Reading the TOML files that people write: the ledger, recorded deviations, node manifests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class TomlError(Exception):
    """A file that cannot be read, or is no TOML; the message is one line and names the file."""


def read(path: Path) -> dict[str, Any]:
    """The document in ``path``. Raises :class:`TomlError`, or ``FileNotFoundError`` if there is no such file."""
    try:
        return loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise
    except OSError as reason:
        raise TomlError(f"{path} cannot be read: {(reason.strerror or str(reason)).lower()}") from None
    except (UnicodeDecodeError, TomlError) as reason:
        raise TomlError(f"{path}: {reason}") from None


def loads(text: str) -> dict[str, Any]:
    """The document that ``text`` is. Raises :class:`TomlError`."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        raise TomlError(str(reason)) from None
    return document
