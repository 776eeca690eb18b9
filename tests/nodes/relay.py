"""A node that passes everything on to another, and meddles with what is said as its options say.

    relay.py --erl erl [--backend socket] [MEDDLING...]       before OTP
    relay.py --program 'python3 served.py' [MEDDLING...]      before whatever speaks the wire protocol

Without meddling it is faultless. CALL is ``module.function/arity``, N counts the answers. A call that never comes back
waits in ``timer:sleep(infinity)`` instead: so its process is waiting, can be looked at, and ends when it is killed.
``served.py`` has that; to have the agent of a BEAM call it takes ``anything.erl``.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import queue
import shlex
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from gen_tck.adapters.beam import otp
from gen_tck.adapters.channel import Channel
from gen_tck.adapters.interface import NodeUnavailable
from gen_tck.adapters.listener import LOOPBACK, Listener
from gen_tck.adapters.program import Program

Json = dict[str, Any]
REFUSAL: Json = {"$t": [{"$a": "error"}, {"$a": "einval"}]}
FOR_EVER: Json = {"$a": "infinity"}
SLEEP: Json = {"module": "timer", "function": "sleep", "args": [FOR_EVER]}
PLAYER: Json = {"$a": "gen_tck_scripts"}
BEAM_SLEEP: Json = {
    "module": PLAYER["$a"],
    "function": "run",
    "args": [{"$a": "timer"}, {"$a": "sleep"}, [FOR_EVER], 0],
}
ANYTHING = Path(__file__).with_name("anything.erl")


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    node = parser.add_mutually_exclusive_group(required=True)
    node.add_argument("--erl", metavar="COMMAND")
    node.add_argument("--program", metavar="COMMAND")
    parser.add_argument("--backend", choices=["inet", "socket"], default="inet")
    add = parser.add_argument_group("meddling").add_argument
    add("--open", action="append", default=[], metavar="CALL", help="such calls never come back")
    add("--fail", action="append", default=[], metavar="CALL", help="such calls are answered `failed`")
    add("--die", action="append", default=[], metavar="CALL", help="the node dies during such a call")
    add("--once", nargs=2, metavar=("CALL", "FILE"), help="the first such call returns {error,einval}; FILE tells")
    add("--restless", action="store_true", help="the node never comes to rest")
    add("--delay", type=float, default=0.0, metavar="MS", help="every answer comes so much later")
    add("--silent", action="append", default=[], metavar="DO", help="requests of this kind are never answered")
    add("--twice", type=int, default=0, metavar="N", help="the Nth answer is sent twice")
    add("--unknown", type=int, default=0, metavar="N", help="an answer to no request comes before the Nth")
    add("--garbage", type=int, default=0, metavar="N", help="a line that is no JSON comes instead of the Nth answer")
    add("--status", metavar="WORD", help="the status of every process is WORD")
    add("--same-pid", action="store_true", help="all processes have the number of the first")
    add("--profile", action="append", default=[], metavar="NAME", help="claim this profile too")
    add("--call", action="append", default=[], metavar="CALL", help="offer this call, and no other but those")
    return parser.parse_args()


def open_beam(erl: str, backend: otp.Backend) -> tuple[Program, Channel]:
    """An Erlang VM that runs the kit's agent, before its handshake."""
    child, channel, _ = otp.StartedVm(backend, erl).connect()
    return child, channel


def open_program(command: str) -> tuple[Program, Channel]:
    """A program that speaks the wire protocol, before its handshake."""
    listener = Listener()
    dial = {"GEN_TCK_HOST": LOOPBACK, "GEN_TCK_PORT": str(listener.port), "GEN_TCK_TOKEN": listener.token}
    child = Program(shlex.split(command), dial)
    channel = listener.admit(child, command)
    listener.close()
    return child, channel


def _line(message: Json) -> bytes:
    return json.dumps(message).encode() + b"\n"


class Relay:
    """Stands between a kit and a node."""

    def __init__(self, options: argparse.Namespace, kit: socket.socket, child: Program, channel: Channel) -> None:
        self._options = options
        self._child = child
        self._kit = kit
        # From here on two threads use the connection, so it is taken out of the channel, with what has come already.
        self._node = channel._socket
        self._node.setblocking(True)
        self._early = bytes(channel._received)
        self._to_the_kit: queue.Queue[tuple[float, bytes]] = queue.Queue()
        self._open: dict[int, Json] = {}
        """The requests that are not answered, by id."""
        self._ending = threading.Lock()
        self._answers = 0
        self._first: Json | None = None

    def run(self) -> None:
        """Pass on until either side hangs up."""
        for work in (self._from_the_node, self._late):
            threading.Thread(target=work, daemon=True).start()
        for line in self._kit.makefile("rb"):
            self._request(json.loads(line), line)
        self._end("")

    def _end(self, words: str) -> NoReturn:
        self._ending.acquire()  # whoever is first says why; the end of the node is news to the other
        self._child.end()
        print(words, flush=True)
        os._exit(3 if words else 0)

    # To the node

    def _request(self, request: Json, line: bytes) -> None:
        options = self._options
        do = request["do"]
        if do == "call":
            call = f"{request['module']}.{request['function']}/{len(request['args'])}"
            if call in options.die:
                self._end(f"it dies during {call}")
            if call in options.fail:
                self._say({"id": request["id"], "failed": f"{call} cannot be done"})
                return
            if options.once and call == options.once[0] and not Path(options.once[1]).exists():
                Path(options.once[1]).touch()
                self._say({"id": request["id"], "returned": REFUSAL})
                return
            if call in options.open:
                line = _line({**request, **(BEAM_SLEEP if options.erl else SLEEP)})
        if do in options.silent:
            return
        if do != "stop":
            self._open[request["id"]] = request
        self._node.sendall(line)

    # To the kit

    def _lines_of_the_node(self) -> Iterator[bytes]:
        rest = self._early
        while True:
            *lines, rest = rest.split(b"\n")
            yield from lines
            more = self._node.recv(262144)
            if not more:
                return
            rest += more

    def _from_the_node(self) -> None:
        try:
            lines = self._lines_of_the_node()
            hello = json.loads(next(lines))
            if self._options.erl and self._options.open:
                self._load_anything(lines)
            self._hello(hello)
            for line in lines:
                self._answer(json.loads(line), line + b"\n")
        except (OSError, StopIteration):
            pass
        self._end(f"the node ended: {self._child.ending()}")

    def _load_anything(self, lines: Iterator[bytes]) -> None:
        """Have the agent load what calls anything, before the kit asks it for the first time."""
        self._node.sendall(_line({"id": 1, "do": "spawn"}))
        process = json.loads(next(lines))["pid"]["$h"]
        text = {"$b": base64.b64encode(ANYTHING.read_bytes()).decode()}
        load = {"module": "gen_tck_agent", "function": "load", "args": [PLAYER, text]}
        for request in ({"id": 2, "do": "call", "process": process, **load}, {"id": 3, "do": "clear"}):
            self._node.sendall(_line(request))
            next(lines)

    def _hello(self, hello: Json) -> None:
        options = self._options
        hello["token"] = os.environ["GEN_TCK_TOKEN"]
        hello["profiles"] += options.profile
        if options.call:
            hello["calls"] = options.call
        self._say(hello)

    def _answer(self, answer: Json, line: bytes) -> None:
        options = self._options
        self._answers += 1
        request = self._open.pop(answer.get("id", 0), None)
        if request is not None and request["do"] == "status" and options.status:
            line = _line({"id": answer["id"], "status": options.status})
        if request is not None and request["do"] == "settle" and options.restless:
            line = _line({**answer, "rest": False})
        if "pid" in answer and options.same_pid:
            self._first = self._first or answer["pid"]
            line = _line({"id": answer["id"], "pid": self._first})
        if self._answers == options.unknown:
            self._say({"id": 1_000_000_000, "ok": True})
        self._put(b"nonsense\n" if self._answers == options.garbage else line)
        if self._answers == options.twice:
            self._put(line)

    def _say(self, message: Json) -> None:
        self._put(_line(message))

    def _put(self, line: bytes) -> None:
        self._to_the_kit.put((time.monotonic() + self._options.delay / 1000, line))

    def _late(self) -> None:
        while True:
            due, line = self._to_the_kit.get()
            if (left := due - time.monotonic()) > 0:
                time.sleep(left)
            try:
                self._kit.sendall(line)
            except OSError:
                self._end("")


def main() -> None:
    """Play the node."""
    options = arguments()
    try:
        child, channel = open_program(options.program) if options.program else open_beam(options.erl, options.backend)
    except NodeUnavailable as reason:
        sys.exit(str(reason))
    kit = socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"])))
    kit.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    Relay(options, kit, child, channel).run()


if __name__ == "__main__":
    main()
