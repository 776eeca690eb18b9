"""A node that answers rubbish of the kind that its argument, or ``ANSWERS``, names; it speaks the wire protocol.

``KIND``           connects and listens as it should, and answers every other call with that rubbish
``all-KIND``       answers every call with it
``messages-KIND``  the same, answers ``ok`` to other calls, and has such messages in every mailbox
``status-STATUS``  the same, and every process has that status
``port-KIND``      the same, and ``inet:port/1`` gives ``{ok, Rubbish}``

``python3 answers.py`` lists the kinds.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any

from sick import send  # type: ignore[import-not-found]  # beside this file, as Python finds it

Json = dict[str, Any]


def atom(name: str) -> Json:
    return {"$a": name}


def a_tuple(*elements: Any) -> Json:
    return {"$t": list(elements)}


PID = {"$h": 1_000_001, "kind": "pid"}
VALUES: dict[str, Any] = {
    "ok": atom("ok"),
    "none": a_tuple(),
    "just-ok": a_tuple(atom("ok")),
    "ok-nothing": a_tuple(atom("ok"), []),
    "ok-pid": a_tuple(atom("ok"), PID),
    "ok-number": a_tuple(atom("ok"), -7),
    "ok-more": a_tuple(atom("ok"), 1, 2),
    "ok-empty": a_tuple(atom("ok"), {"$b": ""}),
    "ok-halves": a_tuple(atom("ok"), [a_tuple(atom("active"))]),
    "ok-names": a_tuple(atom("ok"), [atom("active"), 1]),
    "ok-list": [atom("ok"), 1],
    "error": a_tuple(atom("error")),
    "timeout": a_tuple(atom("error"), a_tuple(atom("timeout"), [256, atom("x")])),
    "number": 1 << 70,
    "float": 0.5,
    "list": [1, [2, [3, []]]],
    "improper": {"$i": [[atom("ok")], 1]},
    "binary": {"$b": "/w=="},
    "map": {"$m": [[atom("ok"), a_tuple()]]},
    "pid": PID,
    "deep": a_tuple(a_tuple(a_tuple(a_tuple(a_tuple([a_tuple()]))))),
    "tcp": a_tuple(atom("tcp"), PID, atom("no_data")),
}
OUTCOMES: dict[str, Json] = {
    **{name: {"returned": value} for name, value in VALUES.items()},
    "raised": {"raised": ["error", a_tuple(atom("badmatch"), [])]},
    "thrown": {"raised": ["throw", atom("ok")]},
    "ended": {"ended": atom("normal")},
}
PORTS: dict[str, Any] = {"zero": 0, "negative": -1, "huge": 70000, "atom": atom("foo"), "binary": {"$b": "MQ=="}}
STATUSES = ("idle", "waiting", "suspended", "ended")
KINDS = (
    *OUTCOMES,
    *(f"all-{each}" for each in OUTCOMES),
    *(f"messages-{each}" for each in VALUES),
    *(f"status-{each}" for each in STATUSES),
    *(f"port-{each}" for each in PORTS),
)


class Answers:
    """What is answered, request by request."""

    def __init__(self, kind: str) -> None:
        group, _, rest = kind.partition("-")
        self._honest = kind in OUTCOMES or group != "all"
        self._rubbish = OUTCOMES[kind if kind in OUTCOMES else rest if group == "all" else "ok"]
        self._messages = [VALUES[rest]] * 3 if group == "messages" else []
        self._status = rest if group == "status" else "idle"
        self._port = {"returned": a_tuple(atom("ok"), PORTS[rest])} if group == "port" else None
        self._handles = 0
        self._sockets: dict[int, socket.socket] = {}

    def to(self, request: Json) -> Json:
        """The answer to ``request``, without its id."""
        match request["do"]:
            case "spawn":
                return {"pid": self._handle("pid")}
            case "call":
                return (self._sound(request) if self._honest else None) or self._rubbish
            case "mailbox":
                return {"messages": self._messages}
            case "status":
                return {"status": self._status}
            case "clear":
                for each in self._sockets.values():
                    each.close()
                self._sockets.clear()
        return {"ok": True}

    def _handle(self, kind: str) -> Json:
        self._handles += 1
        return {"$h": self._handles, "kind": kind}

    def _sound(self, request: Json) -> Json | None:
        """What is right for the calls without which hardly any case begins."""
        match request["module"], request["function"], request["args"]:
            case "gen_tcp", "connect", [_, int(port), *_]:
                return self._made(socket.create_connection(("127.0.0.1", port), 5))
            case "gen_tcp", "listen", _:
                return self._made(socket.create_server(("127.0.0.1", 0)))
            case "gen_tcp", "accept", _:
                return {"returned": a_tuple(atom("ok"), self._handle("port"))}
            case "inet", "port", [{"$h": int(number)}] if number in self._sockets:
                return self._port or {"returned": a_tuple(atom("ok"), self._sockets[number].getsockname()[1])}
        return None

    def _made(self, made: socket.socket) -> Json:
        handle = self._handle("port")
        self._sockets[handle["$h"]] = made
        return {"returned": a_tuple(atom("ok"), handle)}


def main(kind: str) -> None:
    """Play the node until the kit hangs up."""
    answers = Answers(kind)
    with socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"]))) as connection:
        hello = {"gen_tck": 1, "token": os.environ["GEN_TCK_TOKEN"], "name": f"answers-{kind}", "version": "1"}
        profiles = ["core", "active-n", "async-recv", "port-command", "system-monitor"]
        send(connection, {**hello, "profiles": profiles})
        for line in connection.makefile():
            request = json.loads(line)
            send(connection, {"id": request["id"], **answers.to(request)})


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ANSWERS", "")
    if chosen not in KINDS:
        sys.exit(f"answers.py KIND, of {', '.join(KINDS)}")
    main(chosen)
