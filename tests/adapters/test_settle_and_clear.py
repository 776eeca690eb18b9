"""Settling has seen everything; clearing leaves nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.interface import Outcome, Peer, Returned
from gen_tck.spec.terms import Atom, Term, term

Run = Callable[..., Outcome]
Connect = Callable[..., tuple[Term, Peer]]
Leave = Callable[[ChildNode, Run, Connect], None]

OK = Atom("ok")
LOOPBACK = (127, 0, 0, 1)


def test_settling_ends_before_a_message_is_there(otp: ChildNode, outcome: Run, connect: Connect) -> None:
    process = otp.spawn()
    socket, peer = connect(otp, process, ["binary", ("active", True)])
    for number in range(200):
        data = number.to_bytes(2, "big")
        peer.offer(data)
        otp.settle()
        assert process.mailbox() == ((Atom("tcp"), socket, data),)
        process.take(1)
    peer.reset()
    otp.settle()
    assert process.mailbox()[-1] == (Atom("tcp_closed"), socket)


def test_settling_ends_before_a_call_comes_back(otp: ChildNode, outcome: Run, connect: Connect) -> None:
    process = otp.spawn()
    socket, peer = connect(otp, process, ["binary", ("active", False)])
    for _ in range(200):
        call = process.call("gen_tcp", "recv", [socket, 0])
        otp.settle()
        assert call.outcome is None
        peer.offer(b"x")
        otp.settle()
        assert call.outcome == Returned((OK, b"x"))
    peer.reset()


def test_settling_ends_before_a_chain_of_events_does(otp: ChildNode, outcome: Run) -> None:
    """One process sends over a connection within the VM, another receives it: all of it is one settling."""
    sender, receiver = otp.spawn(), otp.spawn()
    listener = outcome(otp, receiver, "gen_tcp", "listen", 0, ["binary", ("ip", LOOPBACK), ("active", False)])
    assert isinstance(listener, Returned)
    port = outcome(otp, receiver, "inet", "port", listener.value[1])
    assert isinstance(port, Returned)
    near = outcome(otp, sender, "gen_tcp", "connect", LOOPBACK, port.value[1], ["binary"])
    far = outcome(otp, receiver, "gen_tcp", "accept", listener.value[1])
    assert isinstance(near, Returned)
    assert isinstance(far, Returned)
    for _ in range(200):
        receiving = receiver.call("gen_tcp", "recv", [far.value[1], 2])
        sending = sender.call("gen_tcp", "send", [near.value[1], b"ab"])
        otp.settle()
        assert (sending.outcome, receiving.outcome) == (Returned(OK), Returned((OK, b"ab")))


def test_settling_waits_for_time_to_pass(otp: ChildNode) -> None:
    call = otp.spawn().call("timer", "sleep", [600_000])
    otp.settle()
    assert call.outcome is None


def test_time_does_not_pass(otp: ChildNode) -> None:
    call = otp.spawn().call("timer", "sleep", [10])
    while call.outcome is None:
        otp.advance(10)
    assert call.outcome == Returned(OK)


def _census(node: ChildNode, outcome: Run) -> tuple[int, int, object]:
    """How many ports and processes there are, and who is the system monitor."""
    observer = node.spawn()
    ports = outcome(node, observer, "erlang", "ports")
    processes = outcome(node, observer, "erlang", "processes")
    monitor = outcome(node, observer, "erlang", "system_monitor")
    node.clear()
    assert isinstance(ports, Returned)
    assert isinstance(processes, Returned)
    return len(ports.value), len(processes.value), monitor


def _a_dead_owner(node: ChildNode, outcome: Run, connect: Connect) -> None:
    owner = node.spawn()
    connect(node, owner, ["binary"])
    outcome(node, owner, "erlang", "exit", "normal")


def _living_owners(node: ChildNode, outcome: Run, connect: Connect) -> None:
    for active in (True, False, "once"):
        connect(node, node.spawn(), ["binary", ("active", active)])
    outcome(node, node.spawn(), "gen_tcp", "listen", 0, ["binary", ("ip", (127, 0, 0, 1))])


def _unsent_data(node: ChildNode, outcome: Run, connect: Connect) -> None:
    owner, sender = node.spawn(), node.spawn()
    socket, _ = connect(node, owner, ["binary", ("sndbuf", 4096)], receive_buffer=4096)
    sender.call("gen_tcp", "send", [socket, bytes(500_000)])
    node.settle()


def _a_dead_owners_unsent_data(node: ChildNode, outcome: Run, connect: Connect) -> None:
    owner = node.spawn()
    socket, _ = connect(node, owner, ["binary", ("sndbuf", 4096)], receive_buffer=4096)
    owner.call("gen_tcp", "send", [socket, bytes(500_000)])
    node.settle()
    owner.exit(Atom("kill"))
    node.wait(lambda: owner.status() == "ended", 20)


def _a_call_that_closes(node: ChildNode, outcome: Run, connect: Connect) -> None:
    owner, closer = node.spawn(), node.spawn()
    socket, _ = connect(node, owner, ["binary", ("sndbuf", 4096)], receive_buffer=4096)
    owner.call("gen_tcp", "send", [socket, bytes(500_000)])
    node.settle()
    closer.call("gen_tcp", "close", [socket])
    node.settle()


def _settings(node: ChildNode, outcome: Run, connect: Connect) -> None:
    monitor = node.spawn()
    outcome(node, monitor, "erlang", "system_monitor", monitor.pid, ["busy_port"])
    outcome(node, monitor, "erlang", "register", "a_name", monitor.pid)
    outcome(node, monitor, "erlang", "process_flag", "trap_exit", True)


def _another_program(node: ChildNode, outcome: Run, connect: Connect) -> None:
    outcome(node, node.spawn(), "erlang", "open_port", ("spawn", term(list(b"cat"))), ["binary"])


@pytest.mark.parametrize(
    "leave",
    [
        _a_dead_owner,
        _living_owners,
        _unsent_data,
        _a_dead_owners_unsent_data,
        _a_call_that_closes,
        _settings,
        _another_program,
    ],
)
def test_something_is_left_after_clear(otp: ChildNode, outcome: Run, connect: Connect, leave: Leave) -> None:
    # What VMs do once and keep, such as starting the port of another program, is not to be counted.
    leave(otp, outcome, connect)
    otp.clear()
    before = _census(otp, outcome)
    for _ in range(3):
        leave(otp, outcome, connect)
        otp.clear()
    assert _census(otp, outcome) == before


def test_a_late_answer_reaches_the_next_scenario(otp: ChildNode, outcome: Run) -> None:
    for _ in range(100):
        old = otp.spawn()
        late = old.call("timer", "sleep", [0])
        otp.clear()
        otp.settle()
        new = otp.spawn()
        assert new.mailbox() == ()
        assert outcome(otp, new, "erlang", "self") == Returned(new.pid)
        assert late.outcome is None or str(late.outcome) in ("ok", "the process ended: killed")
