"""Signals to end are noted, and noticed where it does no harm."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gen_tck.adapters import interrupts
from gen_tck.adapters.interrupts import SIGNALS


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    with interrupts.fresh():
        interrupts.install()
        yield


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_interrupts_anywhere(number: signal.Signals) -> None:
    interrupts.check()
    os.kill(os.getpid(), number)
    assert interrupts.came()
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()


def test_clean_up_is_interrupted() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()
    interrupts.check()
    os.kill(os.getpid(), signal.SIGTERM)
    interrupts.check()
    assert interrupts.came()


def test_second_signal_is_no_hurry() -> None:
    heard: list[str] = []
    interrupts.hasten(lambda: heard.append("second"))
    with interrupts.told(lambda: heard.append("first")):
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGHUP)
    assert heard == ["first", "second"]


def test_whoever_types_is_waited_for() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts.raising():
        os.kill(os.getpid(), signal.SIGINT)


def test_signal_before_a_wait_is_lost() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interrupts.raising():
        raise AssertionError("the wait began")


def test_signal_that_was_to_be_ignored_is_noted() -> None:
    code = (
        "import os, signal; from gen_tck.adapters import interrupts; interrupts.install();"
        "os.kill(os.getpid(), signal.SIGHUP); print(interrupts.came())"
    )
    ignoring = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", sys.executable, "-c", code]
    assert subprocess.run(ignoring, capture_output=True, text=True, check=True).stdout == "False\n"


def test_worker_is_born_deaf_for_ever(tmp_path: Path) -> None:
    """A signal that comes while it starts ends it; later it is told by a file alone."""
    word = tmp_path / "word"
    code = (
        "import os, sys, signal; from pathlib import Path; from gen_tck.adapters import interrupts;"
        "os.kill(os.getpid(), signal.SIGTERM); word = Path(sys.argv[1]); interrupts.obey(word);"
        "os.kill(os.getpid(), signal.SIGINT); print(interrupts.came()); word.touch(); print(interrupts.came());"
        "print(signal.pthread_sigmask(signal.SIG_BLOCK, []) & set(interrupts.SIGNALS))"
    )
    with interrupts.postponed():
        done = subprocess.run([sys.executable, "-c", code, str(word)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\nTrue\nset()\n"
