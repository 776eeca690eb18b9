"""The nodes that can be certified, by name.

A name is one of the built-in four, an entry point of the group ``gen_tck.nodes`` (a callable without arguments that
gives a :class:`~gen_tck.adapters.interface.Node`), or the path of a manifest ``node.toml``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from gen_tck.adapters.interface import Node, NodeError, NodeUnavailable

GROUP = "gen_tck.nodes"
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """A node that is known by name, started or not."""

    name: str
    description: str
    open: Callable[[], Node]
    """Start it. Raises ``NodeUnavailable`` with one line that says why it cannot be had."""
    deviations: Path
    """Where its known deviations are recorded; the file need not exist."""


class UnknownNode(NodeUnavailable):
    """No node is called so; the message gives the known names and the nearest."""


def find(name: str, *, erl: str = "erl") -> Entry:
    """The node called ``name``; ``erl`` is the command that starts Erlang for the otp nodes. Raises ``UnknownNode``."""
    known = {entry.name: entry for entry in known_nodes(erl=erl)}
    if name in known:
        return known[name]
    if name.endswith(".toml") or "/" in name:
        return _manifest(Path(name))
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UnknownNode(f"no node is called {name!r}: {hint}known are {', '.join(known)}, or the path of a node.toml")


def known_nodes(*, erl: str = "erl") -> list[Entry]:
    """The built-in nodes, then those that installed packages register, in order of name."""
    built_in = [
        Entry("reference", "the reference on a simulated network", _open_reference, _beside("reference")),
        Entry("reference-loopback", "the reference on loopback TCP", _open_loopback, _beside("reference-loopback")),
        Entry("otp", "Erlang/OTP, inet driver", lambda: _open_otp("inet", erl), _beside("beam/otp")),
        Entry("otp-socket", "Erlang/OTP, socket backend", lambda: _open_otp("socket", erl), _beside("beam/otp-socket")),
    ]
    taken = {entry.name for entry in built_in}
    registered = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [*built_in, *(_registered(point) for point in registered if point.name not in taken)]


def open_node(name: str, *, erl: str = "erl") -> Node:
    """Start the node called ``name``. Raises ``NodeUnavailable`` with one line that says why it cannot be had."""
    return find(name, erl=erl).open()


def _beside(stem: str) -> Path:
    return _HERE / f"{stem}.deviations.toml"


def _open_reference() -> Node:
    from gen_tck.adapters import guard, reference

    return guard.GuardedNode(reference.open_simulated())


def _open_loopback() -> Node:
    from gen_tck.adapters import guard, reference

    return guard.GuardedNode(reference.open_loopback())


def _open_otp(backend: str, erl: str) -> Node:
    from gen_tck.adapters import beam

    return beam.open_otp("socket" if backend == "socket" else "inet", erl)


def _registered(point: EntryPoint) -> Entry:
    """What an entry point names. Loading it runs a stranger's code, so that waits until the node is wanted."""

    def load() -> Callable[[], Node]:
        try:
            made: Callable[[], Node] = point.load()
        except Exception as reason:
            raise NodeUnavailable(f"node {point.name!r} ({point.value}) cannot be loaded: {reason}") from reason
        return made

    def start() -> Node:
        from gen_tck.adapters.child import ChildNode
        from gen_tck.adapters.guard import GuardedNode

        try:
            node = load()()
        except NodeError:
            raise
        except Exception as reason:
            raise NodeUnavailable(f"node {point.name!r} ({point.value}) cannot be started: {reason}") from reason
        return node if isinstance(node, ChildNode) else GuardedNode(node)

    return Entry(point.name, f"registered by {point.value}", start, _beside_module(point))


def _beside_module(point: EntryPoint) -> Path:
    """``NAME.deviations.toml`` in the folder of the entry point's module, found without importing that module."""
    from importlib.util import find_spec

    try:
        spec = find_spec(point.module)
    except (ImportError, ValueError):
        spec = None
    folder = Path(spec.origin).parent if spec is not None and spec.origin else _HERE
    return folder / f"{point.name}.deviations.toml"


def _manifest(path: Path) -> Entry:
    if not path.is_file():
        raise UnknownNode(f"there is no node manifest {path}")

    def start() -> Node:
        from gen_tck.adapters.manifest import open_manifest

        return open_manifest(path)

    return Entry(str(path), "a node manifest", start, path.parent / "deviations.toml")
