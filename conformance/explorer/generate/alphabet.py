"""The steps that scripts are made of, in each setting, with how often each is drawn."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import cache
from random import Random

from gen_tck.conformance.explorer.generate.parts import PORT_COMMAND, parts
from gen_tck.conformance.explorer.generate.rows import Row, of_any_socket, of_connections, of_ports
from gen_tck.conformance.explorer.script.offer import COUNTS, EVERYTHING, Feature, Features, needs
from gen_tck.conformance.explorer.script.script import (
    ACCEPTED,
    BULK,
    CLIENTS,
    DIGITS,
    LISTENER,
    MISSING,
    NAMES,
    OTHER,
    OWNER,
    PLAYERS,
    SECOND,
    SHORT,
    SOCKET,
    TRAPPER,
    Call,
    Deed,
    Exit,
    Peer,
    Setting,
    Sleep,
    Step,
    call,
    setopts,
)
from gen_tck.conformance.explorer.script.settings import FURTHER_LATER, TOLD
from gen_tck.spec.terms import Atom, List, term

KILL, NORMAL, SHUTDOWN = Atom("kill"), Atom("normal"), Atom("shutdown")
_FOREVER = Atom("infinity")
_ACTIVE = (True, False, "once", 1, 2, -1, -2)
_LENGTHS = (0, 0, 0, 1, 3, 10)
_LONG = (2**8, 2**16, 2**24, 2**26, 2**26 + 1)
"""Lengths whose lowest bytes are zero; the longest that a driver takes, and one that it does not."""
_HOST, _NOBODYS_PORT = (127, 0, 0, 1), 1
_OPENED = [
    List(map(term, options))
    for options in (
        *([], [("active", 32767)], [("active", 32768)], [("active", -32768)], [("active", -32769)]),
        *([("packet", 3)], [("mode", "foo")], [("foo", 1)], [("exit_on_close", 1)], [("high_watermark", 5)]),
    )
]
_SOURCES = (("ip", (127, 0, 0, 2)), ("ifaddr", (127, 0, 0, 3)), "inet6", ("ip", (*(0,) * 7, 1)))
_REFUSED = [*_OPENED, *(List([term(each)]) for each in _SOURCES)]
"""Options with which somebody connects where nobody listens: that is refused, or they are."""
_LISTENERS = [List([term(("ip", _HOST)), *options]) for options in _OPENED]
"""Options of listeners, some of which are refused."""
PIECES: dict[object, tuple[bytes, ...]] = {
    0: (b"a", b"bcd", b"efghij"),
    1: (b"\x01a", b"\x00", b"\x02", b"bc", b"\x01a\x02bc", b"\x03de"),
    2: (b"\x00\x01a", b"\x00", b"\x01", b"\x00\x02bc\x00\x01d"),
    4: (b"\x00\x00\x00\x01a", b"\x00\x00", b"\x00\x02bc", b"\x00\x00\x00\x00", b"\xff\xff\xff\xff"),
    "line": (b"a\n", b"bc", b"d\ne\n", b"\n"),
}
"""What peers send, by the value of ``packet``."""
_OTHER_FRAMINGS: dict[object, tuple[object, ...]] = {
    0: ("line",),
    1: (0, "line"),
    2: (0, "line"),
    4: (0, "line"),
    "line": (1, 2, 4),
}
"""Those to which a socket may be changed. One with a header never follows none: while somebody waits for fewer bytes
than that header has, every VM of OTP dies of what comes (``inet_drv.c: tcp_reply_data`` takes the header off)."""
FRAMED = (10.0, 2.0, 1.0, 2.0, 2.0)
"""How often each is drawn."""


_ENDS: tuple[tuple[Deed, float], ...] = (("fin", 0.9), ("close", 0.3), ("reset", 0.5))
"""What ends a connection, or a half of it, with how often it is drawn."""


def system_monitor(actor: int, *args: object) -> Call:
    return Call(actor, "erlang", "system_monitor", tuple(term(each) for each in args))


ASYNC_RECV, ASYNC_ACCEPT = Feature("call", "prim_inet.async_recv/3"), Feature("call", "prim_inet.async_accept/2")
SYSTEM_MONITOR = Feature("call", "erlang.system_monitor/2")


@cache
def _several_options(actor: int, socket: Atom, features: Features) -> Sequence[tuple[float, Step]]:
    """Options that others set once, and along with the mode; and all that are told: most of what an alphabet has."""
    found: list[tuple[float, Step]] = []

    def add(weight: float, function: str, settings: object) -> None:
        step = call(actor, "inet", function, settings, socket=socket)
        if features == EVERYTHING or features.issuperset(needs(step)):
            found.append((weight, step))

    for each in FURTHER_LATER:
        add(0.5 / len(FURTHER_LATER), "setopts", List([each]))
        for mode in ("once", True):
            for settings in (List([each, term(("active", mode))]), List([term(("active", mode)), each])):
                add(0.05 / len(FURTHER_LATER), "setopts", settings)
    for name in TOLD:
        add(0.1 / len(TOLD), "getopts", [name, "active"])
    return tuple(found)


class Alphabet:
    """The steps that scripts in one setting are made of, with how often each is drawn."""

    def __init__(self, setting: Setting, features: Features, monitored: bool) -> None:
        """``features``: what the node has; nothing else is asked of it."""
        self._weighted: list[tuple[float, Step]] = []
        self._features, self._whole = features, features == EVERYTHING
        self._counted = not setting.stalled
        packet = setting.packet.name if isinstance(setting.packet, Atom) else setting.packet
        own = 0.3 if setting.listening else 1.0  # the socket that every setting has, beside those that are accepted
        for actor, share in ((OWNER, 1.0), (OTHER, 0.35), (TRAPPER, 0.35)):
            self._actors_steps(actor, share, own, setting, packet)
        self._peers_deeds(0, own, packet)
        if setting.second:
            self._peers_deeds(1, 1.0, packet)
        if setting.listening:
            for which, share in zip(CLIENTS, (0.8, 0.3), strict=True):
                self._add(3.0 * share, Peer("connect", which=which))
                self._peers_deeds(which, share, packet)
        if not monitored:  # nothing else goes on meanwhile: no time for sleep
            self._add(1.0 if setting.send_timeout is _FOREVER else 3.0, Sleep())
        if setting.stalled:
            self._stalled_calls(packet)
        if monitored:
            self._monitor_calls()
        self.steps = [step for _, step in self._weighted]
        self.totals = list(itertools.accumulate(weight for weight, _ in self._weighted))

    def _actors_steps(self, actor: int, share: float, own: float, setting: Setting, packet: object) -> None:
        """What one of the processes calls, and how it ends; ``own``: the weight of the socket that each setting has."""
        self._calls(actor, own * share, packet, SOCKET)
        for options in _REFUSED:
            args = (_HOST, _NOBODYS_PORT, options)
            self._add(0.1 * share / len(_REFUSED), Call(actor, "gen_tcp", "connect", args))
        self._add(0.03 * share, Call(actor, "gen_tcp", "connect", (_HOST, _NOBODYS_PORT, List(), _FOREVER)))
        for flag in (True, False):
            self._add(0.03 * share, Call(actor, "erlang", "process_flag", (Atom("trap_exit"), term(flag))))
        for options in _LISTENERS:
            self._add(0.1 * share / len(_LISTENERS), Call(actor, "gen_tcp", "listen", (0, options)))
        if setting.second:
            self._calls(actor, 0.6 * share, packet, SECOND)
        if setting.listening:
            self._listeners_calls(actor, 0.6 * share)
            for socket, part in zip(ACCEPTED, (0.8, 0.3), strict=True):
                self._calls(actor, part * share, packet, socket)
        for reason, weight in ((KILL, 0.25), (NORMAL, 0.05), (SHUTDOWN, 0.15)):
            self._add(weight * (1 if actor == OWNER else 0.8), Exit(actor, reason))
            self._add(0.1 * weight, Call(actor, "erlang", "exit", (reason,)))

    def _add(self, weight: float, step: Step) -> None:
        if self._whole or self._features.issuperset(needs(step)):
            self._weighted.append((weight, step))

    def _peers_deeds(self, which: int, share: float, packet: object) -> None:
        """What the far end of a connection can do."""
        for piece in PIECES[packet]:
            self._add(6.0 * share / len(PIECES[packet]), Peer("send", piece, which))
        for what, weight in _ENDS:
            self._add(weight * share, Peer(what, which=which))

    def _calls(self, actor: int, share: float, packet: object, socket: Atom) -> None:
        """What can be done with a connected socket."""
        lengths = _LENGTHS if packet == 0 else (0, 0, 0, 3)
        for length in lengths:
            for timeout, weight in (("infinity", 3.0), (0, 1.0), (SHORT, 1.0)):
                self._on(socket, weight * share / len(lengths), actor, "gen_tcp", "recv", length, timeout)
            if ASYNC_RECV in self._features:
                for timeout, weight in ((-1, 1.0), (0, 0.4), (SHORT, 0.4)):
                    self._on(socket, weight * share / len(lengths), actor, "prim_inet", "async_recv", length, timeout)
        for length in _LONG if packet == 0 else ():
            self._on(socket, 0.05 * share, actor, "gen_tcp", "recv", length, 0)
        self._on(socket, 1.2 * share, actor, "gen_tcp", "send", b"xyz")
        self._on(socket, 0.1 * share, actor, "gen_tcp", "send", b"")
        for option, weight in (("exit_on_close", 0.2), ("show_econnreset", 0.1)):
            for value in (True, False):
                self._add(weight * share / 2, setopts(actor, (option, value), socket=socket))
        for other in _OTHER_FRAMINGS[packet]:
            weight = 0.2 / len(_OTHER_FRAMINGS[packet])
            self._add(weight * share, setopts(actor, ("packet", other), socket=socket))
        for file, weight in ((DIGITS, 0.5), (MISSING, 0.03)):
            self._add(weight * share, Call(actor, "file", "sendfile", (file, socket)))
        if PORT_COMMAND in self._features:
            self._on(socket, 0.1 * share, actor, "gen_tcp", "unrecv", b"un")
        self._rows(of_connections(lengths), actor, share, socket)
        self._any_sockets_calls(actor, share, socket)

    def _listeners_calls(self, actor: int, share: float) -> None:
        """What can be done with a listening socket."""
        # A VM dies of a timeout for the second accept of one process: only those ask for it who ask for no other.
        asks = actor == TRAPPER and ASYNC_ACCEPT in self._features
        for timeout, weight in (("infinity", 2.0), (0, 0.5), (SHORT, 0.5)):
            if timeout == "infinity" or not asks:
                self._on(LISTENER, weight * share, actor, "gen_tcp", "accept", timeout)
        self._on(LISTENER, 0.2 * share, actor, "gen_tcp", "accept")
        self._on(LISTENER, 0.7 * share, actor, "gen_tcp", "recv", 0, "infinity")
        self._on(LISTENER, 0.7 * share, actor, "gen_tcp", "send", b"xyz")
        if asks:
            self._on(LISTENER, 3.0 * share, actor, "prim_inet", "async_accept", -1)
        self._on(LISTENER, 0.7 * share, actor, "prim_inet", "async_recv", 0, -1)
        self._add(0.05 * share, Call(actor, "file", "sendfile", (DIGITS, LISTENER)))
        self._any_sockets_calls(actor, share, LISTENER)

    def _any_sockets_calls(self, actor: int, share: float, socket: Atom) -> None:
        """What can be done with connected and listening sockets."""
        counts = COUNTS in self._features
        modes = [each for each in _ACTIVE if counts or not isinstance(each, int) or isinstance(each, bool)]
        for mode in modes:
            self._add(3.5 * share / len(modes), setopts(actor, ("active", mode), socket=socket))
        self._weighted += [(share * weight, step) for weight, step in _several_options(actor, socket, self._features)]
        self._on(socket, 0.4 * share, actor, "inet", "getopts", ["active"])
        self._rows(of_any_socket(counted=self._counted), actor, share, socket)
        for name in NAMES[:3]:
            self._on(socket, 0.5 * share, actor, "gen_tcp", "controlling_process", name)
        self._on(socket, 0.5 * share, actor, "gen_tcp", "close")
        for how, weight in (("write", 0.4), ("read", 0.15), ("read_write", 0.15)):
            self._on(socket, weight * share, actor, "gen_tcp", "shutdown", how)
        self._on(socket, 0.15 * share, actor, "inet", "monitor")
        self._on(socket, 0.5 * share, actor, "erlang", "port_command", b"pc")
        self._on(socket, 0.2 * share, actor, "erlang", "port_command", b"pn", ["nosuspend"])
        self._on(socket, 0.1 * share, actor, "erlang", "port_command", b"pf", ["force"])
        self._on(socket, 0.15 * share, actor, "erlang", "port_close")
        if PORT_COMMAND in self._features:
            self._add(0.1 * share, Call(actor, "erlang", "monitor", (Atom("port"), socket)))
            self._rows(of_ports(actor, counted=self._counted), actor, share, socket)

    def _rows(self, rows: Iterable[Row], actor: int, share: float, socket: Atom) -> None:
        for weight, module, function, args in rows:
            self._on(socket, weight * share, actor, module, function, *args)

    def _stalled_calls(self, packet: object) -> None:
        """What matters where the peer reads nothing."""
        self._add(2.0, Peer("read"))
        for part, weight in parts(packet):
            self._add(weight, Peer("read", part=part))
        self._add(2.0, Call(OWNER, "file", "sendfile", (DIGITS, SOCKET)))
        for actor in PLAYERS:
            self._on(SOCKET, 1.5, actor, "gen_tcp", "send", BULK)
            self._on(SOCKET, 0.5, actor, "gen_tcp", "send", b"xyz")
            for pair in (("send_timeout", SHORT), ("send_timeout_close", True), ("send_timeout", "infinity")):
                self._add(0.15, setopts(actor, pair))
            for data, options in ((b"pc", []), (b"pn", ["nosuspend"]), (b"pf", ["force"])):
                self._on(SOCKET, 0.5, actor, "erlang", "port_command", data, options)

    def _monitor_calls(self) -> None:
        """What can be done with the system monitor, of which a VM has one."""
        for actor in PLAYERS:
            for name in NAMES[:3]:
                self._add(0.4, system_monitor(actor, name, ["busy_port"]))
            self._add(0.3, system_monitor(actor, "undefined"))
            self._add(0.3, system_monitor(actor))

    def _on(self, socket: Atom, weight: float, actor: int, module: str, function: str, *args: object) -> None:
        self._add(weight, call(actor, module, function, *args, socket=socket))

    def draw(self, random: Random, count: int) -> list[Step]:
        """``count`` steps at random."""
        return random.choices(self.steps, cum_weights=self.totals, k=count)


_made = cache(Alphabet)
_OF_NO_MATTER = ("active", "exit_on_close", "show_econnreset", "send_timeout_close", "binary", "further")
"""What of a setting its alphabet does not depend on."""
_PLAIN = {each: Setting._field_defaults[each] for each in _OF_NO_MATTER}


def alphabet(setting: Setting, features: Features, monitored: bool) -> Alphabet:
    """That of ``setting``, made once: there are a few dozen."""
    return _made(setting._replace(**_PLAIN), features, monitored)
