"""Nodes that mean harm, or are broken beyond hope: ``hostile.py NAME`` plays one, ``hostile.py`` lists them.

Each is a function, named for what it does, whose docstring says it in a sentence. Whatever it does not say it does
wrong it does right: :class:`Sound` is right as far as the case of ``ownership/monitor-answers`` goes.

The process ids of the node and of everything that it starts are left in the file that ``HOSTILE_PIDS`` names, a line
each. ``HOSTILE_STARTS`` names a file that grows by a byte each time that the node is started.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

Json = dict[str, Any]
Said = Json | bytes
"""What is sent to the kit: a message, or bytes as they are."""
Change = Callable[[Json, Json], Iterable[Said]]
"""What is said to a request instead of the right answer."""

NODES: dict[str, Callable[[Kit], object]] = {}
"""Every bad node, by name."""
CORE = ["core", "active-n"]
MONITOR = {"$h": 900, "kind": "ref"}
ONE_PID = {"$h": 1, "kind": "pid"}
FLOOD = 1 << 28
"""Nobody needs more bytes than this to be flooded: a kit that has no limit is told from one that has."""


def bad(play: Callable[[Kit], object]) -> Callable[[Kit], object]:
    """Add a node."""
    NODES[play.__name__.strip("_").replace("_", "-")] = play
    return play


class Sound:
    """The right answers, as far as one simple case goes: a socket is connected, then watched."""

    def __init__(self) -> None:
        self._handles = 0
        self._sockets: list[socket.socket] = []

    def answer(self, request: Json) -> Json | None:
        """The answer to ``request``; ``None`` if there is none."""
        match request["do"]:
            case "stop":
                return None
            case "spawn":
                answer: Json = {"pid": self._handle("pid")}
            case "call":
                answer = {"returned": self._returned(f"{request['module']}.{request['function']}", request["args"])}
            case "mailbox":
                answer = {"messages": []}
            case "status":
                answer = {"status": "idle"}
            case _:
                answer = {"ok": True}
        return {"id": request["id"], **answer}

    def _handle(self, kind: str) -> Json:
        self._handles += 1
        return {"$h": self._handles, "kind": kind}

    def _returned(self, function: str, args: list[Any]) -> Any:
        if function == "gen_tcp.connect":
            self._sockets.append(socket.create_connection(("127.0.0.1", args[1])))
            return ok(self._handle("port"))
        return MONITOR if function == "inet.monitor" else atom("ok")


def atom(name: str) -> Json:
    return {"$a": name}


def ok(value: Any) -> Json:
    return {"$t": [atom("ok"), value]}


class Kit:
    """The kit, as a node meets it."""

    def __init__(self) -> None:
        self.connection = self.dial()
        self.token = os.environ["GEN_TCK_TOKEN"]
        self.sound = Sound()

    @staticmethod
    def dial() -> socket.socket:
        """A connection to where the kit waits."""
        return socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"])))

    def hello(self, **fields: Any) -> None:
        """Shake hands; a field that is ``...`` is left out."""
        hello = {"gen_tck": 1, "token": self.token, "name": "hostile", "version": "1", "profiles": CORE, **fields}
        self.say({name: each for name, each in hello.items() if each is not ...})

    def say(self, *said: Said) -> None:
        """Send each in turn."""
        for each in said:
            self.connection.sendall(each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n")

    def requests(self) -> Iterator[Json]:
        """What the kit asks, until it hangs up."""
        for line in self.connection.makefile("rb"):
            yield json.loads(line)

    def serve(self, change: Change = lambda _request, answer: [answer]) -> None:
        """Answer until the kit hangs up, as ``change`` has it."""
        for request in self.requests():
            answer = self.sound.answer(request)
            if answer is not None:
                self.say(*change(request, answer))

    def serve_but(self, do: str, *said: Said | Callable[[Json], Said]) -> None:
        """Answer until the kit hangs up; requests to ``do`` are answered with all of ``said`` instead.

        What is said and has no id has the request's.
        """

        def instead(request: Json, answer: Json) -> Iterator[Said]:
            if request["do"] != do:
                yield answer
                return
            for each in said:
                made = each(answer) if callable(each) else each
                yield {"id": request["id"], **made} if isinstance(made, dict) else made

        self.hello()
        self.serve(instead)

    def flood(self, chunk: bytes) -> None:
        """Send ``chunk`` again and again, until the kit hangs up or had enough to show that it has no limit."""
        for _ in range(FLOOD // len(chunk)):
            self.connection.sendall(chunk)
        forever()


def forever() -> NoReturn:
    """Do nothing, and do not end."""
    while True:
        time.sleep(600)


def note(pid: int) -> None:
    """Leave ``pid`` for the test to see that it ended."""
    with Path(os.environ["HOSTILE_PIDS"]).open("a") as file:
        file.write(f"{pid}\n")


def started_before() -> bool:
    """Whether the node was started once already."""
    with Path(os.environ["HOSTILE_STARTS"]).open("ab") as file:
        file.write(b".")
        return file.tell() > 1


# Dialling and shaking hands


@bad
def sound(kit: Kit) -> None:
    """It does nothing wrong."""
    kit.hello()
    kit.serve()


@bad
def never_dials(kit: Kit) -> None:
    """It lives, and dials nobody (see ``main``)."""


@bad
def ends_at_once(kit: Kit) -> None:
    """It ends before it dials (see ``main``)."""


@bad
def mute(kit: Kit) -> None:
    """It dials and says nothing."""
    forever()


@bad
def dials_twice(kit: Kit) -> None:
    """It dials a second time, and shakes hands on both connections."""
    kit.hello()
    first = kit.connection
    with contextlib.suppress(OSError):  # there may be nobody to dial any more
        kit.connection = kit.dial()
        kit.hello()
    kit.connection = first
    kit.serve()


@bad
def stranger_first(kit: Kit) -> None:
    """Somebody who knows no token dials before it does and says so."""
    stranger, kit.connection = kit.connection, kit.dial()
    stranger.sendall(b'{"gen_tck": 1, "token": "let me in", "name": "stranger", "version": "1", "profiles": []}\n')
    kit.hello()
    kit.serve()


@bad
def silent_stranger_first(kit: Kit) -> None:
    """Somebody dials before it does, says nothing and stays."""
    _stranger, kit.connection = kit.connection, kit.dial()
    kit.hello()
    kit.serve()


@bad
def many_strangers_first(kit: Kit) -> None:
    """Twenty dial before it does, and each says something else that is no handshake."""
    strangers = [kit.connection, *(kit.dial() for _ in range(19))]
    for number, each in enumerate(strangers):
        each.sendall([b"", b"\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\0", b"{" * 10000][number % 5])
    for each in strangers[::2]:
        each.close()
    kit.connection = kit.dial()
    kit.hello()
    kit.serve()


@bad
def strangers_without_end(kit: Kit) -> None:
    """It dials again and again, and says nothing on any connection."""
    kept = [kit.connection]
    for _ in range(400):
        with contextlib.suppress(OSError):
            kept.append(kit.dial())
    forever()


@bad
def wrong_token(kit: Kit) -> None:
    """It has a token of its own."""
    kit.hello(token="0" * 32)
    forever()


@bad
def no_token(kit: Kit) -> None:
    """It has no token."""
    kit.hello(token=...)
    forever()


@bad
def empty_token(kit: Kit) -> None:
    """Its token is empty."""
    kit.hello(token="")
    forever()


@bad
def half_a_token(kit: Kit) -> None:
    """It has the first half of the token."""
    kit.hello(token=kit.token[:16])
    forever()


@bad
def other_version(kit: Kit) -> None:
    """It speaks version 2 of the protocol."""
    kit.hello(gen_tck=2)
    forever()


@bad
def version_as_text(kit: Kit) -> None:
    """It says ``"1"`` where 1 is meant."""
    kit.hello(gen_tck="1")
    forever()


@bad
def http_request(kit: Kit) -> None:
    """It takes the kit for a web server."""
    kit.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    forever()


@bad
def tls_hello(kit: Kit) -> None:
    """It takes the kit for a TLS server."""
    kit.say(bytes.fromhex("16030100c8010000c40303") + bytes(range(200)))
    forever()


@bad
def line_without_an_end(kit: Kit) -> None:
    """Its handshake is a line that goes on and on."""
    kit.say(b'{"gen_tck": 1, "token": "' + kit.token.encode() + b'", "name": "')
    kit.flood(b"x" * (1 << 20))


@bad
def half_a_handshake(kit: Kit) -> None:
    """It says half of its handshake, and waits."""
    kit.say(b'{"gen_tck": 1, "tok')
    forever()


@bad
def dies_in_its_handshake(kit: Kit) -> None:
    """It ends after half of its handshake."""
    kit.say(b'{"gen_tck": 1, "tok')
    sys.exit("there was no more of it")


@bad
def closes_and_lives_on(kit: Kit) -> None:
    """It hangs up before its handshake, and lives on."""
    kit.connection.close()
    forever()


@bad
def hello_a_byte_at_a_time(kit: Kit) -> None:
    """It shakes hands one byte a second."""
    for byte in b'{"gen_tck": 1, "token": "' + b" " * 1000:
        kit.say(bytes([byte]))
        time.sleep(1)


@bad
def hello_twice(kit: Kit) -> None:
    """It shakes hands a second time."""
    kit.hello()
    kit.hello()
    kit.serve()


@bad
def hello_again_later(kit: Kit) -> None:
    """It shakes hands once more, as somebody else, when it is first asked for something."""
    hello = {"gen_tck": 1, "token": kit.token, "name": "another", "version": "2", "profiles": []}
    kit.serve_but("spawn", lambda _: hello)


@bad
def answers_first(kit: Kit) -> None:
    """It answers before it shakes hands."""
    kit.say({"id": 1, "pid": {"$h": 1, "kind": "pid"}})
    kit.hello()
    kit.serve()


@bad
def unsolicited_answers(kit: Kit) -> None:
    """It answers what nobody has asked yet."""
    kit.hello()
    kit.say(*({"id": number, "pid": {"$h": 1, "kind": "pid"}} for number in range(100, 110)))
    kit.serve()


@bad
def deep_hello(kit: Kit) -> None:
    """A detail of its handshake is a list in a list in a list, a hundred thousand deep."""
    kit.say(b'{"gen_tck": 1, "token": "' + kit.token.encode() + b'", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n")
    forever()


# What it says of itself

_FIELDS: dict[str, Any] = {
    "gen_tck": [1],
    "token": 1,
    "name": {"$a": "name"},
    "version": None,
    "profiles": "core",
    "clock": "sundial",
    "homepage": False,
    "calls": {"gen_tcp.send/2": True},
    "details": ["release", "27"],
    "minor": "1",
    "capabilities": ["echo"],
    "helpers": {"erlang.link/1": True},
}


def _wrong_field(name: str) -> None:
    def play(kit: Kit) -> None:
        kit.hello(**{name: _FIELDS[name]})
        forever()

    play.__doc__ = f"Its `{name}` is of another type than the protocol says."
    NODES[f"wrong-{name.replace('_', '-')}-field"] = play


for _name in _FIELDS:
    _wrong_field(_name)


# Minors and capabilities


@bad
def negative_minor(kit: Kit) -> None:
    """It speaks a minor below 0."""
    kit.hello(minor=-1)
    forever()


@bad
def speaks_of_what_its_minor_has_not(kit: Kit) -> None:
    """It says that it speaks minor 0, and uses what came later."""
    kit.hello(capabilities={"settle": "echo"})
    forever()


@bad
def slip_in_its_handshake(kit: Kit) -> None:
    """It has a field that its minor does not know."""
    kit.hello(minor=1, profile="core")
    forever()


@bad
def unknown_capability(kit: Kit) -> None:
    """It has a capability that its minor does not know."""
    kit.hello(minor=1, capabilities={"telepathy": True})
    forever()


@bad
def settles_in_a_way_that_is_none(kit: Kit) -> None:
    """It speaks a later minor, and settles as nobody has heard of."""
    kit.hello(minor=9, capabilities={"settle": "by-prayer"})
    forever()


@bad
def later_minor(kit: Kit) -> None:
    """It speaks a minor that is not there yet, and is right in all that is."""
    kit.hello(minor=1 << 62, profiles=["core", "quantum"], capabilities={"telepathy": True}, more={"a": [1]})
    kit.serve(lambda _request, answer: [{**answer, "more": 1}])


@bad
def plays_scripts_on_nothing(kit: Kit) -> None:
    """It says that it plays scripts, and not on which release and backend."""
    kit.hello(minor=1, capabilities={"plays-scripts": True})
    forever()


@bad
def echoes_and_never_rests(kit: Kit) -> None:
    """It cannot tell whether it is at rest, but knows that it is not."""
    kit.hello(minor=1, capabilities={"settle": "echo"})
    kit.serve(lambda request, answer: [{**answer, "rest": False} if request["do"] == "settle" else answer])


@bad
def drains_with_ok(kit: Kit) -> None:
    """Its mailboxes can only be drained, and it does not say what was in them."""
    kit.hello(minor=1, capabilities={"mailbox": "drain"})
    kit.serve()


@bad
def drains_without_end(kit: Kit) -> None:
    """Its mailboxes can only be drained, and are full again each time."""
    kit.hello(minor=1, capabilities={"mailbox": "drain"})
    kit.serve(
        lambda request, answer: [{"id": answer["id"], "messages": [1] * 9} if request["do"] == "take" else answer]
    )


@bad
def returns_a_float_that_is_none(kit: Kit) -> None:
    """Its calls return a tagged float that is not a number."""
    kit.serve_but("call", {"returned": {"$f": "nan"}})


@bad
def unknown_profile(kit: Kit) -> None:
    """It claims a profile that does not exist."""
    kit.hello(profiles=["core", "quantum-sockets"])
    forever()


@bad
def unknown_call(kit: Kit) -> None:
    """It claims a call that does not exist."""
    kit.hello(calls=["gen_tcp.teleport/2"])
    forever()


@bad
def profiles_without_end(kit: Kit) -> None:
    """It claims one profile a million times."""
    kit.hello(profiles=["core"] * 1_000_000)
    kit.serve()


@bad
def unknown_profiles_without_end(kit: Kit) -> None:
    """It claims a hundred thousand profiles that do not exist."""
    kit.hello(profiles=[f"profile-{number}" for number in range(100_000)])
    forever()


@bad
def long_details(kit: Kit) -> None:
    """One of its details has ten million characters."""
    kit.hello(details={"motto": "x" * 10_000_000})
    kit.serve()


@bad
def many_details(kit: Kit) -> None:
    """It has a hundred thousand details."""
    kit.hello(details={str(number): "x" for number in range(100_000)})
    kit.serve()


@bad
def long_name(kit: Kit) -> None:
    """Its name has a million characters."""
    kit.hello(name="x" * 1_000_000)
    kit.serve()


@bad
def no_name(kit: Kit) -> None:
    """Its name and its version are empty."""
    kit.hello(name="", version="")
    kit.serve()


@bad
def claims_all_offers_nothing(kit: Kit) -> None:
    """It claims every profile and fails every call."""
    kit.hello(profiles=[*CORE, "async-recv", "port-command", "system-monitor"])
    kit.serve(lambda request, answer: [{"id": answer["id"], "failed": "no"} if request["do"] == "call" else answer])


@bad
def says_yes(kit: Kit) -> None:
    """It says `ok` to everything, whatever the question."""
    kit.hello()
    kit.serve(lambda _, answer: [{"id": answer["id"], "ok": True}])


@bad
def all_calls_return_ok(kit: Kit) -> None:
    """Each call returns `ok` at once."""
    kit.serve_but("call", {"returned": atom("ok")})


@bad
def plays_scripts_by_its_word_alone(kit: Kit) -> None:
    """It says that it is a VM that plays generated scripts by itself, and is none."""
    kit.hello(name="otp", version="27.0", details={"erts": "15.0", "backend": "inet", "release": "27"})
    kit.serve()


@bad
def pretends_to_be_the_reference(kit: Kit) -> None:
    """It says that it is the kit's own reference, on a virtual clock."""
    kit.hello(name="reference", clock="virtual")
    forever()


@bad
def another_name_later(kit: Kit) -> None:
    """Started again, it has another name and version."""
    if started_before():
        kit.hello(name="another", version="2")
        kit.serve()
    else:
        kit.hello()
        next(kit.requests())
        sys.exit("for the first time")


@bad
def other_profiles_later(kit: Kit) -> None:
    """Started again, it claims less than before."""
    kit.hello(profiles=["system-monitor"] if started_before() else CORE)
    for request in kit.requests():
        if request["do"] == "call":
            sys.exit("when it was asked to do something")
        answer = kit.sound.answer(request)
        if answer is not None:
            kit.say(answer)


# Words that do something where they are shown

_TITLE, _ERASE, _RED, _REVERSE = "\x1b]0;owned\x07", "\x1b[2J", "\x1b[31m", "\u202edesrever"
ESCAPES = f"{_TITLE}{_ERASE}{_RED}{_REVERSE}\x9b1m\x00\x7f\r::error::owned\n::error::owned\n<script>\u2028|`*[x](y)"


@bad
def escapes_in_its_name(kit: Kit) -> None:
    """Its name, version, homepage and details set the window's title, erase the screen, and are commands to a CI."""
    kit.hello(name=ESCAPES, version=ESCAPES, homepage=f"javascript:{ESCAPES}", details={ESCAPES: ESCAPES})
    kit.serve()


@bad
def escapes_in_a_profile(kit: Kit) -> None:
    """It claims an unknown profile whose name does the same."""
    kit.hello(profiles=[ESCAPES])
    forever()


@bad
def escapes_in_a_call(kit: Kit) -> None:
    """It claims an unknown call whose name does the same."""
    kit.hello(calls=[ESCAPES])
    forever()


@bad
def escapes_in_atoms(kit: Kit) -> None:
    """What a call returns is an atom that does the same."""
    kit.serve_but("call", {"returned": atom(ESCAPES)})


@bad
def escapes_in_strings(kit: Kit) -> None:
    """What a call returns is a string and a binary that do the same."""
    text = ESCAPES.encode()
    kit.serve_but("call", {"returned": ok([list(text), {"$b": "G11dMDtvd25lZAdcbjo6ZXJyb3I6Og=="}])})


@bad
def escapes_in_raised(kit: Kit) -> None:
    """What a call raises does the same."""
    kit.serve_but("call", {"raised": ["error", atom(ESCAPES)]})


@bad
def escapes_in_ended(kit: Kit) -> None:
    """The reason why a process ended during a call does the same."""
    kit.serve_but("call", {"ended": atom(ESCAPES)})


@bad
def escapes_in_messages(kit: Kit) -> None:
    """Every mailbox holds a message that does the same."""
    kit.serve_but("mailbox", {"messages": [atom(ESCAPES)]})


@bad
def escapes_in_failed(kit: Kit) -> None:
    """It fails every request with words that do the same."""
    kit.hello()
    kit.serve(lambda _, answer: [{"id": answer["id"], "failed": ESCAPES}])


@bad
def escapes_in_a_failed_call(kit: Kit) -> None:
    """It fails every call with words that do the same."""
    kit.serve_but("call", {"failed": ESCAPES})


@bad
def escapes_in_what_it_prints(kit: Kit) -> None:
    """It prints the same, and ends."""
    kit.hello()
    next(kit.requests())
    os.write(2, ESCAPES.encode())
    os._exit(3)


@bad
def escapes_in_what_is_no_line(kit: Kit) -> None:
    """A line that is no JSON does the same."""
    kit.serve_but("call", f"{ESCAPES}\n".encode())


@bad
def half_a_surrogate_pair(kit: Kit) -> None:
    """Its name, and the atom that a call returns, are half of a surrogate pair, which no file can hold."""
    kit.hello(name="\ud800", details={"\udfff": "\ud800"})
    kit.serve(
        lambda request, answer: [{**answer, "returned": atom("\udead")} if request["do"] == "call" else answer],
    )


@bad
def novel(kit: Kit) -> None:
    """It says in a hundred thousand characters why it cannot make a process."""
    kit.serve_but("spawn", {"failed": "It was a dark and stormy night. " * 3_200})


# Lines that are none

_GARBAGE: dict[str, tuple[str, bytes]] = {
    "invalid_utf8": ("is not UTF-8", b'{"id": 1, "event": "\xff\xfe\xc0\x80"}\n'),
    "nul_bytes": ("consists of NUL bytes", b"\0" * 1000 + b"\n"),
    "byte_order_mark": ("begins with a byte order mark", b'\xef\xbb\xbf{"event": "x"}\n'),
    "utf16": ("is UTF-16", '{"event": "x"}\n'.encode("utf-16")),
    "empty_line": ("is empty", b"\n"),
    "xml": ("is XML", b"<answer id='1'><ok/></answer>\n"),
    "python_literal": ("is Python, not JSON", b"{'id': 1, 'ok': True}\n"),
    "array": ("is an array", b"[1, 2, 3]\n"),
    "number": ("is a number", b"42\n"),
    "null": ("is null", b"null\n"),
    "two_objects": ("holds two objects", b'{"event": "x"} {"event": "y"}\n'),
    "half_an_object": ("breaks off", b'{"event": "x"\n'),
    "empty_object": ("is an object with nothing in it", b"{}\n"),
    "nothing_but_brackets": ("is brackets without end", b"[" * 1_000_000 + b"\n"),
    "terminal_escapes": ("is for a terminal", b"\x1b]0;owned\x07\x1b[2J\x9b\r\n"),
}


def _garbage(name: str, what: str, line: bytes) -> None:
    def play(kit: Kit) -> None:
        kit.hello()
        kit.serve(lambda _request, answer: [line, answer])

    play.__doc__ = f"Before each answer it sends a line that {what}."
    NODES[f"garbage-{name.replace('_', '-')}"] = play


for _name, (_what, _line) in _GARBAGE.items():
    _garbage(_name, _what, _line)


@bad
def carriage_returns_alone(kit: Kit) -> None:
    """Its lines end with a carriage return, and no newline."""
    kit.hello()
    kit.serve(lambda _request, answer: [json.dumps(answer).encode() + b"\r"])


@bad
def carriage_returns_too(kit: Kit) -> None:
    """Its lines end with a carriage return and a newline, which JSON allows."""
    kit.hello()
    kit.serve(lambda _request, answer: [json.dumps(answer).encode() + b"\r\n"])


@bad
def random_bytes(kit: Kit) -> None:
    """It answers with random bytes."""
    kit.hello()
    kit.serve(lambda request, _answer: [os.urandom(1000) + b"\n"])


@bad
def same_key_twice(kit: Kit) -> None:
    """Its answers have their id twice, and the first one is wrong."""
    kit.hello()
    kit.serve(lambda _, answer: [b'{"id": 77777, ' + json.dumps(answer).encode()[1:] + b"\n"])


# Answers that are none


@bad
def unknown_ids(kit: Kit) -> None:
    """It answers requests that nobody made."""
    kit.hello()
    kit.serve(lambda _, answer: [{**answer, "id": answer["id"] + 1_000_000}])


@bad
def negative_ids(kit: Kit) -> None:
    """Its answers have negative ids."""
    kit.hello()
    kit.serve(lambda _, answer: [{**answer, "id": -answer["id"]}])


@bad
def fractional_ids(kit: Kit) -> None:
    """The ids of its answers have a fraction."""
    kit.hello()
    kit.serve(lambda _, answer: [{**answer, "id": answer["id"] + 0.5}])


@bad
def float_ids(kit: Kit) -> None:
    """The ids of its answers are floats without a fraction: `1.0`."""
    kit.hello()
    kit.serve(lambda _, answer: [{**answer, "id": float(answer["id"])}])


@bad
def ids_as_text(kit: Kit) -> None:
    """The ids of its answers are strings."""
    kit.hello()
    kit.serve(lambda _, answer: [{**answer, "id": str(answer["id"])}])


@bad
def huge_ids(kit: Kit) -> None:
    """The ids of its answers have four hundred digits."""
    kit.hello()
    kit.serve(lambda _, answer: [{**answer, "id": 10**400 + answer["id"]}])


@bad
def no_ids(kit: Kit) -> None:
    """Its answers have no ids."""
    kit.hello()
    kit.serve(lambda _, answer: [{name: each for name, each in answer.items() if name != "id"}])


@bad
def true_as_an_id(kit: Kit) -> None:
    """It takes `true` for the id 1."""
    kit.hello()
    kit.serve(lambda _, answer: [{**answer, "id": True}])


@bad
def answers_twice(kit: Kit) -> None:
    """It gives each answer twice."""
    kit.hello()
    kit.serve(lambda _, answer: [answer, answer])


@bad
def answers_the_wrong_way_round(kit: Kit) -> None:
    """It answers a request only when the next has come, which never does."""
    kept: list[Json] = []

    def late(_request: Json, answer: Json) -> Iterator[Json]:
        kept.append(answer)
        if len(kept) > 1:
            yield kept.pop(0)

    kit.hello()
    kit.serve(late)


@bad
def mailbox_where_a_pid_is_due(kit: Kit) -> None:
    """It answers `spawn` with messages."""
    kit.serve_but("spawn", {"messages": []})


@bad
def everything_at_once(kit: Kit) -> None:
    """Its answers have every field that an answer can have."""
    every = {"returned": 1, "ended": 1, "messages": [], "status": "idle", "ok": True, "rest": True, "event": "x"}
    kit.hello()
    kit.serve(lambda _, answer: [{**every, "raised": ["error", 1], **answer}])


@bad
def returned_and_failed(kit: Kit) -> None:
    """Its calls both return and fail."""
    kit.serve_but("call", lambda answer: {**answer, "failed": "but it did return"})


@bad
def unknown_status(kit: Kit) -> None:
    """Its processes are asleep, which is no status; none comes back from a call."""
    kit.hello()
    kit.serve(
        lambda request, answer: {"status": [{"id": answer["id"], "status": "asleep"}], "call": []}.get(
            request["do"], [answer]
        )
    )


@bad
def unknown_exception(kit: Kit) -> None:
    """Its calls raise exceptions of a kind that there is not."""
    kit.serve_but("call", {"raised": ["panic", atom("x")]})


@bad
def same_pid(kit: Kit) -> None:
    """All its processes are one."""
    kit.hello()
    kit.serve(lambda request, answer: [{**answer, **({"pid": ONE_PID} if request["do"] == "spawn" else {})}])


@bad
def port_for_a_pid(kit: Kit) -> None:
    """Its processes are ports."""
    kit.serve_but("spawn", {"pid": {"$h": 1, "kind": "port"}})


@bad
def invented_handles(kit: Kit) -> None:
    """Its mailboxes hold pids, ports and references that nobody ever saw."""
    invented = [{"$h": 10**number, "kind": kind} for number, kind in enumerate(["pid", "port", "ref", "pid"], 5)]
    kit.serve_but("mailbox", {"messages": [{"$t": [atom("tcp"), *invented]}]})


@bad
def negative_handle(kit: Kit) -> None:
    """Its first process has the number -1."""
    kit.serve_but("spawn", {"pid": {"$h": -1, "kind": "pid"}})


@bad
def huge_handle(kit: Kit) -> None:
    """Its first process has a number of a hundred digits."""
    kit.serve_but("spawn", {"pid": {"$h": 10**100, "kind": "pid"}})


@bad
def float_handle(kit: Kit) -> None:
    """Its first process has the number 1.5."""
    kit.serve_but("spawn", {"pid": {"$h": 1.5, "kind": "pid"}})


# Terms that are none, or too much

_TERMS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "atom_of_300": ("an atom of 300 characters", lambda: b'{"$a": "' + b"a" * 300 + b'"}'),
    "atom_of_a_million": ("an atom of a million characters", lambda: b'{"$a": "' + b"a" * 1_000_000 + b'"}'),
    "number_for_an_atom": ("an atom whose name is a number", lambda: b'{"$a": 1}'),
    "bare_string": ("a string of JSON", lambda: b'"ok"'),
    "true": ("`true` of JSON", lambda: b"true"),
    "null": ("`null` of JSON", lambda: b"null"),
    "bad_base64": ("a binary that is not base64", lambda: b'{"$b": "=)&!"}'),
    "unknown_tag": ("an object with an unknown tag", lambda: b'{"$fun": "fun() -> ok end"}'),
    "two_tags": ("an object with two tags", lambda: b'{"$a": "ok", "$b": "aGk="}'),
    "no_tag": ("an object with nothing in it", lambda: b"{}"),
    "handle_of_no_kind": ("a handle whose kind is unknown", lambda: b'{"$h": 1, "kind": "socket"}'),
    "tuple_of_no_list": ("a tuple whose elements are a number", lambda: b'{"$t": 5}'),
    "tail_that_is_a_list": ("an improper list with a list as its tail", lambda: b'{"$i": [[1], [2]]}'),
    "map_of_singles": ("a map of keys without values", lambda: b'{"$m": [[1]]}'),
    "map_with_one_key_twice": ("a map with a key twice", lambda: b'{"$m": [[1, 2], [1, 3]]}'),
    "nan": ("NaN", lambda: b"NaN"),
    "infinity": ("Infinity", lambda: b"-Infinity"),
    "huge_exponent": ("1e999, which no float holds", lambda: b"1e999"),
    "huge_integer": ("an integer of 5000 digits", lambda: b"9" * 5000),
    "immense_integer": ("an integer of a million digits", lambda: b"9" * 1_000_000),
    "deep_json": ("a list in a list, a hundred thousand deep", lambda: _nested(b"[", b"", b"]", 100_000)),
    "deep_list": ("a list in a list, five thousand deep", lambda: _nested(b"[", b"", b"]", 5000)),
    "deep_tuple": ("a tuple in a tuple, four hundred deep", lambda: _nested(b'{"$t":[', b"", b"]}", 400)),
    "deep_tail": ("a list in a tail of a list, four hundred deep", lambda: _nested(b'{"$i":[[1],', b"1", b"]}", 400)),
    "deep_key": ("a map in a key of a map, three hundred deep", lambda: _nested(b'{"$m":[[', b"1", b",1]]}", 300)),
    "tuple_of_thirty": ("a tuple in a tuple, thirty deep", lambda: _nested(b'{"$t":[', b"", b"]}", 30)),
    "wide_list": ("a list of two million integers", lambda: b"[" + b"1," * 2_000_000 + b"1]"),
    "wide_map": ("a map of twenty thousand keys", lambda: b'{"$m":[' + b",".join(map(_pair, range(20_000))) + b"]}"),
    "colliding_keys": (
        "a map of a hundred thousand keys of one hash, in Python's eyes",
        lambda: b'{"$m":[' + b",".join(_pair(key * (2**61 - 1)) for key in range(100_000)) + b"]}",
    ),
    "huge_binary": ("a binary of 48 MB", lambda: b'{"$b": "' + b"A" * 64_000_000 + b'"}'),
}  # fmt: skip


def _nested(opening: bytes, inside: bytes, closing: bytes, depth: int) -> bytes:
    return opening * depth + inside + closing * depth


def _pair(number: int) -> bytes:
    return b"[%d,1]" % number


def _term(name: str, what: str, term: Callable[[], bytes]) -> None:
    def play(kit: Kit) -> None:
        kit.serve_but("call", lambda answer: b'{"id": %d, "returned": %s}\n' % (answer["id"], term()))

    play.__doc__ = f"Its calls return {what}."
    NODES[f"returns-{name.replace('_', '-')}"] = play


for _name, (_what, _made) in _TERMS.items():
    _term(_name, _what, _made)


# Too much


@bad
def events_without_end(kit: Kit) -> None:
    """It sends events without end, and never answers."""
    kit.hello()
    kit.flood(b'{"event": "nothing"}\n' * 10_000)


@bad
def events_between_answers(kit: Kit) -> None:
    """It sends a hundred thousand events before each answer."""
    kit.hello()
    kit.serve(lambda _, answer: [b'{"event": "nothing"}\n' * 100_000, answer])


@bad
def events_before_the_handshake(kit: Kit) -> None:
    """It sends events without end in the place of a handshake."""
    kit.flood(b'{"event": "nothing"}\n' * 10_000)


@bad
def answers_without_end(kit: Kit) -> None:
    """It answers without end what was asked once."""
    kit.hello()
    next(kit.requests())
    kit.flood(b'{"id": 1, "pid": {"$h": 1, "kind": "pid"}}\n' * 10_000)


@bad
def empty_lines_without_end(kit: Kit) -> None:
    """It sends newlines without end."""
    kit.hello()
    kit.flood(b"\n" * 1_000_000)


@bad
def answer_without_an_end(kit: Kit) -> None:
    """Its first answer is a line that goes on and on."""
    kit.hello()
    next(kit.requests())
    kit.say(b'{"id": 1, "failed": "')
    kit.flood(b"x" * (1 << 20))


@bad
def answer_a_byte_at_a_time(kit: Kit) -> None:
    """Its first answer comes one byte a second."""
    kit.hello()
    next(kit.requests())
    for byte in b'{"id": 1, "pid": {"$h": 1, "kind": "pid"}}\n':
        kit.say(bytes([byte]))
        time.sleep(1)


@bad
def slow_answers(kit: Kit) -> None:
    """Each of its answers takes 0.3 seconds, which is soon enough for each."""

    def slowly(_request: Json, answer: Json) -> Iterator[Json]:
        time.sleep(0.3)
        yield answer

    kit.hello()
    kit.serve(slowly)


@bad
def mailbox_of_a_million(kit: Kit) -> None:
    """Every mailbox holds a million messages."""
    messages = b",".join([b'{"$a":"x"}'] * 1_000_000)
    kit.serve_but("mailbox", lambda answer: b'{"id": %d, "messages": [%s]}\n' % (answer["id"], messages))


@bad
def mailbox_that_grows(kit: Kit) -> None:
    """Every mailbox holds ten thousand messages more each time that it is looked at."""
    looks = 0

    def more(answer: Json) -> Json:
        nonlocal looks
        looks += 1
        return {**answer, "messages": [{"$t": [atom("tcp"), looks]}] * (10_000 * looks)}

    kit.serve_but("mailbox", more)


@bad
def never_rests(kit: Kit) -> None:
    """It is never at rest."""
    kit.serve_but("settle", {"ok": True, "rest": False})


@bad
def prints_without_end(kit: Kit) -> None:
    """It prints without end, and never answers."""
    kit.hello()
    for _ in range(FLOOD >> 16):
        os.write(1, b"y" * (1 << 16))
    forever()


@bad
def prints_before_it_dials(kit: Kit) -> None:
    """It prints without end, and dials nobody (see ``main``)."""


@bad
def prints_and_answers(kit: Kit) -> None:
    """It prints sixteen megabytes before each answer."""

    def loudly(_request: Json, answer: Json) -> Iterator[Json]:
        for _ in range(256):
            os.write(1, b"y" * (1 << 16))
        yield answer

    kit.hello()
    kit.serve(loudly)


# Hanging


def _hangs(do: str, kit: Kit) -> None:
    kit.hello()
    for request in kit.requests():
        if request["do"] == do:
            forever()
        answer = kit.sound.answer(request)
        if answer is not None:
            kit.say(answer)


def _add_hanging(do: str) -> None:
    def play(kit: Kit) -> None:
        _hangs(do, kit)

    play.__doc__ = f"Asked to `{do}`, it hangs."
    NODES[f"hangs-in-{do}"] = play


for _name in ("spawn", "call", "mailbox", "settle", "clear", "stop"):
    _add_hanging(_name)


def _served(do: str) -> None:
    def play(kit: Kit) -> None:
        sys.path.insert(0, str(Path(__file__).parents[1] / "nodes"))
        del sys.argv[1:]  # it has words of its own
        from served import Server  # type: ignore[import-not-found]  # beside the other nodes, as Python finds it

        class Hanging(Server):  # type: ignore[misc]  # for the same reason
            def _answer(self, request: Json) -> None:
                if request["do"] == do:
                    forever()
                super()._answer(request)

        Hanging(kit.connection).run(kit.token)

    play.__doc__ = f"It is the reference; asked to `{do}`, it hangs."
    NODES[f"hangs-in-{do}"] = play


for _name in ("take", "exit", "status"):
    _served(_name)


@bad
def stops_itself(kit: Kit) -> None:
    """It stops itself with a signal when it is first asked for something."""
    kit.hello()
    next(kit.requests())
    os.kill(os.getpid(), signal.SIGSTOP)


# Ending, and not ending


@bad
def dies_mid_call(kit: Kit) -> None:
    """It dies during a call."""
    kit.hello()
    for request in kit.requests():
        if request["do"] == "call":
            print("no memory left", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        answer = kit.sound.answer(request)
        if answer is not None:
            kit.say(answer)


@bad
def dies_mid_line(kit: Kit) -> None:
    """It dies in the middle of an answer."""
    kit.hello()
    next(kit.requests())
    kit.say(b'{"id": 1, "pi')
    sys.exit(1)


@bad
def hangs_up_and_lives_on(kit: Kit) -> None:
    """It hangs up during a call, and lives on."""
    kit.hello()
    for request in kit.requests():
        if request["do"] == "call":
            kit.connection.shutdown(socket.SHUT_RDWR)
            forever()
        answer = kit.sound.answer(request)
        if answer is not None:
            kit.say(answer)


@bad
def half_closes(kit: Kit) -> None:
    """It closes its side of the connection for writing, and reads on."""
    kit.hello()
    kit.connection.shutdown(socket.SHUT_WR)
    for _ in kit.requests():
        pass
    forever()


@bad
def resets_the_connection(kit: Kit) -> None:
    """It resets the connection during a call."""
    kit.hello()
    next(kit.requests())
    kit.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    kit.connection.close()
    forever()


@bad
def ignores_signals(kit: Kit) -> None:
    """It ignores every signal that can be ignored, and goes on when the kit has hung up."""
    for each in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
        with contextlib.suppress(OSError):
            signal.signal(each, signal.SIG_IGN)
    kit.hello()
    kit.serve()
    forever()


SLEEPER = [sys.executable, "-S", "-E", "-c", "import time; time.sleep(600)"]


@bad
def leaves_a_child(kit: Kit) -> None:
    """It starts a process that outlives it."""
    note(subprocess.Popen(SLEEPER).pid)
    kit.hello()
    kit.serve()


@bad
def leaves_a_session(kit: Kit) -> None:
    """It starts a process with a session of its own, which outlives it."""
    note(subprocess.Popen(SLEEPER, start_new_session=True).pid)
    kit.hello()
    kit.serve()


@bad
def leaves_a_daemon(kit: Kit) -> None:
    """It starts a daemon: a session of its own, and nobody's child, when the node has not even shaken hands."""
    _daemon()
    kit.hello()
    kit.serve()


@bad
def leaves_a_daemon_and_hangs(kit: Kit) -> None:
    """It does the same, and hangs when it is first asked for something."""
    kit.hello()
    next(kit.requests())
    _daemon()
    forever()


@bad
def leaves_a_daemon_and_dies(kit: Kit) -> None:
    """It does the same, and dies."""
    kit.hello()
    next(kit.requests())
    _daemon()
    sys.exit(1)


def _daemon() -> None:
    middle = os.fork()
    if middle == 0:
        os.setsid()
        note(subprocess.Popen(SLEEPER).pid)
        os._exit(0)
    os.waitpid(middle, 0)


@bad
def stops_its_keeper(kit: Kit) -> None:
    """It starts a daemon, and stops the process that should end both."""
    kit.hello()
    _daemon()
    os.kill(os.getppid(), signal.SIGSTOP)
    kit.serve()


@bad
def leaves_its_connection(kit: Kit) -> None:
    """It dies, and a daemon that it started holds the connection on."""
    kit.hello()
    next(kit.requests())
    if os.fork() == 0:
        os.setsid()
        note(os.getpid())
        forever()
    sys.exit(1)


@bad
def keeps_forking(kit: Kit) -> None:
    """It shakes hands, then hands over to a child of its own again and again; the last of thirty serves."""
    kit.hello()
    for _ in range(30):
        if os.fork():
            os._exit(0)
        os.setsid()
        note(os.getpid())
    kit.serve()


@bad
def closes_what_it_inherited(kit: Kit) -> None:
    """It closes its standard input, output and error, and dies without a word."""
    for number in range(3):
        os.close(number)
    kit.hello()
    next(kit.requests())
    os._exit(1)


UNDIALLED: dict[str, Callable[[], object]] = {
    "never-dials": forever,
    "ends-at-once": lambda: sys.exit("no licence"),
    "prints-before-it-dials": lambda: [os.write(1, b"y" * (1 << 16)) for _ in range(FLOOD >> 16)] and forever(),
}


def main(name: str) -> None:
    """Play the node of that name until the kit hangs up."""
    note(os.getpid())
    if name in UNDIALLED:
        UNDIALLED[name]()
    NODES[name](Kit())


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else ""
    if chosen not in NODES:
        sys.exit("\n".join(["hostile.py NAME, of", *(f"{each:<32}  {NODES[each].__doc__}" for each in NODES)]))
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        main(chosen)
