"""Worked exchanges of the wire protocol: what the kit and the reference really said to each other, as a page.

``python -m tests.nodes.exchanges > docs/exchanges.md`` makes the page anew. What differs from run to run (ports, the
version of the kit) is replaced.
"""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gen_tck.adapters.channel import Channel
from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.client import ChildCall
from gen_tck.adapters.interface import Returned
from gen_tck.adapters.program import Program
from gen_tck.spec.terms import Atom, Term, term

_SERVED = Path(__file__).with_name("served.py")
_PATIENCE = 60.0
"""Seconds after which something is wrong."""
_FIRST_PORT = 40001
_INTRODUCTION = """\
# Exchanges

What the kit (`->`) and a node (`<-`) say to each other, line by line: {doc}`protocol` at work. These are real lines,
between the kit and the reference over standard input and output; only ports and versions are replaced. Both sides may
put blanks where JSON has them: these lines are to be parsed, not compared.
"""


class _Tapped(Channel):
    """A channel of which every line is kept."""

    def __init__(self, connection: socket.socket, program: Program) -> None:
        super().__init__(connection, lambda: program.status() is not None)
        self.said: list[str] = []

    def send(self, line: bytes) -> None:
        self.said.append(f"-> {line.decode().strip()}")
        super().send(line)

    def line(self) -> bytes | None:
        line = super().line()
        if line is not None:
            self.said.append(f"<- {line.decode()}")
        return line


class _Page:
    """The page, as far as it is written."""

    def __init__(self) -> None:
        self.text = _INTRODUCTION
        self._ports: dict[str, str] = {}

    def port(self, number: int) -> None:
        """A port that is another one each time."""
        self._ports[str(number)] = str(_FIRST_PORT + len(self._ports))

    def section(self, title: str) -> None:
        """Begin a section."""
        self.text += f"\n## {title}\n"

    def lines(self, words: str, channel: _Tapped) -> None:
        """What was said since the last time, after what is to be said of it."""
        said = [self._steady(each) for each in channel.said]
        channel.said.clear()
        self.text += f"\n{words}\n\n```text\n" + "\n".join(said) + "\n```\n"

    def _steady(self, line: str) -> str:
        for port, steady in self._ports.items():
            line = re.sub(rf"(?<!\d){port}(?!\d)", steady, line)
        if '"gen_tck"' in line:
            hello = json.loads(line[3:])
            hello.pop("details", None)
            line = f"<- {json.dumps({**hello, 'version': '1.0'})}"
        return line


@contextmanager
def _node(*options: str) -> Iterator[tuple[ChildNode, _Tapped]]:
    """The reference as a program, started with these options, and the channel to it."""
    ours, its = socket.socketpair()
    dial = {"GEN_TCK_HOST": None, "GEN_TCK_PORT": None, "GEN_TCK_TOKEN": None}
    with its:
        program = Program([sys.executable, str(_SERVED), *options], dial, stdio=its)
    channel = _Tapped(ours, program)
    node = ChildNode(program, channel, None, "the reference")
    try:
        yield node, channel
    finally:
        node.close()


def _value(node: ChildNode, call: ChildCall) -> Term:
    """What ``call`` returns, once it does. Nothing is asked of the node meanwhile."""
    _until(node, lambda: call.outcome is not None)
    assert isinstance(call.outcome, Returned), call.outcome
    return call.outcome.value


def _until(node: ChildNode, condition: Callable[[], bool]) -> None:
    assert node.run_until(condition, _PATIENCE)


def _args(*args: object) -> list[Term]:
    return [term(each) for each in args]


def page() -> str:
    """The page."""
    made = _Page()
    with _node() as (node, channel):
        _calls(made, node, channel)
        _endings(made, node, channel)
    with _node("--drain") as (node, channel):
        _draining(made, node, channel)
    return made.text


def _calls(made: _Page, node: ChildNode, channel: _Tapped) -> None:
    made.section("From the handshake to a connection")
    made.lines("The node introduces itself.", channel)
    owner = node.spawn()
    made.lines("The kit has a process made, and calls in it.", channel)
    listener = _value(
        node, owner.call("gen_tcp", "listen", _args(0, ["binary", ("active", False), ("ip", (127, 0, 0, 1))]))
    )[1]
    port = _value(node, owner.call("inet", "port", [listener]))[1]
    made.port(port)
    made.lines("A socket is a handle of the node's own. Ports are real ones, on 127.0.0.1.", channel)
    peer = node.network.connect(port)
    made_socket = _value(node, owner.call("gen_tcp", "accept", _args(listener, 5000)))[1]
    made.lines("The kit dials that port itself, with a raw socket. The subject accepts.", channel)

    made.section("A call that waits")
    call = owner.call("gen_tcp", "recv", _args(made_socket, 0))
    node.settle()
    assert owner.status() == "waiting"
    made.lines("Nothing has come yet, so this call does not come back; other requests are answered meanwhile.", channel)
    peer.offer(b"hello")
    _value(node, call)
    made.lines("The kit sends five bytes from its end. The answer to the call comes when it comes.", channel)

    made.section("Messages")
    _value(node, owner.call("inet", "setopts", _args(made_socket, [("active", "once")])))
    peer.offer(b"there")
    _until(node, peer.delivered)
    node.settle()
    seen = owner.mailbox()
    assert len(seen) == 1
    made.lines("At rest, the next five bytes are a message. Looking at it leaves it where it is.", channel)
    owner.take(1)
    assert owner.mailbox() == ()
    made.lines("It is taken out.", channel)


def _endings(made: _Page, node: ChildNode, channel: _Tapped) -> None:
    made.section("Exceptions and ends")
    process = node.spawn()
    call = process.call("erlang", "exit", _args(7, "why"))
    _until(node, lambda: call.outcome is not None)
    made.lines("A call that raises is answered `raised`, and its process lives on.", channel)
    call = process.call("erlang", "exit", _args("enough"))
    _until(node, lambda: call.outcome is not None)
    assert process.status() == "ended"
    made.lines("This one ends its process.", channel)
    other = node.spawn()
    other.exit(Atom("kill"))
    node.settle()
    call = other.call("erlang", "monotonic_time", _args("millisecond"))
    _until(node, lambda: call.outcome is not None)
    made.lines("An exit signal from outside. A call in a process that had ended before says so.", channel)
    node.census()
    made.lines("How many there are of what calls make: of who claims the profile `census`.", channel)
    node.clear()
    made.lines("All is cleared away.", channel)
    node.close()
    made.lines("The end.", channel)


def _draining(made: _Page, node: ChildNode, channel: _Tapped) -> None:
    made.section("Mailboxes that can only be drained")
    one, other = node.spawn(), node.spawn()
    made.lines('This node says `"mailbox": "drain"`.', channel)
    _value(node, one.call("erlang", "send", _args(other.pid, ("a", 2.0))))
    node.settle()
    assert len(other.mailbox()) == 1
    told = "A look takes all messages out, and asks whether the process lives. The kit tags floats; a node may."
    made.lines(told, channel)
    other.take(1)
    assert other.mailbox() == ()
    made.lines("Taking is the kit's own affair; the next look asks for what is new.", channel)
    node.close()


if __name__ == "__main__":
    sys.stdout.write(page())
