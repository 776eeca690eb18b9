"""Fixtures for all of the kit's own tests."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.once import Once, once_in

pytest_plugins = ["pytester"]

PATIENCE = 60.0
"""Seconds that only a failing test waits."""


def pytest_configure() -> None:
    # Who starts the tests in the background may have had these ignored, and then nobody below would hear of them.
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gen_tck's own tests")
    group.addoption("--signals", type=int, default=0, metavar="N", help="signals of each kind to each command")
    group.addoption("--signal-seed", type=int, default=1, metavar="S", help="what their moments are drawn from")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root folder of the repository."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def erl() -> str:
    """The command of the machine's own Erlang; the test is skipped where there is none."""
    if shutil.which("erl") is None:
        pytest.skip("there is no `erl` here (Debian: apt-get install erlang-base)")
    return "erl"


@pytest.fixture(scope="session")
def once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Once:
    """``once(name, fill)`` is a folder that ``fill`` has filled, once for all workers; nobody writes into it."""
    base = tmp_path_factory.getbasetemp()
    return once_in((base.parent if hasattr(request.config, "workerinput") else base) / "once")


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], object]], bool]:
    """``eventually(condition)`` waits until ``condition()`` holds; ``False`` if it does not for a long time."""

    def wait(condition: Callable[[], object]) -> bool:
        limit = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > limit:
                return False
            time.sleep(0.005)
        return True

    return wait


@pytest.fixture(scope="session")
def is_gone() -> Callable[[int], bool]:
    """``is_gone(pid)``: whether the process has ended (or waits to be reaped by whoever adopted it)."""

    def look(pid: int) -> bool:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True
        return stat.rpartition(")")[2].split()[0] in "ZX"

    return look
