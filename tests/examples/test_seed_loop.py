"""The receive loop does on the reference what it does on OTP, and what the chapter async_recv says it does."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
LOOP = run_path(str(EXAMPLES / "seed_loop.py"))
SECONDS = 120
"""A loop whose time other messages prolong would never end."""


def printed(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS).stdout


def test_programs_differ(erl: str) -> None:
    if shutil.which("escript") is None:
        pytest.skip(f"there is `{erl}` but no `escript` here")
    on_the_reference = printed(sys.executable, str(EXAMPLES / "seed_loop.py"))
    on_otp = printed("escript", str(EXAMPLES / "seed_loop.erl"))
    assert on_the_reference.splitlines() == on_otp.splitlines()
    assert on_otp.count("asked:") == 9


def test_data_are_missed_or_keep_the_socket_open() -> None:
    assert LOOP["data"]() == [
        "asked: {ok,0}",
        'message received <<"hello">>',
        "asked: {ok,1}",
        'message received <<"world">>',
        "asked: {ok,2}",
        "timeout !",
        "the peer sees the end",
    ]


def test_other_message_breaks_the_pending_request() -> None:
    assert LOOP["fake"]() == [
        "asked: {ok,0}",
        "Message = news",
        "asked: {error,ealready}",
        'message received <<"real">>',
        "asked: {ok,2}",
        "timeout !",
        "the peer sees the end",
    ]


def test_other_messages_keep_the_socket_open() -> None:
    assert LOOP["flood"]() == ["Message = again", "timeout !", "the peer sees the end"]


def test_end_is_noticed() -> None:
    unread = "it waits, and leaves unread {inet_async,socket,0,{error,closed}}"
    lines = ["asked: {ok,0}", unread, "Message = anybody", "asked: {error,enotconn}", unread]
    assert LOOP["peer_closes"]() == lines


def test_active_socket_is_served() -> None:
    assert LOOP["active"]() == ["asked: {error,einval}", 'it waits, and leaves unread {tcp,socket,<<"hello">>}']
