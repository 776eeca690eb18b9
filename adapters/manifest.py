"""A node that a file describes, ``node.toml``::

    command = ["./my-node", "--quiet"]     # or one string, split as a shell would
    transport = "dial"                     # optional: how it is talked to; or "stdio"
    profiles = ["core", "active-n"]        # optional: judge it by no other profiles than these
    [environment]                          # optional: added to the kit's own
    MY_NODE_LOG = "off"
    [limits]                               # optional: what it may cost, as ``--limit`` has it
    answer = 20

The command speaks the wire protocol. A word of it that begins with ``./`` or ``../`` is a path from the manifest's
folder. Deviations that are known are recorded beside it in ``deviations.toml``.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import msgspec

from gen_tck.adapters.child import Transport, open_child
from gen_tck.adapters.interface import Node, NodeUnavailable
from gen_tck.adapters.limits import DEFAULTS, LimitError, Limits
from gen_tck.spec import toml
from gen_tck.spec.clauses import PROFILES, expand


class Manifest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a manifest says."""

    command: list[str] | str
    transport: Transport = "dial"
    environment: dict[str, str] = {}
    profiles: list[str] | None = None
    limits: dict[str, int | float] = {}


def read(path: Path) -> Manifest:
    """The manifest in ``path``. Raises ``NodeUnavailable`` with one line that says what is wrong with it."""
    try:
        manifest = toml.table(path, Manifest)
    except FileNotFoundError:
        raise NodeUnavailable(f"there is no node manifest {path}") from None
    except toml.TomlError as reason:
        raise NodeUnavailable(f"this is no node manifest: {reason}") from None
    unknown = sorted(expand(manifest.profiles or ()).difference(PROFILES))
    if unknown:
        raise NodeUnavailable(
            f"{toml.place(path, 'profiles')}: unknown profile {unknown[0]!r}: they are core, {', '.join(PROFILES)}"
        )
    try:
        DEFAULTS.changed(manifest.limits)
    except LimitError as reason:
        raise NodeUnavailable(f"{toml.place(path, 'limits')}: {reason}") from None
    _words(manifest.command, path)
    return manifest


def open_manifest(manifest: Manifest, path: Path, limits: Limits = DEFAULTS) -> Node:
    """Start the node that the ``manifest`` in ``path`` describes, within ``limits``. Raises ``NodeUnavailable``."""
    node = open_child(_words(manifest.command, path), manifest.environment, str(path), limits, manifest.transport)
    if manifest.profiles is not None:
        both = node.capabilities.profiles & expand(manifest.profiles)
        node.capabilities = replace(node.capabilities, profiles=both)
    return node


def _words(command: list[str] | str, path: Path) -> list[str]:
    try:
        words = shlex.split(command) if isinstance(command, str) else command
    except ValueError as reason:
        raise NodeUnavailable(
            f"{toml.place(path, 'command')}: the command cannot be split into words: {reason}"
        ) from None
    if not words:
        raise NodeUnavailable(f"{toml.place(path, 'command')}: the command is empty")
    folder = path.resolve().parent
    return [str(folder / word) if word.startswith(("./", "../")) else word for word in words]
