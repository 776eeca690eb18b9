"""The server of files does on the reference what it does on OTP."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVER = run_path(str(EXAMPLES / "sendfile.py"))


def printed(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_programs_differ(erl: str) -> None:
    if shutil.which("escript") is None:
        pytest.skip(f"there is `{erl}` but no `escript` here")
    on_the_reference = printed(sys.executable, str(EXAMPLES / "sendfile.py"))
    on_otp = printed("escript", str(EXAMPLES / "sendfile.erl"))
    assert on_the_reference.splitlines() == on_otp.splitlines()
    assert on_otp.count("{ok,") == 6


def test_slow_reader_loses_some() -> None:
    assert SERVER["slow"]() == ["it_waits", "1000000", "{ok,1000000}"]


def test_stranger_sends_a_file() -> None:
    assert "{error,not_owner}" in SERVER["played"](SERVER["Refused"])
