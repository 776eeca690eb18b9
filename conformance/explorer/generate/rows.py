"""What can be done with sockets, beside what scripts are mostly made of: calls, each with how often it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gen_tck.conformance.explorer.script.script import NAMES, SHORT

__all__ = ["Row", "of_any_socket", "of_connections", "of_ports"]

_RECEIVED, _SENT = ["recv_oct", "recv_cnt", "recv_max"], ["send_oct", "send_cnt", "send_max", "send_avg"]
"""Counters: of what is received ports alone are asked. OTP's socket backend looks at bytes before it reads them, again
and again while there are too few, and OTP's module ``socket`` counts them each time (``prim_socket_nif.c: esock_recv``,
flag peek): of one byte of a header there were 93. Nor is it a packet that it counts as one, but a read."""
_ITEMS = ("connected", "name", "input", "registered_name")
"""Of ports; what they count as their output releases of OTP do not agree on."""


class Row(NamedTuple):
    """A call of a socket."""

    weight: float
    module: str
    function: str
    args: tuple[object, ...] = ()
    """Those behind the socket, as loose terms."""


def of_connections(lengths: tuple[int, ...]) -> Iterator[Row]:
    """Calls of a connected socket, which receives so many bytes, with no word of time or as ``prim_inet`` has them."""
    for length in lengths:
        yield Row(0.2 / len(lengths), "gen_tcp", "recv", (length,))
        for timeout in (-1, 0, SHORT):
            yield Row(0.1 / len(lengths), "prim_inet", "recv", (length, timeout))
    yield Row(0.1, "prim_inet", "send", (b"pi",))
    yield Row(0.05, "prim_inet", "unrecv", (b"pu",))


def of_any_socket(*, counted: bool) -> Iterator[Row]:
    """Calls of connections and listeners. ``counted``: what a socket counts does not depend on the kernel."""
    for function in ("sockname", "peername", "socknames", "peernames"):
        yield Row(0.1, "inet", function)
    if counted:
        yield Row(0.1, "inet", "getstat", (_SENT,))
    yield Row(0.03, "prim_inet", "getopts", (["active"],))
    for mode in (True, False, "once"):
        yield Row(0.03, "prim_inet", "setopts", ([("active", mode)],))
    yield Row(0.03, "prim_inet", "close")
    yield Row(0.05, "inet_db", "register_socket", ("inet_tcp",))
    yield Row(0.02, "inet_db", "unregister_socket")
    yield Row(0.02, "erlang", "is_port")


def of_ports(actor: int, *, counted: bool) -> Iterator[Row]:
    """What ``actor`` can do with any port: links, exit signals, messages. ``counted``: as above."""
    if counted:
        yield Row(0.1, "inet", "getstat", (_RECEIVED,))
    yield Row(0.1, "erlang", "link")  # who unlinks it leaves a port that nobody closes
    for item in _ITEMS:
        yield Row(0.05 / len(_ITEMS), "erlang", "port_info", (item,))
    for reason in ("kill", "normal", "shutdown"):
        yield Row(0.05, "erlang", "exit", (reason,))
    for name in NAMES[:3]:
        yield Row(0.05, "erlang", "port_connect", (name,))
        for request in (("command", b"pm"), ("connect", NAMES[actor]), "close", "foo"):
            yield Row(0.03, "erlang", "send", ((name, request),))
            yield Row(0.01, "erlang", "send", ((name, request), ["nosuspend"]))
