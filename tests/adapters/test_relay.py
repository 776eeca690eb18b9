"""The relay of ``tests/nodes``: it passes everything on, and meddles with what it is told to."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gen_tck.adapters.child import ChildNode, open_child
from gen_tck.adapters.interface import AdapterError, Ended, NodeDied, NodeError, Outcome, Peer, Returned
from gen_tck.adapters.limits import Limits
from gen_tck.spec.profiles import PROFILES
from gen_tck.spec.terms import Atom, Term

NODES = Path(__file__).parents[1] / "nodes"
SERVED = shlex.join([sys.executable, str(NODES / "served.py")])

Open = Callable[..., ChildNode]
Call = Callable[..., Outcome]


@pytest.fixture
def relayed() -> Iterator[Open]:
    """Starts the reference behind a relay that meddles as the arguments say."""
    started: list[ChildNode] = []

    def start(*meddling: str) -> ChildNode:
        command = [sys.executable, str(NODES / "relay.py"), "--program", SERVED, *meddling]
        started.append(open_child(command))
        return started[-1]

    yield start
    for each in started:
        each.close()


def ask_much(node: ChildNode) -> None:
    """Ask often enough for the tenth answer to come."""
    process = node.spawn()
    for _ in range(20):
        process.status()


def test_faultless_relay_changes_something(relayed: Open, connect: Callable[..., tuple[Term, Peer]]) -> None:
    node = relayed()
    assert (node.capabilities.name, len(node.capabilities.profiles)) == ("reference-served", len(PROFILES))
    owner = node.spawn()
    socket, peer = connect(node, owner, ["binary", ("active", True)])
    assert peer.offer(b"hello") == 5
    assert node.wait(lambda: bool(owner.mailbox())).met
    assert owner.mailbox() == ((Atom("tcp"), socket, b"hello"),)


def test_open_call_comes_back(relayed: Open, outcome: Call) -> None:
    node = relayed("--open", "erlang.unlink/1")
    process, other = node.spawn(), node.spawn()
    call = process.call("erlang", "unlink", [other.pid])
    assert outcome(node, other, "erlang", "monotonic_time", "millisecond")
    node.settle()
    assert (call.outcome, process.status()) == (None, "waiting")
    process.exit(Atom("kill"))
    assert node.wait(lambda: call.outcome is not None, 20)
    assert call.outcome == Ended(Atom("killed"))


def test_failing_call_is_made(relayed: Open, outcome: Call) -> None:
    node = relayed("--fail", "erlang.monotonic_time/1")
    with pytest.raises(NodeError, match=r"erlang\.monotonic_time/1 cannot be done"):
        outcome(node, node.spawn(), "erlang", "monotonic_time", "millisecond")


def test_node_survives_its_death(relayed: Open, outcome: Call) -> None:
    node = relayed("--die", "erlang.monotonic_time/1")
    with pytest.raises(NodeDied, match=r"it dies during erlang\.monotonic_time/1"):
        outcome(node, node.spawn(), "erlang", "monotonic_time", "millisecond")


@pytest.mark.parametrize("meddling", ["--twice", "--unknown", "--garbage"])
def test_broken_line_is_overlooked(relayed: Open, meddling: str) -> None:
    node = relayed(meddling, "10")
    with pytest.raises(NodeError, match="broke the wire protocol"):
        ask_much(node)


def test_status_that_is_none_is_overlooked(relayed: Open) -> None:
    node = relayed("--status", "asleep")
    with pytest.raises(NodeError, match="broke the wire protocol"):
        ask_much(node)


def test_silent_relay_answers(relayed: Open) -> None:
    node = relayed("--silent", "settle")
    node.spawn()
    node.limits = Limits(answer=0.1)
    with pytest.raises(AdapterError, match="`settle` took over"):
        node.settle()


def test_processes_have_their_own_numbers(relayed: Open) -> None:
    node = relayed("--same-pid")
    node.spawn()
    with pytest.raises(AdapterError, match="two processes have the number"):
        node.spawn()


def test_claims_are_passed_on_unchanged(relayed: Open) -> None:
    with pytest.raises(AdapterError, match="claims an unknown profile, 'udp'"):
        relayed("--profile", "udp")
    with pytest.raises(AdapterError, match=r"claims an unknown call, 'gen_tcp\.connect/9'"):
        relayed("--call", "gen_tcp.connect/9")


def test_late_relay_is_in_time(relayed: Open, outcome: Call) -> None:
    node = relayed("--delay", "5")
    assert isinstance(outcome(node, node.spawn(), "erlang", "monotonic_time", "millisecond"), Returned)
