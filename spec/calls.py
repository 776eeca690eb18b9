"""The calls that the specification is about, under Erlang's own names.

An implementation that claims a profile offers all calls of it; one that offers fewer says which. Helpers are Erlang's
own means to make and watch processes, and files to send: no claim is made of them, and tests cannot do without.
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
    arguments: tuple[str, ...] = ()
    """The names of its arguments; :data:`gen_tck.spec.arguments.ARGUMENTS` says what each may be."""

    @property
    def is_helper(self) -> bool:
        """Whether it is no part of a claim, but needed by tests: every adapter offers it."""
        return not self.clause

    def __str__(self) -> str:
        """``module.name/arity``, as a node declares it."""
        return f"{self.module}.{self.name}/{self.arity}"


Row: TypeAlias = tuple[str, str, str]
"""``name(Argument, ...)``, the clause that says that it answers, and the meaning."""


def _functions(profile: str, module: str, *rows: Row) -> list[Function]:
    found = []
    for row, clause, meaning in rows:
        name, _, listed = row.removesuffix(")").partition("(")
        arguments = tuple(listed.split(", ")) if listed else ()
        found.append(Function(module, name, len(arguments), profile, clause, meaning, arguments))
    return found


_ALL = [
    *_functions(
        "essentials",
        "gen_tcp",
        ("listen(Number, Options)", "ownership/listen-answers", "open a listening socket on a port"),
        (
            "accept(Listener, Timeout)",
            "ownership/accept-with-a-timeout-answers",
            "take a connection, waiting so many milliseconds",
        ),
        ("connect(Address, Number, Options)", "ownership/connect-answers", "open a connection"),
        (
            "recv(Socket, Length)",
            "receiving/recv-answers",
            "receive so many bytes, or what there is, of a passive socket",
        ),
        (
            "recv(Socket, Length, Timeout)",
            "receiving/recv-with-a-timeout-answers",
            "the same, waiting so many milliseconds",
        ),
        ("send(Socket, Data)", "sending/send-answers", "send bytes"),
        ("close(Socket)", "closing/close-answers", "close a socket"),
        (
            "controlling_process(Socket, Pid)",
            "ownership/controlling-process-answers",
            "give a socket to another process",
        ),
    ),
    *_functions(
        "essentials",
        "inet",
        ("setopts(Socket, Options)", "modes/setopts-answers", "set options of a socket"),
        ("getopts(Socket, Names)", "modes/getopts-answers", "read options of a socket"),
        ("port(Socket)", "ownership/port-answers", "the local port number"),
    ),
    *_functions(
        "listeners",
        "gen_tcp",
        ("accept(Listener)", "ownership/accept-answers", "take a connection, waiting without end"),
    ),
    *_functions(
        "ownership-extra",
        "gen_tcp",
        (
            "connect(Address, Number, Options, Timeout)",
            "ownership/connect-with-a-timeout-answers",
            "open a connection, waiting so many milliseconds",
        ),
    ),
    *_functions(
        "listeners",
        "inet",
        ("sockname(Socket)", "ownership/sockname-answers", "the local address"),
        ("peername(Socket)", "ownership/peername-answers", "the address of the peer"),
    ),
    *_functions(
        "receiving-extra",
        "gen_tcp",
        ("unrecv(Socket, Data)", "receiving/unrecv-answers", "put bytes back in front of what is to be received"),
    ),
    *_functions(
        "closing-extra",
        "gen_tcp",
        ("shutdown(Socket, How)", "closing/shutdown-answers", "end one direction, or both"),
    ),
    *_functions(
        "inspection",
        "inet",
        ("getstat(Socket)", "sending/getstat-answers", "count what was sent and received"),
        ("getstat(Socket, Counters)", "sending/getstat-of-some-answers", "count some of what was sent and received"),
        ("info(Socket)", "ownership/info-answers", "describe a socket"),
        ("monitor(Socket)", "ownership/monitor-answers", "watch a socket: a message tells its end"),
        ("cancel_monitor(Ref)", "ownership/cancel-monitor-answers", "stop watching a socket"),
    ),
    *_functions(
        "async-recv",
        "prim_inet",
        (
            "async_recv(Socket, Length, Timeout)",
            "async_recv/async-recv-answers",
            "ask for bytes: a message brings them",
        ),
        (
            "async_accept(Listener, Timeout)",
            "async_recv/async-accept-answers",
            "ask for a connection: a message brings it",
        ),
        ("unrecv(Socket, Data)", "async_recv/unrecv-answers", "put bytes back in front of what is to be received"),
        ("getopts(Socket, Names)", "async_recv/getopts-answers", "read options of a socket"),
        ("setopts(Socket, Options)", "async_recv/setopts-answers", "set options of a socket"),
        ("send(Socket, Data)", "async_recv/send-answers", "send bytes, on any socket"),
        ("recv(Socket, Length, Timeout)", "async_recv/recv-answers", "receive so many bytes, on any socket"),
        ("close(Socket)", "async_recv/close-answers", "close a socket"),
    ),
    *_functions(
        "async-recv",
        "inet_db",
        ("register_socket(Socket, Module)", "async_recv/register-socket-answers", "make a socket one of gen_tcp's"),
        ("unregister_socket(Socket)", "async_recv/unregister-socket-answers", "say that a socket is over"),
    ),
    *_functions(
        "port-command",
        "erlang",
        (
            "port_command(Socket, Data)",
            "port_command/port-command-answers",
            "send bytes to a port, suspended while it is busy",
        ),
        (
            "port_command(Socket, Data, Flags)",
            "port_command/port-command-with-options-answers",
            "the same with force or nosuspend",
        ),
        ("port_close(Socket)", "port_command/port-close-answers", "close a port"),
        ("port_connect(Socket, Pid)", "port_command/port-connect-answers", "make another process the owner of a port"),
        ("port_info(Socket)", "port_command/port-info-answers", "describe a port"),
        ("port_info(Socket, Item)", "port_command/port-info-of-an-item-answers", "describe a port in one respect"),
    ),
    *_functions(
        "system-monitor",
        "erlang",
        ("system_monitor()", "system_monitor/reading-answers", "the present settings of the system monitor"),
        ("system_monitor(Settings)", "system_monitor/setting-answers", "change the settings of the system monitor"),
        (
            "system_monitor(Pid, Events)",
            "system_monitor/setting-for-a-process-answers",
            "change the settings of the system monitor, naming the process it tells",
        ),
    ),
    *_functions(
        "statistics",
        "inet",
        ("format_error(Error)", "opening/format-error-answers", "say in words what an error means"),
    ),
    *_functions(
        "port-messages",
        "erlang",
        ("is_port(Any)", "port_command/is-port-answers", "tell a port from all else"),
        ("ports()", "port_command/ports-answers", "list the open ports"),
        (
            "send(To, Message, Flags)",
            "port_command/send-with-options-answers",
            "send a message, not suspended (nosuspend) by a busy port",
        ),
    ),
    *_functions(
        "opening",
        "gen_tcp",
        ("connect(Map, Options)", "opening/connect-to-a-map-answers", "open a connection to what a map says"),
    ),
    *_functions(
        "sendfile",
        "file",
        ("sendfile(File, Socket)", "sending/sendfile-answers", "send a file"),
        (
            "sendfile(Descriptor, Socket, Offset, Length, Settings)",
            "sending/sendfile-of-a-part-answers",
            "send so many bytes of an open file, from an offset on",
        ),
        ("write_file(File, Data)", "", "make a file in a folder that is the node's own"),
        ("open(File, Modes)", "", "open such a file; it is closed when the process ends"),
    ),
    *_functions(
        "opening",
        "inet",
        ("socknames(Socket)", "opening/socknames-answers", "all local addresses, in a list"),
        ("peernames(Socket)", "opening/peernames-answers", "all addresses of the peer, in a list"),
    ),
    *_functions(
        "essentials",
        "erlang",
        ("exit(Reason)", "", "end the calling process"),
        ("exit(Other, Reason)", "", "send an exit signal to a process, by its pid"),
        ("link(Other)", "", "link the calling process to another; in port-command to a socket"),
        ("unlink(Other)", "", "undo a link"),
        ("monitor(Kind, Other)", "", "watch a process or port"),
        ("demonitor(Ref)", "", "stop watching"),
        ("process_flag(Flag, Value)", "", "turn exit signals into messages (trap_exit)"),
        ("register(Name, Other)", "", "give a process or port a name"),
        ("unregister(Name)", "", "take a name away"),
        ("send(To, Message)", "", "send a message to a process or port"),
        ("monotonic_time(Unit)", "", "a clock that never goes back"),
    ),
]

CALLS: dict[str, Function] = {str(each): each for each in _ALL}
"""By ``module.name/arity``."""

OUT_OF_SCOPE: dict[str, str] = {
    "erlang.open_port/2": "ports that are no sockets",
    "erlang.port_call/3": "drivers that take calls: that of sockets takes none",
    "erlang.port_control/3": "what OTP's own driver and its Erlang part say to each other",
    "erlang.demonitor/2": "monitors of Erlang at large; demonitor/1 is a helper of the tests",
    "erlang.port_to_list/1": "terms as text",
    "erlang.suspend_process/1": "processes of Erlang at large",
    "erlang.resume_process/1": "processes of Erlang at large",
    "file.close/1": "files; what is open is closed when its process ends",
    "file.read/2": "files; what one has is only sent",
    "gen_tcp.fdopen/2": "descriptors of the operating system",
    "inet.close/1": "sockets of every kind; gen_tcp:close/1 closes these",
    "inet.getaddr/2": "the names of hosts",
    "inet.gethostbyname/1": "the names of hosts",
    "inet.getfd/1": "descriptors of the operating system",
    "inet.getif/0": "the network's interfaces",
    "inet.getifaddrs/0": "the network's interfaces",
    "inet.i/0": "what a shell prints",
    "inet.ntoa/1": "addresses as text",
    "inet.parse_address/1": "addresses as text",
    "inet.tcp_module/1": "OTP's own modules",
    "inet.tcp_module/2": "OTP's own modules",
}
"""Calls that the catalogue does not have although it has their neighbours: what they are about. The kit makes none."""

TELL_ADDRESSES = frozenset(
    ["inet.peername/1", "inet.peernames/1", "inet.port/1", "inet.sockname/1", "inet.socknames/1"]
)
"""Those that tell addresses or port numbers."""

INCOMPARABLE = frozenset(
    [
        "erlang.monotonic_time/1",
        "erlang.port_info/1",
        "erlang.ports/0",
        "file.open/2",
        "file.sendfile/5",
        "file.write_file/2",
        "inet.getstat/1",
        "inet.info/1",
        "inet.port/1",
    ]
)
"""Those of which no two nodes give the same account: clocks, port numbers, files, what else to say of a socket."""
