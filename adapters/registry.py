"""The nodes that can be certified, by name."""

from __future__ import annotations

from gen_tck.adapters.interface import Node, NodeUnavailable


def open_node(name: str, *, erl: str = "erl") -> Node:
    """Start the node called ``name``. Raises ``NodeUnavailable`` with one line that says why it cannot be had."""
    if name in ("reference", "reference-loopback"):
        from gen_tck.adapters import reference

        return reference.open_simulated() if name == "reference" else reference.open_loopback()
    if name in ("otp", "otp-socket"):
        from gen_tck.adapters import beam

        return beam.open_otp("inet" if name == "otp" else "socket", erl)
    raise NodeUnavailable(f"no node is called {name!r}")
