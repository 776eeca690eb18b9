"""The idioms of real programs do on the reference what they do on OTP, and what their names say."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SECONDS = 120
"""A program that waits for ever prints nothing more."""
SAID: dict[str, list[str]] = {
    "acceptor_loop": [
        "server: a connection, for which gen_tcp:send raises undef",
        "server: it is registered, and has [{active,true},{nodelay,true},{keepalive,false},{delay_send,false}]",
        "client: echo four",
        "server: no more connections: closed",
    ],
    "acceptor_pool": [
        "a connection is served by Anna",
        "a connection is served by Ben",
        "a connection is served by Carl",
        "Anna ends: closed",
        "Carl ends: einval",
    ],
    "handover": [
        "session: the socket is mine: true",
        "client: got before anybody has accepted",
        "client: got without the acceptor, too",
        "session: the client has gone",
    ],
    "counted": [
        "    1 2 3, and the socket is passive",
        "    7, and the end",
        "    [{active,2},{active,7},{active,4},{active,false}]",
    ],
    "busy_port": [
        "handler: a port tcp_inet is busy, with bytes to send: true",
        "sender: one of two is suspended: true",
        "sender: [ok,ok]",
    ],
    "shared_close": [
        "    the reader gets {error,closed}",
        "    who watches it is told {'DOWN',killed}",
        "    who is linked to it is told {'EXIT',killed}",
    ],
}
"""What each says among others, in this order."""


def printed(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)
    return done.stdout.splitlines()


@pytest.mark.parametrize("program", SAID)
def test_idiom_does_something_else(program: str) -> None:
    lines = printed(sys.executable, str(EXAMPLES / f"{program}.py"))
    left = iter(lines)
    assert [line for line in SAID[program] if line not in left] == []


@pytest.mark.parametrize("program", SAID)
def test_idiom_differs_on_otp(program: str, erl: str) -> None:
    if shutil.which("escript") is None:
        pytest.skip(f"there is `{erl}` but no `escript` here")
    on_the_reference = printed(sys.executable, str(EXAMPLES / f"{program}.py"))
    assert on_the_reference == printed("escript", str(EXAMPLES / f"{program}.erl"))


def test_example_is_not_listed() -> None:
    page = (EXAMPLES / "README.md").read_text()
    programs = [each.name for each in EXAMPLES.iterdir() if each.suffix in (".py", ".erl")]
    assert [each for each in programs if f"| `{each}`" not in page] == []
