"""Which socket a peer is connected to.

No trace says so: it follows from the order in which connections to one TCP port number were made and accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.events import AnyEvent
from gen_tck.spec.terms import Atom, Port, Term

__all__ = ["connections", "is_socket"]


@dataclass
class _Ends:
    """Both sides of the connections to one TCP port number, each in its order."""

    peers: list[int] = field(default_factory=list)
    sockets: list[Term] = field(default_factory=list)


def is_socket(value: Term) -> bool:
    """Whether a term is a socket of any kind: a port, or what the socket backend and ssl have instead."""
    if isinstance(value, Port):
        return True
    return isinstance(value, tuple) and bool(value) and value[0] in (Atom("$inet"), Atom("sslsocket"))


def connections(events: Sequence[AnyEvent]) -> dict[int, Term]:
    """The socket at the other end, by the number of the peer. Raises ``LookupError`` for an unknown listener."""
    ends: dict[int, _Ends] = {}
    listeners: dict[int, int] = {}
    asked: dict[int, kinds.Call] = {}
    ports: dict[Term, int] = {}
    for event in events:
        if isinstance(event, kinds.Listen):
            listeners[event.listener] = event.port
        elif isinstance(event, kinds.Accept):
            ends.setdefault(listeners[event.listener], _Ends()).peers.append(event.peer)
        elif isinstance(event, kinds.Dial):
            ends.setdefault(event.port, _Ends()).peers.append(event.peer)
        elif isinstance(event, kinds.Call):
            asked[event.call] = event
        elif isinstance(event, kinds.CameBack) and event.call in asked:
            _returned(asked[event.call], event.returned, ends, ports)
    return {peer: socket for each in ends.values() for peer, socket in zip(each.peers, each.sockets, strict=False)}


def _returned(call: kinds.Call, value: Term, ends: dict[int, _Ends], ports: dict[Term, int]) -> None:
    """Note what the outcome of a call tells of addresses."""
    if not (isinstance(value, tuple) and len(value) == 2 and value[0] is Atom("ok")):
        return
    args, function, found = call.args, call.function, value[1]
    if function == "connect" and len(args) > 1 and isinstance(args[1], int) and is_socket(found):
        ends.setdefault(args[1], _Ends()).sockets.append(found)
    elif function in ("port", "sockname") and args:
        port = found[-1] if isinstance(found, tuple) else found
        if isinstance(port, int):
            ports[args[0]] = port
    elif function == "accept" and args and args[0] in ports:
        ends.setdefault(ports[args[0]], _Ends()).sockets.append(found)
