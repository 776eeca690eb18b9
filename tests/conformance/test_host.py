"""A node that dies is started again, and in the end given up."""

from __future__ import annotations

import pytest

from gen_tck.adapters.interface import Node, NodeDied, NodeUnavailable
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.host import IN_A_ROW, IN_ALL, Host
from gen_tck.conformance.verdicts import NodeGivenUp


class Starter:
    """Counts the nodes that it starts and that were closed."""

    def __init__(self) -> None:
        self.started = 0
        self.closed = 0
        self.refusing = False

    def __call__(self) -> Node:
        if self.refusing:
            raise NodeUnavailable("gone")
        self.started += 1
        starter = self

        class Watched(SimulatedNode):
            def close(self) -> None:
                starter.closed += 1

        return Watched()


def test_node_is_started_before_it_is_wanted() -> None:
    starter = Starter()
    host = Host(starter)
    assert (starter.started, host.known) == (0, None)
    assert host.capabilities.name == "reference"
    assert host.node() is host.node()
    assert starter.started == 1


def test_failed_node_is_used_again() -> None:
    starter = Starter()
    host = Host(starter)
    first = host.node()
    host.failed()
    assert starter.closed == 1
    assert host.node() is not first


def test_node_that_always_fails_is_never_given_up() -> None:
    starter = Starter()
    host = Host(starter)
    for _ in range(IN_A_ROW):
        host.node()
        host.failed()
    with pytest.raises(NodeGivenUp, match=f"the node was given up: it failed {IN_A_ROW} times"):
        host.node()
    assert (starter.started, starter.closed) == (IN_A_ROW, IN_A_ROW)
    assert host.capabilities.name == "reference"


def test_node_that_fails_now_and_then_is_given_up() -> None:
    starter = Starter()
    host = Host(starter)
    for number in range(IN_ALL):
        host.node()
        if number < IN_ALL - 1:
            host.survived()
        host.failed()
    with pytest.raises(NodeGivenUp):
        host.node()
    assert starter.started == IN_ALL


def test_node_that_cannot_be_started_again_is_tried_for_ever() -> None:
    starter = Starter()
    host = Host(starter)
    host.node()
    host.failed()
    starter.refusing = True
    for _ in range(IN_A_ROW - 1):
        with pytest.raises(NodeUnavailable, match="gone"):
            host.node()
    with pytest.raises(NodeGivenUp):
        host.node()


def test_node_is_closed_twice() -> None:
    starter = Starter()
    host = Host(starter)
    host.node()
    host.close()
    host.close()
    assert starter.closed == 1


def test_node_that_cannot_be_closed_breaks_the_run() -> None:
    class Stubborn(SimulatedNode):
        def close(self) -> None:
            raise NodeDied("it was dead already")

    host = Host(Stubborn)
    host.node()
    host.close()
