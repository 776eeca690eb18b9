"""The calls that the specification is about, under Erlang's own names.

An implementation that claims a profile offers all calls of it; one that offers fewer says which. Helpers are Erlang's
own means to make and watch processes: no claim is made of them, and tests cannot do without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["CALLS", "INCOMPARABLE", "OUT_OF_SCOPE", "TELL_ADDRESSES", "Function"]


@dataclass(frozen=True)
class Function:
    """A function that tests call in the context of a process of the node."""

    module: str
    name: str
    arity: int
    profile: str
    """The profile of which it is a part."""
    clause: str
    """The clause that says that it answers; empty for a helper."""
    meaning: str
    """What it is for, in a few words."""

    @property
    def is_helper(self) -> bool:
        """Whether it is no part of a claim, but needed by tests: every adapter offers it."""
        return not self.clause

    def __str__(self) -> str:
        """``module.name/arity``, as a node declares it."""
        return f"{self.module}.{self.name}/{self.arity}"


Row: TypeAlias = tuple[str, str, str]
"""``name/arity``, the clause that says that it answers, and the meaning."""


def _functions(profile: str, module: str, *rows: Row) -> list[Function]:
    found = []
    for row, clause, meaning in rows:
        name, _, arity = row.partition("/")
        found.append(Function(module, name, int(arity), profile, clause, meaning))
    return found


_ALL = [
    *_functions(
        "essentials",
        "gen_tcp",
        ("listen/2", "ownership/listen-answers", "open a listening socket on a port"),
        ("accept/2", "ownership/accept-with-a-timeout-answers", "take a connection, waiting so many milliseconds"),
        ("connect/3", "ownership/connect-answers", "open a connection"),
        ("recv/2", "receiving/recv-answers", "receive so many bytes, or what there is, of a passive socket"),
        ("recv/3", "receiving/recv-with-a-timeout-answers", "the same, waiting so many milliseconds"),
        ("send/2", "sending/send-answers", "send bytes"),
        ("close/1", "closing/close-answers", "close a socket"),
        ("controlling_process/2", "ownership/controlling-process-answers", "give a socket to another process"),
    ),
    *_functions(
        "essentials",
        "inet",
        ("setopts/2", "modes/setopts-answers", "set options of a socket"),
        ("getopts/2", "modes/getopts-answers", "read options of a socket"),
        ("port/1", "ownership/port-answers", "the local port number"),
    ),
    *_functions(
        "listeners",
        "gen_tcp",
        ("accept/1", "ownership/accept-answers", "take a connection, waiting without end"),
    ),
    *_functions(
        "ownership-extra",
        "gen_tcp",
        ("connect/4", "ownership/connect-with-a-timeout-answers", "open a connection, waiting so many milliseconds"),
    ),
    *_functions(
        "listeners",
        "inet",
        ("sockname/1", "ownership/sockname-answers", "the local address"),
        ("peername/1", "ownership/peername-answers", "the address of the peer"),
    ),
    *_functions(
        "receiving-extra",
        "gen_tcp",
        ("unrecv/2", "receiving/unrecv-answers", "put bytes back in front of what is to be received"),
    ),
    *_functions(
        "closing-extra",
        "gen_tcp",
        ("shutdown/2", "closing/shutdown-answers", "end one direction, or both"),
    ),
    *_functions(
        "inspection",
        "inet",
        ("getstat/1", "sending/getstat-answers", "count what was sent and received"),
        ("getstat/2", "sending/getstat-of-some-answers", "count some of what was sent and received"),
        ("info/1", "ownership/info-answers", "describe a socket"),
        ("monitor/1", "ownership/monitor-answers", "watch a socket: a message tells its end"),
        ("cancel_monitor/1", "ownership/cancel-monitor-answers", "stop watching a socket"),
    ),
    *_functions(
        "async-recv",
        "prim_inet",
        ("async_recv/3", "async_recv/async-recv-answers", "ask for bytes: a message brings them"),
        ("async_accept/2", "async_recv/async-accept-answers", "ask for a connection: a message brings it"),
        ("unrecv/2", "async_recv/unrecv-answers", "put bytes back in front of what is to be received"),
    ),
    *_functions(
        "port-command",
        "erlang",
        ("port_command/2", "port_command/port-command-answers", "send bytes to a port, suspended while it is busy"),
        ("port_command/3", "port_command/port-command-with-options-answers", "the same with force or nosuspend"),
        ("port_close/1", "port_command/port-close-answers", "close a port"),
        ("port_connect/2", "port_command/port-connect-answers", "make another process the owner of a port"),
        ("port_info/1", "port_command/port-info-answers", "describe a port"),
        ("port_info/2", "port_command/port-info-of-an-item-answers", "describe a port in one respect"),
        (
            "send/3",
            "port_command/send-with-options-answers",
            "send a message, not suspended (nosuspend) by a busy port",
        ),
    ),
    *_functions(
        "system-monitor",
        "erlang",
        ("system_monitor/0", "system_monitor/reading-answers", "the present settings of the system monitor"),
        ("system_monitor/1", "system_monitor/setting-answers", "change the settings of the system monitor"),
        (
            "system_monitor/2",
            "system_monitor/setting-for-a-process-answers",
            "change the settings of the system monitor, naming the process it tells",
        ),
    ),
    *_functions(
        "essentials",
        "erlang",
        ("exit/1", "", "end the calling process"),
        ("exit/2", "", "send an exit signal to a process"),
        ("link/1", "", "link the calling process to a process or port"),
        ("unlink/1", "", "undo a link"),
        ("monitor/2", "", "watch a process or port"),
        ("demonitor/1", "", "stop watching"),
        ("process_flag/2", "", "turn exit signals into messages (trap_exit)"),
        ("register/2", "", "give a process or port a name"),
        ("unregister/1", "", "take a name away"),
        ("send/2", "", "send a message to a process or port"),
        ("monotonic_time/1", "", "a clock that never goes back"),
    ),
]

CALLS: dict[str, Function] = {str(each): each for each in _ALL}
"""By ``module.name/arity``."""

OUT_OF_SCOPE = {"erlang.open_port/2": "ports that are no sockets"}
"""Calls that the catalogue does not have although it has their neighbours: what they are about. The kit makes none."""

TELL_ADDRESSES = frozenset(["inet.peername/1", "inet.port/1", "inet.sockname/1"])
"""Those that tell addresses or port numbers."""

INCOMPARABLE = TELL_ADDRESSES | {
    "erlang.monotonic_time/1",
    "erlang.port_info/1",
    "inet.getstat/1",
    "inet.getstat/2",
    "inet.info/1",
}
"""Those of which no two nodes give the same account: clocks, port numbers, what else there is to say of a socket."""
