"""Settling has seen everything; clearing leaves nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gen_tck.adapters.child import ChildNode, ChildProcess
from gen_tck.adapters.interface import Outcome, Peer, Returned
from gen_tck.spec.terms import Atom, List, Term, term

Run = Callable[..., Outcome]
Eventually = Callable[[Callable[[], bool]], bool]

OK = Atom("ok")


def _connect(
    node: ChildNode, outcome: Run, owner: ChildProcess, options: list[object], **peer: int
) -> tuple[Term, Peer]:
    listener = node.network.listen(**peer)
    made = outcome(node, owner, "gen_tcp", "connect", (127, 0, 0, 1), listener.port, options)
    assert isinstance(made, Returned), made
    accepted: list[Peer] = []

    def accept() -> bool:
        found = listener.accept()
        accepted.extend([found] if found else [])
        return bool(accepted)

    assert node.wait(accept, 20)
    listener.close()
    return made.value[1], accepted[0]


def test_settling_ends_before_a_message_is_there(otp: ChildNode, outcome: Run) -> None:
    process = otp.spawn()
    socket, peer = _connect(otp, outcome, process, ["binary", ("active", True)])
    for number in range(200):
        data = number.to_bytes(2, "big")
        peer.offer(data)
        otp.settle()
        assert process.mailbox() == ((Atom("tcp"), socket, data),)
        process.take(1)
    peer.reset()
    otp.settle()
    assert process.mailbox()[-1] == (Atom("tcp_closed"), socket)


def test_settling_ends_before_a_call_comes_back(otp: ChildNode, outcome: Run) -> None:
    process = otp.spawn()
    socket, peer = _connect(otp, outcome, process, ["binary", ("active", False)])
    for _ in range(200):
        call = process.call("gen_tcp", "recv", [socket, 0])
        otp.settle()
        assert call.outcome is None
        peer.offer(b"x")
        otp.settle()
        assert call.outcome == Returned((OK, b"x"))
    peer.reset()


def test_settling_ends_before_a_chain_of_events_does(otp: ChildNode, outcome: Run) -> None:
    """Data, then a process that forwards it, then one that waits for that: all of it is one settling."""
    waiter = otp.spawn()
    forwarder = otp.spawn()
    socket, peer = _connect(otp, outcome, waiter, ["binary", ("active", False)])
    onward, far = _connect(otp, outcome, forwarder, ["binary", ("active", False)])
    for _ in range(100):
        sending = forwarder.call("file", "sendfile", [List([])])  # raises: a call that ends by itself
        otp.settle()
        assert sending.outcome is not None
        call = waiter.call("gen_tcp", "recv", [socket, 2])
        peer.offer(b"a")
        otp.settle()
        assert call.outcome is None
        peer.offer(b"b")
        otp.settle()
        assert call.outcome == Returned((OK, b"ab"))
        assert outcome(otp, forwarder, "gen_tcp", "send", onward, b"on") == Returned(OK)
        otp.settle()
        assert far.poll() == b"on"
    peer.reset()
    far.reset()


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


def _a_dead_owner(node: ChildNode, outcome: Run) -> None:
    owner = node.spawn()
    _connect(node, outcome, owner, ["binary"])
    outcome(node, owner, "erlang", "exit", "normal")


def _living_owners(node: ChildNode, outcome: Run) -> None:
    for active in (True, False, "once"):
        _connect(node, outcome, node.spawn(), ["binary", ("active", active)])
    outcome(node, node.spawn(), "gen_tcp", "listen", 0, ["binary", ("ip", (127, 0, 0, 1))])


def _unsent_data(node: ChildNode, outcome: Run) -> None:
    owner, sender = node.spawn(), node.spawn()
    socket, _ = _connect(node, outcome, owner, ["binary", ("sndbuf", 4096)], receive_buffer=4096)
    sender.call("gen_tcp", "send", [socket, bytes(500_000)])
    node.settle()


def _a_dead_owners_unsent_data(node: ChildNode, outcome: Run) -> None:
    owner = node.spawn()
    socket, _ = _connect(node, outcome, owner, ["binary", ("sndbuf", 4096)], receive_buffer=4096)
    owner.call("gen_tcp", "send", [socket, bytes(500_000)])
    node.settle()
    owner.exit(Atom("kill"))
    node.wait(lambda: owner.status() == "ended", 20)


def _a_call_that_closes(node: ChildNode, outcome: Run) -> None:
    owner, closer = node.spawn(), node.spawn()
    socket, _ = _connect(node, outcome, owner, ["binary", ("sndbuf", 4096)], receive_buffer=4096)
    owner.call("gen_tcp", "send", [socket, bytes(500_000)])
    node.settle()
    closer.call("gen_tcp", "close", [socket])
    node.settle()


def _settings(node: ChildNode, outcome: Run) -> None:
    monitor = node.spawn()
    outcome(node, monitor, "erlang", "system_monitor", monitor.pid, ["busy_port"])
    outcome(node, monitor, "erlang", "register", "a_name", monitor.pid)
    outcome(node, monitor, "erlang", "process_flag", "trap_exit", True)


def _another_program(node: ChildNode, outcome: Run) -> None:
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
def test_something_is_left_after_clear(otp: ChildNode, outcome: Run, leave: Callable[[ChildNode, Run], None]) -> None:
    # What VMs do once and keep, such as starting the port of another program, is not to be counted.
    leave(otp, outcome)
    otp.clear()
    before = _census(otp, outcome)
    for _ in range(3):
        leave(otp, outcome)
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
