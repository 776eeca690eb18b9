"""What the command takes from a file of the current folder where its command line says nothing.

``gen-tck.toml``, or else ``[tool.gen-tck]`` of ``pyproject.toml``::

    node = "./node.toml"          # of certify and explore; certify also takes a list
    erl = "chroot /opt/otp29 erl" # what starts Erlang
    workers = 4                   # -n of certify and explore
    results = "results.json"      # of certify
    [limits]                      # as --limit has it   (in pyproject.toml: [tool.gen-tck.limits])
    answer = 20

Paths are from the current folder, in which the file is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from gen_tck.conformance.commands.errors import Failed

__all__ = ["COMMANDS", "Configuration", "defaults", "read"]

COMMANDS = ("certify", "explore", "judge", "nodes", "replay", "report")
"""Those that take anything from it."""

ALONE, SHARED, TABLE = "gen-tck.toml", "pyproject.toml", ("tool", "gen-tck")


class Configuration(msgspec.Struct, forbid_unknown_fields=True):
    """What such a file says."""

    node: str | list[str] = []
    erl: str | None = None
    workers: int | None = None
    results: str | None = None
    limits: dict[str, int | float] = {}


def read(folder: Path) -> Configuration:
    """That of ``folder``; an empty one if there is none. Raises ``Failed`` with file and line."""
    from gen_tck.adapters.limits import DEFAULTS, LimitError
    from gen_tck.spec import toml

    places: tuple[tuple[str, tuple[str, ...]], ...] = ((ALONE, ()), (SHARED, TABLE))
    for name, within in places:
        path = folder / name
        if not path.exists():
            continue
        try:
            found = toml.table_within(path, within, Configuration)
        except toml.TomlError as reason:
            raise Failed(str(reason)) from None
        if found is None:
            continue
        try:
            DEFAULTS.changed(found.limits)
        except LimitError as reason:
            raise Failed(f"{toml.place(path, *within, 'limits')}: {reason}") from None
        return found
    return Configuration()


def defaults(folder: Path) -> dict[str, dict[str, Any]]:
    """What the parameters of each command are if nobody says anything, by name: click's ``default_map``."""
    found = read(folder)
    nodes = [found.node] if isinstance(found.node, str) else found.node
    limits = [f"{name}={value}" for name, value in found.limits.items()]
    anywhere: dict[str, Any] = {}
    if found.erl is not None:
        anywhere["erl"] = found.erl
    if limits:
        anywhere["limits"] = limits
    runs = dict(anywhere)
    if found.workers:
        runs["workers"] = found.workers
    certify, explore = {**runs, "nodes": nodes}, dict(runs)
    if found.results is not None:
        certify["results"] = found.results
    if nodes:
        explore["node"] = nodes[0]
    return {
        # A command takes what it has parameters of.
        "certify": certify,
        "explore": explore,
        "nodes": anywhere,
        "replay": anywhere,
        "judge": anywhere,
        "report": anywhere,
    }
