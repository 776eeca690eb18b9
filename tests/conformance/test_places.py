"""Cases that take a node on a machine of its own: where there is none they are left out, or say why if asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gen_tck.adapters.interface import Node, NodeUnavailable
from gen_tck.adapters.limits import DEFAULTS
from gen_tck.adapters.namespace import Namespace, NoNamespace
from gen_tck.adapters.reference import SimulatedNode, open_loopback, open_simulated
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.run.places import Places

if TYPE_CHECKING:
    from tests.conformance.conftest import Kit

APART = """
:::{clause} apart
:level: must
:profile: unreachable
:basis: observed
:source: none

The node is elsewhere.

*Intent:* to be alone.
:::
"""
CASES = """
@clause("modes/base")
def test_here(scenario):
    expect(1, 1)

@clause("modes/apart")
def test_apart(scenario):
    owner = scenario.process("owner")
    expect(owner.gen_tcp.connect((203, 0, 113, 1), 1, []), error("ehostunreach"))

@clause("modes/base")
def test_here_again(scenario):
    expect(1, 1)
"""


@pytest.fixture
def apart(kit: Kit) -> Kit:
    """A kit with a clause of a machine of its own, and a case of it."""
    kit.add(APART)
    kit.write(test_it=CASES)
    return kit


def entry(open_in: Callable[[Namespace], Node] | None = None, open_apart: Callable[[], Node] | None = None) -> Entry:
    return Entry("sick", "made up", SimulatedNode, Path("none"), open_in=open_in, open_apart=open_apart)


def never() -> Node:
    raise AssertionError("nobody asked for this node")


def test_case_that_cannot_be_run_spoils_the_run(apart: Kit) -> None:
    result = apart.run()
    assert apart.verdicts() == {"test_here": "pass", "test_apart": "left-out", "test_here_again": "pass"}
    (it,) = [case for case in apart.results().cases if case.name == "test_apart"]
    assert it.message == "the kit cannot start this node in a network namespace"
    assert result.ret == 0
    result.stdout.fnmatch_lines(["sick: CONFORMS in 1 clause of essentials (must 1 of 1; 1 case left out)"])


@pytest.mark.parametrize("how", ["--profile=unreachable", "--clause=modes/apart"])
def test_case_that_was_asked_for_is_left_out(apart: Kit, how: str) -> None:
    assert apart.run(how).ret == 2
    assert apart.verdicts() == {"test_apart": "inconclusive"}


def test_machine_without_namespaces_is_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked once, and the node is not started in vain."""
    asked: list[int] = []

    def refuse() -> Namespace:
        asked.append(1)
        raise NoNamespace("this machine allows none")

    monkeypatch.setattr("gen_tck.conformance.run.places.Namespace", refuse)
    places = Places(entry(open_in=lambda _: never()), DEFAULTS)
    here = places.supervisor
    assert [places.go_apart(), places.go_apart()] == ["this machine allows none"] * 2
    assert asked == [1]
    assert places.supervisor is here
    places.close()


def test_namespace_that_leads_out_is_played_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at before each case."""
    try:
        space = Namespace()
    except NoNamespace as reason:
        pytest.skip(str(reason))
    monkeypatch.setattr("gen_tck.conformance.run.places.Namespace", lambda: space)
    places = Places(entry(open_in=open_loopback), DEFAULTS)
    here = places.supervisor
    assert places.go_apart() == ""
    assert places.supervisor is not here
    places.stay_here()
    assert places.supervisor is here
    monkeypatch.setattr(space, "_ask", lambda *_: ("lo eth0", []))
    assert places.go_apart() == "in the network namespace the interfaces eth0 and lo are up"
    assert places.supervisor is here
    places.close()


def test_node_that_does_not_start_apart_is_to_blame() -> None:
    def fail() -> Node:
        raise NodeUnavailable("it needs the internet")

    places = Places(entry(open_apart=fail), DEFAULTS)
    assert places.go_apart() == "the node does not start in a network namespace: it needs the internet"
    places.close()


def test_simulated_node_needs_a_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gen_tck.conformance.run.places.Namespace", never)
    places = Places(entry(open_apart=lambda: open_simulated(apart=True)), DEFAULTS)
    assert places.go_apart() == ""
    places.close()
