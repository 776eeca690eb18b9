"""What a script is: a setting, and steps that are done one after the other, with everything settled in between.

The people of a script are three processes and a watcher: the *owner* connects, *other* is another process, *trapper*
traps exits, and the *watcher* asks at the end what has become of the socket. The socket's far end is the *peer*, which
reads all that comes, unless the setting is stalled: then it reads nothing until a step says so.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from gen_tck.spec.terms import Atom, List, Term, show, term

ACTORS = ("owner", "other", "trapper", "watcher")
OWNER, OTHER, TRAPPER, WATCHER = range(4)
PLAYERS = (OWNER, OTHER, TRAPPER)

SOCKET = Atom("$socket")
NAMES = tuple(Atom(f"${name}") for name in ACTORS)
BULK = Atom("$bulk")
"""Stands for :data:`BULK_DATA` in arguments, so that scripts stay small."""
BULK_SIZE = 131072
BULK_DATA = bytes(BULK_SIZE)
"""More than a stalled connection takes, wherever it is: the rest of it is queued."""
STALLED_BUFFER = 16384
"""Bytes in the kernel's buffers of a stalled connection."""
SHORT = 250
"""Milliseconds after which a receive with a short timeout gives up."""
PAUSE = 350
"""Milliseconds that a sleep lets pass: more than :data:`SHORT`."""


class Setting(NamedTuple):
    """How the socket is made."""

    packet: Term = 0
    active: Term = Atom("false")
    exit_on_close: bool = True
    show_econnreset: bool = False
    stalled: bool = False

    def options(self) -> List:
        """The options of ``gen_tcp:connect``."""
        given: list[object] = ["binary", ("active", self.active)]
        if self.packet != 0:
            given.append(("packet", self.packet))
        if not self.exit_on_close:
            given.append(("exit_on_close", False))
        if self.show_econnreset:
            given.append(("show_econnreset", True))
        if self.stalled:
            given += [("sndbuf", STALLED_BUFFER), ("send_timeout", "infinity")]
        return List([term(each) for each in given])

    def __str__(self) -> str:
        remarks = [words for field, words in REMARKS.items() if getattr(self, field)]
        return ", ".join([f"connect with {show(self.options(), whole=True)}", *remarks])


REMARKS = {"stalled": "the peer reads nothing"}
"""What a setting is besides the options of its socket: the field, in words."""


class Call(NamedTuple):
    """``actor`` calls a function. It may block: then it comes back at some later step, or never."""

    actor: int
    module: str
    function: str
    args: tuple[Term, ...]

    def __str__(self) -> str:
        args = ", ".join([show(each, whole=True) for each in self.args])
        return f"{ACTORS[self.actor]}: {self.module}:{self.function}({args})"


class Exit(NamedTuple):
    """An exit signal with ``reason`` reaches ``actor`` from outside."""

    actor: int
    reason: Atom

    def __str__(self) -> str:
        return f"{ACTORS[self.actor]} gets exit signal {show(self.reason)}"


class Peer(NamedTuple):
    """The peer does ``what``: ``send`` (``data``), ``fin``, ``close``, ``reset``, or ``read`` (from now on)."""

    what: str
    data: bytes = b""

    def __str__(self) -> str:
        return f"peer: {self.what} {show(self.data, whole=True)}" if self.what == "send" else f"peer: {self.what}"


class Sleep(NamedTuple):
    """Time passes."""

    milliseconds: int = PAUSE

    def __str__(self) -> str:
        return f"{self.milliseconds} ms pass"


Step: TypeAlias = "Call | Exit | Peer | Sleep"


class Script(NamedTuple):
    """One script. Its text, one line for the setting and one for each step, is what ``text.parse`` reads."""

    setting: Setting
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "\n".join([str(self.setting), *map(str, self.steps)])


LAST_LOOK = Call(WATCHER, "inet", "getopts", (SOCKET, List([Atom("active")])))
"""The last step of every script: is the socket open, and in which mode?"""


def call(actor: int, module: str, function: str, *args: object) -> Call:
    """A call of loose terms on the socket: ``call(OWNER, "gen_tcp", "recv", 0)``."""
    return Call(actor, module, function, (SOCKET, *(term(each) for each in args)))


Change: TypeAlias = tuple[object, ...]
"""Something that looks different than before a step, in normal form:

=================================  ==========================================================================
``("call", ACTOR, OUTCOME)``       a call came back: ``("returned", T)``, ``("raised", KIND, T)``, ``("ended", T)``
``("mailbox", ACTOR, MESSAGES)``   the whole mailbox, as it now is
``("status", ACTOR, STATUS)``      ``suspended``, ``ended``, or ``running`` again
``("peer", DATA, END)``            what the peer has read since, and how the stream ended (``open``, ``fin``, ``reset``)
=================================  ==========================================================================

``DATA`` is a list of bytes and, for long runs of zeros, ``("zeros", "all" | "some")``: how much of a great lot gets
through a connection that breaks depends on the kernel's buffers.
"""
Changes: TypeAlias = tuple[Change, ...]


def pieces(data: bytes) -> tuple[object, ...]:
    """``data`` as changes show it."""
    if len(data) < BULK_SIZE // 64:
        return (data,) if data else ()
    shown: list[object] = []
    while data:
        stripped = data.lstrip(b"\0")
        zeros = len(data) - len(stripped)
        if zeros >= BULK_SIZE // 64:
            shown.append(("zeros", "some" if zeros % BULK_SIZE > 64 else "all"))
            data = stripped
        else:
            end = data.find(b"\0" * 64, zeros)
            end = len(data) if end < 0 else end
            if end == zeros:  # a run too short to be a great lot
                end = len(data) - len(stripped)
                end = end or len(data)
            shown.append(data[:end])
            data = data[end:]
    return tuple(shown)
