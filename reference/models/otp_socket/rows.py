"""Rows of the tables of a socket's server process: in which releases each is there, and who says so."""

from __future__ import annotations

from typing import NamedTuple

from gen_tck.reference.models.otp_socket.states import (
    ACCEPT,
    ACCEPTING,
    CLOSED,
    CLOSED_READ,
    CLOSED_READ_WRITE,
    CONNECT,
    CONNECTED,
    MOVING,
    RECV,
    STEADY,
)
from gen_tck.reference.tables import Row, State

NEWEST = 99
"""As last release: it is still so."""


class Released(NamedTuple):
    """A row, and in which releases it is there."""

    row: Row
    since: int
    until: int


def row(
    states: tuple[State, ...] | State,
    event: str,
    do: tuple[str, ...],
    function: str,
    to: State | None = None,
    when: str = "",
    since: int = 25,
    until: int = NEWEST,
    clauses: tuple[str, ...] = (),
) -> Released:
    """``function``: the one of ``gen_tcp_socket.erl`` that says so; ``clauses``: those that it breaks, or varies."""
    states = states if isinstance(states, tuple) else (states,)
    return Released(Row(states, event, do, to, when, f"gen_tcp_socket.erl: {function}", clauses), since, until)


EVENT = "handle_event/4"
ANY = (STEADY, MOVING)
OPEN = (CONNECT, CONNECTED, RECV)
READING = (CONNECTED, RECV)
HALF = (CLOSED_READ, CLOSED_READ_WRITE)
SETTLED = (*OPEN, *HALF, CLOSED)
ALL = (*SETTLED, ACCEPT, ACCEPTING)
