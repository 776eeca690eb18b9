"""Settling has seen everything; clearing leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.interface import Outcome, Peer, Returned
from gen_tck.adapters.processes import ChildProcess
from gen_tck.spec.terms import Atom, List, Term, show, string
from tests.adapters.beyond import beyond, calculation
from tests.adapters.frozen import frozen

pytestmark = pytest.mark.vm

Run = Callable[..., Outcome]
Connect = Callable[..., tuple[Term, Peer]]
Leave = Callable[[ChildNode, Run, Connect], list[Peer]]

OK = Atom("ok")
LOOPBACK = (127, 0, 0, 1)
DISPATCHER = ("sys_msg_dispatc", "erts_smsg_disp")
"""The thread of the VM that tells a system monitor: its name up to OTP 25, and since."""


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


def test_settling_ends_before_an_address_in_text_is_looked_up(otp: ChildNode, outcome: Run) -> None:
    """It is looked up inside the VM: for a program of the operating system no settling waits."""
    process, listener = otp.spawn(), otp.network.listen()
    connecting = process.call("gen_tcp", "connect", [string("127.0.0.1"), listener.port, List()])
    otp.settle()
    listener.close()
    assert isinstance(connecting.outcome, Returned)
    asked = outcome(otp, process, "erlang", "whereis", Atom("inet_gethost_native"))
    assert asked == Returned(Atom("undefined"))


def test_settling_ends_before_a_system_monitor_is_told(inet: ChildNode, outcome: Run, connect: Connect) -> None:
    """Told by a thread of its own, which gets no processor for a while."""
    monitor, owner, writer = inet.spawn(), inet.spawn(), inet.spawn()
    asked = outcome(inet, owner, "os", "getpid")
    assert isinstance(asked, Returned)
    tasks = Path(f"/proc/{show(asked.value).strip(chr(34))}/task")
    (thread,) = [int(each.name) for each in tasks.iterdir() if (each / "comm").read_text().strip() in DISPATCHER]
    socket, peer = connect(inet, owner, [("active", False), ("sndbuf", 4096)], receive_buffer=4096)
    for _ in range(2):  # the first never makes it busy
        assert isinstance(outcome(inet, owner, "erlang", "port_command", socket, bytes(32_000)), Returned)
    assert isinstance(outcome(inet, monitor, "erlang", "system_monitor", monitor.pid, ["busy_port"]), Returned)
    with frozen(thread, 0.3):
        writer.call("erlang", "port_command", [socket, b"x"])
        inet.settle()
        assert writer.status() == "suspended"
        assert monitor.mailbox() == ((Atom("monitor"), writer.pid, Atom("busy_port"), socket),)
    peer.reset()


def test_settling_ends_before_a_long_calculation_does(otp: ChildNode) -> None:
    call = otp.spawn().call(*calculation(200_000))
    otp.settle()
    assert call.outcome == Returned(Atom("nomatch"))


def test_settling_waits_for_a_process_that_never_rests(otp: ChildNode) -> None:
    call = otp.spawn().call(*calculation(2_000_000_000))
    otp.settle()
    assert call.outcome is None


def test_settling_waits_for_time_to_pass(otp: ChildNode) -> None:
    call = otp.spawn().call(*beyond("timer", "sleep", 600_000))
    otp.settle()
    assert call.outcome is None


def test_time_does_not_pass(otp: ChildNode) -> None:
    call = otp.spawn().call(*beyond("timer", "sleep", 10))
    while call.outcome is None:
        otp.advance(10)
    assert call.outcome == Returned(OK)


def _census(node: ChildNode, outcome: Run) -> tuple[int, int, object]:
    """How many ports and processes there are, and who is the system monitor."""
    observer = node.spawn()
    processes = outcome(node, observer, "erlang", "processes")
    ports = outcome(node, observer, "erlang", "ports")
    monitor = outcome(node, observer, "erlang", "system_monitor")
    node.clear()
    assert isinstance(ports, Returned)
    assert isinstance(processes, Returned)
    return len(ports.value), len(processes.value), monitor


# What a scenario can leave behind. The peers stay as they are, so that it is not they who end the connections.


def _a_dead_owner(node: ChildNode, outcome: Run, connect: Connect) -> list[Peer]:
    owner = node.spawn()
    _, peer = connect(node, owner, ["binary"])
    outcome(node, owner, "erlang", "exit", "normal")
    return [peer]


def _living_owners(node: ChildNode, outcome: Run, connect: Connect) -> list[Peer]:
    outcome(node, node.spawn(), "gen_tcp", "listen", 0, ["binary", ("ip", LOOPBACK)])
    return [connect(node, node.spawn(), ["binary", ("active", active)])[1] for active in (True, False, "once")]


def _many_sockets(node: ChildNode, outcome: Run, connect: Connect) -> list[Peer]:
    owner = node.spawn()
    return [connect(node, owner, ["binary"])[1] for _ in range(40)]


def _stuck(node: ChildNode, connect: Connect) -> tuple[ChildProcess, Term, Peer]:
    """An owner, a socket with more to send than the network takes, and the peer, which reads nothing."""
    owner = node.spawn()
    socket, peer = connect(node, owner, ["binary", ("sndbuf", 4096)], receive_buffer=4096)
    owner.call("gen_tcp", "send", [socket, bytes(500_000)])
    node.settle()
    return owner, socket, peer


def _unsent_data(node: ChildNode, outcome: Run, connect: Connect) -> list[Peer]:
    return [_stuck(node, connect)[2]]


def _a_dead_owners_unsent_data(node: ChildNode, outcome: Run, connect: Connect) -> list[Peer]:
    owner, _, peer = _stuck(node, connect)
    owner.exit(Atom("kill"))
    node.wait(lambda: owner.status() == "ended")
    # OTP's inet driver goes on trying to send, and nothing in the VM can stop it.
    peer.reset()
    node.settle()
    return []


def _a_call_that_closes(node: ChildNode, outcome: Run, connect: Connect) -> list[Peer]:
    _, socket, peer = _stuck(node, connect)
    node.spawn().call("gen_tcp", "close", [socket])
    node.settle()
    return [peer]


def _settings(node: ChildNode, outcome: Run, connect: Connect) -> list[Peer]:
    monitor = node.spawn()
    user = outcome(node, monitor, "erlang", "whereis", "user")
    assert isinstance(user, Returned)
    outcome(node, monitor, "erlang", "system_monitor", user.value, ["busy_port"])
    outcome(node, monitor, "erlang", "register", "a_name", monitor.pid)
    outcome(node, monitor, "erlang", "process_flag", "trap_exit", True)
    return []


def _another_program(node: ChildNode, outcome: Run, connect: Connect) -> list[Peer]:
    outcome(node, node.spawn(), "erlang", "open_port", ("spawn", string("cat")), ["binary"])
    return []


@pytest.mark.parametrize(
    "leave",
    [
        _a_dead_owner,
        _living_owners,
        _many_sockets,
        _unsent_data,
        _a_dead_owners_unsent_data,
        _a_call_that_closes,
        _settings,
        _another_program,
    ],
)
def test_something_is_left_after_clear(otp: ChildNode, outcome: Run, connect: Connect, leave: Leave) -> None:
    # What VMs do once and keep, such as starting the port of another program, is not to be counted.
    peers = leave(otp, outcome, connect)
    otp.clear()
    before = _census(otp, outcome)
    for _ in range(3):
        peers += leave(otp, outcome, connect)
        otp.clear()
    assert _census(otp, outcome) == before


def test_a_late_answer_reaches_the_next_scenario(otp: ChildNode, outcome: Run) -> None:
    for _ in range(100):
        old = otp.spawn()
        late = old.call(*beyond("timer", "sleep", 0))
        otp.clear()
        otp.settle()
        new = otp.spawn()
        assert new.mailbox() == ()
        assert outcome(otp, new, "erlang", "self") == Returned(new.pid)
        assert late.outcome is None or str(late.outcome) in ("ok", "the process ended: killed")
