"""What holds whatever ends a connection: each kind of end, in each mode, with nobody waiting and with some who do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gen_tck.conformance.closing.vanishing import gives_up
from gen_tck.conformance.harness.actor import Actor, Pending
from gen_tck.conformance.harness.expect import Unexpected, describe, error, expect, tcp_closed, tcp_error
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import END, stalled
from gen_tck.spec.terms import Atom, Term

EACH_END = pytest.mark.parametrize(
    "end",
    [
        "finish",
        "close",
        "reset",
        pytest.param("vanish", marks=pytest.mark.clause("closing/user-timeout-is-taken")),
    ],
)


def opened(scenario: Scenario, owner: Actor, senders: int, **options: object) -> tuple[Term, RemotePeer, list[Pending]]:
    """A socket of ``owner`` with so many blocked senders."""
    options = {"show_econnreset": True, **options}
    if not senders:
        return *scenario.connect(owner, **options), []
    stall = stalled(scenario, owner, **options)
    others = scenario.processes(*(f"sender {number}" for number in range(2, senders + 1)))
    behind = [each.begin.gen_tcp.send(stall.socket, END) for each in others]
    for each in behind:
        each.is_blocked()
    return stall.socket, stall.peer, [stall.blocked, *behind]


def ends(scenario: Scenario, owner: Actor, socket: Term, peer: RemotePeer, end: str) -> None:
    """The peer ends the connection; if it vanishes, something is sent to it, which is what tells."""
    if end == "vanish":
        gives_up(scenario, owner, socket)
        peer.vanish()
        scenario.process("caller").begin.gen_tcp.send(socket, b"anybody there?")
    else:
        getattr(peer, end)()


def are_answered(calls: Sequence[Pending]) -> None:
    for each in calls:
        answer = each.result()
        match answer:
            case (Atom(name="error"), Atom()) if type(answer) is tuple:
                continue
        raise Unexpected("{error,_}", describe(answer))


@clause("closing/owner-is-told-of-any-end-once")
@pytest.mark.parametrize("senders", [0, 2])
@pytest.mark.parametrize("mode", [True, "once", 3])
@EACH_END
def test_end_is_told_too_often_or_not_at_all(scenario: Scenario, end: str, mode: object, senders: int) -> None:
    owner = scenario.process("owner")
    socket, peer, calls = opened(scenario, owner, senders, active=mode)
    ends(scenario, owner, socket, peer, end)
    scenario.wait_for(lambda: tcp_closed(socket) in owner.mailbox(), "the end to be told", "it is not", owner.messages)
    scenario.settle()
    told = owner.mailbox()
    reasons = [each[2] for each in told if type(each) is tuple and each[:2] == tcp_error(socket, "x")[:2]]
    owner.receives(*[tcp_error(socket, each) for each in reasons[:1]], tcp_closed(socket))
    are_answered(calls)
    for again in ("once", False, True):
        owner.inet.setopts(socket, [("active", again)])
    owner.receives_nothing()


@clause("closing/any-end-answers-who-waits")
@pytest.mark.parametrize("senders", [0, 2])
@EACH_END
def test_end_leaves_somebody_waiting(scenario: Scenario, end: str, senders: int) -> None:
    owner, receiver = scenario.processes("owner", "receiver")
    socket, peer, calls = opened(scenario, owner, senders)
    receive = receiver.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    ends(scenario, owner, socket, peer, end)
    are_answered([receive, *calls])
    owner.is_alive()
    receiver.is_alive()
    owner.receives_nothing()


@clause("closing/any-end-answers-who-waits")
@EACH_END
def test_end_of_an_active_socket_leaves_a_sender_waiting(scenario: Scenario, end: str) -> None:
    owner = scenario.process("owner")
    socket, peer, calls = opened(scenario, owner, 2, active=True)
    ends(scenario, owner, socket, peer, end)
    are_answered(calls)
    owner.is_alive()
    scenario.wait_for(lambda: tcp_closed(socket) in owner.mailbox(), "the end to be told", "it is not", owner.messages)
    scenario.settle()
    owner.receives(*owner.mailbox())
    expect(owner.gen_tcp.send(socket, b"x"), error("closed"))
