"""What holds whatever ends a connection: each kind of end, in each mode, with nobody waiting and with some who do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gen_tck.conformance.closing.vanishing import gives_up, impatient, told_of_the_end
from gen_tck.conformance.harness.actor import Actor, Pending
from gen_tck.conformance.harness.expect import Unexpected, describe, tcp_closed, tcp_error
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import END, stalled
from gen_tck.spec.terms import Atom, Term

EACH_END = pytest.mark.parametrize(
    ("end", "senders"),
    [
        ("finish", 0),  # which is none yet to those who send
        ("close", 0),
        ("close", 2),
        ("reset", 0),
        ("reset", 2),
        pytest.param("vanish", 0, marks=pytest.mark.clause("closing/user-timeout-is-taken")),
    ],
)


def opened(
    scenario: Scenario, owner: Actor, end: str, senders: int, **options: object
) -> tuple[Term, RemotePeer, list[Pending]]:
    """A socket of ``owner`` whose connection is to end so, with so many blocked senders."""
    options = {"show_econnreset": True, **options}
    if not senders:
        connect = impatient if end == "vanish" else Scenario.connect
        return *connect(scenario, owner, peer_buffer=None, **options), []
    stall = stalled(scenario, owner, **options)
    others = scenario.processes(*(f"sender {number}" for number in range(2, senders + 1)))
    behind = [each.begin.gen_tcp.send(stall.socket, END) for each in others]
    for each in behind:
        each.is_blocked()
    if end == "vanish":  # from now on it may, as its peer takes nothing
        gives_up(scenario, owner, stall.socket)
    return stall.socket, stall.peer, [stall.blocked, *behind]


def ends(scenario: Scenario, socket: Term, peer: RemotePeer, end: str) -> None:
    """The peer ends the connection; if it vanishes, something is sent to it, which is what tells."""
    getattr(peer, end)()
    if end == "vanish":
        scenario.process("caller").begin.gen_tcp.send(socket, b"anybody there?")


def are_answered(calls: Sequence[Pending]) -> None:
    for each in calls:
        answer = each.result()
        match answer:
            case (Atom(name="error"), Atom()) if type(answer) is tuple:
                continue
        raise Unexpected("{error,_}", describe(answer))


def is_told_once(scenario: Scenario, owner: Actor, socket: Term, calls: Sequence[Pending] = ()) -> None:
    """Of the end, and never again, whatever mode is set; ``calls`` under way are answered."""
    told = told_of_the_end(scenario, owner, socket)
    reasons = [each[2] for each in told if type(each) is tuple and each[:2] == tcp_error(socket, "x")[:2]]
    owner.receives(*[tcp_error(socket, each) for each in reasons[:1]], tcp_closed(socket))
    are_answered(calls)
    for again in ("once", False, True):
        owner.inet.setopts(socket, [("active", again)])
    owner.receives_nothing()


@clause("closing/owner-is-told-of-any-end-once")
@pytest.mark.parametrize("mode", [True, "once", 3])
@EACH_END
def test_end_is_told_too_often_or_not_at_all(scenario: Scenario, end: str, mode: object, senders: int) -> None:
    owner = scenario.process("owner")
    socket, peer, calls = opened(scenario, owner, end, senders, active=mode)
    ends(scenario, socket, peer, end)
    is_told_once(scenario, owner, socket, calls)


@clause("closing/any-end-answers-who-waits")
@EACH_END
def test_end_leaves_somebody_waiting(scenario: Scenario, end: str, senders: int) -> None:
    owner, receiver = scenario.processes("owner", "receiver")
    socket, peer, calls = opened(scenario, owner, end, senders)
    receive = receiver.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    ends(scenario, socket, peer, end)
    are_answered([receive, *calls])
    owner.is_alive()
    receiver.is_alive()
    owner.receives_nothing()


@clause("closing/any-end-answers-who-waits", "closing/user-timeout-is-taken")
@pytest.mark.parametrize("active", [True, False])
def test_vanished_peer_leaves_somebody_waiting(scenario: Scenario, active: bool) -> None:
    owner, receiver = scenario.processes("owner", "receiver")
    socket, peer, calls = opened(scenario, owner, "vanish", 2, active=active)
    if not active:
        calls.append(receiver.begin.gen_tcp.recv(socket, 0))
    ends(scenario, socket, peer, "vanish")
    are_answered(calls)
    receiver.is_alive()
    owner.is_alive()
    if active:
        owner.receives(*told_of_the_end(scenario, owner, socket))  # who writes finds it out without a reason
    are_answered([owner.begin.gen_tcp.send(socket, b"x")])
