"""A package that brings a node along: once it is installed, ``gen-tck certify python-sockets`` knows it."""

from __future__ import annotations

import sys
from pathlib import Path

from gen_tck.adapters.child import ChildNode, open_child

__all__ = ["start"]


def start() -> ChildNode:
    """What the entry point ``gen_tck.nodes`` names: start the program, and shake hands with it."""
    return open_child([sys.executable, str(Path(__file__).parent / "program" / "adapter.py")], what="python-sockets")
