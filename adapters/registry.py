"""The nodes that can be certified, by name.

A name is one of the built-in four, an entry point of the group ``gen_tck.nodes`` (a callable without arguments that
gives a :class:`~gen_tck.adapters.interface.Node`), or the path of a manifest ``node.toml``;
``reference+CAUSE`` is the reference with a departure, ``model:otp-27`` the model of a release of OTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from gen_tck.adapters.interface import Node, NodeError, NodeUnavailable, Starting
from gen_tck.adapters.limits import DEFAULTS, Limits, Settings
from gen_tck.adapters.namespace import Namespace

if TYPE_CHECKING:
    from gen_tck.adapters.beam.otp import Backend

GROUP = "gen_tck.nodes"
WITH = "+"
"""Between the name of the reference and that of a departure."""
MODEL = "model:"
"""Before the name of a node and a release."""
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
    limits: Limits = DEFAULTS
    """What it may cost."""
    built_in: bool = False
    """Whether it is one of the kit's own, of which all that differs is recorded."""
    model: str = ""
    """Whose model says what it does, if there is one: ``otp-inet``."""
    begin: Callable[[], Starting] | None = None
    """Start it and do not wait for it, where that saves time. Raises as :attr:`open`."""
    open_in: Callable[[Namespace], Node] | None = None
    """Start it in a namespace, if the kit can. Raises as :attr:`open`."""
    open_apart: Callable[[], Node] | None = None
    """Start it on a simulated machine of its own, if it is on a simulated one. Raises as :attr:`open`."""


class UnknownNode(NodeUnavailable):
    """No node is called so; the message gives the known names and the nearest."""


def find(name: str, *, erl: str = "erl", limits: Settings | None = None) -> Entry:
    """The node called ``name``; ``erl`` is the command that starts Erlang for the otp nodes.

    ``limits`` are those that are to be others than they are, or than a manifest says. Raises ``UnknownNode``,
    ``LimitError``.
    """
    settings = limits or {}
    known = {entry.name: entry for entry in known_nodes(erl=erl, limits=DEFAULTS.changed(settings))}
    if name in known:
        return known[name]
    if name.startswith(f"reference{WITH}"):
        start = partial(_open_departing, name.split(WITH)[1:])
        return replace(known["reference"], name=name, open=start, open_apart=partial(start, apart=True))
    if name.startswith(MODEL):
        return _model(name, known)
    if name.endswith(".toml") or "/" in name:
        return _manifest(Path(name), settings)
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UnknownNode(f"no node is called {name!r}: {hint}known are {', '.join(known)}, or the path of a node.toml")


def _model(name: str, known: Mapping[str, Entry]) -> Entry:
    """The model of a built-in node, of which all is recorded that is of that node."""
    node, _, release = name.removeprefix(MODEL).rpartition("-")
    if node not in known or not known[node].model or not release.isdecimal():
        there = [f"{MODEL}{each.name}-RELEASE" for each in known.values() if each.model]
        raise UnknownNode(f"no model is called {name!r}: known are {', '.join(there)}")
    start = partial(_open_model, node, int(release))
    apart = partial(start, apart=True)
    return replace(known[node], name=name, open=start, begin=None, open_in=None, open_apart=apart)


def known_nodes(*, erl: str = "erl", limits: Limits = DEFAULTS) -> list[Entry]:
    """The built-in nodes, then those that installed packages register, in order of name."""

    def built_in(name: str, description: str, start: Callable[[], Node], beside: str) -> Entry:
        return Entry(name, description, start, _HERE / f"{beside}.deviations.toml", limits, True)

    def otp(name: str, description: str, backend: Backend) -> Entry:
        begin = partial(_begin_otp, backend, erl, limits)
        node = built_in(name, description, lambda: begin().finish(), f"beam/{name}")
        open_in = partial(_open_otp_in, backend, erl, limits)
        return replace(node, begin=begin, open_in=open_in, model=f"otp-{backend}")

    reference = built_in("reference", "the reference on a simulated network", _open_reference, "reference")
    loopback = built_in("reference-loopback", "the reference on loopback TCP", _open_loopback, "reference-loopback")
    known = [
        replace(reference, open_apart=partial(_open_reference, apart=True)),
        replace(loopback, open_in=_open_loopback),
        otp("otp", "Erlang/OTP, inet driver", "inet"),
        otp("otp-socket", "Erlang/OTP, socket backend", "socket"),
    ]
    taken = {entry.name for entry in known}
    registered = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [*known, *(_registered(point, limits) for point in registered if point.name not in taken)]


def open_node(name: str, *, erl: str = "erl", limits: Settings | None = None) -> Node:
    """Start the node called ``name``. Raises ``NodeUnavailable`` with one line that says why it cannot be had."""
    return find(name, erl=erl, limits=limits).open()


def _open_reference(*, apart: bool = False) -> Node:
    from gen_tck.adapters import guard, reference

    return guard.GuardedNode(reference.open_simulated(apart=apart))


def _open_departing(names: list[str], *, apart: bool = False) -> Node:
    from gen_tck.adapters import guard, modelled

    return guard.GuardedNode(modelled.open_departing(names, apart=apart))


def _open_model(node: str, release: int, *, apart: bool = False) -> Node:
    from gen_tck.adapters import guard, modelled

    return guard.GuardedNode(modelled.open_model(node, release, apart=apart))


def _open_loopback(namespace: Namespace | None = None) -> Node:
    from gen_tck.adapters import guard, reference

    return guard.GuardedNode(reference.open_loopback(namespace))


def _begin_otp(backend: Backend, erl: str, limits: Limits) -> Starting:
    from gen_tck.adapters import beam

    return beam.StartedVm(backend, erl, limits)


def _open_otp_in(backend: Backend, erl: str, limits: Limits, namespace: Namespace) -> Node:
    from gen_tck.adapters import beam

    return beam.StartedVm(backend, erl, limits, namespace).finish()


def _registered(point: EntryPoint, limits: Limits) -> Entry:
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
        if not isinstance(node, ChildNode):
            return GuardedNode(node, limits)
        node.limits = limits
        return node

    return Entry(point.name, f"registered by {point.value}", start, _beside_module(point), limits)


def _beside_module(point: EntryPoint) -> Path:
    """``NAME.deviations.toml`` in the folder of the entry point's module, found without importing that module."""
    from importlib.util import find_spec

    try:
        spec = find_spec(point.module)
    except (ImportError, ValueError):
        spec = None
    folder = Path(spec.origin).parent if spec is not None and spec.origin else _HERE
    return folder / f"{point.name}.deviations.toml"


def _manifest(path: Path, settings: Settings) -> Entry:
    from gen_tck.adapters.manifest import open_manifest, read

    try:
        manifest = read(path)
    except NodeUnavailable as reason:
        raise UnknownNode(str(reason)) from None
    limits = DEFAULTS.changed({**manifest.limits, **settings})
    start = partial(open_manifest, manifest, path, limits)
    deviations = path.parent / "deviations.toml"
    return Entry(str(path), "a node manifest", start, deviations, limits, open_in=lambda there: start(namespace=there))
