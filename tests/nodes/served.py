"""The reference on loopback TCP, as a program of its own that speaks the wire protocol.

Arguments ``NAME=VALUE`` are further details that it claims of itself. ``--echo``: it cannot tell whether it is at rest.
``--plays-scripts``: it plays scripts by itself, which is not true.
``--drain``: it cannot look at mailboxes, but only empty those of idle processes.

It may have less than the reference, each a list of names with commas: ``--profiles=``, ``--calls=`` and ``--helpers=``
are what it claims, ``--lacks=`` what it cannot be asked for whatever it claims, ``--refuses=`` the options (and
framings) that are none to it.

``--sockets=reference``, ``tuple``, ``map``, ``number``, ``binary``: what its sockets are instead of ports.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

import msgspec

from gen_tck.adapters import wire
from gen_tck.adapters.channel import Channel
from gen_tck.adapters.interface import Ended, NodeError, Outcome, Raised, Returned
from gen_tck.adapters.json_terms import WireError, from_json, to_json
from gen_tck.adapters.reference import LoopbackNode, ReferenceCall, ReferenceProcess
from gen_tck.reference.functions import FUNCTIONS
from gen_tck.spec.exhaustive import assert_never
from gen_tck.spec.framings import framing_of
from gen_tck.spec.options import named
from gen_tck.spec.scope import settings_of
from gen_tck.spec.terms import Atom, Term

Json = dict[str, Any]


ECHO, DRAIN = "--echo" in sys.argv, "--drain" in sys.argv
CLAIMED = dict(each.split("=", 1) for each in sys.argv[1:] if "=" in each and not each.startswith("--"))


def _names(option: str) -> list[str] | None:
    given = next((each for each in sys.argv if each.startswith(f"--{option}=")), None)
    return None if given is None else list(filter(None, given.partition("=")[2].split(",")))


LACKS, REFUSES = _names("lacks") or (), frozenset(_names("refuses") or ())


SOCKETS = (_names("sockets") or ["port"])[0]
OTHERS: dict[str, Callable[[int], Any]] = {
    "reference": lambda number: {"$h": number, "kind": "ref"},
    "tuple": lambda number: {"$t": [{"$a": "my_socket"}, {"$h": number, "kind": "ref"}]},
    "map": lambda number: {"$m": [[{"$a": "socket"}, {"$h": number, "kind": "ref"}]]},
    "number": lambda number: number + 3,
    "binary": lambda number: {"$b": base64.b64encode(b"%d" % number).decode()},
}
"""What a socket is for the kit, by the number of the port that it is here."""


class Numbers:
    """The numbers of handles as the kit has them, none twice: the reference counts anew when it is cleared."""

    def __init__(self) -> None:
        self._past = self._highest = 0
        self._ports: dict[str, int] = {}

    def clear(self) -> None:
        """What was given out so far is not used again."""
        self._past = self._highest

    def said(self, value: Term) -> Any:
        """A term for the kit."""
        return self._other(self._shifted(to_json(value, tag_floats=True), self._given))

    def heard(self, value: Any) -> Term:
        """A term of the kit's. Raises ``WireError``."""
        return from_json(self._shifted(self._port(value), self._own))

    def _other(self, value: Any) -> Any:
        """``value`` with sockets as the kit has them."""
        if isinstance(value, dict) and value.get("kind") == "port" and SOCKETS in OTHERS:
            other = OTHERS[SOCKETS](value["$h"])
            self._ports[json.dumps(other)] = value["$h"]
            return other
        if isinstance(value, dict):
            return {name: self._other(each) for name, each in value.items()}
        return [self._other(each) for each in value] if isinstance(value, list) else value

    def _port(self, value: Any) -> Any:
        """``value``, the arguments of a call, with the socket that comes first as it is here."""
        number = self._ports.get(json.dumps(value))
        return value if number is None else {"$h": number, "kind": "port"}

    def _given(self, number: int) -> int:
        self._highest = max(self._highest, self._past + number)
        return self._past + number

    def _own(self, number: int) -> int:
        if not self._past < number <= self._highest:
            raise WireError(f"no handle has the number {number}")
        return number - self._past

    def _shifted(self, value: Any, shift: Callable[[int], int]) -> Any:
        if isinstance(value, dict):
            return {name: shift(each) if name == "$h" else self._shifted(each, shift) for name, each in value.items()}
        return [self._shifted(each, shift) for each in value] if isinstance(value, list) else value


async def sleep(process: Any, _time: object) -> None:
    """``timer:sleep(infinity)``: relays let a process wait in it."""
    await process.receive(lambda message: None)


OFFERED = {name: each for name, each in {**FUNCTIONS, "timer.sleep/1": sleep}.items() if name not in LACKS}


def _refused(call: str, args: list[Term]) -> bool:
    """Whether a call names an option that is none here."""
    found = settings_of(call, args) if REFUSES else None
    if found is None:
        return False
    settings = [(option.name, value) for option, value in named(found[1], found[0])]
    framings = [framing_of(value) for name, value in settings if name == "packet"]
    return not REFUSES.isdisjoint([*(name for name, _ in settings), *(each.name for each in framings if each)])


def _is_apart() -> bool:
    """Whether the kit has started it on a machine of its own."""
    with socket.socket() as tried:
        try:
            tried.bind(("192.0.2.1", 0))
        except OSError:
            return False
    return True


class Server:
    """Serves one kit, until it hangs up."""

    def __init__(self, connection: socket.socket) -> None:
        self._kit = Channel(connection)
        self._node = LoopbackNode(functions=OFFERED, place="apart" if _is_apart() else None)
        self._numbers = Numbers()
        self._processes: dict[int, ReferenceProcess] = {}
        self._calls: dict[int, ReferenceCall] = {}

    def run(self, token: str) -> None:
        """Shake hands, then answer."""
        known = self._node.capabilities
        claimed = _names("profiles")
        profiles, details = sorted(known.profiles) if claimed is None else claimed, known.details | CLAIMED
        hello = wire.Hello(1, "reference-served", known.version, profiles, token, details=details)
        hello.calls = _names("calls")
        if (helpers := _names("helpers")) is not None:
            hello.helpers = helpers
        hello.minor = 1
        plays = "--plays-scripts" in sys.argv
        hello.capabilities = wire.Manners("echo" if ECHO else "exact", "drain" if DRAIN else "look", plays)
        self._say(_without_what_goes_without_saying(msgspec.to_builtins(hello)))
        while not self._kit.ended:
            while not self._something():
                self._node.pump(0.0005)
            self._tell_outcomes()
            while (line := self._kit.line()) is not None:
                request = json.loads(line)
                if request["do"] == "stop":
                    return
                self._answer(request)

    def _something(self) -> bool:
        """Whether there is something to do; sends what is left of a long answer, too."""
        self._kit.pump(0)
        return self._kit.ended or self._kit.next_line() is not None or any(self._finished())

    def _finished(self) -> list[int]:
        return [number for number, call in self._calls.items() if call.refused or call.outcome is not None]

    def _tell_outcomes(self) -> None:
        for number in self._finished():
            call = self._calls.pop(number)
            outcome = None if call.refused else call.outcome
            self._say({"id": number, **({"failed": call.refused} if outcome is None else self._told(outcome))})

    def _told(self, outcome: Outcome) -> Json:
        """An answer that says what came of a call."""
        match outcome:
            case Returned():
                return {"returned": self._numbers.said(outcome.value)}
            case Raised():
                return {"raised": [outcome.kind, self._numbers.said(outcome.reason)]}
            case Ended():
                return {"ended": self._numbers.said(outcome.reason)}
            case _:
                return assert_never(outcome)

    def _answer(self, request: Json) -> None:
        try:
            answer = self._do(request)
        except (NodeError, WireError, KeyError) as reason:
            answer = {"failed": f"{type(reason).__name__}: {reason}"}
        if answer is not None:
            self._tell_outcomes()  # what came of it is known when it is answered
            self._say({"id": request["id"], **answer})

    def _do(self, request: Json) -> Json | None:
        node = self._node
        if request["do"] == "spawn":
            process = node.spawn()
            pid: Json = self._numbers.said(process.pid)
            self._processes[pid["$h"]] = process
            return {"pid": pid}
        if request["do"] == "settle":
            return {"ok": True} if ECHO else {"ok": True, "rest": node.settle()}
        if request["do"] == "census":
            return {"census": dict(node.census())}
        if request["do"] == "clear":
            self._processes.clear()
            self._calls.clear()
            node.clear()
            self._numbers.clear()
        else:
            return self._do_in(self._processes[request["process"]], request)
        return {"ok": True}

    def _do_in(self, process: ReferenceProcess, request: Json) -> Json | None:
        if request["do"] == "call" and process.status() == "ended":
            return {"ended": {"$a": "noproc"}}
        if request["do"] == "call":
            args = [self._numbers.heard(each) for each in request["args"]]
            if f"{request['module']}.{request['function']}/{len(args)}" not in OFFERED:
                raise WireError("there is no such call")
            if process.status() == "ended":
                return {"ended": self._numbers.said(Atom("noproc"))}
            if _refused(f"{request['module']}.{request['function']}/{len(args)}", args):
                return {"returned": to_json((Atom("error"), Atom("einval")))}
            self._calls[request["id"]] = process.call(request["module"], request["function"], args)
            return None
        if request["do"] == "take" and "count" not in request:
            if process.status() not in ("idle", "ended"):
                return {"failed": "a call would lose its messages"}
            messages = process.mailbox()
            process.take(len(messages))
            return {"messages": [self._numbers.said(each) for each in messages]}
        if request["do"] == "mailbox" and DRAIN:
            return {"failed": "mailboxes cannot be looked at"}
        if request["do"] == "mailbox":
            return {"messages": [self._numbers.said(each) for each in process.mailbox()]}
        if request["do"] == "status":
            return {"status": process.status()}
        if request["do"] == "take":
            process.take(request["count"])
        else:
            process.exit(self._numbers.heard(request["reason"]))
        return {"ok": True}

    def _say(self, message: Json) -> None:
        self._kit.send(json.dumps(message).encode() + b"\n")


def _without_what_goes_without_saying(hello: Json) -> Json:
    """``hello`` without fields that say nothing, so that worked exchanges show what a handshake needs."""
    said = {name: each for name, each in hello.items() if each not in ("", None, {})}
    said["capabilities"] = {name: each for name, each in hello["capabilities"].items() if each is not False}
    return said


def connection() -> socket.socket:
    """To the kit: standard input and output, unless it wants to be dialled."""
    if "GEN_TCK_PORT" not in os.environ:
        return socket.socket(fileno=os.dup(0))
    return socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"])))


if __name__ == "__main__":
    with connection() as made:
        Server(made).run(os.environ.get("GEN_TCK_TOKEN", ""))
