"""The reference's transition table has a row for what can happen, and no other."""

from __future__ import annotations

import pytest

from gen_tck.conformance.explorer.oracle.observed import TRANSITIONS, ObservedNode, Transition
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.script import (
    BULK,
    LISTENER,
    OTHER,
    OWNER,
    SHORT,
    SOCKET,
    Exit,
    Peer,
    Setting,
    Sleep,
    Step,
    call,
)
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.spec.terms import Atom

RECEIVE = call(OTHER, "gen_tcp", "recv", 0, "infinity")
SEND = call(OWNER, "gen_tcp", "send", b"abc")
LENGTH_IN_FRONT = call(OWNER, "inet", "setopts", [("packet", 4)])
NO_LENGTH = call(OWNER, "gen_tcp", "unrecv", b"\xff\xff\xff\xff")
END_WRITING = call(OWNER, "gen_tcp", "shutdown", "write")


def _setopts(active: object, socket: Atom = SOCKET) -> Step:
    return call(OWNER, "inet", "setopts", [("active", active)], socket=socket)


EVENTS: dict[tuple[str, bool], list[Step]] = {
    ("packet", False): [call(OWNER, "gen_tcp", "unrecv", b"abc"), RECEIVE],
    ("packet", True): [call(OWNER, "gen_tcp", "unrecv", b"abc")],
    ("fin", False): [Peer("fin"), RECEIVE],
    ("fin", True): [Peer("fin"), _setopts("once")],
    ("failure", False): [LENGTH_IN_FRONT, NO_LENGTH, RECEIVE],
    ("failure", True): [LENGTH_IN_FRONT, NO_LENGTH],
    ("write_failure", False): [END_WRITING, SEND],
    ("write_failure", True): [END_WRITING, SEND],
    ("send_timeout", False): [call(OTHER, "gen_tcp", "send", BULK), SEND, Sleep()],
    ("send_timeout", True): [call(OTHER, "gen_tcp", "send", BULK), SEND, Sleep()],
    ("receive", False): [RECEIVE],
    ("receive", True): [RECEIVE],
    ("activated", True): [_setopts(False), _setopts(True)],
    ("send", False): [SEND],
    ("send", True): [SEND],
}
"""What makes an event happen to a socket with a connection."""


def script(transition: Transition) -> tuple[Setting, list[Step]]:
    """A script that leads through ``transition``."""
    state, event, active = transition
    setting = Setting(active=Atom("true" if active else "false"))
    if state == "listening":
        asked = {
            "receive": call(OTHER, "gen_tcp", "recv", 0, socket=LISTENER),
            "send": call(OTHER, "gen_tcp", "send", b"abc", socket=LISTENER),
            "activated": _setopts(True, LISTENER),
        }
        return setting._replace(listening=True), [_setopts(active, LISTENER), asked[event]]
    if event == "send_timeout":
        setting = setting._replace(stalled=True, send_timeout=SHORT)
    if state == "connected":
        return setting, EVENTS[event, active]
    setting = setting._replace(exit_on_close=False)
    if state == "half closed":
        return setting, [*([] if active else [RECEIVE]), Peer("fin"), *EVENTS[event, active]]
    lost = [END_WRITING, SEND]  # writing fails: the connection goes, the port stays
    if event == "activated":
        return setting._replace(active=Atom("false")), [*lost, _setopts(True)]
    return setting, [*lost, *EVENTS[event, active]]


@pytest.mark.parametrize("transition", TRANSITIONS, ids=str)
def test_nothing_leads_there(transition: Transition) -> None:
    assert transition in [each for _, each in Oracle().predict(*script(transition)).transition_pairs]


class TimerOutlivesItsPort(TcpDriver):
    def _cancel_send_timer(self) -> None:
        """Left running."""


def test_event_of_a_socket_that_is_gone_goes_unnoticed() -> None:
    setting = Setting(stalled=True, send_timeout=SHORT)
    abort = call(OWNER, "inet", "setopts", [("linger", (True, 0))])
    steps: list[Step] = [abort, call(OTHER, "gen_tcp", "send", BULK), SEND, Exit(OWNER, Atom("kill")), Sleep()]
    Oracle().predict(setting, steps)
    with pytest.raises(KeyError, match=r"GONE.*send_timeout"):
        Oracle(lambda: ObservedNode(TimerOutlivesItsPort)).predict(setting, steps)
