"""A node that dies is started again, and in the end given up."""

from __future__ import annotations

import pytest

from gen_tck.adapters.interface import AdapterError, Node, NodeDied, NodeUnavailable
from gen_tck.adapters.limits import Limits
from gen_tck.adapters.reference import ReferenceProcess, SimulatedNode
from gen_tck.conformance.results.verdicts import NodeGivenUp
from gen_tck.conformance.run.supervisor import Supervisor


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
    supervisor = Supervisor(starter)
    assert (starter.started, supervisor.known) == (0, None)
    assert supervisor.capabilities.name == "reference"
    assert supervisor.node() is supervisor.node()
    assert starter.started == 1


def test_failed_node_is_used_again() -> None:
    starter = Starter()
    supervisor = Supervisor(starter)
    first = supervisor.node()
    supervisor.failed()
    assert starter.closed == 1
    assert supervisor.node() is not first


def test_node_that_always_fails_is_never_given_up() -> None:
    starter = Starter()
    supervisor = Supervisor(starter, Limits(failures_in_a_row=3))
    for _ in range(3):
        supervisor.node()
        supervisor.failed()
    with pytest.raises(NodeGivenUp, match=r"it failed 3 times in a row \(--limit failures_in_a_row=N allows more\)"):
        supervisor.node()
    assert (starter.started, starter.closed) == (3, 3)
    assert supervisor.capabilities.name == "reference"


def test_node_that_fails_now_and_then_is_given_up() -> None:
    starter = Starter()
    supervisor = Supervisor(starter, Limits(failures=10, failures_in_a_row=3))
    for number in range(10):
        supervisor.node()
        if number < 9:
            supervisor.survived()
        supervisor.failed()
    with pytest.raises(NodeGivenUp, match="it failed 10 times"):
        supervisor.node()
    assert starter.started == 10


def test_node_that_cannot_be_started_again_is_tried_for_ever() -> None:
    starter = Starter()
    supervisor = Supervisor(starter, Limits(failures_in_a_row=3))
    supervisor.node()
    supervisor.failed()
    starter.refusing = True
    for _ in range(2):
        with pytest.raises(NodeUnavailable, match="gone"):
            supervisor.node()
    with pytest.raises(NodeGivenUp):
        supervisor.node()


def test_mute_node_is_asked_by_every_case() -> None:
    class Mute(SimulatedNode):
        def spawn(self) -> ReferenceProcess:
            raise AdapterError("it does not answer")

    supervisor = Supervisor(Mute)
    supervisor.node()
    supervisor.failed(AdapterError("it does not answer"))
    with pytest.raises(NodeGivenUp, match="started again, it still does not answer"):
        supervisor.node()


def test_request_left_unanswered_now_and_then_costs_without_end() -> None:
    supervisor = Supervisor(Starter(), Limits(unanswered=4))
    for _ in range(4):
        supervisor.node()
        supervisor.survived()
        supervisor.failed(AdapterError("no answer"))
    with pytest.raises(NodeGivenUp, match="it 4 times left a request unanswered"):
        supervisor.node()


def test_fresh_node_counts_as_a_failure() -> None:
    starter = Starter()
    supervisor = Supervisor(starter, Limits(failures=1))
    first = supervisor.node()
    supervisor.restart()
    assert supervisor.node() is not first
    assert (starter.started, starter.closed) == (2, 1)


def test_node_is_closed_twice() -> None:
    starter = Starter()
    supervisor = Supervisor(starter)
    supervisor.node()
    supervisor.close()
    supervisor.close()
    assert starter.closed == 1


def test_node_that_cannot_be_closed_breaks_the_run() -> None:
    class Stubborn(SimulatedNode):
        def close(self) -> None:
            raise NodeDied("it was dead already")

    supervisor = Supervisor(Stubborn)
    supervisor.node()
    supervisor.close()


class Begun:
    """A node that was started and has not been waited for."""

    def __init__(self, starter: Starter) -> None:
        self._starter = starter
        self.finished = self.ended = 0

    def finish(self) -> Node:
        self.finished += 1
        return self._starter()

    def end(self) -> None:
        self.ended += 1


def test_node_that_is_prepared_is_the_first_one() -> None:
    starter = Starter()
    begun = Begun(starter)
    supervisor = Supervisor(starter, begin=lambda: begun)
    supervisor.prepare()
    assert (starter.started, begun.finished) == (0, 0)
    first = supervisor.node()
    supervisor.prepare()
    assert (starter.started, begun.finished) == (1, 1)
    supervisor.failed()
    assert supervisor.node() is not first
    supervisor.close()
    assert (starter.started, begun.finished, begun.ended) == (2, 1, 0)


def test_node_that_is_prepared_in_vain_is_ended() -> None:
    begun = Begun(Starter())
    supervisor = Supervisor(Starter(), begin=lambda: begun)
    supervisor.prepare()
    supervisor.prepare()
    supervisor.close()
    supervisor.close()
    assert (begun.finished, begun.ended) == (0, 1)


def test_node_that_cannot_be_prepared_tells_why_when_it_is_wanted() -> None:
    starter = Starter()
    starter.refusing = True

    def begin() -> Begun:
        raise NodeUnavailable("gone")

    supervisor = Supervisor(starter, begin=begin)
    supervisor.prepare()
    with pytest.raises(NodeUnavailable, match="gone"):
        supervisor.node()
