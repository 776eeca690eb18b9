"""A node that a file describes, ``node.toml``::

    command = ["./my-node", "--quiet"]     # or one string, split as a shell would
    transport = "dial"                     # optional: how it is talked to; or "stdio"
    profiles = ["core", "active-n"]        # optional: judge it by no other profiles than these
    restart = "at-clear"                   # optional: the program cannot clean up, so start it anew instead
    spare = false                          # optional: start it when it is wanted, and none in advance
    [environment]                          # optional: added to the kit's own
    MY_NODE_LOG = "off"
    [limits]                               # optional: what it may cost, as ``--limit`` has it
    answer = 20

``docs/manifest.md`` says more of each. The command speaks the wire protocol. A word of it that begins with ``./`` or
``../`` is a path from the manifest's folder. Deviations that are known are recorded beside it in ``deviations.toml``.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from gen_tck.adapters.child import StartedChild, Transport
from gen_tck.adapters.interface import Capabilities, Node, NodeUnavailable
from gen_tck.adapters.limits import DEFAULTS, LimitError, Limits
from gen_tck.adapters.namespace import Namespace
from gen_tck.adapters.restarting import RestartingNode
from gen_tck.spec import toml
from gen_tck.spec.profiles import PROFILES, expand


class Manifest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a manifest says."""

    command: list[str] | str
    transport: Transport = "dial"
    restart: Literal["at-clear"] | None = None
    spare: bool | None = None
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
    if manifest.spare is not None and manifest.restart is None:
        raise NodeUnavailable(f'{toml.place(path, "spare")}: a spare is for restart = "at-clear"')
    _words(manifest.command, path)
    return manifest


def open_manifest(
    manifest: Manifest, path: Path, limits: Limits = DEFAULTS, namespace: Namespace | None = None
) -> Node:
    """Start the node that the ``manifest`` in ``path`` describes, within ``limits``, in ``namespace`` if there is one.

    Raises ``NodeUnavailable``.
    """
    words = _words(manifest.command, path)
    start = partial(StartedChild, words, manifest.environment, str(path), limits, manifest.transport, namespace)
    if manifest.restart == "at-clear":
        return RestartingNode(start, spare=manifest.spare is not False, claims=partial(_claims, manifest))
    node = start().finish()
    node.capabilities = _claims(manifest, node.capabilities)
    return node


def _claims(manifest: Manifest, claimed: Capabilities) -> Capabilities:
    """What a node claims, as far as its manifest lets it."""
    if manifest.profiles is None:
        return claimed
    return replace(claimed, profiles=claimed.profiles & expand(manifest.profiles))


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
