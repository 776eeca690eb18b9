"""Nodes with a fault, as an installed package registers them: so the command finds them, and its workers do."""

from __future__ import annotations

from pathlib import Path

DISTRIBUTION = "gen-tck-explorer-test-nodes"
NODES = ("end-is-not-told", "once-stays-armed", "mortal")
_METADATA = f"Metadata-Version: 2.1\nName: {DISTRIBUTION}\nVersion: 1\n"
_MODULE = """
from gen_tck.adapters.interface import NodeDied
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.models.departures import model


class Mortal(TcpDriver):
    def shutdown(self, direction):
        if direction == "read":
            raise NodeDied("it was told to read no more")
        super().shutdown(direction)


def mortal():
    return SimulatedNode(Mortal)


def end_is_not_told():
    return SimulatedNode(*model(["planted/end-is-not-told"]))


def once_stays_armed():
    return SimulatedNode(*model(["planted/once-is-never-spent"]))
"""


def install(folder: Path) -> None:
    """Make a package of the nodes in ``folder``, which is to be on the path of whoever looks for them."""
    information = folder / f"{DISTRIBUTION.replace('-', '_')}-1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(_METADATA)
    points = [f"{name} = explorer_test_nodes:{name.replace('-', '_')}" for name in NODES]
    (information / "entry_points.txt").write_text("\n".join(["[gen_tck.nodes]", *points, ""]))
    (folder / "explorer_test_nodes.py").write_text(_MODULE)
