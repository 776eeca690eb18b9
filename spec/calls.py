"""The calls that the specification is about, under Erlang's own names.

An implementation that claims a profile offers all calls of it; one that offers fewer says which.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CALLS", "Function"]


@dataclass(frozen=True)
class Function:
    """A function that tests call in the context of a process of the node."""

    module: str
    name: str
    arity: int
    profile: str
    """The profile of which it is a part."""
    meaning: str
    """What it is for, in a few words."""

    def __str__(self) -> str:
        """``module.name/arity``, as a node declares it."""
        return f"{self.module}.{self.name}/{self.arity}"


def _functions(profile: str, module: str, rows: dict[str, str]) -> list[Function]:
    """``rows``: ``name/arity`` and the meaning."""
    found = []
    for row, meaning in rows.items():
        name, _, arity = row.partition("/")
        found.append(Function(module, name, int(arity), profile, meaning))
    return found


_ALL = [
    *_functions(
        "core",
        "gen_tcp",
        {
            "listen/2": "open a listening socket on a port",
            "accept/1": "take a connection, waiting without end",
            "accept/2": "take a connection, waiting so many milliseconds",
            "connect/3": "open a connection",
            "connect/4": "open a connection, waiting so many milliseconds",
            "recv/2": "receive so many bytes, or what there is, of a passive socket",
            "recv/3": "the same, waiting so many milliseconds",
            "unrecv/2": "put bytes back in front of what is to be received",
            "send/2": "send bytes",
            "shutdown/2": "end one direction, or both",
            "close/1": "close a socket",
            "controlling_process/2": "give a socket to another process",
        },
    ),
    *_functions(
        "core",
        "inet",
        {
            "setopts/2": "set options of a socket",
            "getopts/2": "read options of a socket",
            "getstat/1": "count what was sent and received",
            "getstat/2": "count some of what was sent and received",
            "info/1": "describe a socket",
            "monitor/1": "watch a socket: a message tells its end",
            "cancel_monitor/1": "stop watching a socket",
            "port/1": "the local port number",
            "sockname/1": "the local address",
            "peername/1": "the address of the peer",
        },
    ),
    *_functions(
        "core",
        "erlang",
        {
            "exit/1": "end the calling process",
            "exit/2": "send an exit signal to a process",
            "link/1": "link the calling process to a process or port",
            "unlink/1": "undo a link",
            "monitor/2": "watch a process or port",
            "demonitor/1": "stop watching",
            "process_flag/2": "turn exit signals into messages (trap_exit)",
            "register/2": "give a process or port a name",
            "unregister/1": "take a name away",
            "send/2": "send a message to a process or port",
            "monotonic_time/1": "a clock that never goes back",
        },
    ),
    *_functions(
        "async-recv",
        "prim_inet",
        {
            "async_recv/3": "ask for bytes: a message brings them",
            "async_accept/2": "ask for a connection: a message brings it",
            "unrecv/2": "put bytes back in front of what is to be received",
        },
    ),
    *_functions(
        "port-command",
        "erlang",
        {
            "port_command/2": "send bytes to a port, suspended while it is busy",
            "port_command/3": "the same with force or nosuspend",
            "port_close/1": "close a port",
            "port_connect/2": "make another process the owner of a port",
            "port_info/1": "describe a port",
            "port_info/2": "describe a port in one respect",
            "open_port/2": "open a port",
            "send/3": "send a message, not suspended (nosuspend) by a busy port",
        },
    ),
    *_functions(
        "system-monitor",
        "erlang",
        {
            "system_monitor/0": "the present settings of the system monitor",
            "system_monitor/1": "change the settings of the system monitor",
            "system_monitor/2": "change the settings of the system monitor, naming the process it tells",
        },
    ),
]

CALLS: dict[str, Function] = {str(each): each for each in _ALL}
"""By ``module.name/arity``."""
