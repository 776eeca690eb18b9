"""The reference on loopback TCP, as a program of its own that speaks the wire protocol.

Arguments ``NAME=VALUE`` are further details that it claims of itself. ``--echo``: it cannot tell whether it is at rest.
``--plays-scripts``: it plays scripts by itself, which is not true.
``--drain``: it cannot look at mailboxes, but only empty those of idle processes.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
from typing import Any

import msgspec

from gen_tck.adapters import wire
from gen_tck.adapters.channel import Channel
from gen_tck.adapters.interface import Ended, NodeError, Outcome, Raised, Returned
from gen_tck.adapters.json_terms import WireError, from_json, to_json
from gen_tck.adapters.reference import LoopbackNode, ReferenceCall, ReferenceProcess
from gen_tck.reference.functions import FUNCTIONS
from gen_tck.spec.exhaustive import assert_never

Json = dict[str, Any]


CLAIMED = dict(each.split("=", 1) for each in sys.argv[1:] if "=" in each)
ECHO, DRAIN = "--echo" in sys.argv, "--drain" in sys.argv


def _told(outcome: Outcome) -> Json:
    """An answer that says what came of a call."""
    match outcome:
        case Returned():
            return {"returned": to_json(outcome.value)}
        case Raised():
            return {"raised": [outcome.kind, to_json(outcome.reason)]}
        case Ended():
            return {"ended": to_json(outcome.reason)}
        case _:
            return assert_never(outcome)


async def sleep(process: Any, _time: object) -> None:
    """``timer:sleep(infinity)``: relays let a process wait in it."""
    await process.receive(lambda message: None)


class Server:
    """Serves one kit, until it hangs up."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._kit = Channel(connection)
        self._node = LoopbackNode(functions={**FUNCTIONS, "timer.sleep/1": sleep})
        self._processes: dict[int, ReferenceProcess] = {}
        self._calls: dict[int, ReferenceCall] = {}

    def run(self, token: str) -> None:
        """Shake hands, then answer."""
        known = self._node.capabilities
        profiles, details = sorted(known.profiles), known.details | CLAIMED
        hello = wire.Hello(1, "reference-served", known.version, profiles, token, details=details)
        hello.minor = 1
        plays = "--plays-scripts" in sys.argv
        hello.capabilities = wire.Manners("echo" if ECHO else "exact", "drain" if DRAIN else "look", plays)
        self._say(msgspec.to_builtins(hello))
        while not self._kit.ended:
            while not self._something():
                self._node.pump(0.0005)
            self._tell_outcomes()
            self._kit.pump(0)
            while (line := self._kit.line()) is not None:
                request = json.loads(line)
                if request["do"] == "stop":
                    return
                self._answer(request)

    def _something(self) -> bool:
        return bool(select.select([self._socket], [], [], 0)[0]) or any(self._finished())

    def _finished(self) -> list[int]:
        return [number for number, call in self._calls.items() if call.refused or call.outcome is not None]

    def _tell_outcomes(self) -> None:
        for number in self._finished():
            call = self._calls.pop(number)
            outcome = None if call.refused else call.outcome
            self._say({"id": number, **({"failed": call.refused} if outcome is None else _told(outcome))})

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
            self._processes[process.pid.number] = process
            return {"pid": to_json(process.pid)}
        if request["do"] == "settle":
            return {"ok": True} if ECHO else {"ok": True, "rest": node.settle()}
        if request["do"] == "clear":
            self._processes.clear()
            self._calls.clear()
            node.clear()
        else:
            return self._do_in(self._processes[request["process"]], request)
        return {"ok": True}

    def _do_in(self, process: ReferenceProcess, request: Json) -> Json | None:
        if request["do"] == "call" and process.status() == "ended":
            return {"ended": {"$a": "noproc"}}
        if request["do"] == "call":
            args = [from_json(each) for each in request["args"]]
            self._calls[request["id"]] = process.call(request["module"], request["function"], args)
            return None
        if request["do"] == "take" and "count" not in request:
            if process.status() not in ("idle", "ended"):
                return {"failed": "a call would lose its messages"}
            messages = process.mailbox()
            process.take(len(messages))
            return {"messages": [to_json(each) for each in messages]}
        if request["do"] == "mailbox" and DRAIN:
            return {"failed": "mailboxes cannot be looked at"}
        if request["do"] == "mailbox":
            return {"messages": [to_json(each) for each in process.mailbox()]}
        if request["do"] == "status":
            return {"status": process.status()}
        if request["do"] == "take":
            process.take(request["count"])
        else:
            process.exit(from_json(request["reason"]))
        return {"ok": True}

    def _say(self, message: Json) -> None:
        self._kit.send(json.dumps(message).encode() + b"\n")


def connection() -> socket.socket:
    """To the kit: standard input and output, unless it wants to be dialled."""
    if "GEN_TCK_PORT" not in os.environ:
        return socket.socket(fileno=os.dup(0))
    return socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"])))


if __name__ == "__main__":
    with connection() as made:
        Server(made).run(os.environ.get("GEN_TCK_TOKEN", ""))
