"""What a script is: a setting, and steps that are done one after the other, with everything settled in between.

The people of a script are three processes and a watcher: the *owner* connects, *other* is another process, *trapper*
traps exits, and the *watcher* asks at the end what has become of the sockets. The socket's far end is the *peer*, which
reads all that comes, unless the setting is stalled: then it reads nothing until a step says so, or how much. In some
settings the owner also opens a *second* connection, which has a peer of its own, or a *listener*, to which two
*clients* connect when steps say so. What was accepted there first is *accepted*, and what came next *accepted2*.

A script may also set the system monitor, which its VM has only one of: such a script is played :attr:`Script.alone`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias, get_args

from gen_tck.spec.terms import Atom, Improper, List, Map, Term, show, string, term

ACTORS = ("owner", "other", "trapper", "watcher")
OWNER, OTHER, TRAPPER, WATCHER = range(4)
PLAYERS = (OWNER, OTHER, TRAPPER)
PEERS = ("peer", "second peer", "client", "second client")
CLIENTS = (2, 3)
"""Those of :data:`PEERS` that connect to the listener, when a step says so."""

SOCKET, SECOND, LISTENER = Atom("$socket"), Atom("$second"), Atom("$listener")
ACCEPTED = (Atom("$accepted"), Atom("$accepted2"))
"""What was accepted first, and next, whoever did it."""
NAMES = tuple(Atom(f"${name}") for name in ACTORS)
BULK = Atom("$bulk")
"""Stands for :data:`BULK_DATA` in arguments, so that scripts stay small."""
DIGITS, ZEROS, MISSING = string("my_digits"), string("my_zeros"), string("my_missing")
"""Files in the node's own folder: whoever plays a script that sends them sees to it that they are there, or not."""
BULK_SIZE = 131072
BULK_DATA = bytes(BULK_SIZE)
"""More than a stalled connection takes, wherever it is: the rest of it is queued."""
FILES = {DIGITS: b"0123456789", ZEROS: BULK_DATA}
"""What is in them."""
GREAT_LOT = BULK_SIZE // 64
"""So many zeros in a row can only be of :data:`BULK_DATA`."""
STALLED_BUFFER = 16384
"""Bytes in the kernel's buffers of a stalled connection."""
SHORT = 250
"""Milliseconds after which a call with a short timeout gives up: a receive, an accept, a send."""
PAUSE = 350
"""Milliseconds that a sleep lets pass: more than :data:`SHORT`."""

UNSAID = Atom("$unsaid")
"""The value of an option of which nobody says anything."""


class Setting(NamedTuple):
    """How the sockets are made."""

    packet: Term = 0
    active: Term = Atom("false")
    """:data:`UNSAID`: the option is not among those of the socket, which is active then."""
    exit_on_close: bool = True
    show_econnreset: bool = False
    stalled: bool = False
    send_timeout: Term = Atom("infinity")
    """In milliseconds."""
    send_timeout_close: bool = False
    second: bool = False
    """Whether the owner has a second connection, made as the first."""
    listening: bool = False
    """Whether the owner has a listening socket, with the same options."""
    binary: bool = True
    """Whether it is said that data are binaries; else they are lists."""
    further: tuple[Term, ...] = ()
    """Options behind those that the other fields stand for."""

    def options(self) -> List:
        """The options of ``gen_tcp:connect``, and of ``gen_tcp:listen`` if the owner listens."""
        return _options(self)

    def __str__(self) -> str:
        remarks = [words for field, words in REMARKS.items() if getattr(self, field)]
        return ", ".join([f"connect with {show(self.options(), whole=True)}", *remarks])


@lru_cache(maxsize=4096)
def _options(setting: Setting) -> List:  # kept: most scripts have one of a few settings
    given: list[object] = ["binary"] if setting.binary else []
    if setting.active is not UNSAID:
        given.append(("active", setting.active))
    if setting.packet != 0:
        given.append(("packet", setting.packet))
    if not setting.exit_on_close:
        given.append(("exit_on_close", False))
    if setting.show_econnreset:
        given.append(("show_econnreset", True))
    if setting.stalled:
        given += [("sndbuf", STALLED_BUFFER), ("send_timeout", setting.send_timeout)]
    elif setting.send_timeout is not Atom("infinity"):
        given.append(("send_timeout", setting.send_timeout))
    if setting.send_timeout_close:
        given.append(("send_timeout_close", True))
    return List([*(term(each) for each in given), *setting.further])


REMARKS = {"second": "and a second time", "listening": "and listen", "stalled": "the peer reads nothing"}
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


Deed: TypeAlias = Literal["connect", "send", "read", "fin", "close", "reset"]
"""What a peer can do: connect if it is a client, once; send data, read from now on or so many bytes, half-close, close,
or reset its connection."""
DEEDS: tuple[Deed, ...] = get_args(Deed)


class Peer(NamedTuple):
    """The peer does ``what``, with ``data`` if it sends.

    ``which``: its place in :data:`PEERS`. ``part``: the bytes that one reads which was stalled, those that come later
    included, and then it is stalled again; 0: all that comes.
    """

    what: Deed
    data: bytes = b""
    which: int = 0
    part: int = 0

    def __str__(self) -> str:
        data = f" {show(self.data, whole=True)}" if self.what == "send" else f" {self.part}" * (self.part > 0)
        return f"{PEERS[self.which]}: {self.what}{data}"


class Sleep(NamedTuple):
    """Time passes."""

    milliseconds: int = PAUSE

    def __str__(self) -> str:
        return f"{self.milliseconds} ms pass"


Step: TypeAlias = "Call | Exit | Peer | Sleep"


def mapped(value: Term, change: Callable[[Term], Term]) -> Term:
    """``value`` with ``change`` made to everything in it that holds nothing itself, however deep that stands."""
    kind = type(value)
    if kind is tuple or kind is List:
        return kind([mapped(each, change) for each in value])
    if kind is Improper:
        return Improper(tuple([mapped(each, change) for each in value.heads]), mapped(value.tail, change))
    if kind is Map:
        return Map({mapped(key, change): mapped(each, change) for key, each in value.pairs.items()})
    return change(value)


def is_possible(step: Step, setting: Setting) -> bool:
    """Whether the sockets that ``step`` speaks of are there at all."""
    if isinstance(step, Call):
        named = [each for each in (SECOND, LISTENER, *ACCEPTED) if each in step.args]
        return all(setting.second if each is SECOND else setting.listening for each in named)
    if not isinstance(step, Peer):
        return True
    if step.which in CLIENTS:
        return setting.listening and step.what != "read"
    return step.what != "connect" and (setting.second or step.which == 0)


class Script(NamedTuple):
    """One script. Its text, one line for the setting and one for each step, is what ``text.parse`` reads."""

    setting: Setting
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "\n".join([str(self.setting), *map(str, self.steps)])

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """The steps, and the looks at the end."""
        return (*self.steps, *last_looks(self.setting, self.steps))

    @property
    def has_timeouts(self) -> bool:
        """Whether something in it may give up after :data:`SHORT`, so that it matters how long its steps take."""
        calls = [each for each in self.steps if type(each) is Call]
        return self.setting.send_timeout == SHORT or any(_has(each.args, SHORT) for each in calls)

    @property
    def alone(self) -> bool:
        """Whether nothing else may happen in the VM meanwhile: the system monitor would hear of it."""
        return any(type(each) is Call and each.function == "system_monitor" for each in self.steps)


def _has(values: tuple[Term, ...], wanted: int) -> bool:
    return any(_has(each, wanted) if isinstance(each, tuple) else each == wanted for each in values)


def _look(socket: Atom) -> Call:
    return Call(WATCHER, "inet", "getopts", (socket, List([Atom("active")])))


LAST_LOOK = _look(SOCKET)
"""The last step of every script: is the socket open, and in which mode?"""
_FURTHER_LOOKS = (("second", _look(SECOND)), ("listening", _look(LISTENER)))
_LOOKS_AT_ACCEPTED = tuple((each, _look(each)) for each in ACCEPTED)


def last_looks(setting: Setting, steps: Sequence[Step]) -> tuple[Call, ...]:
    """The steps that end a script: a look at each socket of its ``setting``, and at those accepted ones that ``steps``
    speak of."""
    if not (setting.second or setting.listening):
        return (LAST_LOOK,)
    looks = [look for field, look in _FURTHER_LOOKS if getattr(setting, field)]
    for socket, look in _LOOKS_AT_ACCEPTED:
        if any(type(each) is Call and socket in each.args for each in steps):
            looks.append(look)
    return (LAST_LOOK, *looks)


def call(actor: int, module: str, function: str, *args: object, socket: Atom = SOCKET) -> Call:
    """A call of loose terms on a socket: ``call(OWNER, "gen_tcp", "recv", 0)``."""
    return Call(actor, module, function, (socket, *(term(each) for each in args)))


def setopts(actor: int, *pairs: tuple[str, object], socket: Atom = SOCKET) -> Call:
    """``inet:setopts``: ``setopts(OWNER, ("active", True))``."""
    return call(actor, "inet", "setopts", list(pairs), socket=socket)


Change: TypeAlias = tuple[object, ...]
"""Something that looks different than before a step, in normal form:

=================================  ==========================================================================
``("call", ACTOR, OUTCOME)``       a call came back: ``("returned", T)``, ``("raised", KIND, T)``, ``("ended", T)``
``("mailbox", ACTOR, MESSAGES)``   the whole mailbox, as it now is
``("status", ACTOR, STATUS)``      ``suspended``, ``ended``, or ``running`` again; after the end of the script also
                                   ``outlived``: all processes have ended, and a socket is still there
``("peer", DATA, END)``            what the peer has read since, and how the stream ended (``open``, ``fin``, ``reset``)
``("left", COUNTS)``               after the end of the script: of what is counted, what there is more of than before it
``("second peer", DATA, END)``     the same of the second connection's peer, and so ``client`` and ``second client``
=================================  ==========================================================================

``DATA`` is a list of bytes and, for long runs of zeros, ``("zeros", LOTS)``: how many times :data:`BULK_DATA`, or
``"some"`` if it is no whole number. How much gets through a connection that breaks depends on the kernel's buffers.
``COUNTS`` are pairs of what is counted and how many there are.
"""
Changes: TypeAlias = tuple[Change, ...]


def pieces(data: bytes) -> tuple[object, ...]:
    """``data`` as changes show it."""
    if len(data) < GREAT_LOT:
        return (data,) if data else ()
    shown: list[object] = []
    while data:
        zeros = _zeros(data)
        if zeros >= GREAT_LOT:
            shown.append(("zeros", "some" if zeros % BULK_SIZE > 64 else zeros // BULK_SIZE))
            data = data[zeros:]
        else:
            end = data.find(b"\0" * 64, zeros)
            end = len(data) if end < 0 else end
            shown.append(data[:end])
            data = data[end:]
    return tuple(shown)


def _zeros(data: bytes) -> int:
    """With how many zeros ``data`` begins. Lots of them are compared at once: ``lstrip`` looks at every byte."""
    zeros = 0
    for lot in (BULK_DATA, BULK_DATA[:GREAT_LOT]):
        while data.startswith(lot, zeros):
            zeros += len(lot)
    rest = data[zeros : zeros + GREAT_LOT]
    return zeros + len(rest) - len(rest.lstrip(b"\0"))
