"""Fixtures for the tests of the adapters: fake children, and real Erlang VMs."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gen_tck.adapters.beam import open_otp
from gen_tck.adapters.child import ChildNode, open_child
from gen_tck.adapters.interface import Outcome, Peer, Returned
from gen_tck.adapters.limits import DEFAULTS
from gen_tck.adapters.processes import ChildProcess
from gen_tck.spec.terms import Term
from tests.adapters.beyond import beyond, widen

_PATIENCE = 20.0
"""Seconds that only a failing test waits."""

_FAKE = """
import json, os, socket, sys, time

connection = socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"])))
lines = connection.makefile("rb")
hello = {"gen_tck": 1, "token": os.environ["GEN_TCK_TOKEN"], "name": "fake", "version": "1", "profiles": ["core"]}

def say(message):
    line = message if isinstance(message, bytes) else json.dumps(message).encode()
    connection.sendall(line + b"\\n")

def hear():
    line = lines.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)

pid = {"$h": 1, "kind": "pid"}
"""


@pytest.fixture(scope="session")
def outcome() -> Callable[..., Outcome]:
    """``outcome(node, process, module, function, *args)`` calls, waits, and gives what came of it.

    The function may be any, in the catalogue or not.
    """

    def run(node: ChildNode, process: ChildProcess, module: str, function: str, *args: object) -> Outcome:
        call = process.call(*beyond(module, function, *args))
        assert node.wait(lambda: call.outcome is not None, _PATIENCE), f"{module}:{function} blocks"
        assert call.outcome is not None
        return call.outcome

    return run


@pytest.fixture(scope="session")
def connect(outcome: Callable[..., Outcome]) -> Callable[..., tuple[Term, Peer]]:
    """``connect(node, owner, options, receive_buffer=None)``: the socket that ``owner`` connected, and its peer."""

    def run(
        node: ChildNode, owner: ChildProcess, options: list[object], receive_buffer: int | None = None
    ) -> tuple[Term, Peer]:
        listener = node.network.listen(receive_buffer=receive_buffer)
        made = outcome(node, owner, "gen_tcp", "connect", (127, 0, 0, 1), listener.port, options)
        assert isinstance(made, Returned), made
        accepted: list[Peer] = []

        def accept() -> bool:
            found = listener.accept()
            accepted.extend([found] if found else [])
            return bool(accepted)

        assert node.wait(accept, _PATIENCE)
        listener.close()
        return made.value[1], accepted[0]

    return run


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Callable[..., ChildNode]]:
    """Start a child from the text of a program, after a preamble that dials back and can ``say`` and ``hear``.

    ``fake(program, NAME=VALUE)`` sets limits.
    """
    opened: list[ChildNode] = []

    def start(program: str, **limits: float) -> ChildNode:
        script = tmp_path / "child.py"
        script.write_text(_FAKE + textwrap.dedent(program))
        command = [sys.executable, "-I", "-S", str(script)]
        opened.append(open_child(command, what="the fake", limits=DEFAULTS.changed(limits)))
        return opened[-1]

    yield start
    for node in opened:
        node.close()


@pytest.fixture(scope="session")
def vm() -> str:
    """The command of the Erlang under test: ``GEN_TCK_ERL``, or ``erl``. Skips where there is none."""
    command = os.environ.get("GEN_TCK_ERL", "erl")
    if shutil.which(shlex.split(command)[0]) is None:
        pytest.skip(f"there is no `{command}` here (Debian: apt-get install erlang-base)")
    return command


@pytest.fixture(scope="module")
def inet_node(vm: str) -> Iterator[ChildNode]:
    """OTP's inet driver."""
    node = widen(open_otp("inet", vm))
    yield node
    node.close()


@pytest.fixture(scope="module")
def socket_node(vm: str) -> Iterator[ChildNode]:
    """OTP's socket backend."""
    node = widen(open_otp("socket", vm))
    yield node
    node.close()


@pytest.fixture(params=["inet", "socket"])
def otp(request: pytest.FixtureRequest) -> Iterator[ChildNode]:
    """Each of OTP's backends, cleared after the test."""
    node: ChildNode = request.getfixturevalue(f"{request.param}_node")
    yield node
    node.clear()


@pytest.fixture
def inet(inet_node: ChildNode) -> Iterator[ChildNode]:
    """OTP's inet driver, cleared after the test."""
    yield inet_node
    inet_node.clear()
