"""The options of a socket: what each may be, what it is if nobody says anything, and where it may be named.

``active`` stands twice, since ``{active, N}`` belongs to a profile of its own, and ``packet`` once for each profile
that has framings, :mod:`gen_tck.spec.framings`; ``ip`` and ``ifaddr`` stand once for each kind of address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gen_tck.spec.framings import FRAMINGS
from gen_tck.spec.raw_options import NUMBERS, UNKNOWN, USER_TIMEOUT, asked_raw, bytes_of, raw_setting
from gen_tck.spec.terms import Atom, List, Term
from gen_tck.spec.values import Text, Value, takes

__all__ = ["ADDRESSES", "LOCAL_ADDRESSES", "OPTIONS", "OUT_OF_SCOPE", "Option", "Place", "asked", "named"]

Place: TypeAlias = Literal["connect", "listen", "setopts", "getopts"]
"""A function that takes options, or tells them."""

EVERYWHERE: tuple[Place, ...] = ("connect", "listen", "setopts", "getopts")
NOT_OF_LISTENERS: tuple[Place, ...] = ("connect", "setopts")
NEVER_TOLD: tuple[Place, ...] = ("connect", "listen", "setopts")

BOOLEAN: tuple[Value, ...] = ("true", "false")
SIZE: tuple[Value, ...] = (range(1, 1 << 31),)
SIZE_OR_ZERO: tuple[Value, ...] = (range(1 << 31),)
BYTE: tuple[Value, ...] = (range(256),)
LIMIT: tuple[Value, ...] = ("infinity", range(1 << 32))
_ZERO: tuple[Value, ...] = (range(1),)
ADDRESSES: tuple[Value, ...] = (
    ((range(127, 128),), BYTE, BYTE, BYTE),
    (*(_ZERO,) * 7, (range(1, 2),)),
    (*(_ZERO,) * 5, (range(0xFFFF, 0x10000),), (range(0x7F00, 0x8000),), (range(0x10000),)),  # 127._._._, mapped
    "loopback",
)
"""Those of this machine alone."""
LOCAL_ADDRESSES: tuple[Value, ...] = ((("local",), (Text.OWN_PATH,)),)
"""Those of the file system, in a folder that is the node's own."""
_LOCAL = ("local", b"my_path")
_OPENING: tuple[Place, ...] = ("connect", "listen")


def _by_number(protocol: int, number: int) -> Value:
    return (range(protocol, protocol + 1),), (range(number, number + 1),), (Text.BYTES,)


_RAW: tuple[Value, ...] = tuple(_by_number(*each) for each in (*NUMBERS, UNKNOWN) if each != USER_TIMEOUT)
_USER_TIMEOUT: tuple[Value, ...] = (_by_number(*USER_TIMEOUT),)


def _framings(profile: str) -> tuple[Value, ...]:
    return tuple(value for each in FRAMINGS if each.profile == profile for value in each.values)


@dataclass(frozen=True)
class Option:
    """An option that a socket has."""

    name: str
    profile: str
    """The profile of which it is a part."""
    clause: str
    """The clause that says that it is taken; what comes of it is in :mod:`gen_tck.spec.effects`."""
    values: tuple[Value, ...]
    """What it may be."""
    example: object
    """One of its values, other than the default, in the loose form of :func:`gen_tck.spec.terms.term`."""
    default: object = None
    """What it is if nobody says anything; ``None`` if nobody knows."""
    places: tuple[Place, ...] = EVERYWHERE
    """Where it may be named, and whether ``getopts`` tells it."""
    flag: bool = False
    """Whether it is an atom that stands alone."""
    exact: bool = True
    """Whether ``getopts`` tells what was set, to the letter: systems round the sizes of buffers."""

    @property
    def examples(self) -> tuple[object, ...]:
        """Values to try it with: all that are atoms, and one of those that are not."""
        atoms = tuple(each for each in self.values if isinstance(each, str))
        return atoms if self.example in atoms or isinstance(self.example, bool) else (*atoms, self.example)


OPTIONS: tuple[Option, ...] = (
    Option("mode", "essentials", "modes/mode-is-taken", ("list", "binary"), "binary", "list"),
    Option("active", "essentials", "modes/active-is-taken", ("true", "false", "once"), False, True),
    Option("active", "active-n", "modes/count-is-taken", (range(-32768, 32768),), 3),
    Option("ip", "essentials", "ownership/listen-answers", ((BYTE,) * 4,), (127, 0, 0, 1), None, ("listen",)),
    Option("buffer", "modes-extra", "modes/buffer-is-taken", SIZE, 5000),
    Option("recbuf", "modes-extra", "modes/recbuf-is-taken", SIZE, 20000, exact=False),
    Option("deliver", "modes-extra", "modes/deliver-is-taken", ("term", "port"), "port", "term"),
    Option("header", "modes-extra", "modes/header-is-taken", SIZE_OR_ZERO, 2, 0),
    Option("nodelay", "inspection", "modes/nodelay-is-taken", BOOLEAN, True, False),
    Option("keepalive", "inspection", "modes/keepalive-is-taken", BOOLEAN, True, False),
    Option("packet", "packets", "modes/packet-is-taken", _framings("packets"), "raw", 0, exact=False),
    Option("packet", "framings", "modes/packet-of-a-protocol-is-taken", _framings("framings"), "tpkt", 0),
    Option("packet", "http", "modes/packet-of-http-is-taken", _framings("http"), "http", 0),
    Option("packet_size", "packets", "modes/packet-size-is-taken", SIZE_OR_ZERO, 100),
    Option("line_delimiter", "packets", "modes/line-delimiter-is-taken", BYTE, 0, 10, NOT_OF_LISTENERS),
    Option("delay_send", "sending-extra", "modes/delay-send-is-taken", BOOLEAN, True, False),
    Option("sndbuf", "backpressure", "modes/sndbuf-is-taken", SIZE, 20000, exact=False),
    Option("send_timeout", "backpressure", "modes/send-timeout-is-taken", LIMIT, 1000, "infinity"),
    Option("send_timeout_close", "backpressure", "modes/send-timeout-close-is-taken", BOOLEAN, True, False),
    Option("high_watermark", "backpressure", "modes/high-watermark-is-taken", SIZE_OR_ZERO, 5000, None, NEVER_TOLD),
    Option("low_watermark", "backpressure", "modes/low-watermark-is-taken", SIZE_OR_ZERO, 3000, None, NEVER_TOLD),
    Option("high_msgq_watermark", "port-command", "modes/high-msgq-watermark-is-taken", SIZE, 9000),
    Option("low_msgq_watermark", "port-command", "modes/low-msgq-watermark-is-taken", SIZE, 2000),
    Option("exit_on_close", "half-open", "modes/exit-on-close-is-taken", BOOLEAN, False, True),
    Option("show_econnreset", "resets", "modes/show-econnreset-is-taken", BOOLEAN, True, False),
    Option("linger", "resets", "modes/linger-is-taken", ((BOOLEAN, (range(65536),)),), (True, 0)),
    Option("ip", "opening", "opening/connects-from-its-address", ADDRESSES, (127, 0, 0, 2), None, ("connect",)),
    Option("ifaddr", "opening", "opening/ifaddr-says-the-same", ADDRESSES, (127, 0, 0, 2), None, ("connect", "listen")),
    Option("port", "opening", "opening/connects-from-its-port", (range(65536),), 0, None, ("connect", "listen")),
    Option("backlog", "opening", "opening/backlog-bounds-who-waits", (range(1 << 31),), 3, 5, ("listen",)),
    Option("reuseaddr", "opening", "opening/reuseaddr-takes-a-port-again", BOOLEAN, True, False),
    Option("reuseport", "opening", "opening/reuseport-lets-several-listen", BOOLEAN, True, False),
    Option("reuseport_lb", "opening", "opening/reuseport-lb-lets-several-listen", BOOLEAN, True, False),
    Option("ipv6_v6only", "opening", "opening/v6only-is-told", BOOLEAN, True, None, ("listen", "getopts")),
    Option("inet", "opening", "opening/inet-is-the-default", (), None, None, ("connect", "listen"), flag=True),
    Option("inet6", "opening", "opening/inet6-listens-and-connects", (), None, None, ("connect", "listen"), flag=True),
    Option("raw", "raw", "modes/raw-is-set-and-told", _RAW, (6, 4, bytes_of(77))),
    Option(
        "raw",
        "vanished-peers",
        "closing/user-timeout-is-taken",
        _USER_TIMEOUT,
        (*USER_TIMEOUT, bytes_of(1)),
        None,
        NEVER_TOLD,
    ),
    Option("ifaddr", "local", "opening/local-sockets-connect", LOCAL_ADDRESSES, _LOCAL, None, _OPENING),
    Option("ip", "local", "opening/ip-may-be-a-path", LOCAL_ADDRESSES, _LOCAL, None, _OPENING),
    Option("local", "local", "opening/local-is-a-word", (), None, None, _OPENING, flag=True),
)
"""In the order of their profiles."""

_BY_NAME: dict[Atom, list[Option]] = {Atom(each.name): [] for each in OPTIONS}
for _option in OPTIONS:
    _BY_NAME[Atom(_option.name)].append(_option)

OUT_OF_SCOPE: dict[str, str] = {
    "bind_to_device": "the network's interfaces",
    "bit8": "what OTP takes and has no use for",
    "broadcast": "sockets of UDP",
    "debug": "the operating system's own records",
    "dontroute": "the network beyond this machine",
    "exclusiveaddruse": "operating systems other than Linux",
    "fd": "descriptors of the operating system",
    "inet_backend": "which of OTP's implementations is used: a node is one of them",
    "keepcnt": "probes of an idle connection, which take minutes",
    "keepidle": "probes of an idle connection, which take minutes",
    "keepintvl": "probes of an idle connection, which take minutes",
    "multicast_if": "sockets of UDP",
    "multicast_loop": "sockets of UDP",
    "multicast_ttl": "sockets of UDP",
    "netns": "network namespaces",
    "nopush": "how the operating system gathers what is sent, for a time of its own",
    "pktoptions": "the headers of packets",
    "priority": "the order in which the operating system sends",
    "read_ahead": "how OTP reads from the operating system",
    "recvtclass": "the headers of packets",
    "recvtos": "the headers of packets",
    "recvttl": "the headers of packets",
    "tclass": "the headers of packets",
    "tcp_module": "OTP's own modules",
    "tos": "the headers of packets",
    "ttl": "the headers of packets",
    "user_timeout": "what {raw,6,18,_} says on any release",
}
"""Options that OTP has, in some release, and no clause speaks of: what they are about."""


_FLAGS = (Atom("binary"), Atom("list"))
"""Values of ``mode`` that stand for the option."""


def named(settings: Term, place: Place) -> Iterator[tuple[Option, Term]]:
    """The options that a list of settings at ``place`` names with a value that they may have, each with its value.

    The value of one that is an atom alone is that atom; that of ``{raw, Protocol, Number, Bytes}`` are the last three.
    """
    for each in settings if isinstance(settings, List) else ():
        name, value = _parts(each)
        for option in _BY_NAME.get(name, ()) if isinstance(name, Atom) else ():
            taken = value is name if option.flag else takes(option.values, value)
            if place in option.places and taken:
                yield option, value


def asked(names: Term) -> Iterator[Option]:
    """The options that a list of names asks for; of those that stand twice the first."""
    for each in names if isinstance(names, List) else ():
        name = each if asked_raw(each) is None else _RAW_NAME
        yield from _BY_NAME.get(name, ())[:1] if isinstance(name, Atom) else ()


def _parts(setting: Term) -> tuple[Term, Term]:
    """Name and value."""
    if setting in _FLAGS:
        return Atom("mode"), setting
    raw = raw_setting(setting)
    if raw is not None:
        return _RAW_NAME, raw
    return (setting[0], setting[1]) if _is_pair(setting) else (setting, setting)


_RAW_NAME = Atom("raw")


def _is_pair(setting: Term) -> bool:
    return type(setting) is tuple and len(setting) == 2
