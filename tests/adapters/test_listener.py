"""Who dials back: one who has the token, however many others try before, and whatever they do."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator

import pytest

from gen_tck.adapters.child import open_child
from gen_tck.adapters.interface import NodeUnavailable, OverLimit
from gen_tck.adapters.limits import Limits
from gen_tck.adapters.listener import LOOPBACK, MOST_VISITORS, Listener
from gen_tck.adapters.program import Program

Dial = Callable[..., socket.socket]


@pytest.fixture
def asleep() -> Iterator[Program]:
    """A program that runs and does nothing: who dials in these tests is somebody else."""
    program = Program(["sleep", "600"])
    yield program
    program.end()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener that waits for nobody for long."""
    listener = Listener(Limits(start=0.1, handshake=1000))
    yield listener
    listener.close()


@pytest.fixture
def dial(listener: Listener) -> Iterator[Dial]:
    """``dial(said)``: connect to the listener and say something."""
    dialled: list[socket.socket] = []

    def connect(said: bytes = b"") -> socket.socket:
        dialled.append(socket.create_connection((LOOPBACK, listener.port)))
        dialled[-1].sendall(said)
        return dialled[-1]

    yield connect
    for each in dialled:
        each.close()


def greeting(listener: Listener) -> bytes:
    """A first line with the token in it."""
    return b'{"token": "%s"}\n' % listener.token.encode()


def refusal(listener: Listener, program: Program) -> str:
    """Why nobody is admitted."""
    with pytest.raises(NodeUnavailable) as error:
        listener.admit(program, "it")
    return str(error.value)


def test_whoever_dials_first_is_the_node(listener: Listener, asleep: Program, dial: Dial) -> None:
    dial(b'{"token": "0123456789abcdef0123456789abcdef"}\n')
    dial()
    dial(b"\0" * 5000)
    dial(b"GET / HTTP/1.1\r\n\r\n").close()
    dial().close()
    dial(greeting(listener) + b"more\n")
    channel = listener.admit(asleep, "it")
    assert (channel.line(), channel.line()) == (greeting(listener).strip(), b"more")
    channel.close()


def test_silent_crowd_keeps_the_node_out(listener: Listener, asleep: Program, dial: Dial) -> None:
    first = dial()
    for _ in range(MOST_VISITORS):
        dial()
        listener._let_in()
    dial(greeting(listener))
    channel = listener.admit(asleep, "it")
    assert channel.line() == greeting(listener).strip()
    channel.close()
    assert first.recv(1) == b""  # the one that has been silent longest had to go


def test_crowd_is_left_waiting(listener: Listener, asleep: Program, dial: Dial) -> None:
    other = dial()
    dial(greeting(listener))
    listener.admit(asleep, "it").close()
    listener.close()
    assert other.recv(1) == b""


def test_first_line_may_come_in_pieces(listener: Listener, asleep: Program, dial: Dial) -> None:
    mine = dial(greeting(listener)[:20])
    listener._let_in()
    (visitor,) = listener._visitors
    assert not listener._is_the_one(visitor, "it")
    mine.sendall(greeting(listener)[20:])
    listener.admit(asleep, "it").close()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"garbage\n", "one connection had no token and was closed: it said 'garbage'"),
        (b"gar\x1b[2J\n", "one connection had no token and was closed: it said 'gar\\x1b[2J'"),
        (
            b"x" * 1001,
            "one connection had no token and was closed: it said over 1000 bytes without an end (limit handsh",
        ),
        (b"half", "one connection had no token and was closed: it said 'half' without an end"),
    ],
)
def test_stranger_is_taken_for_the_node(listener: Listener, asleep: Program, dial: Dial, said: bytes, why: str) -> None:
    dial(said)
    assert refusal(listener, asleep).startswith(f"it sent no handshake in 0.1 s; it printed ''; {why}")


def test_crowd_is_not_counted(listener: Listener, asleep: Program, dial: Dial) -> None:
    for _ in range(3):
        dial(b"hello?\n")
    dial().close()
    assert refusal(listener, asleep).endswith("; 3 connections had no token and were closed: the first said 'hello?'")


def test_nobody_is_told_from_somebody_who_says_nothing(listener: Listener, asleep: Program, dial: Dial) -> None:
    assert refusal(listener, asleep) == "it did not dial back within 0.1 s; it printed ''"


def test_somebody_who_says_nothing_is_told_from_nobody(listener: Listener, asleep: Program, dial: Dial) -> None:
    dial()
    assert refusal(listener, asleep) == "it sent no handshake in 0.1 s; it printed ''; did it flush what it wrote?"


def test_greeting_without_an_end_is_kept_without_an_end(listener: Listener, asleep: Program, dial: Dial) -> None:
    dial(greeting(listener).strip() + b"x" * 1000)
    with pytest.raises(OverLimit) as error:
        listener.admit(asleep, "it")
    assert str(error.value) == "it went too far: its handshake has over 1000 bytes (--limit handshake=N allows more)"


@pytest.mark.parametrize("token", ["", "0" * 32, "{token}0", "0{token}", "{half}", "{upper}"])
def test_almost_the_token_is_the_token(listener: Listener, token: str) -> None:
    known = listener.token
    said = token.format(token=known, half=known[:16], upper=known.upper() + "A" * 32)
    assert not listener.is_said_in(said.encode())
    assert listener.is_said_in(f"{said} {known}".encode())


def test_stranger_ends_the_start_of_a_node() -> None:
    strange = """
import json, os, socket, sys
address = os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"])
strangers = [socket.create_connection(address) for _ in range(3)]
strangers[0].sendall(b"who is there?\\n")
strangers[1].sendall(b"[" * 100_000)
connection = socket.create_connection(address)
hello = {"gen_tck": 1, "token": os.environ["GEN_TCK_TOKEN"], "name": "it", "version": "1", "profiles": []}
connection.sendall(json.dumps(hello).encode() + b"\\n")
connection.recv(1)
"""
    node = open_child([sys.executable, "-I", "-S", "-c", strange], what="it")
    assert node.capabilities.name == "it"
    node.close()
